"""The course: the order of its lessons."""

from __future__ import annotations

from pathlib import Path

_PLANE = ('linear', 'identity', 'sigmoid', 'tanh', 'relu')
_LOSSES = ('perceptron', 'hinge', 'squared', 'cross_entropy')
_DESCENTS = (
    *('full', 'single', 'minibatch', 'momentum', 'nesterov'),
    *('adagrad', 'rmsprop', 'adam', 'adamw'),
)

LESSONS = (
    *('perceptron/linear_blobs', 'perceptron/perceptron_blobs', 'perceptron/perceptron_digits'),
    'perceptron/perceptron_far_blobs',
    *('perceptron/perceptron_xor', 'mlp/linear_xor', 'mlp/mlp_xor'),
    *(f'mlp/moons_{name}' for name in _PLANE),
    *(f'mlp/circles_{name}' for name in _PLANE),
    *('mlp/mlp_moons', 'mlp/softmax_blobs'),
    *(f'perceptron/loss_{name}' for name in _LOSSES),
    'perceptron/perceptron_sgd',
    *(f'perceptron/descent_{name}' for name in _DESCENTS),
    *('mlp/mlp_backprop', 'mlp/fit_under', 'mlp/fit_good', 'mlp/fit_over', 'mlp/fit_stopped'),
    *('mlp/mlp_digits', 'cnn/cnn_digits', 'mlp/mlp_shifted', 'cnn/cnn_shifted'),
    'cnn/cnn_digits_augmented',
    *('vision/localize_digit', 'vision/localize_pixels', 'vision/keypoints_digit'),
    *('vision/segment_digits', 'vision/segment_no_skips'),
    *('vision/detect_digits', 'vision/detect_no_peaks', 'vision/detect_coarse'),
    'vision/instances_digits',
    *('vision/moving_digits_frame', 'vision/moving_digits'),
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
