"""Loads a config before anything is built."""

from mmlesson.config.load import fingerprint, load_config
from mmlesson.config.options import parse_options

__all__ = ['fingerprint', 'load_config', 'parse_options']
