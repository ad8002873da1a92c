"""Configs, tools and docs that are installed with the package, and the commands of the tools."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from mmlesson.errors import UserError

COMMANDS = {
    'train': 'train.py',
    'test': 'test.py',
    'predict': 'deployment/predict.py',
    'sweep': 'sweep.py',
    'check': 'analysis/check_config.py',
    'report': 'visualization/report.py',
    'compare': 'analysis/compare_runs.py',
    'draw': 'visualization/visualize_run.py',
    'inspect': 'analysis/inspect_model.py',
    'export': 'deployment/export.py',
    'publish': 'deployment/publish.py',
    'list': 'analysis/list_modules.py',
    'copy': 'data/copy_config.py',
    'new': 'new.py',
    'check-module': 'analysis/check_module.py',
    'config': 'analysis/print_config.py',
    'gradients': 'analysis/check_gradients.py',
    'lessons': 'analysis/check_lessons.py',
    'replay': 'analysis/replay_stopping.py',
    'images': 'data/save_pictures.py',
    'coco': 'data/save_coco.py',
    'make-config': 'data/make_config.py',
    'browse': 'data/browse_dataset.py',
    'play': 'play.py',
    'course': 'analysis/build_course.py',
    'convert': 'deployment/convert_checkpoint.py',
}
"""Tool of each command of ``mmlesson``, in the order of its help."""


def shipped_folder(name: str) -> Path:
    """Return the folder ``configs`` or ``tools`` of a checkout, or else that of the installation.

    Args:
        name: 'configs' or 'tools'.
    """
    package = Path(__file__).parents[1]
    is_checkout = (package.parent / 'model-index.yml').is_file()
    return (package.parent if is_checkout else package / '.mim') / name


def shipped_configs() -> dict[str, Path]:
    """Return the shipped configs by name, such as 'mlp/mlp_xor'; bases are left out."""
    root = shipped_folder('configs')
    files = [file for file in sorted(root.glob('*/*.py')) if file.parent.name != '_base_']
    return {file.relative_to(root).with_suffix('').as_posix(): file for file in files}


def describe_configs() -> dict[str, str]:
    """Return the first line of each shipped config's docstring, by name."""
    lines = {}
    for name, file in shipped_configs().items():
        doc = ast.get_docstring(ast.parse(file.read_text(encoding='utf-8'))) or ''
        lines[name] = doc.partition('\n')[0]
    return lines


def find_config(name: str | Path) -> Path:
    """Return the file of a config that is named by its path or by the name of a shipped one.

    Args:
        name: Path of a file, with or without '.py', or else a shipped config: 'mlp/mlp_xor',
            'mlp_xor' or 'configs/mlp/mlp_xor.py'. A file in the working directory is preferred.

    Returns:
        The file; ``name`` itself if there is none.

    Raises:
        UserError: If several shipped configs have this name.
    """
    given = Path(name)
    for local in (given, Path(f'{name}.py')):
        if local.is_file():
            return local
    wanted = given.as_posix().removesuffix('.py').removeprefix('configs/')
    configs = shipped_configs()
    found = [key for key in configs if wanted in (key, key.rpartition('/')[2])]
    if len(found) > 1:
        raise UserError(f'Several configs are called {wanted}: {", ".join(found)}. Choose one.')
    return configs[found[0]] if found else given


def as_command(text: str) -> str:
    """Return the help of a tool with its examples as commands of ``mmlesson``."""
    names = {tool: name for name, tool in COMMANDS.items()}
    text = re.sub(
        r'python tools/([\w/]+\.py)',
        lambda found: f'mmlesson {names[found[1]]}' if found[1] in names else found[0],
        text,
    )
    return re.sub(r'\bconfigs/([a-z]\w*/\w+)\.py\b', r'\1', text)
