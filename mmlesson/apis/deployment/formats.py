"""Formats of exported models: writing, and inference with what was written."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from mmlesson.apis.deployment.inference_graph import InferenceGraph
from mmlesson.apis.deployment.onnx_session import open_session, require_package
from mmlesson.errors import RunError, locate

Array = npt.NDArray[Any]
Predict = Callable[[Array], Any]
"""From a batch of inputs, float32 (N, ...), to probabilities or scores, (N, C); or to what is found
in them, an array, or a tuple of arrays, as of `InferenceGraph`."""

METADATA_FILE = 'metadata.json'


@dataclass(frozen=True)
class Format:
    """A file format.

    Args:
        suffix: Ending of its files.
        write: Returns the file of a graph, given a batch of two samples and the metadata.
        load: Returns the function in such a file; the graph is used where a file holds weights.
    """

    suffix: str
    write: Callable[[InferenceGraph, Tensor, Mapping[str, str]], bytes]
    load: Callable[[bytes, InferenceGraph], Predict]


def predict_with(module: Callable[[Tensor], Any]) -> Predict:
    """Return the function of a torch module on arrays."""

    @torch.inference_mode()
    def predict(inputs: Array) -> Any:
        outputs = module(torch.from_numpy(np.ascontiguousarray(inputs)))
        if isinstance(outputs, Tensor):
            return outputs.numpy()
        return tuple(one.numpy() for one in outputs)

    return predict


def trace(graph: InferenceGraph, batch: Tensor) -> torch.export.ExportedProgram:
    """Return the graph as torch's exported program, for batches of any size.

    Raises:
        RunError: If torch cannot export the model.
    """
    sizes = ({0: torch.export.Dim('batch')},)
    try:
        with _quiet(), torch.no_grad():
            program = torch.export.export(graph, (batch,), dynamic_shapes=sizes)
    except Exception as err:  # what torch raises depends on the operation that it cannot follow
        raise RunError(
            f'{type(graph.model).__name__} cannot be exported for batches of any size: '
            f'{locate(err)}. Its forward must not depend on the values or on the batch size.'
        ) from err
    for node in program.graph.nodes:
        node.meta.pop('stack_trace', None)  # it has paths of this machine
    return program


def _write_onnx(graph: InferenceGraph, batch: Tensor, metadata: Mapping[str, str]) -> bytes:
    for package in ('onnx', 'onnxscript', 'onnxruntime'):
        require_package(package)
    program = trace(graph, batch)
    try:
        with _quiet():
            exported: Any = torch.onnx.export(
                program,
                (),
                dynamo=True,
                verbose=False,
                input_names=['inputs'],
                output_names=list(graph.outputs),
            )
    except torch.onnx.errors.OnnxExporterError as err:
        raise RunError(f'{type(graph.model).__name__} has no form in ONNX: {locate(err)}.') from err
    model: Any = exported.model_proto
    for part in (*model.graph.node, *model.graph.input, *model.graph.output):
        del part.metadata_props[:]  # stack traces, with paths of this machine
    for key, value in metadata.items():
        model.metadata_props.add(key=key, value=value)
    content: bytes = model.SerializeToString()
    return content


def _load_onnx(content: bytes, _: InferenceGraph) -> Predict:
    return open_session(content, threads=torch.get_num_threads())[0]


def _write_pt2(graph: InferenceGraph, batch: Tensor, metadata: Mapping[str, str]) -> bytes:
    file = io.BytesIO()
    with _quiet():
        torch.export.save(trace(graph, batch), file, extra_files=_as_file(metadata))
    return file.getvalue()


def _load_pt2(content: bytes, _: InferenceGraph) -> Predict:
    with _quiet():
        module: Any = torch.export.load(io.BytesIO(content)).module()
    return predict_with(module)


def _write_torchscript(graph: InferenceGraph, batch: Tensor, metadata: Mapping[str, str]) -> bytes:
    if not hasattr(torch.jit, 'trace'):
        raise RunError(f'torch {torch.__version__} has no TorchScript any more. Use --format pt2.')
    file = io.BytesIO()
    try:
        with _quiet(), torch.no_grad():
            module = torch.jit.trace(graph, batch, check_trace=False)
            torch.jit.save(module, file, _extra_files=_as_file(metadata))
    except RuntimeError as err:  # TorchScript takes no autograd function in Python, for example
        raise RunError(
            f'{type(graph.model).__name__} cannot be exported to TorchScript, which torch has '
            f'deprecated: {str(err).strip().splitlines()[0]} Use --format pt2 or onnx.'
        ) from err
    return file.getvalue()


def _load_torchscript(content: bytes, _: InferenceGraph) -> Predict:
    with _quiet():
        return predict_with(torch.jit.load(io.BytesIO(content)))


def _write_safetensors(graph: InferenceGraph, _: Tensor, metadata: Mapping[str, str]) -> bytes:
    require_package('safetensors')
    from safetensors.torch import save

    state = {name: value.clone().contiguous() for name, value in graph.model.state_dict().items()}
    content: bytes = save(state, metadata=dict(metadata))
    return content


def _load_safetensors(content: bytes, graph: InferenceGraph) -> Predict:
    from safetensors.torch import load

    model: nn.Module = deepcopy(graph.model)
    for value in model.state_dict().values():  # so that nothing but the file can give the weights
        value.zero_()
    model.load_state_dict(load(content))
    return predict_with(InferenceGraph(model))


def _as_file(metadata: Mapping[str, str]) -> dict[str, Any]:
    import json

    return {METADATA_FILE: json.dumps(dict(metadata), ensure_ascii=False)}


@contextmanager
def _quiet() -> Iterator[None]:
    """Hide warnings about parts of torch that its own exporters use."""
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        yield


FORMATS = {
    'onnx': Format('.onnx', _write_onnx, _load_onnx),
    'torchscript': Format('.pt', _write_torchscript, _load_torchscript),
    'pt2': Format('.pt2', _write_pt2, _load_pt2),
    'safetensors': Format('.safetensors', _write_safetensors, _load_safetensors),
}
"""Formats by their names; 'safetensors' holds the weights only, the others the graph as well."""
