"""mmlesson: the first lesson of neural networks as a config-driven framework on mmengine.

The names of the Python API are those of ``__init__.pyi``. They are imported when first used, since
torch takes seconds.
"""

import lazy_loader

__version__ = '0.1.0'

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
