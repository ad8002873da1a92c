"""A run as one HTML file that needs no network: what was run, what came of it, and why it ended."""

from __future__ import annotations

import base64
import html
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from mmlesson.apis.analysis.report_page import PAGE
from mmlesson.config import load_config
from mmlesson.config.base_diff import differences, merged_bases
from mmlesson.engine.hooks.visualization_hook import FIGURE_NAMES
from mmlesson.errors import UserError
from mmlesson.runs.outcome import UNFINISHED, read_outcome
from mmlesson.runs.run import find_run
from mmlesson.utils.atomic_file import atomic_path

LONGEST = 120  # letters of a config's value in the table


def write_report(run: Path, file: Path) -> None:
    """Write the report of a run.

    Args:
        run: Its work_dir; the pictures in its ``figures`` are taken as they are.
        file: The HTML file, which appears whole or not at all.

    Raises:
        UserError: If the folder holds no run.
    """
    summary = read_outcome(run)
    config, _ = find_run(run)
    page = PAGE.substitute(
        title=html.escape(config.stem),
        lead=_lead(summary),
        results=_results(summary),
        verdict=_verdict(summary),
        curves=_pictures(run, ['learning_curves']),
        pictures=_pictures(run, _other_pictures(run)),
        films=_films(run),
        changes=_changes(config, summary.get('config')),
        config=html.escape(load_config(config).pretty_text),
        splits=_table(
            ('split', 'samples', 'SHA-256 of its indices'),
            [(name, one['size'], one['sha256']) for name, one in summary['splits'].items()],
        ),
        environment=_environment(summary),
    )
    with atomic_path(file) as temporary:
        temporary.write_text(page, encoding='utf-8')


def _lead(summary: Mapping[str, Any]) -> str:
    ends = {
        'completed': 'It ran to its last epoch.',
        'early_stopped': 'It stopped by itself.',
        'interrupted': 'It was interrupted.',
        'failed': 'It failed.',
        UNFINISHED: 'It has not ended, or it was killed: this is what its last checkpoint tells.',
    }
    stop, error = summary.get('stop'), summary.get('error')
    why = f' {stop["message"]}.' if stop else ''
    cause = f' {error}' if error else ''
    return html.escape(ends.get(summary['status'], summary['status']) + why + cause)


def _results(summary: Mapping[str, Any]) -> str:
    best = summary.get('best')
    steps = 'epochs' if summary['epochs'] else 'iterations'
    rows: list[tuple[Any, ...]] = [
        (steps, summary[steps]),
        ('training', f'{summary["train_seconds"]:.1f} s'),
        ('device', summary['device'] or 'not known'),
        ('seed', summary['seed']),
    ]
    if best:
        rows.append(('best', f'{best["metric"]} {best["value"]:.4g} at epoch {best["epoch"]}'))
    for split in ('train', 'val', 'test'):
        numbers = (summary.get(split) or {}).items()
        rows += [(f'{split} {n}', f'{v:.4g}') for n, v in numbers if isinstance(v, int | float)]
    rows.append(('SHA-256 of the weights', summary['weights_sha256'] or 'not known'))
    return _table((), rows)


def _verdict(summary: Mapping[str, Any]) -> str:
    diagnosis = summary.get('diagnosis')
    if not diagnosis:
        return '<p>None: the run has not ended, or its curves do not hold what one needs.</p>'
    tries = diagnosis['try_next']
    listed = [tries] if isinstance(tries, str) else list(tries)
    items = ''.join(f'<li>{html.escape(str(one))}</li>' for one in listed)
    evidence = html.escape(str(diagnosis['evidence']))
    return (
        f'<p><strong>{html.escape(diagnosis["verdict"])}</strong>: {evidence}</p><ul>{items}</ul>'
    )


def _other_pictures(run: Path) -> list[str]:
    """Return the figures there are, in the order of the catalogue; others follow by name."""
    found = sorted(file.stem for file in (run / 'figures').glob('*.png'))

    def place(name: str) -> int:
        fits = [i for i, known in enumerate(FIGURE_NAMES) if name.startswith(known)]
        return fits[0] if fits else len(FIGURE_NAMES)

    return sorted((name for name in found if name != 'learning_curves'), key=place)


def _pictures(run: Path, names: Iterable[str]) -> str:
    files = [run / 'figures' / f'{name}.png' for name in names]
    parts = [
        f'<figure><img alt="{html.escape(file.stem.replace("_", " "))}" src="{_data(file)}">'
        '</figure>'
        for file in files
        if file.is_file()
    ]
    return ''.join(parts) or '<p>None. Draw them by tools/visualization/visualize_run.py.</p>'


def _data(file: Path) -> str:
    return f'data:image/png;base64,{base64.b64encode(file.read_bytes()).decode()}'


def _films(run: Path) -> str:
    frames = [
        '<iframe sandbox="allow-scripts" loading="lazy" '
        f'title="{html.escape(file.stem.replace("_", " "))}" '
        f'srcdoc="{html.escape(file.read_text(encoding="utf-8"), quote=True)}"></iframe>'
        for file in sorted((run / 'figures').glob('*_film.html'))
    ]
    none = '<p>None. Ask for some: <code>visualization=dict(films=["decision_regions"])</code>.</p>'
    return ''.join(frames) or none


def _changes(config: Path, source: str | None) -> str:
    if not source:
        return '<p>The base files are not known.</p>'
    if not Path(source).is_file():
        return f'<p>{html.escape(str(source))} is not there any more to compare with.</p>'
    try:
        found = differences(load_config(config), merged_bases(source))
    except UserError as err:
        return f'<p>The base files cannot be read: {html.escape(str(err))}</p>'
    rows = [
        (key, _short(old), _short(new))
        for key, old, new in found
        if not key.startswith(('expect', 'work_dir', 'launcher'))
    ]
    return _table(('key', 'in the base files', 'here'), rows)


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= LONGEST else f'{text[: LONGEST - 1]}…'


def _environment(summary: Mapping[str, Any]) -> str:
    known = dict(summary.get('environment') or {})
    packages = known.pop('packages', {})
    rows = [(name, value) for name, value in [*known.items(), *packages.items()] if value]
    return _table((), rows) if rows else '<p>Not known.</p>'


def _table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    top = ''.join(f'<th>{html.escape(cell)}</th>' for cell in head)
    body = ''.join(
        '<tr>' + ''.join(f'<td>{html.escape(str(cell))}</td>' for cell in row) + '</tr>'
        for row in rows
    )
    header = f'<thead><tr>{top}</tr></thead>' if top else ''
    return f'<div class="wide"><table>{header}<tbody>{body}</tbody></table></div>'
