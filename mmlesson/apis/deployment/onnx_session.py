"""ONNX Runtime sessions, without torch."""

from __future__ import annotations

import errno
import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mmlesson.errors import UserError, shorten

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
    name = 'The model' if isinstance(model, bytes) else str(model)
    try:
        content = model if isinstance(model, bytes) else _read(model)
        session = runtime.InferenceSession(content, options, providers=['CPUExecutionProvider'])
    except OSError:
        raise
    except Exception as err:  # ONNX Runtime has a class of errors for each status
        raise UserError(f'{name} is damaged or no ONNX model: {_reason(err)}') from err
    names = [item.name for item in session.get_inputs()]
    if len(names) != 1:
        raise UserError(f'An ONNX model must have one input, got {", ".join(names) or "none"}.')

    def predict(inputs: Array) -> Any:
        try:
            outputs = session.run(None, {names[0]: np.ascontiguousarray(inputs)})
        except Exception as err:  # as above
            shape = shorten(inputs.shape)
            raise UserError(f'{name} takes no inputs of shape {shape}: {_reason(err)}') from err
        return tuple(outputs) if len(outputs) > 1 else outputs[0]

    return predict, dict(session.get_modelmeta().custom_metadata_map)


def _read(file: Path) -> bytes:
    if file.exists() and not file.is_file():  # reading a pipe could block
        raise OSError(errno.EINVAL, 'It is no regular file', str(file))
    return file.read_bytes()


def _reason(err: Exception) -> str:
    lines = str(err).splitlines() or [type(err).__name__]
    return lines[0][:200]
