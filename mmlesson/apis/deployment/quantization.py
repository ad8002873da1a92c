"""Quantisation of an ONNX model to 8-bit integers."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import numpy.typing as npt

from mmlesson.apis.deployment.onnx_session import require_package
from mmlesson.errors import ArgumentError

BATCH = 32

LAYERS = ('Conv', 'Gemm', 'MatMul')
"""Operators that are quantised: those with weights. Preprocessing and softmax stay float32."""


def quantize_int8(content: bytes, samples: npt.NDArray[np.float32]) -> bytes:
    """Quantise weights and activations of the `LAYERS` of an ONNX model to 8 bits.

    Args:
        content: The model, float32.
        samples: Training samples (N, ...), from which the ranges of the activations are taken.

    Returns:
        The model with the same inputs, outputs and metadata.

    Raises:
        ArgumentError: If the model computes in float64, as the perceptron does.
    """
    onnx: Any = require_package('onnx')
    require_package('onnxruntime')
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, quantize_static

    model = onnx.load_model_from_string(content)
    if any(tensor.data_type == onnx.TensorProto.DOUBLE for tensor in model.graph.initializer):
        raise ArgumentError(
            '--quantize int8 needs a model of float32 weights, got float64. Export it as it is.'
        )
    batches = iter(np.array_split(samples, max(len(samples) // BATCH, 1)))

    class Reader(CalibrationDataReader):
        def get_next(self) -> dict[str, Any] | None:
            batch = next(batches, None)
            return None if batch is None else {model.graph.input[0].name: batch}

    with TemporaryDirectory(prefix='mmlesson_') as folder, _without_advice():
        target = Path(folder) / 'int8.onnx'
        quantize_static(
            model,
            target,
            Reader(),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=list(LAYERS),
            per_channel=True,
        )
        quantized = onnx.load(target)
    del quantized.metadata_props[:]
    quantized.metadata_props.extend(model.metadata_props)
    result: bytes = quantized.SerializeToString()
    return result


@contextmanager
def _without_advice() -> Iterator[None]:
    """Hide the advice that ONNX Runtime logs during quantisation."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)
