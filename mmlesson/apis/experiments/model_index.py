"""OpenMMLab's list of models: ``model-index.yml`` and a ``metafile.yml`` per folder of configs."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

from mmengine.fileio import dump

from mmlesson.config import load_config
from mmlesson.errors import UserError

NOTE = '# Written by tools/analysis/write_metafiles.py, from the headers of the configs.\n'


def model_index(root: Path) -> dict[Path, str]:
    """Return the text of ``model-index.yml`` and of each metafile, by path relative to ``root``.

    The results are those of the line ``Measured:`` in the header of a config. A config without that
    line, such as one for data that have to be downloaded, is listed without results.

    Args:
        root: Folder that has ``configs``.

    Raises:
        UserError: If there is no config.
    """
    metafiles = {}
    for folder in sorted((root / 'configs').glob('[!_]*/')):
        models = [_model(file, root) for file in sorted(folder.glob('*.py'))]
        if models:
            content = {'Collections': [{'Name': folder.name}], 'Models': models}
            metafiles[Path('configs', folder.name, 'metafile.yml')] = _dump(content)
    if not metafiles:
        raise UserError(f'{root} has no folder configs with configs.')
    index = _dump({'Import': [file.as_posix() for file in metafiles]})
    return {Path('model-index.yml'): index, **metafiles}


def _dump(content: dict[str, Any]) -> str:
    options = {'sort_keys': False, 'allow_unicode': True, 'width': 100}
    return NOTE + str(dump(content, file_format='yaml', **options))


def _model(file: Path, root: Path) -> dict[str, Any]:
    header = ast.get_docstring(ast.parse(file.read_text(encoding='utf-8'))) or ''
    model: dict[str, Any] = {
        'Name': file.stem,
        'Description': header.partition('\n')[0],
        'In Collection': file.parent.name,
        'Config': file.relative_to(root).as_posix(),
    }
    measured = ' '.join(header.partition('Measured:')[2].partition('\n\n')[0].split())
    if measured:
        model['Metadata'] = {'Measured': measured}
    accuracy = re.match(r'([\d.]+) % (test|validation) accuracy', measured)
    if accuracy is not None:
        model['Results'] = [
            {
                'Task': 'Classification',
                'Dataset': f'{_dataset(file)} ({accuracy[2]})',
                'Metrics': {'Top 1 Accuracy': float(accuracy[1])},
            }
        ]
    return model


def _dataset(file: Path) -> str:
    """Return the type of the training data, without wrappers."""
    dataset = load_config(file).train_dataloader.dataset
    while 'dataset' in dataset:
        dataset = dataset.dataset
    return str(dataset.type)
