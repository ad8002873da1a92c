"""Chapters of the course: their commands, numbers and figures, and whether these are current.

The chapters are the files ``configs/*/README*.md``. A command ``mmlesson train`` in them defines a
run, named by the folder that it writes. A number stands in two comments that name its run, its
place in the run's summary and its format::

    <!--=mlp_xor test.accuracy/top1 .1f-->100.0<!--/-->

A figure is ``figures/<run>/<figure>.png`` or ``.gif``; its alternative text is its caption.
Those of a command ``mmlesson compare … --surface --out <name>.png`` are
``figures/<name>/loss_paths.png`` and ``loss_paths_film.gif``.
"""

from __future__ import annotations

import hashlib
import json
import re
import runpy
import shlex
import sys
from argparse import Namespace
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from mmlesson.config.load import fingerprint
from mmlesson.config.source_files import resolve_config_path
from mmlesson.engine.command import training_config
from mmlesson.errors import UserError
from mmlesson.utils.shipped import COMMANDS, shipped_folder
from mmlesson.visualization.figures.captions import caption_of

RESULTS = Path('configs', 'course.json')
VALUE = re.compile(r'<!--=(\S+) (\S+) (\S+?)-->(.*?)<!--/-->', re.DOTALL)
IMAGE = re.compile(r'!\[([^\]]*)\]\(((?:\w+/)*figures/(\w+)/(\w+)\.(?:png|gif))\)')
BLOCK = re.compile(r'```bash\n(.*?)```', re.DOTALL)


def read_pages(root: Path) -> dict[Path, str]:
    """Return the texts of the chapters and of both READMEs, by file.

    Raises:
        UserError: If there are no chapters.
    """
    files = [*sorted(root.glob('configs/*/README*.md')), *sorted(root.glob('README*.md'))]
    if not any(file.parent != root for file in files):
        raise UserError(f'{root} has no chapters configs/*/README.md.')
    return {file: file.read_text(encoding='utf-8') for file in files}


def commands_of(text: str) -> Iterator[str]:
    """Yield the commands ``mmlesson …`` of the bash blocks of a page, each in one line."""
    for block in BLOCK.findall(text):
        for line in block.replace('\\\n', ' ').splitlines():
            if line.strip().startswith('mmlesson '):
                yield ' '.join(line.partition('  #')[0].split())


def parse_command(line: str) -> tuple[str, Namespace]:
    """Parse a command of ``mmlesson`` by the parser of its tool.

    Returns:
        Name of the command, and its arguments.

    Raises:
        SystemExit: If the tool refuses the arguments.
        UserError: If there is no such command.
    """
    _, name, *words = shlex.split(line, comments=True)
    if name not in COMMANDS:
        raise UserError(f'There is no command {name!r} of mmlesson, in: {line}')
    tool = runpy.run_path(str(shipped_folder('tools') / COMMANDS[name]))
    before, sys.argv = sys.argv, [name, *words]
    try:
        return name, tool['parse_args']()
    finally:
        sys.argv = before


def runs_of(pages: Mapping[Path, str], root: Path) -> dict[str, str]:
    """Return the training command of each run of the chapters, by the name of the run.

    Raises:
        UserError: If two commands write the same folder.
    """
    runs: dict[str, str] = {}
    for file, text in pages.items():
        for command in commands_of(text) if file.parent != root else ():
            if not command.startswith('mmlesson train '):
                continue
            args = parse_command(command)[1]
            name = Path(args.work_dir or resolve_config_path(args.config)).stem
            if runs.setdefault(name, command) != command:
                raise UserError(f'{file}: the run {name} has two commands: {runs[name]}; {command}')
    return runs


def comparisons_of(pages: Mapping[Path, str], root: Path) -> dict[str, tuple[str, list[str]]]:
    """Return the commands ``mmlesson compare … --surface``, with their runs, by the figure's name.

    Raises:
        UserError: If two commands write the same figure, or a run has no command.
    """
    found: dict[str, tuple[str, list[str]]] = {}
    known = runs_of(pages, root)
    for text in pages.values():
        for command in commands_of(text):
            if not command.startswith('mmlesson compare ') or ' --surface' not in command:
                continue
            args = parse_command(command)[1]
            runs, name = [folder.name for folder in args.runs], Path(args.out).stem
            if not set(runs) <= set(known):
                raise UserError(f'No command of the pages trains all runs of: {command}')
            if found.setdefault(name, (command, runs)) != (command, runs):
                raise UserError(f'The figure {name} has two commands: {found[name][0]}; {command}')
    return found


def settings_hash(command: str) -> str:
    """Return a hash of the config that a training command runs; the config is checked first."""
    return fingerprint(training_config(parse_command(command)[1]))


def values_of(texts: Iterable[str]) -> dict[str, set[str]]:
    """Return the places in the summary that pages show, by run."""
    found: dict[str, set[str]] = {}
    for text in texts:
        for run, place, _, _ in VALUE.findall(text):
            found.setdefault(run, set()).add(place)
    return found


def figures_of(pages: Mapping[Path, str]) -> dict[Path, tuple[str, str]]:
    """Return the run and the name of each figure that pages show, by file."""
    return {
        file.parent / path: (run, figure)
        for file, text in pages.items()
        for _, path, run, figure in IMAGE.findall(text)
    }


def look_up(summary: Mapping[str, Any], place: str) -> Any:
    """Return a value of a summary by its dotted place.

    Raises:
        UserError: If it has none.
    """
    value: Any = summary
    for key in place.split('.'):
        if not isinstance(value, Mapping) or key not in value:
            raise UserError(f'The summary has no {place}.')
        value = value[key]
    return value


def filled(text: str, results: Mapping[str, Any], language: str) -> str:
    """Return a page with the measured numbers, and the captions as alternative texts.

    Args:
        text: The page.
        results: Content of ``course.json``, see `read_results`.
        language: 'en' or 'zh', of the captions.

    Raises:
        UserError: If a number was not measured.
    """

    def number(found: re.Match[str]) -> str:
        run, place, form, _ = found.groups()
        try:
            value = results['runs'][run]['values'][place]
        except KeyError:
            raise UserError(f'{place} of the run {run} was not measured.') from None
        return f'<!--={run} {place} {form}-->{format(value, form)}<!--/-->'

    def image(found: re.Match[str]) -> str:
        caption = caption_of(found[4].removesuffix('_film'), language)
        return f'![{caption}]({found[2]})'

    return IMAGE.sub(image, VALUE.sub(number, text))


def read_results(root: Path) -> dict[str, Any]:
    """Return the measured runs and figures of ``configs/course.json``; empty ones without it."""
    file = root / RESULTS
    if not file.is_file():
        return {'runs': {}, 'figures': {}}
    found: dict[str, Any] = json.loads(file.read_text(encoding='utf-8'))
    return found


def file_hash(file: Path) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def language_of(file: Path) -> str:
    """Return the language of a page, by its name."""
    return 'zh' if file.stem.endswith('zh-CN') else 'en'
