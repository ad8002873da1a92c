from .cli_options import parse_options
from .issues import ConfigError, Issue
from .load import fingerprint
from .loaded import LoadedConfig, load_config

__all__ = [
    'ConfigError',
    'Issue',
    'LoadedConfig',
    'fingerprint',
    'load_config',
    'parse_options',
]
