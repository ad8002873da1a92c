"""Loads, merges, checks and explains a config before anything is built."""

from mmlesson.config.check import check_config, require_valid
from mmlesson.config.cli_options import parse_options
from mmlesson.config.issues import ConfigError, Issue
from mmlesson.config.load import fingerprint, load_config
from mmlesson.config.overrides import merge_options

__all__ = [
    'ConfigError',
    'Issue',
    'check_config',
    'fingerprint',
    'load_config',
    'merge_options',
    'parse_options',
    'require_valid',
]
