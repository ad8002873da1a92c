"""Update of the course: trains the runs of its chapters, draws figures and fills in numbers."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from mmlesson.apis.analysis.finished_run import read_figure_context
from mmlesson.apis.experiments import course_chapters as chapters
from mmlesson.apis.run_result import RunResult
from mmlesson.apis.training import train
from mmlesson.config import parse_options
from mmlesson.utils.atomic_file import atomic_path, write_text
from mmlesson.visualization.drawing import Drawing
from mmlesson.visualization.figures.loss_surface import loss_paths
from mmlesson.visualization.figures.names import ANIMATION_NAMES
from mmlesson.visualization.figures.on_request import ALL_FIGURES

MAX_BYTES = {'.png': 60_000, '.gif': 300_000}
"""Largest size of a figure in the chapters, by its ending."""

DPI = 100
FEW_COLOURS: dict[str, Any] = {
    'method': Image.Quantize.MAXCOVERAGE,  # keeps the colours of thin lines
    'kmeans': 1,  # and then those of areas, such as white
    'dither': Image.Dither.NONE,  # dots would be a change in each frame, and take space
}
FAMILIES = {'gradient_norms': 'layer_norms', 'weight_norms': 'layer_norms'}
"""Name in the catalogue of figures that are drawn together, by the name of the file."""

FILM_WIDTH = 420
WIDE_FILMS = {'convolution_film': 600, 'loss_paths_film': 560}
"""Width of films that would be unreadable at `FILM_WIDTH`, in pixels."""


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
    with tempfile.TemporaryDirectory() as folder:
        yield from _update(root, everything, Path(folder))


def _update(root: Path, everything: bool, folder: Path) -> Iterator[str]:
    """Update the course; runs that are trained are kept in ``folder`` by their names."""
    pages = chapters.read_pages(root)
    commands = chapters.runs_of(pages, root)
    results = chapters.read_results(root)
    values, figures = chapters.values_of(pages.values()), chapters.figures_of(pages)
    kept = {} if everything else results['runs']
    measured: dict[str, Any] = {'runs': {}, 'comparisons': {}, 'figures': {}}
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
            entry['values'] = _measure(command, wanted, files, folder / name)
        measured['runs'][name] = entry
    for name, (command, runs) in chapters.comparisons_of(pages, root).items():
        files = {file: figure for file, (owner, figure) in figures.items() if owner == name}
        settings = {run: measured['runs'][run]['settings'] for run in runs}
        entry = {'command': command, 'settings': settings}
        measured['comparisons'][name] = entry
        is_current = entry == results.get('comparisons', {}).get(name) and not everything
        if not is_current or not all(file.is_file() for file in files):
            yield command
            _compare({run: commands[run] for run in runs}, files, folder)
    measured['figures'] = {
        file.relative_to(root).as_posix(): chapters.file_hash(file) for file in sorted(figures)
    }
    _write_results(root, measured)
    for file, page in pages.items():
        new = chapters.filled(page, measured, chapters.language_of(file))
        if new != page:
            write_text(file, new)
            yield str(file)


def _write_results(root: Path, measured: dict[str, Any]) -> None:
    text = json.dumps(measured, indent=1, ensure_ascii=False, sort_keys=True)
    write_text(root / chapters.RESULTS, text + '\n')


def _compare(commands: dict[str, str], files: dict[Path, str], folder: Path) -> None:
    """Draw the paths of runs on the loss surface that they share; train those not yet trained."""
    contexts = {}
    for name, command in commands.items():
        is_trained = (folder / name).is_dir()
        run = RunResult(folder / name) if is_trained else _train(command, folder / name, [])
        contexts[name] = read_figure_context(run)
    drawings = loss_paths(contexts)
    for file, figure in files.items():
        _write_figure(file, drawings[figure], folder)


def _write_figure(file: Path, drawing: Drawing, folder: Path) -> None:
    """Draw a figure or a film into a file of a page."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with atomic_path(file) as part:
        if file.suffix == '.gif':
            (film,) = drawing.save(folder / file.stem, ['gif'])
            part.write_bytes(_small_film(film))
        else:
            part.write_bytes(_small_figure(drawing))


def _train(command: str, folder: Path, films: list[str]) -> RunResult:
    """Train by a command of a page, into another folder, with only the films that are needed."""
    args = chapters.parse_command(command)[1]
    drawing = {
        'type': 'VisualizationHook',
        'figures': ['learning_curves'],
        'films': films,
        'formats': ['gif'],
        'max_frames': 200,  # one of each epoch: of these those are drawn that change most
    }
    options = {
        **parse_options(args.cfg_options),
        'default_hooks.visualization': drawing,
        'log_level': 'ERROR',
    }
    return train(args.config, seed=args.seed, options=options, work_dir=folder)


def _measure(
    command: str, places: list[str], files: dict[Path, str], folder: Path
) -> dict[str, Any]:
    """Train, draw figures into files, and return values of the summary by place."""
    films = [figure.removesuffix('_film') for figure in files.values() if figure.endswith('_film')]
    recorded = [film for film in films if film in ANIMATION_NAMES]
    run = _train(command, folder, recorded)
    for file, figure in files.items():
        if figure.removesuffix('_film') in recorded and file.suffix == '.gif':
            with atomic_path(file) as part:
                part.write_bytes(_small_film(run.figures / f'{figure}.gif'))
        else:
            _write_figure(file, _drawing(run, figure), folder)
    return {place: chapters.look_up(run.summary, place) for place in places}


def _drawing(run: RunResult, name: str) -> Drawing:
    """Return a figure of a run, or a film that needs no record of the training."""
    kind = name.removesuffix('_film')
    return ALL_FIGURES[FAMILIES.get(kind, kind)](read_figure_context(run))[name]


def _small_figure(drawing: Drawing) -> bytes:
    """Return a figure as a PNG of few colours, small enough for a page."""
    drawn = BytesIO()
    drawing.draw().savefig(drawn, format='png', dpi=DPI)
    with Image.open(drawn) as opened:
        image = opened.convert('RGB')
    for colours in (128, 64, 32):
        out = BytesIO()
        image.quantize(colours, **FEW_COLOURS).save(out, 'PNG', optimize=True)
        if out.tell() <= MAX_BYTES['.png']:
            break
    return out.getvalue()


def _small_film(file: Path) -> bytes:
    """Return an animation as a GIF of a smaller width."""
    with Image.open(file) as film:
        width = WIDE_FILMS.get(file.stem, FILM_WIDTH)
        size = (width, round(film.height * width / film.width))
        frames, durations = [], []
        for number in range(getattr(film, 'n_frames', 1)):
            film.seek(number)
            frames.append(film.convert('RGB').resize(size, Image.Resampling.LANCZOS))
            durations.append(film.info.get('duration', 200))
    strip = Image.fromarray(np.concatenate([frames[i] for i in (0, len(frames) // 2, -1)]))
    for colours in (255, 128, 64, 32):
        out = BytesIO()
        palette = strip.quantize(colours, **FEW_COLOURS)  # one for all: colours do not flicker
        first, *rest = [
            frame.quantize(palette=palette, dither=FEW_COLOURS['dither']) for frame in frames
        ]
        first.save(
            out, 'GIF', save_all=True, append_images=rest, loop=0, optimize=True, duration=durations
        )
        if out.tell() <= MAX_BYTES['.gif']:
            break
    return out.getvalue()
