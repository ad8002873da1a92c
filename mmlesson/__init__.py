"""mmlesson: the first lesson of neural networks as a config-driven framework on mmengine."""

from mmlesson import refusals

__version__ = '0.1.0'

refusals.install()
