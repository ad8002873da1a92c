"""Update of the course: trains the runs of its chapters, draws figures and fills in numbers."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

from mmlesson.apis.analysis.finished_run import read_figure_context
from mmlesson.apis.experiments import course_chapters as chapters
from mmlesson.apis.run_result import RunResult
from mmlesson.apis.training import train
from mmlesson.config import parse_options
from mmlesson.utils.atomic_file import atomic_path, write_text
from mmlesson.visualization.figures.on_request import ALL_FIGURES

MAX_BYTES = {'.png': 60_000, '.gif': 300_000}
"""Largest size of a figure in the chapters, by its ending."""

DPI = 100
FAMILIES = {'gradient_norms': 'layer_norms', 'weight_norms': 'layer_norms'}
"""Name in the catalogue of figures that are drawn together, by the name of the file."""

FILM_WIDTH = 420


def update_course(root: Path, everything: bool = False) -> Iterator[str]:
    """Train what is not current, draw its figures and write numbers and captions into the pages.

    Args:
        root: Folder that has ``configs`` and the READMEs.
        everything: Whether to train the runs that are current, too.

    Yields:
        A line for each run that was trained and each page that changed.

    Raises:
        UserError: If a command, number or figure does not exist.
    """
    pages = chapters.read_pages(root)
    commands = chapters.runs_of(pages, root)
    results = chapters.read_results(root)
    values, figures = chapters.values_of(pages.values()), chapters.figures_of(pages)
    kept = {} if everything else results['runs']
    measured: dict[str, Any] = {'runs': {}, 'figures': {}}
    for name, command in commands.items():
        wanted = sorted(values.get(name, ()))
        files = {file: figure for file, (run, figure) in figures.items() if run == name}
        entry: dict[str, Any] = {'command': command, 'settings': chapters.settings_hash(command)}
        old = kept.get(name, {})
        if all(old.get(key) == value for key, value in entry.items()) and (
            set(wanted) <= set(old['values']) and all(file.is_file() for file in files)
        ):
            entry['values'] = {place: old['values'][place] for place in wanted}
        else:
            yield command
            entry['values'] = _measure(command, wanted, files)
        measured['runs'][name] = entry
    measured['figures'] = {
        file.relative_to(root).as_posix(): chapters.file_hash(file) for file in sorted(figures)
    }
    text = json.dumps(measured, indent=1, ensure_ascii=False, sort_keys=True)
    write_text(root / chapters.RESULTS, text + '\n')
    for file, page in pages.items():
        new = chapters.filled(page, measured, chapters.language_of(file))
        if new != page:
            write_text(file, new)
            yield str(file)


def _measure(command: str, places: list[str], files: dict[Path, str]) -> dict[str, Any]:
    """Train, draw figures into files, and return values of the summary by place."""
    args = chapters.parse_command(command)[1]
    films = [figure.removesuffix('_film') for figure in files.values() if figure.endswith('_film')]
    drawing = {
        'type': 'VisualizationHook',
        'figures': ['learning_curves'],
        'films': films,
        'formats': ['gif'],
        'max_frames': 200,  # one of each epoch: of these those are drawn that change most
    }
    options = {
        **parse_options(args.cfg_options),
        'default_hooks.visualization': drawing if files else None,
        'log_level': 'ERROR',
    }
    with tempfile.TemporaryDirectory() as folder:
        run = train(args.config, seed=args.seed, options=options, work_dir=Path(folder, 'run'))
        for file, figure in files.items():
            file.parent.mkdir(parents=True, exist_ok=True)
            is_film = file.suffix == '.gif'
            with atomic_path(file) as part:
                part.write_bytes(_film(run, figure) if is_film else _figure(run, figure))
        return {place: chapters.look_up(run.summary, place) for place in places}


def _figure(run: RunResult, name: str) -> bytes:
    """Return a figure as a PNG of few colours, small enough for a page."""
    drawn = BytesIO()
    parts = ALL_FIGURES[FAMILIES.get(name, name)](read_figure_context(run))
    parts[name].draw().savefig(drawn, format='png', dpi=DPI)
    with Image.open(drawn) as opened:
        image = opened.convert('RGB')
    for colours in (128, 64, 32):
        out = BytesIO()
        image.quantize(colours).save(out, 'PNG', optimize=True)
        if out.tell() <= MAX_BYTES['.png']:
            break
    return out.getvalue()


def _film(run: RunResult, name: str) -> bytes:
    """Return an animation of a run as a GIF of a smaller width."""
    with Image.open(run.figures / f'{name}.gif') as film:
        size = (FILM_WIDTH, round(film.height * FILM_WIDTH / film.width))
        frames, durations = [], []
        for number in range(getattr(film, 'n_frames', 1)):
            film.seek(number)
            frames.append(film.convert('RGB').resize(size, Image.Resampling.LANCZOS))
            durations.append(film.info.get('duration', 200))
    for colours in (128, 64, 32):
        out = BytesIO()
        first, *rest = [frame.quantize(colours) for frame in frames]
        first.save(
            out, 'GIF', save_all=True, append_images=rest, loop=0, optimize=True, duration=durations
        )
        if out.tell() <= MAX_BYTES['.gif']:
            break
    return out.getvalue()
