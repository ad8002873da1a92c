"""Metrics of saved predictions, without the model."""

from __future__ import annotations

import io
import pickle
from argparse import Namespace
from pathlib import Path
from typing import Any

import torch
from mmengine.evaluator import Evaluator
from mmengine.registry import init_default_scope

from mmlesson.config import LoadedConfig, parse_options
from mmlesson.engine.command import add_outputs
from mmlesson.errors import UserError

CHUNK = 1000  # predictions per call of a metric
# A pickle can call any function; only these, which plain data and tensors need, are allowed.
_SAFE = {
    ('_codecs', 'encode'),
    ('collections', 'OrderedDict'),
    ('torch._utils', '_rebuild_tensor_v2'),
    ('torch.storage', '_load_from_bytes'),
}


def measure_predictions(args: Namespace) -> dict[str, Any]:
    """Return the test metrics of a config for a file of predictions.

    Args:
        args: The command line of ``test.py``; its ``checkpoint`` is the file, as
            ``--out-item pred`` wrote it.

    Raises:
        UserError: If the file contains no predictions, or another flag needs a model.
    """
    for flag in ('work_dir', 'show_dir', 'tta', 'amp'):
        if getattr(args, flag):
            raise UserError(f'--{flag.replace("_", "-")} needs a checkpoint, got predictions.')
    if args.out_item == 'pred':
        raise UserError(f'{args.checkpoint} holds the predictions already. Use --out-item metrics.')
    loaded = LoadedConfig.open(args.config, parse_options(args.cfg_options))
    config = loaded.require_valid().config
    if not config.get('test_evaluator'):
        raise UserError(f'{args.config} has no test_evaluator to measure with.')
    add_outputs(config, args)
    init_default_scope(config.get('default_scope', 'mmlesson'))
    samples = read_predictions(Path(args.checkpoint))
    metrics: dict[str, Any] = Evaluator(config.test_evaluator).offline_evaluate(
        samples, chunk_size=CHUNK
    )
    return metrics


def read_predictions(file: Path) -> list[dict[str, Any]]:
    """Read predictions that mmengine's ``DumpResults`` wrote, without running code from the file.

    Raises:
        UserError: If the file is missing, or contains anything other than plain data and tensors.
    """
    if not file.is_file():
        raise UserError(f'There is no file {file}.')
    try:
        with file.open('rb') as stream:
            samples = _PlainUnpickler(stream).load()
    except (pickle.UnpicklingError, EOFError, AttributeError, IndexError, ValueError) as err:
        raise UserError(f'{file} cannot be read as predictions: {err}') from err
    if not (isinstance(samples, list) and samples and all(isinstance(s, dict) for s in samples)):
        raise UserError(
            f'{file} must hold a list of predictions, as test.py --out-item pred gives.'
        )
    return samples


class _PlainUnpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _SAFE:
            raise pickle.UnpicklingError(f'it holds {module}.{name}, which is no plain data')
        return _load_storage if name == '_load_from_bytes' else super().find_class(module, name)


def _load_storage(content: bytes) -> Any:
    return torch.load(io.BytesIO(content), weights_only=True)  # torch's own loader could run code
