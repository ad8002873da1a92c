"""Perceptron with its learning rule."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from mmengine.model import BaseModel
from torch import Tensor, nn

from mmlesson.errors import ArgumentError, check_choice, check_int, check_number
from mmlesson.models.classifier import Prediction, predictions
from mmlesson.registry import MODELS

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

FIRST_WINDOW = 16
LARGEST_WINDOW = 1024  # also the size of the blocks converted to float64
EPSILON = float(np.finfo(np.float64).eps)


def perceptron_pass(
    weight: Floats, bias: Floats, inputs: npt.NDArray[Any], labels: Ints, learning_rate: float
) -> tuple[list[int], float]:
    """Process the samples in order, updating ``weight`` and ``bias`` in place at each mistake.

    The rule is sequential, but the weights are constant between two mistakes, so the scores of a
    window of samples are computed by one product. Its rounding may differ in the last bits from
    that of a product with a single sample. Therefore it only decides samples whose margin exceeds
    all rounding errors; each other sample is decided by a separate product. The result is bitwise
    independent of windows and batches.

    Args:
        weight: (1, D) for two classes, (C, D) for more; float64.
        bias: (1,) or (C,).
        inputs: (N, D), float32 or float64.
        labels: Classes, (N,).
        learning_rate: alpha of the rule.

    Returns:
        The positions of the mistakes, in order, and the sum of the perceptron loss of all samples,
        each with the weights at its step.
    """
    mistakes: list[int] = []
    total = 0.0
    for start in range(0, len(inputs), LARGEST_WINDOW):
        part = slice(start, start + LARGEST_WINDOW)
        block = inputs[part].astype(np.float64, copy=False)
        for at, loss in _block_mistakes(weight, bias, block, labels[part], learning_rate):
            mistakes.append(start + at)
            total += loss
    return mistakes, total


def _block_mistakes(
    weight: Floats, bias: Floats, inputs: Floats, labels: Ints, learning_rate: float
) -> Iterator[tuple[int, float]]:
    """Correct each mistake and yield its position and loss."""
    longest = math.sqrt(np.vdot(inputs, inputs))  # at least the norm of each sample
    rounding = 4 * EPSILON * inputs.shape[1]  # twice the largest rounding error of two dot products
    signs = np.where(labels == 1, 1.0, -1.0)
    start, window = 0, FIRST_WINDOW
    while start < len(inputs):
        part = slice(start, min(start + window, len(inputs)))
        margins = _margins(weight, bias, inputs[part], labels[part], signs[part])
        reach = longest * math.sqrt(np.vdot(weight, weight)) + math.sqrt(np.vdot(bias, bias))
        doubtful = ~(margins > rounding * reach)  # True for NaN
        for first in doubtful.nonzero()[0].tolist():
            at = start + first
            rival, loss = _decide(weight, bias, inputs[at], int(labels[at]))
            if rival is not None:
                correct(weight, bias, inputs[at], int(labels[at]), rival, learning_rate)
                yield at, loss
                start, window = at + 1, max(first + first // 2, FIRST_WINDOW)
                break
        else:
            start, window = part.stop, min(2 * window, LARGEST_WINDOW)


def _margins(weight: Floats, bias: Floats, inputs: Floats, labels: Ints, signs: Floats) -> Floats:
    """Return the score of each sample's class minus the largest other score, (N,)."""
    if len(weight) == 1:
        scores: Floats = inputs @ weight[0]
        scores += bias[0]
        return signs * scores
    scores = inputs @ weight.T
    scores += bias
    own = (np.arange(len(labels)), labels)
    reached = scores[own]
    scores[own] = -np.inf
    return reached - scores.max(1)


def _decide(weight: Floats, bias: Floats, x: Floats, label: int) -> tuple[int | None, float]:
    """Return the wrong class that a sample is assigned to, or None if it is right, and its loss."""
    if len(weight) == 1:
        score = float(weight[0] @ x + bias[0])
        margin = score if label == 1 else -score
        return (1 - label, -margin) if margin <= 0 else (None, 0.0)
    scores = weight @ x + bias
    winner = int(scores.argmax())
    return (None if winner == label else winner), float(scores[winner] - scores[label])


def correct(weight: Floats, bias: Floats, x: Floats, label: int, rival: int, rate: float) -> None:
    """Apply the perceptron rule: update ``weight`` and ``bias`` in place for a mistake."""
    if len(weight) == 1:
        sign = 1.0 if label == 1 else -1.0
        weight[0] += rate * sign * x
        bias[0] += rate * sign
    else:
        weight[label] += rate * x
        weight[rival] -= rate * x
        bias[label] += rate
        bias[rival] -= rate


