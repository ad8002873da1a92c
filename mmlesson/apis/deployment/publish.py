"""Publication of a run's weights in a file named by its hash."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import torch

import mmlesson
from mmlesson.apis.deployment.export import describe
from mmlesson.apis.deployment.inference_graph import InferenceGraph
from mmlesson.apis.deployment.model_card import card_of, write_card
from mmlesson.apis.deployment.verification import EVALUATION, read_split
from mmlesson.apis.inference.inferencer import Inferencer
from mmlesson.errors import UserError
from mmlesson.runs.checkpoint import read_checkpoint, to_plain
from mmlesson.runs.run import Run
from mmlesson.utils.atomic_file import atomic_path

KEPT = ('dataset_meta', 'epoch', 'iter', 'seed')
"""Entries of the checkpoint's meta that are published."""


def publish_model(run: str | Path, folder: Path | None = None) -> Path:
    """Write the weights that a run tested, without what only training needs, and a model card.

    The file can be loaded by ``load_from`` and `Inferencer`. Its name ends in the first eight
    digits of its SHA-256, as those of mmpretrain's ``publish_model`` do; ``torch.hub`` checks them.

    Args:
        run: Folder of a run.
        folder: Output folder; default the run's.

    Returns:
        The file.

    Raises:
        UserError: If the run cannot be read, or the file or its card exists.
    """
    source = Run(run)
    inferencer = Inferencer(source.folder, device='cpu')
    checkpoint = read_checkpoint(inferencer.checkpoint)
    meta = checkpoint.get('meta') or {}
    kept = {key: meta[key] for key in KEPT if key in meta}
    content = _serialize(
        {
            'meta': {**kept, 'config': source.name, 'mmlesson_version': mmlesson.__version__},
            'state_dict': inferencer.model.state_dict(),
        }
    )
    digest = hashlib.sha256(content).hexdigest()
    file = (folder or source.folder) / f'{source.name}-{digest[:8]}.pth'
    if file.exists():
        raise UserError(f'{file} exists already: these weights are published.')
    card = card_of(file)
    if card.exists():
        raise UserError(f'{card} exists already, without its weights. Move it, or remove it.')
    _, samples = read_split(source.config.config, EVALUATION)
    output = InferenceGraph(inferencer.model).output
    description = describe(source, inferencer, output, samples.inputs)
    with atomic_path(file) as temporary:
        temporary.write_bytes(content)
    export = [f'SHA-256 of the file: {digest}']
    write_card(card, source, description, export, inferencer.task)
    return file


def _serialize(checkpoint: dict[str, object]) -> bytes:
    """Return a checkpoint's file; in memory, because torch writes the name of a file into it."""
    file = io.BytesIO()
    torch.save(to_plain(checkpoint), file)
    return file.getvalue()
