"""Fields of the 2-D page: their order, and settings from their values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mmlesson.play.mistakes import require_whole
from mmlesson.play.points import Points, read_points, require_trainable
from mmlesson.play.settings import (
    OWN,
    WHOLE_NUMBERS,
    DataSettings,
    NetworkSettings,
    Settings,
    TrainingSettings,
    hidden_sizes_of,
)

FIELDS = (
    'dataset',
    'noise',
    'num_samples',
    'train_percent',
    'val_percent',
    'hidden_sizes',
    'activation',
    'loss_function',
    'dropout',
    'optimizer',
    'lr',
    'weight_decay',
    'batch_size',
    'max_epochs',
    'patience',
    'seed',
)
"""Names of the fields, in the order of the values."""


def settings_of_form(values: Sequence[Any], points: str = '') -> tuple[Settings, Points | None]:
    """Return the settings of the page, and the visitor's points if they are chosen.

    Args:
        values: Value of each of `FIELDS`, as the browser sends it.
        points: Text of the visitor's points.

    Raises:
        UserError: If a value or the points cannot be used.
    """
    form = dict(zip(FIELDS, values, strict=True))
    own = require_trainable(read_points(points)) if form['dataset'] == OWN else None
    whole = {
        name: require_whole(name, form[name], *bounds) for name, bounds in WHOLE_NUMBERS.items()
    }
    data = DataSettings(
        dataset=form['dataset'],
        noise=form['noise'],
        num_classes=2 if own is None else len(own.classes),
        **{name: whole[name] for name in ('num_samples', 'train_percent', 'val_percent')},
    )
    network = NetworkSettings(
        hidden_sizes_of(form['hidden_sizes']),
        form['activation'],
        form['loss_function'],
        form['dropout'],
    )
    training = TrainingSettings(
        optimizer=form['optimizer'],
        lr=form['lr'],
        weight_decay=form['weight_decay'],
        **{name: whole[name] for name in ('batch_size', 'max_epochs', 'patience', 'seed')},
    )
    return Settings(data, network, training), own


def form_of_settings(settings: Settings) -> tuple[Any, ...]:
    """Return the value of each of `FIELDS`."""
    data, network, training = settings.data, settings.network, settings.training
    form = {**vars(data), **vars(network), **vars(training)}
    form['hidden_sizes'] = ', '.join(map(str, network.hidden_sizes))
    form['loss_function'] = network.loss
    return tuple(form[name] for name in FIELDS)
