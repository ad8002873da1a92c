"""Test metrics of a model on images or a table of the user."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from mmengine.evaluator import Evaluator

from mmlesson.apis.inference.inferencer import Inferencer
from mmlesson.apis.inference.input_reader import InputReader
from mmlesson.apis.inference.prediction_table import format_failures
from mmlesson.apis.inference.samples import Samples, batches, stack
from mmlesson.datasets.image_listing import ImageFile, list_images
from mmlesson.engine.command import testing_config
from mmlesson.errors import RunError, UserError, did_you_mean, shorten

BATCH_SIZE = 256


def measure_labelled(args: Namespace) -> dict[str, Any]:
    """Return the test metrics of a config for labelled data that the run does not know.

    The data are prepared as `Inferencer` prepares its inputs, and classes are found by name, so
    that a folder may lack some of them.

    Args:
        args: The command line of ``test.py``; its ``data`` is a folder with a folder of images per
            class, of which a folder 'test' may hold these; or a table with the column of labels.

    Raises:
        UserError: If the data have another form or an unknown class, or a flag cannot be combined.
        RunError: If files or rows cannot be read, or have no label.
    """
    _refuse_flags(args)
    config = testing_config(args)
    inferencer = Inferencer(config, config.load_from, device=config.device)
    if not inferencer.task.has_classes:
        raise UserError(f'--data needs a classifier; this is a model of {inferencer.task.name}.')
    evaluator = Evaluator(config.test_evaluator)
    evaluator.dataset_meta = {'classes': inferencer.classes}
    count = 0
    for inputs, labels in _batches(Path(args.data), inferencer):
        evaluator.process(data_samples=_predict(inferencer.model, inputs, labels))
        count += len(labels)
    metrics: dict[str, Any] = evaluator.evaluate(count)
    return {'samples': count, **metrics}


def _refuse_flags(args: Namespace) -> None:
    flags = {
        '--show-dir': args.show_dir,
        '--tta': args.tta,
        '--amp': args.amp,
        '--out-item pred': args.out_item == 'pred',
        '--launcher': args.launcher != 'none',
    }
    for flag, is_given in flags.items():
        if is_given:
            raise UserError(f'{flag} cannot be combined with --data. Leave one of them out.')


def _batches(data: Path, inferencer: Inferencer) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Yield samples with their classes; after the last, raise an error if some are unreadable."""
    reader, count = InputReader(inferencer.input_format, shows_progress=True), 0
    classes = _classes_of_files(data, inferencer.classes) if data.is_dir() else {}
    items = reader.expand(list(map(str, classes)) or str(data))
    for batch in batches(reader.samples(items), BATCH_SIZE):
        labels = [label for part in batch for label in _labels(part, classes)]
        count += len(labels)
        yield torch.from_numpy(stack(batch)), torch.tensor(labels)
    if reader.failed:
        raise RunError(format_failures(reader.failed, count + len(reader.failed)))


def _classes_of_files(folder: Path, classes: Sequence[str]) -> dict[Path, int]:
    """Return the index of the class of each image in a folder with a folder per class."""
    listing = list_images(folder, least_classes=1)
    unknown = [name for name in listing.classes if name not in classes]
    if unknown:
        raise UserError(
            f'{folder} has the class {unknown[0]!r}, but the classes of the model are '
            f'{shorten(list(classes), 300)}.{did_you_mean(unknown[0], classes)}'
        )
    if listing.unusable:
        path, reason = next(iter(listing.unusable.items()))
        raise RunError(f'{folder / path} cannot be used: {reason}')
    files: list[ImageFile] = [file for file in listing.files if file.split in ('', 'test')]
    if not files:
        raise UserError(f'{folder} has no image to test on.')
    return {folder / file.path: classes.index(listing.classes[file.label]) for file in files}


def _labels(samples: Samples, classes: dict[Path, int]) -> Sequence[int]:
    if samples.file is not None and samples.file in classes:
        return [classes[samples.file]]
    if samples.labels is None:
        raise UserError(
            f'{samples.names[0]} has no label. Give a folder with a folder of images per class, or '
            'a table with the column of labels.'
        )
    labels = [label for label in samples.labels if label is not None]
    if len(labels) < len(samples):
        name = samples.names[samples.labels.index(None)]
        raise RunError(
            f'{len(samples) - len(labels)} rows have no label, or one that is no class of the '
            f'model; the first is {name}. Correct or remove them.'
        )
    return labels


def _predict(model: Any, inputs: torch.Tensor, labels: torch.Tensor) -> Sequence[Any]:
    with torch.no_grad():
        outputs: Sequence[Any] = model.test_step({'inputs': inputs, 'labels': labels})
    if 'gt_label' not in outputs[0]:
        raise UserError(f'--data needs a model of mmlesson, got {type(model).__name__}.')
    return outputs
