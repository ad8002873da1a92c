"""Links of the TensorFlow Playground as settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from mmlesson.errors import shorten
from mmlesson.play.mistakes import PageError, require_choice, require_number
from mmlesson.play.settings import (
    DataSettings,
    NetworkSettings,
    Settings,
    TrainingSettings,
    hidden_sizes_of,
)

_DATASETS = {'circle': 'Circles', 'xor': 'XOR', 'gauss': 'Blobs', 'spiral': 'Spirals'}
_ACTIVATIONS = {'relu': 'ReLU', 'tanh': 'Tanh', 'sigmoid': 'Sigmoid', 'linear': 'Identity'}
_NOISES = {'Circles': (0.1, 0.3), 'XOR': (0.25, 0.5), 'Blobs': (0.35, 1.0), 'Spirals': (0.0, 0.1)}
"""Noise here for their noise 0, at which points are spread as well, and for 50."""

_NEUTRAL = {
    'x': 'true',
    'y': 'true',
    'problem': 'classification',
    'initZero': 'false',
    'regularization': 'none',
    'tutorial': '',
    **dict.fromkeys(
        ('xTimesY', 'xSquared', 'ySquared', 'cosX', 'sinX', 'cosY', 'sinY', 'discretize'), 'false'
    ),
}
"""Values of parameters that change nothing here; others are listed."""

_OF_THE_VIEW = {'showTestData', 'collectStats', 'hideText', 'regDataset'}
_READ = {
    'activation',
    'batchSize',
    'dataset',
    'learningRate',
    'networkShape',
    'noise',
    'percTrainData',
    'regularizationRate',
    'seed',
}


@dataclass(frozen=True)
class LinkSettings:
    """What a link describes.

    Attributes:
        settings: Settings of the page.
        ignored: Parameters without a counterpart here, as 'name=value'.
    """

    settings: Settings
    ignored: tuple[str, ...]


def settings_of_link(link: str) -> LinkSettings:
    """Return the settings of a link such as ``https://playground.tensorflow.org/#activation=relu``.

    What the link leaves out has the Playground's default. The Playground minimises the squared
    error of a tanh; here the loss is the cross-entropy. Its noise of 0 to 50 is scaled to each
    dataset, whose points are spread at 0 as well, except those of the spirals.

    Raises:
        PageError: If the text is no such link, or a value cannot be used.
    """
    given = dict(parse_qsl(_fragment(link), keep_blank_values=True))
    rate = _number(given, 'regularizationRate', 0)
    kind = given.get('regularization') or 'none'
    settings = Settings(
        _data(given),
        NetworkSettings(
            hidden_sizes=hidden_sizes_of(given.get('networkShape', '4,2')),
            activation=_named(given, 'activation', _ACTIVATIONS, 'tanh'),
        ),
        TrainingSettings(
            optimizer='SGD',
            lr=_number(given, 'learningRate', 0.03),
            weight_decay=rate if kind == 'L2' else 0.0,
            batch_size=int(_number(given, 'batchSize', 10)),
            seed=_seed(given.get('seed', '0')),
        ),
    )
    return LinkSettings(settings, tuple(_ignored(given, kind)))


def _fragment(link: str) -> str:
    """Return the part of a link that has the settings."""
    try:
        parts = urlsplit(link.strip()[:4000])
    except ValueError:  # such as http://[
        parts = urlsplit('')
    fragment = parts.fragment or parts.query
    if 'playground.tensorflow.org' not in (parts.netloc, parts.path.strip('/')) or not fragment:
        raise PageError('link', got=shorten(link))
    return fragment


def _data(given: Mapping[str, str]) -> DataSettings:
    dataset = _named(given, 'dataset', _DATASETS, 'circle')
    train = int(_number(given, 'percTrainData', 50))
    low, high = _NOISES[dataset]
    noise = low + min(_number(given, 'noise', 0), 50) / 50 * (high - low)
    return DataSettings(
        dataset=dataset,
        noise=round(noise, 4),
        num_samples=500 if dataset != 'Spirals' else 600,
        train_percent=train,
        val_percent=max(5, (100 - train) // 2),
    )


def _ignored(given: Mapping[str, str], kind: str) -> list[str]:
    named = []
    for name, value in given.items():
        is_known = name in _READ | _OF_THE_VIEW or name.endswith('_hide')
        is_l2 = name == 'regularization' and value in ('L2', '')
        if is_known or is_l2 or _NEUTRAL.get(name) == value:
            continue
        named.append(f'{name}={value}'[:80])
    if kind not in ('L2', 'none') and 'regularizationRate' in given:
        named.append(f'regularizationRate={given["regularizationRate"]}'[:80])
    return named


def _named(given: Mapping[str, str], name: str, choices: Mapping[str, str], default: str) -> str:
    value = given.get(name) or default
    require_choice(name, value, choices)
    return choices[value]


def _number(given: Mapping[str, str], name: str, default: float) -> float:
    text = given.get(name) or str(default)
    try:
        value = float(text)
    except ValueError:
        value = float('nan')
    require_number(name, value, 0, 1e9)
    return value


def _seed(text: str) -> int:
    """Return the seed: a whole number, or else that of '0.31924', whose digits are the number."""
    digits = ''.join(char for char in text if char in '0123456789')
    return int(digits[:9] or 0)
