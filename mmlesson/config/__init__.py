"""Loads a config before anything is built."""

from mmlesson.config.load import load_config
from mmlesson.config.options import parse_options

__all__ = ['load_config', 'parse_options']
