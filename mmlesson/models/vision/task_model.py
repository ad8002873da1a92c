"""Model of a vision task: a backbone of feature maps, an optional neck and a head."""

from __future__ import annotations

from typing import Any

import torch
from mmengine.model import BaseModel
from torch import Tensor

from mmlesson.errors import ArgumentError, check_choice
from mmlesson.models.vision.task_head import TaskHead
from mmlesson.registry import MODELS, in_own_scope


@MODELS.register_module()
class TaskModel(BaseModel):
    """Detector, segmentor or estimator of keypoints: backbone (-> neck) -> head, as a `Classifier`.

    The head decides the task. Any backbone and neck of OpenMMLab that return a tuple of feature
    maps can be used, e.g. ``type='mmpretrain.ResNet', out_indices=(0, 1, 2)``.

    Args:
        backbone: Config of the module that maps images to feature maps.
        head: Config of a `TaskHead`. The default of its ``in_channels`` is
            ``backbone.out_channels``.
        neck: Config of the module that maps feature maps to feature maps, or None.
        data_preprocessor: Config of the preprocessor of batches; default `LessonPreprocessor`.
        init_cfg: Initialisation in mmengine's form.

    Shape:
        inputs (N, C, H, W) float32; labels a dict of tensors, as `DigitCanvas` returns them.

    Raises:
        ArgumentError: If the head is no `TaskHead`, or labels are missing in mode 'loss'.
    """

    def __init__(
        self,
        backbone: dict[str, Any],
        head: dict[str, Any],
        neck: dict[str, Any] | None = None,
        data_preprocessor: dict[str, Any] | None = None,
        init_cfg: Any = None,
    ) -> None:
        super().__init__(
            data_preprocessor or {'type': 'mmlesson.LessonPreprocessor'}, init_cfg=init_cfg
        )
        self.backbone = MODELS.build(in_own_scope(backbone))
        self.neck: Any = MODELS.build(in_own_scope(neck)) if neck is not None else None
        _check_head(head.get('type'))
        channels = getattr(self.backbone, 'out_channels', None)
        if isinstance(channels, tuple) and neck is None:
            head = {'in_channels': channels, **head}
        self.head: TaskHead = MODELS.build(in_own_scope(head))

    def forward(
        self, inputs: Tensor, labels: dict[str, Tensor] | None = None, mode: str = 'tensor'
    ) -> Any:
        """Return the head's outputs ('tensor'), losses ('loss') or predictions ('predict')."""
        check_choice('TaskModel', 'mode', mode, ('tensor', 'loss', 'predict'))
        outputs = self.head(self.extract_feat(inputs))
        size = (inputs.shape[-2], inputs.shape[-1])
        if mode == 'tensor':
            return outputs
        if mode == 'predict':
            return self._predict(outputs, labels, size)
        if labels is None:
            raise ArgumentError("TaskModel needs labels in mode 'loss', got none.")
        losses = self.head.sample_losses(outputs, self._checked(labels), size)
        return {name: values.mean() for name, values in losses.items()}

    def extract_feat(self, inputs: Tensor) -> tuple[Tensor, ...]:
        """Return the feature maps, the finest first."""
        feats = self.backbone(inputs)
        feats = feats if isinstance(feats, tuple) else (feats,)
        if self.neck is not None:
            feats = self.neck(feats)
        return tuple(feats)

    def _predict(
        self, outputs: Any, labels: dict[str, Tensor] | None, size: tuple[int, int]
    ) -> list[dict[str, Any]]:
        """Return a dict per image; with labels it has the ground truth and the loss, ()."""
        results = self.head.predictions(outputs, size)
        if labels is None:
            return results
        losses = self.head.sample_losses(outputs, self._checked(labels), size)
        totals = torch.stack(list(losses.values())).sum(0).float().cpu()
        truths = self.head.task.ground_truth(labels)
        return [
            {**result, **truth, 'loss': loss}
            for result, truth, loss in zip(results, truths, totals, strict=True)
        ]

    def _checked(self, labels: Any) -> dict[str, Tensor]:
        """Return labels; refuse those without the entries of the task."""
        wanted = self.head.task.labels
        missing = [name for name in wanted if not isinstance(labels, dict) or name not in labels]
        if missing:
            got = ', '.join(labels) if isinstance(labels, dict) else type(labels).__name__
            raise ArgumentError(
                f'{type(self.head).__name__} must get labels with {", ".join(wanted)}, got {got}. '
                'Use a dataset for this task, such as DigitCanvas.'
            )
        checked: dict[str, Tensor] = labels
        return checked


def _check_head(kind: Any) -> None:
    """Refuse the type of a head that is no `TaskHead`, before it is built."""
    found = MODELS.get(kind) if isinstance(kind, str) else kind
    if isinstance(found, type) and not issubclass(found, TaskHead):
        raise ArgumentError(
            f'TaskModel.head must be a TaskHead, such as CenterHead, got {found.__name__}. '
            'Use Classifier for a head of classification.'
        )
