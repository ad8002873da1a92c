"""mmlesson: the first lesson of neural networks as a config-driven framework on mmengine."""

__version__ = '0.1.0'
