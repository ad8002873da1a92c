"""Settings of the page from a config."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mmlesson.config import LoadedConfig
from mmlesson.errors import UserError, shorten
from mmlesson.play.settings import DataSettings, NetworkSettings, Settings, TrainingSettings
from mmlesson.play.written_config import config_text

_COMPARED = ('train_dataloader', 'val_dataloader', 'model', 'optim_wrapper', 'train_cfg')
_SPECIAL = ('custom_hooks', 'param_scheduler', 'randomness')


def settings_of(config: str | Path) -> Settings:
    """Return the settings that give the same network and the same training as a config.

    Args:
        config: Config file, or the name of a shipped config, such as 'mlp/mlp_xor'.

    Raises:
        UserError: If the config has mistakes, or the page cannot show what it sets: the message
            names the first such key.
    """
    given = LoadedConfig.open(config).require_valid().config.to_dict()
    try:
        settings = _read(given)
    except (KeyError, TypeError, IndexError) as err:
        raise UserError(
            f'The playground shows networks for points in the plane; {config} has no '
            f'{str(err)[:80]}. Try mlp/mlp_xor.'
        ) from None
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / 'play.py'
        file.write_text(config_text(settings), encoding='utf-8')
        shown = LoadedConfig.open(file).config.to_dict()
    for key in (*_COMPARED, *_SPECIAL):
        for path, one, other in _differences(key, given.get(key), shown.get(key)):
            raise UserError(
                f'The playground cannot show {config}: {path} is {shorten(one)}, and would be '
                f'{shorten(other)} there.'
            )
    return settings


def _read(config: Mapping[str, Any]) -> Settings:
    points, model = config['train_dataloader']['dataset'], config['model']
    backbone, optimizer = model['backbone'], config['optim_wrapper']['optimizer']
    kind = points['type']
    ratio = points.get('split_ratio', (0.6, 0.2, 0.2))
    noises = {'XOR': 0.2, 'Moons': 0.2, 'Circles': 0.08, 'Spirals': 0.02, 'Blobs': 0.3}
    return Settings(
        DataSettings(
            dataset=kind,
            noise=points.get('noise', noises.get(kind, 0.2)),
            num_samples=points.get('num_samples', 600 if kind == 'Spirals' else 400),
            train_percent=round(100 * ratio[0]),
            val_percent=round(100 * ratio[1]),
        ),
        NetworkSettings(
            hidden_sizes=tuple(backbone['hidden_sizes']),
            activation=backbone.get('activation', 'ReLU'),
            loss=(model['head'].get('loss') or {}).get('type', 'CrossEntropyLoss'),
            dropout=backbone.get('dropout', 0.0),
        ),
        TrainingSettings(
            optimizer=optimizer['type'],
            lr=optimizer['lr'],
            weight_decay=optimizer.get('weight_decay', 0.0),
            batch_size=config['train_dataloader']['batch_size'],
            max_epochs=config['train_cfg']['max_epochs'],
            patience=_patience(config.get('custom_hooks') or []),
            seed=(config.get('randomness') or {}).get('seed') or 0,
        ),
    )


def _patience(hooks: list[dict[str, Any]]) -> int:
    found = [hook['patience'] for hook in hooks if hook.get('type') == 'EarlyStoppingHook']
    return int(found[0]) if found else 0


_DEFAULTS = {'noise', 'num_samples', 'split_ratio', 'activation'}
"""Arguments that a config may leave out; `_read` fills in their default."""


def _differences(path: str, given: Any, shown: Any) -> Iterator[tuple[str, Any, Any]]:
    """Yield the path and both values of what differs; arguments left out are no difference."""
    if isinstance(given, Mapping) and isinstance(shown, Mapping):
        for key in {**given, **shown}:
            if key in given or key not in _DEFAULTS:
                yield from _differences(f'{path}.{key}', given.get(key), shown.get(key))
    elif isinstance(given, list | tuple) and isinstance(shown, list | tuple):
        if path.endswith('split_ratio'):
            given, shown = ([round(100 * part) for part in ratio] for ratio in (given, shown))
        if list(given) != list(shown):
            yield path, given, shown
    elif given != shown and not (path.endswith('type') and str(given).endswith(f'.{shown}')):
        yield path, given, shown
