"""Load, merge, check and print a config before anything is built."""

from mmlesson.config.cli_options import parse_options
from mmlesson.config.issues import ConfigError, Issue
from mmlesson.config.load import fingerprint
from mmlesson.config.loaded import LoadedConfig, load_config

__all__ = [
    'ConfigError',
    'Issue',
    'LoadedConfig',
    'fingerprint',
    'load_config',
    'parse_options',
]
