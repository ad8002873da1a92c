"""Export of a run's model to a file that does not need mmlesson."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from mmlesson.apis.deployment.description import Description, InputDescription
from mmlesson.apis.deployment.formats import FORMATS, Predict, predict_with
from mmlesson.apis.deployment.inference_graph import InferenceGraph
from mmlesson.apis.deployment.model_card import card_of, write_card
from mmlesson.apis.deployment.quantization import quantize_int8
from mmlesson.apis.deployment.verification import (
    EVALUATION,
    LARGEST_SHARE,
    SAMPLES,
    TOLERANCE,
    accuracy,
    largest_difference,
    latency,
    predicted_by_model,
    read_split,
    share_of_differences,
)
from mmlesson.apis.inference.inferencer import Inferencer
from mmlesson.apis.inference.input_formats import format_of
from mmlesson.errors import ArgumentError, RunError, UserError, check_choice, locate
from mmlesson.runs.checkpoint import read_checkpoint, weights_sha256
from mmlesson.runs.data_meta import dataset_meta
from mmlesson.runs.run import Run
from mmlesson.tasks import exported_results
from mmlesson.utils.atomic_file import atomic_path
from mmlesson.utils.cli import check_output_file
from mmlesson.visualization.figures.context import Samples

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Measures:
    """A model in torch, or its exported form.

    Args:
        size: Bytes of the weights, or of the file.
        latency: Median time of one sample in milliseconds.
        accuracy: In percent on the split that was used for the verification; None if not measured.
    """

    size: int
    latency: float
    accuracy: float | None = None


@dataclass(frozen=True)
class ExportReport:
    """Result of an export.

    Args:
        file: The exported model.
        output: 'probabilities' or 'scores'; or the names of what is found.
        compared: Number of samples of ``split`` that both models were applied to.
        split: 'val', or another if the config has none.
        difference: Largest difference of the outputs; for scores, as a fraction of the largest; of
            another task than classification the share of objects, points or pixels that differ.
        before: Measures of the model in torch.
        after: Measures of the exported model.
        is_share: Whether the difference is a share of the results.
    """

    file: Path
    output: str
    compared: int
    split: str
    difference: float
    before: Measures
    after: Measures
    is_share: bool = False

    def __str__(self) -> str:
        """Return a line for each result."""
        before, after = self.before, self.after
        what = 'largest difference from torch'
        if self.is_share:
            what = 'share of results that differ from torch'
        lines = [
            f'{self.file}: {self.output}',
            f'{what}: {self.difference:.2g} ({self.compared} samples of {self.split})',
            f'size: {before.size:,} bytes of weights in torch, {after.size:,} bytes of file',
            f'latency of one sample: {before.latency:.3f} ms in torch, {after.latency:.3f} ms '
            'exported',
        ]
        if before.accuracy is not None:
            lines.append(
                f'accuracy on {self.split}: {before.accuracy:.2f} % in torch, '
                f'{after.accuracy:.2f} % exported'
            )
        return '\n'.join([*lines, f'model card: {card_of(self.file)}'])


def export_model(
    run: str | Path, format: str, out: Path | None = None, quantize: str | None = None
) -> ExportReport:
    """Export the model of a run, with the weights that the run tested, and write a model card.

    The statistics of the preprocessor and the softmax are part of the model, which takes batches
    of any size of the values that the dataset returns; so is the decoding of maps to boxes, masks,
    keypoints or pixels. It is compared with torch before anything is written.

    Args:
        run: Folder of a run.
        format: One of `FORMATS`; 'safetensors' holds the weights only.
        out: File to write, which must not exist; default <config><suffix> in the run's folder.
        quantize: 'int8' to store ONNX weights in 8 bits, or None.

    Returns:
        What was measured.

    Raises:
        UserError: If an argument or the run is not as described, or a package is missing.
        RunError: If the model cannot be exported, or the outputs differ by more than `TOLERANCE`,
            or of another task more than `LARGEST_SHARE` of the results.
    """
    check_choice('export', '--format', format, FORMATS)
    check_choice('export', '--quantize', quantize, (None, 'int8'))
    if quantize and format != 'onnx':
        raise ArgumentError(f'--quantize needs --format onnx, got {format}.')
    source = Run(run)
    suffix = FORMATS[format].suffix
    out = out or source.folder / f'{source.name}{suffix}'
    card = card_of(out)
    check_output_file('--out', out, [suffix])
    check_output_file('--out', card, ['.md'])
    inferencer = Inferencer(source.folder, device='cpu')
    if quantize and not inferencer.task.has_classes:
        raise UserError(
            f'--quantize needs a classifier, and {source.folder} is a run of '
            f'{inferencer.task.name}. Export it without.'
        )
    graph = InferenceGraph(inferencer.model)
    config = source.config.config
    split, samples = read_split(config, EVALUATION, complete=quantize is not None)
    description = describe(source, inferencer, graph.output, samples.inputs)
    content = _write(graph, format, description, samples)
    if quantize:
        content = quantize_int8(content, read_split(config, ('train',))[1].inputs)
    exported = FORMATS[format].load(content, graph)
    report = ExportReport(
        out,
        graph.output,
        min(len(samples.inputs), SAMPLES),
        split,
        _difference(graph, exported, samples.inputs),
        _measure(predict_with(graph), _bytes_of(graph.model), samples, quantize),
        _measure(exported, len(content), samples, quantize),
        not graph.task.has_classes,
    )
    with atomic_path(out) as temporary:
        temporary.write_bytes(content)
    write_card(card, source, description, str(report).splitlines()[1:-1], inferencer.task)
    return report


def _write(graph: InferenceGraph, format: str, description: Description, samples: Samples) -> bytes:
    """Return the content of the file, verified."""
    pair = np.resize(samples.inputs, (2, *samples.inputs.shape[1:]))
    content = FORMATS[format].write(graph, torch.from_numpy(pair), description.to_metadata())
    try:
        difference = _difference(graph, FORMATS[format].load(content, graph), samples.inputs)
    except Exception as err:  # of a runtime, whose errors have no common class
        raise RunError(
            f'The exported model fails: {locate(err)}. No file was written. Its forward must not '
            'depend on the batch size.'
        ) from err
    limit = TOLERANCE if graph.task.has_classes else LARGEST_SHARE
    if difference > limit:
        raise RunError(
            f'The exported model differs from torch by {difference:.2g}, more than {limit:g}. '
            'No file was written. Try another --format.'
        )
    return content


def _difference(graph: InferenceGraph, exported: Predict, inputs: Array) -> float:
    """Return the difference from the model's own prediction; batches of one included."""
    chosen = inputs[:: max(len(inputs) // SAMPLES, 1)][:SAMPLES]
    expected = predicted_by_model(graph, chosen)
    batches = [(expected, exported(chosen)), (expected[:1], exported(chosen[:1]))]
    if not graph.task.has_classes:
        return max(
            share_of_differences(one, exported_results(graph.outputs, other))
            for one, other in batches
        )
    is_relative = graph.output == 'scores'
    return max(largest_difference(*pair, is_relative) for pair in batches)


def _measure(predict: Predict, size: int, samples: Samples, quantize: str | None) -> Measures:
    percent = accuracy(predict, samples) if quantize else None
    return Measures(size, latency(predict, samples.inputs[:1]), percent)


def _bytes_of(model: nn.Module) -> int:
    return sum(value.nbytes for value in model.state_dict().values())


def describe(run: Run, inferencer: Inferencer, output: str, inputs: Array) -> Description:
    """Return the description of a model.

    Args:
        run: The run.
        inferencer: The `Inferencer` of the run.
        output: Names of the outputs, as of `InferenceGraph`.
        inputs: Samples as the dataset returns them, (N, ...).
    """
    meta = dataset_meta(read_checkpoint(inferencer.checkpoint))
    return Description(
        run.name,
        inferencer.classes,
        output,
        weights_sha256(inferencer.model),
        InputDescription(
            meta.get('dataset') if meta.get('input_shape') is not None else None,
            tuple(inputs.shape[1:]),
            float(getattr(format_of(run.config.config, meta), 'scale', 1.0)),
            (float(inputs.min()), float(inputs.max())),
            meta.get('table'),
        ),
        inferencer.task.name,
    )
