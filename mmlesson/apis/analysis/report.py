"""Report of a run: one HTML file that needs no network."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from mmlesson.config import load_config
from mmlesson.config.base_diff import differences, merged_bases
from mmlesson.errors import UserError
from mmlesson.runs.run import Run
from mmlesson.runs.side_file import is_file, read_bytes, warn
from mmlesson.runs.summary import UNFINISHED, final_text
from mmlesson.utils.atomic_file import write_text
from mmlesson.utils.html import render
from mmlesson.visualization.figures.names import FIGURE_NAMES

LONGEST_VALUE = 120  # characters of a config value in the table

_ENDS = {
    'completed': 'It trained to its last epoch.',
    'early_stopped': 'It stopped early.',
    'interrupted': 'It was interrupted.',
    'failed': 'It failed.',
    UNFINISHED: 'It has not ended, or it was killed: this is the state of its last checkpoint.',
}


def write_report(run: Run, file: Path) -> None:
    """Write the report of a run, atomically.

    Args:
        run: The run; the images in its folder ``figures`` are embedded unchanged.
        file: Output file.

    Raises:
        UserError: If the folder contains no run.
    """
    write_text(file, report_page(run))


def report_page(run: Run) -> str:
    """Return the report of a run as HTML."""
    summary = run.summary
    return render(
        'mmlesson.apis.analysis',
        'report.html.j2',
        name=run.name,
        lead=_lead(summary),
        results=_results(run),
        diagnosis=_diagnosis(summary),
        curves=_images(run, ['learning_curves']),
        figures=_images(run, _other_figures(run)),
        films=_films(run),
        changes=_changes(run),
        config=run.config.config.pretty_text,
        splits=[
            (name, facts['size'], facts['sha256']) for name, facts in summary['splits'].items()
        ],
        environment=_environment(summary),
    )


def _lead(summary: Mapping[str, Any]) -> str:
    stop, error = summary.get('stop'), summary.get('error')
    why = f' {stop["message"]}.' if stop else ''
    cause = f' {error}' if error else ''
    return _ENDS.get(summary['status'], summary['status']) + why + cause


def _results(run: Run) -> list[tuple[str, Any]]:
    summary = run.summary
    best = summary.get('best')
    steps = 'epochs' if summary['epochs'] else 'iterations'
    rows: list[tuple[str, Any]] = [
        (steps, summary[steps]),
        ('training', f'{summary["train_seconds"]:.1f} s'),
        ('device', summary['device'] or 'unknown'),
        ('seed', summary['seed']),
    ]
    if best:
        rows.append(('best', f'{best["metric"]} {best["value"]:.4g} at epoch {best["epoch"]}'))
    for split in ('train', 'val', 'test'):
        numbers = (summary.get(split) or {}).items()
        rows += [(f'{split} {n}', f'{v:.4g}') for n, v in numbers if isinstance(v, int | float)]
    rows.append(('checkpoint', _checkpoint_text(run)))
    rows.append(('SHA-256 of the weights', summary['weights_sha256'] or 'unknown'))
    return rows


def _checkpoint_text(run: Run) -> str:
    """Return the file of the weights that the results are of."""
    if run.status == UNFINISHED:
        return f'{run.last_checkpoint.name} (last)' if run.last_checkpoint else 'none'
    final = final_text(run.summary) if run.final_checkpoint else None
    return final or 'none: the weights that the run ended with are in no file'


def _diagnosis(summary: Mapping[str, Any]) -> dict[str, Any] | None:
    diagnosis = summary.get('diagnosis')
    if not diagnosis:
        return None
    steps = diagnosis['try_next']
    return {**diagnosis, 'try_next': [steps] if isinstance(steps, str) else list(steps)}


def _other_figures(run: Run) -> list[str]:
    """Return the existing figures, in the order of the catalogue; others follow by name."""
    found = sorted(file.stem for file in run.figures.glob('*.png'))

    def place(name: str) -> int:
        fits = [i for i, known in enumerate(FIGURE_NAMES) if name.startswith(known)]
        return fits[0] if fits else len(FIGURE_NAMES)

    return sorted((name for name in found if name != 'learning_curves'), key=place)


def _films(run: Run) -> list[dict[str, str]]:
    """Return the animations; a page that cannot be read is left out with a warning."""
    films = []
    for file in sorted(run.figures.glob('*_film.html')):
        try:
            films.append({'alt': _alt(file), 'page': read_bytes(file).decode('utf-8')})
        except UnicodeDecodeError:
            warn(f'{file} is left out: it is not UTF-8. visualize_run.py draws it again.')
        except UserError as err:
            warn(f'{err} It is left out.')
    return films


def _images(run: Run, names: Iterable[str]) -> list[dict[str, str]]:
    images = []
    for file in (run.figures / f'{name}.png' for name in names):
        try:
            png = read_bytes(file) if is_file(file) else None
        except UserError as err:
            warn(f'{err} It is left out.')
            continue
        if png is not None:
            images.append({'alt': _alt(file), 'png': base64.b64encode(png).decode()})
    return images


def _alt(file: Path) -> str:
    return file.stem.replace('_', ' ')


def _changes(run: Run) -> str | list[tuple[str, str, str]]:
    """Return the run's changes to its base files, or a message if they are unknown."""
    source = run.summary.get('config')
    if not source:
        return 'The base files are unknown.'
    if not Path(source).is_file():
        return f'The base files are unknown: {source} no longer exists.'
    try:
        found = differences(load_config(run.config_file), merged_bases(source))
    except UserError as err:
        return f'The base files cannot be read: {err}'
    return [
        (key, _short(old), _short(new))
        for key, old, new in found
        if not key.startswith(('expect', 'work_dir', 'launcher', 'resume', 'load_from'))
    ]


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= LONGEST_VALUE else f'{text[: LONGEST_VALUE - 1]}…'


def _environment(summary: Mapping[str, Any]) -> list[tuple[str, Any]]:
    known = dict(summary.get('environment') or {})
    packages = known.pop('packages', {})
    return [(name, value) for name, value in [*known.items(), *packages.items()] if value]
