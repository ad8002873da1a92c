"""Load, merge, check and print a config before anything is built.

The names are those of ``__init__.pyi``. They are imported when first used, since mmengine's configs
take a fifth of a second, and the files of a config can be checked without them.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