@MODELS.register_module()
class Perceptron(BaseModel):
    """Linear classifier that is updated at each misclassified sample.

    Two classes, y in {-1, +1} for the labels 0 and 1: a sample is a mistake if y (w.x + b) <= 0,
    and then w <- w + alpha y x, b <- b + alpha y. More classes: the prediction is the
    largest w_c.x + b_c; on a mistake alpha x is added to the weights of the true class and
    subtracted from those of the predicted class (Kesler's construction).

    The batch size has no effect: samples are processed one by one, in order. The rule runs on the
    CPU, whatever the device of the weights, because each step depends on the previous step.

    Args:
        in_features: Values per flattened sample.
        num_classes: Number of classes, at least 2.
        learning_rate: Step size alpha. With zero initial weights it scales the weights without
            changing any prediction.
        init: Initial weights: 'zeros', or 'normal' for standard normal values.
        data_preprocessor: Config of the preprocessor of batches; default `LessonPreprocessor`.

    Shape:
        inputs (N, ...) with in_features values per sample; weights float64, (1, in_features) for
        two classes, else (num_classes, in_features). Scores: (N, 2) as (-s/2, s/2), else (N, C).

    References:
        Rosenblatt (1958), doi:10.1037/h0042519; Novikoff (1962), On convergence proofs on
        perceptrons; Duda, Hart (1973), Pattern Classification, section 5.12 (Kesler).
    """

    gives_probabilities = False  # its scores only rank the classes

    def __init__(
        self,
        in_features: int,
        num_classes: int = 2,
        learning_rate: float = 1.0,
        init: str = 'zeros',
        data_preprocessor: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(data_preprocessor or {'type': 'mmlesson.LessonPreprocessor'})
        check_int('Perceptron', 'in_features', in_features)
        check_int('Perceptron', 'num_classes', num_classes, minimum=2)
        check_number('Perceptron', 'learning_rate', learning_rate, minimum=0)
        check_choice('Perceptron', 'init', init, ('zeros', 'normal'))
        self.num_classes = num_classes
        self.in_features = in_features
        self.learning_rate = learning_rate
        self.init = init
        self.last_mistakes: list[int] = []  # positions in the batch of the last step
        rows = 1 if num_classes == 2 else num_classes
        shape = (rows, in_features)
        start = torch.randn if init == 'normal' else torch.zeros
        # Parameters, because an optimizer needs at least one; it never updates them.
        self.weight = nn.Parameter(start(shape, dtype=torch.float64), requires_grad=False)
        self.bias = nn.Parameter(start(rows, dtype=torch.float64), requires_grad=False)

    def train_step(self, data: dict[str, Any], optim_wrapper: Any) -> dict[str, Tensor]:
        """Apply the rule to a batch; mistakes is a count, loss and accuracy are means."""
        data = self.data_preprocessor(data, True)
        inputs = data['inputs'].flatten(1).cpu().numpy()
        labels = data['labels'].cpu().numpy()
        self._check_labels(labels)
        weight, bias = self.weight.cpu().numpy(), self.bias.cpu().numpy()
        mistakes, loss = perceptron_pass(weight, bias, inputs, labels, self.learning_rate)
        self.last_mistakes = mistakes
        if self.weight.device.type != 'cpu':  # on the CPU the arrays share the parameters' memory
            self.weight.copy_(torch.from_numpy(weight))
            self.bias.copy_(torch.from_numpy(bias))
        return {
            'loss': torch.tensor(loss / len(labels), dtype=torch.float64),
            'mistakes': torch.tensor(len(mistakes)),
            'accuracy/top1': torch.tensor(100.0 * (1 - len(mistakes) / len(labels))),
        }

    def _check_labels(self, labels: Ints) -> None:
        if labels.max(initial=0) >= self.num_classes:
            raise ArgumentError(
                f'Perceptron.num_classes must be more than the largest label, {labels.max()}, got '
                f"{self.num_classes}. Set it to the number of the dataset's classes."
            )

    def forward(
        self, inputs: Tensor, labels: Tensor | None = None, mode: str = 'tensor'
    ) -> Tensor | dict[str, Tensor] | list[Prediction]:
        """Return scores ('tensor'), the perceptron loss ('loss') or predictions ('predict')."""
        check_choice('Perceptron', 'mode', mode, ('tensor', 'loss', 'predict'))
        scores = inputs.flatten(1).double() @ self.weight.T + self.bias
        if len(self.weight) == 1:
            scores = torch.cat([-scores / 2, scores / 2], 1)
        if mode == 'tensor':
            return scores
        losses = None
        if labels is not None:
            losses = scores.max(1).values - scores.gather(1, labels.view(-1, 1))[:, 0]
        if mode == 'loss':
            if losses is None:
                raise ArgumentError("Perceptron needs labels in mode 'loss', got none.")
            return {'loss': losses.mean()}
        return predictions(scores, labels, losses)
