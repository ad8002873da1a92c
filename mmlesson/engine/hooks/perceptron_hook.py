"""`PerceptronHook`: records the perceptron's updates and checks them against theory."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.dist import is_main_process
from mmengine.hooks import Hook

from mmlesson.engine.run_status import require_epochs
from mmlesson.engine.runner_protocol import LessonRunnerLike
from mmlesson.errors import UserError, check_int
from mmlesson.models.perceptron import Floats, Ints, correct
from mmlesson.registry import HOOKS
from mmlesson.utils.atomic_file import write_text

MAX_CANDIDATES = 64
"""Updates whose weights are compared together."""

Candidate = tuple[int, Floats, Floats]
"""Number of an update, and the weight and the bias after it."""


@HOOKS.register_module()
class PerceptronHook(Hook):
    """Records every update of a two-class `Perceptron`, and certifies the outcome of training.

    On data that a line separates, the updates stay under Novikoff's bound (R / g)^2, and training
    ends by itself (`ConvergenceHook`). On other data training would never end: after ``patience``
    epochs with mistakes a linear programme looks for a separator, and where there is none, training
    stops with the proof, a point that both classes' convex hulls share. The model then gets the
    best weights met so far (the "pocket"): those after the update that left the fewest mistakes on
    the training split. They are validated, saved as ``final.pth``, and tested.

    The results are stored in ``summary.json`` under 'facts/perceptron', and each update with the
    resulting weights in ``perceptron_updates.csv``.

    Args:
        patience: Epoch from which a proof is computed if mistakes remain.

    Raises:
        UserError: If the model is not a two-class `Perceptron`, or its images are augmented.

    References:
        Novikoff (1962), On convergence proofs on perceptrons; Gallant (1990), Perceptron-based
        learning algorithms, doi:10.1109/72.80230 (pocket).
    """

    priority = 'LOW'

    def __init__(self, patience: int = 10) -> None:
        check_int('PerceptronHook', 'patience', patience)
        self.patience = patience
        self.updates: list[list[float]] = []  # one row per update: epoch, label, x, w, b
        self.mistakes_per_epoch: list[int] = []
        self._pocket: dict[str, Any] | None = None
        self._candidates: list[Candidate] = []  # weights that are not compared yet
        self._certificate: dict[str, Any] = {}
        self._inputs: Floats = np.empty((0, 0))  # the training split, read in before_train
        self._lengths: Floats = np.empty((0, 1))
        self._labels: Ints = np.empty(0, np.int64)
        self._weight: Floats = np.empty((1, 0))
        self._bias: Floats = np.empty(1)

    def before_train(self, runner: LessonRunnerLike) -> None:
        """Read the training data once."""
        require_epochs('PerceptronHook', runner)
        model = runner.bare_model
        if type(model).__name__ != 'Perceptron' or len(model.weight) != 1:
            raise UserError(
                f'PerceptronHook must have a Perceptron with num_classes=2, got '
                f'{type(model).__name__}. Remove the hook, or change the model.'
            )
        if getattr(model.data_preprocessor, 'augments', False):
            raise UserError(
                'PerceptronHook replays the updates on the images of the dataset, and '
                'data_preprocessor.augment changes them in each step. Remove one of the two.'
            )
        dataset = runner.train_dataloader.dataset
        batch = runner.train_dataloader.collate_fn(dataset.__getitems__(list(range(len(dataset)))))
        self._inputs, self._labels = _arrays(model, batch)
        self._lengths = np.linalg.norm(self._inputs, axis=1)[:, None]
        self._weight, self._bias = _copies(model)

    def after_train_iter(
        self, runner: LessonRunnerLike, batch_idx: int, data_batch: Any = None, outputs: Any = None
    ) -> None:
        """Replay the updates for the batch's mistakes, one by one."""
        model = runner.bare_model
        inputs, labels = _arrays(model, data_batch)
        for at in model.last_mistakes:
            label = int(labels[at])
            correct(self._weight, self._bias, inputs[at], label, 1 - label, model.learning_rate)
            place = [float(runner.epoch + 1), float(label)]
            result = [*self._weight[0].tolist(), float(self._bias[0])]
            self.updates.append([*place, *inputs[at].tolist(), *result])
            self._candidates.append((len(self.updates), self._weight.copy(), self._bias.copy()))
            if len(self._candidates) == MAX_CANDIDATES:
                self._keep_best()

    def _keep_best(self) -> None:
        """Compare the weights of the last updates with the best of earlier ones."""
        candidates, self._candidates = self._candidates, []
        if not candidates:
            return
        certain = self._certain_mistakes(candidates)
        for (update, weight, bias), least in zip(candidates, certain, strict=True):
            if self._pocket is not None and least >= self._pocket['mistakes']:
                continue
            wrong = _mistakes(self._inputs, self._labels, weight, bias)
            if self._pocket is None or wrong < self._pocket['mistakes']:
                self._pocket = {
                    'mistakes': wrong,
                    'update': update,
                    'weight': weight,
                    'bias': bias,
                }

    def _certain_mistakes(self, candidates: list[Candidate]) -> list[int]:
        """Return the least number of mistakes that each of some weights can have.

        One matrix product for many of them takes a fifth of the time of one product for each, but
        rounds in another order. So samples so close to the boundary are left out.
        """
        weights = np.concatenate([weight for _, weight, _ in candidates])  # (K, D)
        biases = np.concatenate([bias for *_, bias in candidates])
        signs = np.where(self._labels == 1, 1.0, -1.0)[:, None]
        margins = (self._inputs @ weights.T + biases) * signs
        sizes = self._lengths * np.linalg.norm(weights, axis=1) + np.abs(biases)
        # Twice the bound of a sum's error in any order, (D + 1) eps, for each of both results.
        error = 4 * (self._inputs.shape[1] + 2) * np.finfo(np.float64).eps
        certain: list[int] = (margins < -error * sizes).sum(0).tolist()
        return certain

    def after_train_epoch(self, runner: LessonRunnerLike) -> None:
        """Stop if no separator exists."""
        self.mistakes_per_epoch.append(int(runner.status.train_metrics['mistakes']))
        epoch = len(self.mistakes_per_epoch)
        self._keep_best()
        if epoch < self.patience or self._certificate or not self.mistakes_per_epoch[-1]:
            return
        self._certificate = self._certify()
        if not self._certificate['separable']:
            point = ', '.join(f'{value:.3g}' for value in self._certificate['common_point'])
            message = (
                f'no line separates the classes: the point ({point}) is a mixture of samples of '
                'the one class and of samples of the other'
            )
            runner.status.request_stop('inseparable', message, epoch)

    def after_train(self, runner: LessonRunnerLike) -> None:
        """Certify, load the pocket weights if there is no separator, and write all down."""
        facts = dict(self._certificate or self._certify())
        model = runner.bare_model
        if 'bound' in facts and model.init == 'zeros':
            facts['bound_holds'] = len(self.updates) <= facts['bound']
        if not facts['separable'] and self._pocket is not None:
            facts['pocket'] = self._load_pocket(runner, self._pocket)
        runner.status.facts['perceptron'] = {
            **facts,
            'updates': len(self.updates),
            'mistakes_per_epoch': self.mistakes_per_epoch,
        }
        if is_main_process():
            self._write_updates(Path(runner.work_dir))

    def _load_pocket(self, runner: LessonRunnerLike, pocket: dict[str, Any]) -> dict[str, Any]:
        """Load and validate the pocket weights; return their accuracy on the training split."""
        model, status = runner.bare_model, runner.status
        with torch.no_grad():
            model.weight.copy_(torch.from_numpy(pocket['weight']))
            model.bias.copy_(torch.from_numpy(pocket['bias']))
        accuracy = 100 * (1 - pocket['mistakes'] / len(self._labels))
        status.restored_update = pocket['update']
        status.restored_epoch = int(self.updates[pocket['update'] - 1][0])
        status.restored_val = _validate(runner)
        val = ''.join(f', val {name} {value:.4g}' for name, value in _numbers(status.restored_val))
        runner.logger.info(
            f'Pocket weights of update {pocket["update"]} (epoch {status.restored_epoch}) replace '
            f'the last ones: train accuracy/top1 {accuracy:.4g}{val}'
        )
        return {'accuracy': accuracy, 'update': pocket['update']}

    def _certify(self) -> dict[str, Any]:
        # scipy is imported only when needed
        from mmlesson.evaluation.separability import Separator, separate

        found = separate(self._inputs, self._labels)
        if isinstance(found, Separator):
            facts = {'radius': found.radius, 'margin': found.margin, 'bound': found.bound}
            return {'separable': True, **facts}
        used = np.flatnonzero(found.weights > 0)
        return {
            'separable': False,
            'common_point': [round(float(value), 12) for value in found.point],
            'gap': found.gap,
            'weights': [
                {
                    'sample': int(at),
                    'label': int(self._labels[at]),
                    'weight': float(found.weights[at]),
                }
                for at in used
            ],
        }

    def _write_updates(self, work_dir: Path) -> None:
        width = self._inputs.shape[1]
        head = ['update', 'epoch', 'label']
        head += [f'{name}{i}' for name in 'xw' for i in range(1, width + 1)]
        text = io.StringIO()
        writer = csv.writer(text, lineterminator='\n')
        writer.writerow([*head, 'b'])
        for number, (epoch, label, *rest) in enumerate(self.updates, start=1):
            writer.writerow([number, int(epoch), int(label), *rest])
        write_text(work_dir / 'perceptron_updates.csv', text.getvalue())

    def state_dict(self) -> dict[str, Any]:
        """Return the state for resuming, as plain data."""
        self._keep_best()
        return {
            'updates': self.updates,
            'mistakes_per_epoch': self.mistakes_per_epoch,
            'pocket': self._pocket,
            'certificate': self._certificate,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore the state from a `state_dict`."""
        self.updates = [list(row) for row in state['updates']]
        self.mistakes_per_epoch = list(state['mistakes_per_epoch'])
        self._certificate = dict(state['certificate'])
        self._pocket = state['pocket'] and {
            key: value.numpy() if isinstance(value, torch.Tensor) else value
            for key, value in state['pocket'].items()
        }


def _validate(runner: LessonRunnerLike) -> dict[str, float] | None:
    """Return the validation metrics of the model as it is; no hook is called, nothing recorded."""
    loop = runner.val_loop
    if loop is None:
        return None
    runner.model.eval()
    with torch.no_grad():
        for batch in loop.dataloader:
            outputs = runner.model.val_step(batch)
            loop.evaluator.process(data_samples=outputs, data_batch=batch)
    metrics: dict[str, float] = loop.evaluator.evaluate(len(loop.dataloader.dataset))
    return metrics


def _numbers(metrics: dict[str, float] | None) -> list[tuple[str, float]]:
    return [(k, v) for k, v in (metrics or {}).items() if isinstance(v, int | float)]


def _arrays(model: Any, batch: Any) -> tuple[Floats, Ints]:
    data = model.data_preprocessor(batch, True)
    return data['inputs'].flatten(1).cpu().double().numpy(), data['labels'].cpu().numpy()


def _copies(model: Any) -> tuple[Floats, Floats]:
    return model.weight.detach().cpu().numpy().copy(), model.bias.detach().cpu().numpy().copy()


def _mistakes(inputs: Floats, labels: Ints, weight: Floats, bias: Floats) -> int:
    scores = inputs @ weight[0] + bias[0]
    return int((np.where(labels == 1, scores, -scores) <= 0).sum())
