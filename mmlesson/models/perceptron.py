"""Perceptron with its learning rule."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from mmengine.model import BaseModel
from torch import Tensor, nn

from mmlesson.errors import ArgumentError, check_choice, check_int, check_number
from mmlesson.models.predictions import Predictions, predictions
from mmlesson.registry import MODELS

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Inputs = npt.NDArray[np.float32] | Floats
Rule = Callable[[Floats, Floats, Inputs, Ints, float], tuple[Bools, float]]

# Multiply-adds of a batch from which the compiled rule is used. Loading it takes half a second,
# which the toy datasets (32 per batch) never regain.
COMPILED_WORK = 1000
SIGNATURE = '(float64[:, ::1], float64[::1], {inputs}[:, ::1], int64[::1], float64)'


def apply_rule(
    weight: Floats, bias: Floats, inputs: Inputs, labels: Ints, learning_rate: float
) -> tuple[Bools, float]:
    """Process the samples in order, updating ``weight`` and ``bias`` in place at each mistake.

    Args:
        weight: (1, D) for two classes, (C, D) for more.
        bias: (1,) or (C,).
        inputs: (N, D).
        labels: Classes, (N,).
        learning_rate: alpha of the rule.

    Returns:
        The mistakes, (N,), and the sum of the perceptron loss of all samples, each with the weights
        at its step.
    """
    wrong = np.zeros(len(inputs), np.bool_)
    loss = 0.0
    for i in range(len(inputs)):
        x, label = inputs[i], labels[i]
        scores = linear_scores(weight, bias, x)
        if len(weight) == 1:
            rival = 1 - label
            margin = scores[0] if label == 1 else -scores[0]
            wrong[i] = margin <= 0
        else:
            rival = scores.argmax()
            margin = scores[label] - scores[rival]
            wrong[i] = rival != label
        if not margin > 0:  # also NaN
            loss -= margin
        if wrong[i]:
            correct(weight, bias, x, label, rival, learning_rate)
    return wrong, loss


def correct(weight: Floats, bias: Floats, x: Inputs, label: int, rival: int, rate: float) -> None:
    """Apply the perceptron rule: update ``weight`` and ``bias`` in place for a mistake."""
    if len(weight) == 1:
        _add(weight, bias, 0, x, rate if label == 1 else -rate)
    else:
        _add(weight, bias, label, x, rate)
        _add(weight, bias, rival, x, -rate)


def _add(weight: Floats, bias: Floats, row: int, x: Inputs, rate: float) -> None:
    weight[row] += np.float64(rate) * x  # the product, too, is float64
    bias[row] += rate


def linear_scores(weight: Floats, bias: Floats, x: Inputs) -> Floats:
    """Return ``weight @ x + bias``, (C,), each sum taken from the first feature to the last.

    The order is fixed because the rounding of a sum depends on it, and with it the class of a
    sample on the boundary. ``@`` leaves the order to the processor.
    """
    sums: Floats = np.add.accumulate(weight * x, axis=1)[:, -1]
    return sums + bias


def _compiled_scores(weight: Floats, bias: Floats, x: Inputs) -> Floats:
    """Return the same bits as `linear_scores`; fast once compiled, slow otherwise.

    Four sums at a time, because the processor overlaps additions that do not depend on each other.
    """
    scores = np.empty(len(weight))
    last = len(weight) - 1
    for a in range(0, len(weight), 4):
        b, c, d = min(a + 1, last), min(a + 2, last), min(a + 3, last)
        sum_a = sum_b = sum_c = sum_d = 0.0
        for j in range(len(x)):
            sum_a += weight[a, j] * x[j]
            sum_b += weight[b, j] * x[j]
            sum_c += weight[c, j] * x[j]
            sum_d += weight[d, j] * x[j]
        scores[a], scores[b] = sum_a + bias[a], sum_b + bias[b]
        scores[c], scores[d] = sum_c + bias[c], sum_d + bias[d]
    return scores


@functools.cache
def compiled_rule(inputs: str) -> Rule:
    """Return `apply_rule` compiled by numba, or as it is if numba cannot be imported.

    Both give the same bits. The compiled code is cached on disk.

    Args:
        inputs: Type of the inputs, 'float32' or 'float64'.
    """
    try:
        import numba  # takes 0.3 s
        from numba.extending import overload, register_jitable
    except ImportError:
        return apply_rule
    register_jitable(_add)
    register_jitable(correct)
    overload(linear_scores, strict=False)(lambda weight, bias, x: _compiled_scores)
    signature = SIGNATURE.format(inputs=inputs)
    try:
        rule: Rule = numba.njit(signature, cache=True)(apply_rule)
    except Exception:  # the cache is damaged, or there is no folder that it can be written to
        rule = numba.njit(signature)(apply_rule)
    return rule


def perceptron_pass(
    weight: Floats, bias: Floats, inputs: npt.NDArray[Any], labels: Ints, learning_rate: float
) -> tuple[list[int], float]:
    """Call `apply_rule`, compiled if the batch is large enough to be worth it.

    Args:
        weight: (1, D) for two classes, (C, D) for more; contiguous, as is ``bias``.
        bias: (1,) or (C,).
        inputs: (N, D), float32 or float64.
        labels: Classes, (N,), from 0 to C - 1; not checked.
        learning_rate: alpha of the rule.

    Returns:
        The positions of the mistakes, in order, and the sum of the perceptron loss.
    """
    large = inputs.size * len(weight) >= COMPILED_WORK
    rule = compiled_rule(inputs.dtype.name) if large else apply_rule
    inputs, labels = np.ascontiguousarray(inputs), np.ascontiguousarray(labels, np.int64)
    wrong, loss = rule(weight, bias, inputs, labels, learning_rate)
    return wrong.nonzero()[0].tolist(), float(loss)


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
        inputs, labels = data['inputs'].flatten(1).cpu().numpy(), data['labels'].cpu().numpy()
        self._check_batch(inputs, labels)
        weight, bias = self.weight, self.bias
        arrays = weight.cpu().numpy(), bias.cpu().numpy()
        mistakes, loss = perceptron_pass(*arrays, inputs, labels, self.learning_rate)
        self.last_mistakes[:] = mistakes
        if not weight.is_cpu:  # on the CPU the arrays share the parameters' memory
            weight.copy_(torch.from_numpy(arrays[0]))
            bias.copy_(torch.from_numpy(arrays[1]))
        accuracy = 100.0 * (1 - len(mistakes) / len(labels))
        return {  # `torch.tensor` of a number takes twice as long
            'loss': torch.from_numpy(np.array(loss / len(labels))),
            'mistakes': torch.from_numpy(np.array(len(mistakes))),
            'accuracy/top1': torch.from_numpy(np.array(accuracy, np.float32)),
        }

    def _check_batch(self, inputs: Inputs, labels: Ints) -> None:
        """Refuse what would make the compiled rule read or write other memory."""
        if inputs.shape[1] != self.in_features:
            raise ArgumentError(
                f'Perceptron.in_features must be the number of values per sample, '
                f'{inputs.shape[1]}, got {self.in_features}.'
            )
        if labels.view(np.uint64).max() < self.num_classes:  # negative ones are huge
            return
        if labels.min() < 0:
            raise ArgumentError(
                f'Labels of a Perceptron must be from 0 to {self.num_classes - 1}, got '
                f'{labels.min()}. Correct the labels of the dataset.'
            )
        raise ArgumentError(
            f'Perceptron.num_classes must be more than the largest label, {labels.max()}, got '
            f"{self.num_classes}. Set it to the number of the dataset's classes."
        )

    def forward(
        self, inputs: Tensor, labels: Tensor | None = None, mode: str = 'tensor'
    ) -> Tensor | dict[str, Tensor] | Predictions:
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
