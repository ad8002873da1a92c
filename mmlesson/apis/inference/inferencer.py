"""Inferencer: classes, boxes, keypoints and pixels of images and arrays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby, islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.config import Config
from mmengine.infer import BaseInferencer
from mmengine.registry import init_default_scope
from torch import nn

from mmlesson.apis.inference.array_format import InputFormat
from mmlesson.apis.inference.class_predictions import ClassPredictions
from mmlesson.apis.inference.input_formats import format_of
from mmlesson.apis.inference.input_reader import InputReader, Item
from mmlesson.apis.inference.object_table import describe_objects
from mmlesson.apis.inference.samples import Array, Batch, batches, stack
from mmlesson.config import load_config
from mmlesson.errors import ArgumentError, UserError, check_int, check_number, locate
from mmlesson.models.predictions import stack_values
from mmlesson.models.probabilities import has_probabilities
from mmlesson.registry import MODELS, in_own_scope
from mmlesson.runs.checkpoint import load_weights, read_checkpoint
from mmlesson.runs.data_meta import dataset_meta
from mmlesson.runs.run import Run
from mmlesson.tasks import SHOWN_SCORE, confident, flat_result, task_of
from mmlesson.utils.cli import check_show_dir
from mmlesson.utils.device import resolve_device
from mmlesson.utils.garbage import collection_paused
from mmlesson.utils.quiet import quiet_mmengine

MAX_IMAGES = 500
PAGE = 100
FEW = 40
"""Images on a page with boxes, masks or keypoints, which are drawn larger."""


class Inferencer(BaseInferencer):
    """mmengine's ``BaseInferencer`` for models trained by mmlesson.

    Inputs are prepared exactly as in training: the checkpoint contains the name of the dataset, its
    class names and the statistics for normalisation. Checkpoints are read as plain data, so no code
    in them is executed; a config is a Python program, which is executed.

    Args:
        run: Folder of a run, of which the tested weights are used (or else the best or the last
            checkpoint); or a config file or `Config`.
        checkpoint: Checkpoint file, required with a config.
        device: 'auto', 'cpu', 'cuda', 'cuda:N' or 'mps'.
        show_progress: Whether to show a progress bar on stderr, if that is a terminal.

    Attributes:
        classes: Name of each class.
        keypoints: Name of each keypoint; empty if there are none.
        checkpoint: File of the weights.

    Raises:
        UserError: If the run, the config, the checkpoint or the device cannot be used.
    """

    visualize_kwargs = {'show_dir'}

    def __init__(
        self,
        run: str | Path | Config,
        checkpoint: str | Path | None = None,
        device: str = 'auto',
        show_progress: bool = False,
    ) -> None:
        if checkpoint is None:
            if isinstance(run, Config) or Path(run).is_file():
                raise ArgumentError('Inferencer.checkpoint must be given with a config, got none.')
            found = Run(Path(run))
            checkpoint, run = found.checkpoint_to_apply, found.config_file
        config = run if isinstance(run, Config) else load_config(run)
        scope = config.get('default_scope', 'mmlesson')
        init_default_scope(scope)
        self.checkpoint = Path(checkpoint)
        self._shows_progress = show_progress
        self.classes: tuple[str, ...] = ()
        self.keypoints: tuple[str, ...] = ()
        super().__init__(
            model=config,
            weights=str(checkpoint),
            device=str(resolve_device(device)),
            scope=scope,
            show_progress=False,
        )

    def __call__(
        self,
        inputs: Any,
        batch_size: int = 256,
        show_dir: str | Path | None = None,
        min_score: float = SHOWN_SCORE,
    ) -> dict[str, Any]:
        """Predict the classes of images or arrays, or find what is in images.

        Args:
            inputs: One of these, or a list of them: an image file; a folder, of which all files are
                used; a pattern of files such as 'digits/*.png'; a ``.npy`` or ``.npz`` file (of
                several arrays, 'inputs' or 'images' is used); an array or tensor that holds one
                sample, or several along its first axis; for a model of a table, a CSV, TSV or
                Parquet file; a pandas ``DataFrame`` with a sample in each row, whose columns are
                found by name for a model of a table and taken in their order for another.
                Integers are values as the dataset stores them, floats are values as it returns
                them.
            batch_size: Number of samples per batch; it affects only the speed.
            show_dir: Folder for figures of the first 500 inputs, 100 per figure (40 of other tasks
                than classification).
            min_score: Smallest score of a detected object; it has no effect on a classifier.

        Returns:
            'predictions', in the order of the inputs: `ClassPredictions`, a sequence of dicts of
            source (str), pred_label (int), pred_class (str), pred_score (its probability, 0-1),
            pred_scores (list of all); the last two are None for a model without probabilities, such
            as a perceptron. Its ``labels`` (N,) and ``scores`` (N, C) are arrays. Of other tasks
            the dicts are as described at `describe_objects`.
            'visualization': list of the drawings' files.
            'failed': dicts of source and reason, for inputs that could not be used.
            'notes': conversions of images that differed from the training data; what was ignored
            in a table.
            'accuracy': percent of the table rows with a label of the model's classes that are
            predicted correctly; None without such rows.

        Raises:
            UserError: If there are no inputs, a single array has the wrong form (in a list or a
                file it is listed as failed), or ``show_dir`` is used with vectors.
        """
        check_int('Inferencer', 'batch_size', batch_size)
        check_number('Inferencer', 'min_score', min_score, 0, 1)
        self._min_score = min_score
        if show_dir is not None:
            self._check_show_dir(Path(show_dir))
        folder = None if show_dir is None else Path(show_dir)
        with collection_paused():
            results: dict[str, Any] = super().__call__(
                inputs, batch_size=batch_size, show_dir=folder
            )
        return results

    @property
    def input_format(self) -> InputFormat:
        """Conversion of images and arrays to samples of the model."""
        return self._format

    def _check_show_dir(self, folder: Path) -> None:
        if not self._format.is_image:
            raise UserError('show_dir draws images; the inputs of this model are vectors.')
        check_show_dir('show_dir', folder)

    # -- building, called by BaseInferencer -----------------------------------------------------

    def _init_model(self, cfg: Config, weights: str, device: str) -> nn.Module:
        checkpoint = read_checkpoint(weights)
        with quiet_mmengine():
            model: nn.Module = MODELS.build(in_own_scope(cfg.model))
        self.task = task_of(model)
        load_weights(model, checkpoint, weights, strict=True)
        self._dataset_meta = dataset_meta(checkpoint)
        self.classes = self._dataset_meta['classes']
        self.keypoints = self._dataset_meta['keypoints']
        return model.to(device).eval()

    def _init_pipeline(self, cfg: Config) -> Any:
        self._format: InputFormat = format_of(cfg, self._dataset_meta)
        self._reader = InputReader(self._format, self._shows_progress)
        return self._reader.samples

    def _init_collate(self, cfg: Config) -> Any:
        return stack

    def _init_visualizer(self, cfg: Config) -> None:
        return None  # pages are drawn by our own functions

    # -- stages, called by BaseInferencer.__call__ ------------------------------------------------

    def _inputs_to_list(self, inputs: Any) -> list[Item]:
        return self._reader.expand(inputs)

    def preprocess(self, inputs: list[Item], batch_size: int) -> Iterator[dict[str, Any]]:
        """Yield batches of the readable inputs, of one shape each; the others go to ``failed``."""
        for batch in batches(self._reader.samples(inputs), batch_size):
            yield {'samples': batch, 'inputs': torch.from_numpy(self.collate_fn(batch))}

    @torch.no_grad()
    def forward(self, inputs: dict[str, Any]) -> list[dict[str, Any]]:
        """Return one dict for a batch: samples, shape of one, class probabilities (N, C).

        A batch of images of a size that the model does not take goes to ``failed``.
        """
        shape = tuple(inputs['inputs'].shape[1:])
        try:
            outputs = self.model.test_step({'inputs': inputs['inputs']})
        except (UserError, RuntimeError) as err:
            if self._format.has_one_shape or isinstance(err, torch.OutOfMemoryError):
                raise
            for name in (name for part in inputs['samples'] for name in part.names):
                self._reader.fail(
                    name, f'the model takes no sample of shape {shape}: {locate(err)}.'
                )
            return []
        batch = {'samples': _without_files(inputs['samples']), 'shape': shape}
        if not self.task.has_classes:
            found = [confident(flat_result(output), self._min_score) for output in outputs]
            return [{**batch, 'results': found}]
        return [{**batch, 'results': stack_values(outputs, 'pred_score').cpu().numpy()}]

    def visualize(
        self, inputs: list[Item], preds: list[dict[str, Any]], show_dir: Path | None = None
    ) -> list[Path]:
        """Draw the first inputs with their predicted classes."""
        if show_dir is None or not preds:
            return []
        first = islice(_samples_of(preds), MAX_IMAGES)
        shown = sorted(first, key=lambda pred: str(pred['shape']))
        pages: list[Path] = []
        show_dir.mkdir(parents=True, exist_ok=True)
        for _, alike in groupby(shown, key=lambda pred: pred['shape']):  # a page has one size
            for page in self._get_chunk_data(alike, PAGE if self.task.has_classes else FEW):
                pages.append(show_dir / f'predictions_{len(pages) + 1}.png')
                self._draw(page, pages[-1])
        return pages

    def postprocess(
        self, preds: list[dict[str, Any]], visualization: list[Path], return_datasamples: bool
    ) -> dict[str, Any]:
        """Return the results as plain data."""
        predictions = self._described(preds)
        accuracy = predictions.accuracy if isinstance(predictions, ClassPredictions) else None
        return {
            'predictions': predictions,
            'visualization': visualization,
            'failed': list(self._reader.failed),
            'notes': list(self._format.notes),
            'accuracy': accuracy,
        }

    def _described(self, preds: list[dict[str, Any]]) -> Sequence[dict[str, Any]]:
        """Return predictions as plain data."""
        if not self.task.has_classes:
            return [
                describe_objects(pred['name'], pred['shape'][-2:], pred['result'], self.classes)
                for pred in _samples_of(preds)
            ]
        samples = [part for pred in preds for part in pred['samples']]
        scores = np.concatenate([pred['results'] for pred in preds]) if preds else np.zeros((0, 0))
        known = has_probabilities(self.model)
        return ClassPredictions(samples, scores, self.classes, known)

    # -- parts of the stages ----------------------------------------------------------------------

    def _class_name(self, label: int) -> str:
        return self.classes[label] if label < len(self.classes) else str(label)

    def _image(self, pred: dict[str, Any]) -> Array:
        file: Path | None = pred['file']
        return pred['value'] if file is None else self._format.read(file)

    def _draw(self, preds: list[dict[str, Any]], file: Path) -> None:
        from mmlesson.visualization import draw_predictions, draw_scenes, save_figure

        images = np.stack([self._image(pred) for pred in preds])
        if not self.task.has_classes:
            found = [pred['result'] for pred in preds]
            save_figure(draw_scenes(images, found, None, self.classes), file, kinds=('png',))
            return
        labels = [int(pred['result'].argmax()) for pred in preds]
        known = has_probabilities(self.model)
        scores = [float(pred['result'].max()) for pred in preds] if known else None
        classes = [self._class_name(label) for label in range(len(preds[0]['result']))]
        save_figure(draw_predictions(images, None, labels, scores, classes), file, kinds=('png',))


def _without_files(batch: Batch) -> Batch:
    """Return a batch without the images of files, which would fill the memory."""
    return [part if part.file is None else part.without_values() for part in batch]


def _samples_of(preds: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield name, file or value, shape and result of each sample: its scores, or its objects."""
    for pred in preds:
        results = iter(pred['results'])
        for part in pred['samples']:
            for place, name in enumerate(part.names):
                value = part.values[place] if part.file is None else None
                own = {'name': name, 'file': part.file, 'value': value}
                yield {**own, 'shape': pred['shape'], 'result': next(results)}
