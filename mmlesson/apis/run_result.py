"""`RunResult`: a run with its curves, figures, model and predictions, for notebooks."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Any

from torch import nn

from mmlesson.apis.analysis.finished_run import read_figure_context
from mmlesson.apis.inference.abstention import abstain, read_threshold
from mmlesson.apis.inference.inferencer import Inferencer
from mmlesson.apis.inference.prediction_table import prediction_rows
from mmlesson.errors import ArgumentError, UserError, check_choice
from mmlesson.runs.run import Run
from mmlesson.runs.side_file import warn
from mmlesson.utils import rng_state

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from mmlesson.visualization.figures.context import FigureContext


class RunResult(Run):
    """A run, read from its work directory; each part is read on first use.

    Args:
        folder: Work directory of the run.

    Raises:
        UserError: If ``folder`` is not a folder.

    Example:
        >>> run = RunResult('work_dirs/mlp_xor')  # doctest: +SKIP
        >>> run.summary['test']  # doctest: +SKIP
        {'accuracy/top1': 100.0}
    """

    def __repr__(self) -> str:
        try:
            text = f'{self.summary["status"]}, test {self.summary["test"]}'
        except UserError:
            text = 'no summary'
        return f'<run {self.folder}: {text}>'

    @cached_property
    def curves(self) -> pd.DataFrame:
        """Recorded metrics: a row for each step and split.

        The columns are step (epoch, or iteration without epochs), split ('train' or 'val') and the
        metrics; a metric that a split does not record is NaN.

        Raises:
            UserError: If the run has recorded nothing.
        """
        import pandas as pd

        rows = [
            {'step': step, 'split': split, **point}
            for split in ('train', 'val')
            for step, point in self.scalars[split]
        ]
        frame = pd.DataFrame(rows, columns=None if rows else ['step', 'split'])
        return frame.sort_values(['step', 'split'], ignore_index=True)

    def figure(self, name: str) -> Figure:
        """Draw a figure of the run; a notebook shows it.

        Args:
            name: Name of a figure, such as 'learning_curves' or 'decision_regions'. Of a figure in
                several parts, such as the neurons of each layer, add the number: 'neurons_2'.

        Raises:
            UserError: If the name is unknown, or the figure does not apply to this run; the
                message is the reason.
        """
        from mmlesson.visualization.figures.on_request import ALL_FIGURES

        kind = name if name in ALL_FIGURES else re.sub(r'_\d+$', '', str(name))
        check_choice('figure', 'name', kind, ALL_FIGURES)
        with rng_state.preserved():
            parts = ALL_FIGURES[kind](self._figure_context)
        if name not in parts and len(parts) > 1:
            raise ArgumentError(
                f'figure.name must be one of {", ".join(parts)}, got {name!r}: there is one for '
                'each layer.'
            )
        drawing = parts.get(name) or next(iter(parts.values()))
        drawn: Figure = drawing.draw()
        return drawn

    def predict(
        self, inputs: Any, batch_size: int = 256, min_confidence: str | float | None = None
    ) -> pd.DataFrame:
        """Predict the classes of samples with the weights that were tested.

        Args:
            inputs: Arrays, DataFrames, files or folders, see `Inferencer`.
            batch_size: Number of samples per batch; it affects only the speed.
            min_confidence: Smallest probability of an answer; the class of other samples is
                'unknown', with index -1. 'auto' chooses it on validation, see `read_threshold`.

        Returns:
            A row for each sample: source, pred_label, pred_class, and for a model with
            probabilities pred_score (0-1) and the probability of each class, score_<class>. Inputs
            that cannot be read are logged, and listed in ``attrs['failed']``.

        Raises:
            UserError: If there are no inputs, an array has the wrong form, or the model is no
                classifier.
        """
        import pandas as pd

        task = self._inferencer.task
        if not task.has_classes:
            raise UserError(
                f'predict returns classes, and {self.folder} is a run of {task.name}. Use '
                'Inferencer(run.folder) instead.'
            )
        results = self._inferencer(inputs, batch_size=batch_size)
        for failure in results['failed']:
            warn(f'{failure["source"]}: {failure["reason"]}')
        predictions = results['predictions']
        if min_confidence is not None:
            with rng_state.preserved():
                predictions = abstain(predictions, read_threshold(min_confidence, self).value)
        head, *rows = prediction_rows(predictions, self._inferencer.classes)
        frame = pd.DataFrame(rows, columns=head)
        frame.attrs['failed'] = results['failed']
        return frame

    @property
    def model(self) -> nn.Module:
        """The model in evaluation mode, with the weights that were tested."""
        model: nn.Module = self._inferencer.model
        return model

    @cached_property
    def _inferencer(self) -> Inferencer:
        with rng_state.preserved():
            return Inferencer(self.folder)

    @cached_property
    def _figure_context(self) -> FigureContext:
        with rng_state.preserved():
            return read_figure_context(self)
