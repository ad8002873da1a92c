"""Classifier: a backbone, an optional neck and a head."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from mmengine.model import BaseModel
from torch import Tensor

from mmlesson.errors import ArgumentError, check_choice
from mmlesson.models.data_samples import convert_data_samples, data_samples
from mmlesson.models.feature_width import image_channels, measure_features, width_argument
from mmlesson.models.heads import LABEL_ERRORS, ClassificationHead, refuse_labels
from mmlesson.models.predictions import Predictions, predictions
from mmlesson.registry import MODELS, in_own_scope


@MODELS.register_module()
class Classifier(BaseModel):
    """Image or vector classifier: backbone (-> neck) -> head, with the keys of mmpretrain.

    Any backbone, neck and classification head of mmpretrain can be used, e.g. with
    ``type='mmpretrain.ResNet_CIFAR'``, and mmlesson's backbones can be used in mmpretrain's
    ``ImageClassifier``. A backbone that ends in feature maps needs no neck: our heads get the mean
    of each map. One that takes three channels gets a grey image in each of them, as networks
    trained on photographs do.

    Args:
        backbone: Config of the module that maps inputs to features.
        neck: Config of the module that maps features to features, or None.
        head: Config of the module that maps features to logits and loss, or None if the backbone
            returns logits. The default of ``in_features`` of mmlesson's heads is
            ``backbone.out_features``, or else measured; see `measure_features`. The same holds for
            ``in_channels`` of mmpretrain's heads.
        data_preprocessor: Config of the preprocessor of batches; default `LessonPreprocessor`.
        init_cfg: Initialisation in mmengine's form.

    Shape:
        inputs (N, ...) float32, labels (N,) int64; logits z (N, C); probabilities
        p_c = exp(z_c) / sum_k exp(z_k).

    References:
        Bridle (1990), Probabilistic interpretation of feedforward classification network outputs,
        doi:10.1007/978-3-642-76153-9_28 (softmax).
    """

    def __init__(
        self,
        backbone: dict[str, Any],
        neck: dict[str, Any] | None = None,
        head: dict[str, Any] | None = None,
        data_preprocessor: dict[str, Any] | None = None,
        init_cfg: Any = None,
    ) -> None:
        preprocessor: Any = data_preprocessor or {'type': 'mmlesson.LessonPreprocessor'}
        if isinstance(preprocessor, dict):
            preprocessor = in_own_scope(preprocessor)
        super().__init__(preprocessor, init_cfg=init_cfg)
        convert_data_samples(self.data_preprocessor)
        self.backbone = MODELS.build(in_own_scope(backbone))
        self._in_channels = image_channels(self.backbone)
        self.neck: Any = MODELS.build(in_own_scope(neck)) if neck is not None else None
        self.head: Any = None
        self._pools = False  # whether a head gets the mean of each feature map
        if head is not None:
            self.head = MODELS.build(in_own_scope(self._complete(head)))
        self._own_head = isinstance(self.head, ClassificationHead)
        self._pools = self._pools or (self._own_head and neck is None)

    def _complete(self, head: dict[str, Any]) -> dict[str, Any]:
        """Return the config of the head with the number of its inputs."""
        name = width_argument(head)
        if name is None or name in head:
            return head
        self._pools = self.neck is None
        width = getattr(self.backbone, 'out_features', None) if self.neck is None else None
        if width is None:
            width = measure_features(self.backbone, self.extract_feat)
        return {name: width, **head}

    def forward(
        self, inputs: Tensor, labels: Tensor | None = None, mode: str = 'tensor'
    ) -> Tensor | dict[str, Tensor] | Predictions:
        """Return logits ('tensor'), losses ('loss') or predictions ('predict')."""
        check_choice('Classifier', 'mode', mode, ('tensor', 'loss', 'predict'))
        feats = self.extract_feat(inputs)
        if mode == 'loss':
            if labels is None:
                raise ArgumentError("Classifier needs labels in mode 'loss', got none.")
            return self._loss(feats, labels)
        logits = self._logits(feats)
        return logits if mode == 'tensor' else self._predict(logits, labels)

    def parse_losses(self, losses: dict[str, Any]) -> tuple[Tensor, dict[str, Any]]:
        """Return the sum of the losses, and the values to log.

        mmengine's implementation takes the mean of losses that are scalars already, which costs a
        tenth of a training step of a small network.
        """
        if all(isinstance(value, Tensor) and value.ndim == 0 for value in losses.values()):
            terms = [value for name, value in losses.items() if 'loss' in name]
            total = terms[0] if len(terms) == 1 else torch.stack(terms).sum()
            return total, {**losses, 'loss': total}
        parsed: tuple[Tensor, dict[str, Any]] = super().parse_losses(losses)
        return parsed

    def extract_feat(self, inputs: Tensor) -> tuple[Tensor, ...]:
        """Return the features; a head uses the last of them."""
        if self._in_channels == 3 and inputs.ndim == 4 and inputs.shape[1] == 1:
            inputs = inputs.expand(-1, 3, -1, -1)
        feats = self.backbone(inputs)
        feats = tuple(feats) if isinstance(feats, tuple | list) else (feats,)
        # mmpretrain 1.2 LeNet5.forward (lenet.py:40) squeezes away the axis of a batch of one.
        feats = tuple(f.unsqueeze(0) if f.ndim == 1 else f for f in feats)
        if self._pools and isinstance(feats[-1], Tensor) and feats[-1].ndim == 4:
            feats = (*feats[:-1], feats[-1].mean((2, 3)))
        return feats if self.neck is None else self.neck(feats)

    def _logits(self, feats: tuple[Tensor, ...]) -> Tensor:
        logits: Tensor = feats[-1] if self.head is None else self.head(feats)
        return logits

    def _loss(self, feats: tuple[Tensor, ...], labels: Tensor) -> dict[str, Tensor]:
        if self._own_head:
            losses: dict[str, Tensor] = self.head.loss(feats, labels)
        elif self.head is None:
            losses = {'loss': self._cross_entropy(feats[-1], labels, 'mean')}
        else:
            try:
                losses = self.head.loss(feats, data_samples(labels))
            except LABEL_ERRORS as err:  # checked only on failure, for speed
                refuse_labels(self._logits_owner, labels, self._logits(feats).shape[1], err)
                raise
        return losses

    def _predict(self, logits: Tensor, labels: Tensor | None) -> Predictions:
        losses = None
        if labels is not None and self._own_head:
            losses = self.head.sample_losses(logits, labels)
        elif labels is not None:
            losses = self._cross_entropy(logits, labels, 'none')
        return predictions(logits, labels, losses)

    def _cross_entropy(self, logits: Tensor, labels: Tensor, reduction: str) -> Tensor:
        try:
            return F.cross_entropy(logits, labels, reduction=reduction)
        except LABEL_ERRORS as err:
            refuse_labels(self._logits_owner, labels, logits.shape[1], err)
            raise

    @property
    def _logits_owner(self) -> str:
        return type(self.backbone if self.head is None else self.head).__name__
