"""The course: the order of its lessons, and the idea that each lesson's file begins with."""

from __future__ import annotations

import ast
from pathlib import Path

_PLANE = ('linear', 'identity', 'sigmoid', 'tanh', 'relu')
_LOSSES = ('perceptron', 'hinge', 'squared', 'cross_entropy')
_DESCENTS = (
    *('full', 'single', 'minibatch', 'momentum', 'nesterov'),
    *('adagrad', 'rmsprop', 'adam', 'adamw'),
)

LESSONS = (
    *('perceptron/linear_blobs', 'perceptron/perceptron_blobs', 'perceptron/perceptron_digits'),
    *('perceptron/perceptron_xor', 'mlp/linear_xor', 'mlp/mlp_xor'),
    *(f'mlp/moons_{name}' for name in _PLANE),
    *(f'mlp/circles_{name}' for name in _PLANE),
    *('mlp/mlp_moons', 'mlp/softmax_blobs'),
    *(f'perceptron/loss_{name}' for name in _LOSSES),
    'perceptron/perceptron_sgd',
    *(f'perceptron/descent_{name}' for name in _DESCENTS),
    *('mlp/mlp_backprop', 'mlp/fit_under', 'mlp/fit_good', 'mlp/fit_over', 'mlp/fit_stopped'),
    *('mlp/mlp_digits', 'cnn/cnn_digits', 'mlp/mlp_shifted', 'cnn/cnn_shifted'),
)
"""Configs in the order of the course: folder and name, without '.py'."""


def next_lesson(config: Path) -> Path | None:
    """Return the config of the lesson after this one; None after the last, and for other configs.

    Args:
        config: Config of a lesson, in the folder that it has in ``configs/``.
    """
    name = f'{config.parent.name}/{config.stem}'
    if name not in LESSONS[:-1]:
        return None
    following = config.parent.parent / f'{LESSONS[LESSONS.index(name) + 1]}.py'
    return following if following.is_file() else None


def idea_of(config: Path) -> str:
    """Return the first paragraph of a config's docstring in one line; '' if it has none."""
    try:
        text = ast.get_docstring(ast.parse(config.read_text(encoding='utf-8')))
    except (OSError, ValueError, SyntaxError):  # it was removed or changed since it was loaded
        return ''
    return ' '.join((text or '').split('\n\n')[0].split())
