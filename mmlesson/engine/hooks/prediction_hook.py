"""`PredictionHook`: draws test images with their predictions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from mmengine.dist import is_main_process
from mmengine.hooks import Hook

from mmlesson.engine.runner_protocol import LessonRunnerLike
from mmlesson.errors import UserError, check_int
from mmlesson.evaluation.judgement import judge, marked
from mmlesson.models.probabilities import has_probabilities
from mmlesson.registry import HOOKS
from mmlesson.tasks import confident, flat_result, task_of


@HOOKS.register_module()
class PredictionHook(Hook):
    """Draws the first test images with their predictions during testing.

    A page has 100 images with their classes, or 40 with boxes, masks or keypoints.

    Args:
        out_dir: Output folder of ``predictions_N.png``.
        max_pictures: Maximum number of images to draw.
    """

    def __init__(self, out_dir: str, max_pictures: int = 500) -> None:
        check_int('PredictionHook', 'max_pictures', max_pictures)
        self.out_dir = Path(out_dir)
        self.max_pictures = max_pictures
        self._kept: list[tuple[Any, Any, Any, Any]] = []

    def after_test_iter(
        self, runner: LessonRunnerLike, batch_idx: int, data_batch: Any = None, outputs: Any = None
    ) -> None:
        """Collect the images and predictions of a batch."""
        inputs = data_batch['inputs']
        if inputs.ndim != 4:
            raise UserError('--show-dir draws images; the inputs of this config are vectors.')
        for image, output in zip(inputs, outputs, strict=True):
            if len(self._kept) == self.max_pictures:
                return
            if not task_of(runner.model).has_classes:
                found, truth = confident(flat_result(output)), flat_result(output, 'gt')
                self._kept.append((image.numpy(), found, truth, judge(found, truth)))
                continue
            label, guess = int(output['gt_label']), int(output['pred_label'])
            self._kept.append((image.numpy(), label, guess, float(output['pred_score'][guess])))

    def after_test(self, runner: LessonRunnerLike) -> None:
        """Draw the pages."""
        from mmlesson.visualization import save_figure

        if not is_main_process():
            return
        self.out_dir.mkdir(parents=True, exist_ok=True)
        classes = runner.test_dataloader.dataset.metainfo['classes']
        is_classifier = task_of(runner.model).has_classes
        size = 100 if is_classifier else 40
        for page, start in enumerate(range(0, len(self._kept), size), start=1):
            kept = self._kept[start : start + size]
            if is_classifier:
                figure = _classes_drawn(kept, classes, has_probabilities(runner.model))
            else:
                figure = _objects_drawn(kept, classes)
            save_figure(figure, self.out_dir / f'predictions_{page}', kinds=('png',))
        part = ', of rank 0 only' if runner.world_size > 1 else ''
        runner.logger.info(f'Drew {len(self._kept)} predictions into {self.out_dir}{part}')


def _classes_drawn(kept: list[Any], classes: Any, known: bool) -> Any:
    """Return the figure of images with their true and predicted classes."""
    from mmlesson.visualization import draw_predictions

    images, true, guesses, scores = zip(*kept, strict=True)
    return draw_predictions(np.stack(images), true, guesses, scores if known else None, classes)


def _objects_drawn(kept: list[Any], classes: Any) -> Any:
    """Return the figure of images with true and predicted boxes, masks or keypoints."""
    from mmlesson.visualization import draw_scenes

    images, found, truth, judged = zip(*kept, strict=True)
    marks = [marked(*pair) for pair in zip(found, judged, strict=True)]
    captions = [judgement.text for judgement in judged]
    return draw_scenes(np.stack(images), marks, truth, classes, captions=captions)
