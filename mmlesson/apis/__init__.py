"""Inference, gradient check and model summary.

The names are those of ``__init__.pyi``. They are imported when first used, since some parts of this
package are used without torch.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
