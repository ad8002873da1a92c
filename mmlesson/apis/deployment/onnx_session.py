"""ONNX Runtime sessions, without torch."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mmlesson.errors import UserError

Array = npt.NDArray[Any]


def require_package(name: str) -> Any:
    """Import a package of the extra ``export``.

    Raises:
        UserError: If it is not installed.
    """
    try:
        return importlib.import_module(name)
    except ImportError as err:
        raise UserError(
            f"{name} is not installed. Install it by: pip install 'mmlesson[export]'"
        ) from err


def open_session(
    model: Path | bytes, threads: int = 0
) -> tuple[Callable[[Array], Any], dict[str, str]]:
    """Open an ONNX model with one input, on the CPU.

    Args:
        model: File, or its content.
        threads: Number of threads; 0 for ONNX Runtime's choice.

    Returns:
        The function from inputs, float32 (N, ...), to the output, or to a tuple of several; the
        metadata of the file.

    Raises:
        UserError: If it is no ONNX model, or has several inputs.
    """
    runtime = require_package('onnxruntime')
    options = runtime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3  # errors only
    try:
        content = model if isinstance(model, bytes) else model.read_bytes()
        session = runtime.InferenceSession(content, options, providers=['CPUExecutionProvider'])
    except OSError:
        raise
    except Exception as err:  # ONNX Runtime has a class of errors for each status
        name = 'The model' if isinstance(model, bytes) else str(model)
        reason = str(err).splitlines()[0][:200]
        raise UserError(f'{name} is damaged or no ONNX model: {reason}') from err
    names = [item.name for item in session.get_inputs()]
    if len(names) != 1:
        raise UserError(f'An ONNX model must have one input, got {", ".join(names) or "none"}.')

    def predict(inputs: Array) -> Any:
        outputs = session.run(None, {names[0]: np.ascontiguousarray(inputs)})
        return tuple(outputs) if len(outputs) > 1 else outputs[0]

    return predict, dict(session.get_modelmeta().custom_metadata_map)
