"""Plots: functions from arrays to matplotlib figures.

The names are those of ``__init__.pyi``. They are imported when first used, since matplotlib takes
half a second.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
