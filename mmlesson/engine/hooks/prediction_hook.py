"""`PredictionHook`: draws test images with their predictions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from mmengine.dist import is_main_process
from mmengine.hooks import Hook

from mmlesson.engine.runner_protocol import LessonRunnerLike
from mmlesson.errors import UserError, check_int
from mmlesson.models.probabilities import has_probabilities
from mmlesson.registry import HOOKS
from mmlesson.tasks import task_of


@HOOKS.register_module()
class PredictionHook(Hook):
    """Draws the first test images with their predictions during testing, 100 to a page.

    Args:
        out_dir: Output folder of ``predictions_N.png``.
        max_pictures: Maximum number of images to draw.
    """

    def __init__(self, out_dir: str, max_pictures: int = 500) -> None:
        check_int('PredictionHook', 'max_pictures', max_pictures)
        self.out_dir = Path(out_dir)
        self.max_pictures = max_pictures
        self._kept: list[tuple[Any, int, int, float]] = []

    def after_test_iter(
        self, runner: LessonRunnerLike, batch_idx: int, data_batch: Any = None, outputs: Any = None
    ) -> None:
        """Collect the images and predictions of a batch."""
        task = task_of(runner.model)
        if not task.has_classes:
            raise UserError(f'--show-dir draws predicted classes; the task here is {task.name}.')
        inputs = data_batch['inputs']
        if inputs.ndim != 4:
            raise UserError('--show-dir draws images; the inputs of this config are vectors.')
        for image, output in zip(inputs, outputs, strict=True):
            if len(self._kept) == self.max_pictures:
                return
            label, guess = int(output['gt_label']), int(output['pred_label'])
            self._kept.append((image.numpy(), label, guess, float(output['pred_score'][guess])))

    def after_test(self, runner: LessonRunnerLike) -> None:
        """Draw the pages."""
        from mmlesson.visualization import draw_predictions, save_figure

        if not is_main_process():
            return
        self.out_dir.mkdir(parents=True, exist_ok=True)
        classes = runner.test_dataloader.dataset.metainfo['classes']
        for page, start in enumerate(range(0, len(self._kept), 100), start=1):
            images, true, guesses, scores = zip(*self._kept[start : start + 100], strict=True)
            shown = scores if has_probabilities(runner.model) else None
            figure = draw_predictions(np.stack(images), true, guesses, shown, classes)
            save_figure(figure, self.out_dir / f'predictions_{page}', kinds=('png',))
        part = ', of rank 0 only' if runner.world_size > 1 else ''
        runner.logger.info(f'Drew {len(self._kept)} predictions into {self.out_dir}{part}')
