"""Report of a run: one HTML file that needs no network."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from markupsafe import Markup

from mmlesson.apis.analysis.report_tables import (
    class_table,
    data_meta,
    environment_rows,
    fill,
    foreign,
    layer_table,
    result_rows,
    split_rows,
)
from mmlesson.apis.analysis.report_texts import texts
from mmlesson.config import load_config
from mmlesson.config.base_diff import MISSING, differences, merged_bases
from mmlesson.config.lesson_text import chinese_idea, lesson_text
from mmlesson.errors import UserError
from mmlesson.runs.chinese import (
    STEPS,
    VERDICTS,
    chinese_claim,
    chinese_evidence,
    chinese_observed,
    chinese_stop,
)
from mmlesson.runs.conclusion import ClaimResult, claim_results, claim_text
from mmlesson.runs.run import Run
from mmlesson.runs.side_file import is_file, read_bytes, warn
from mmlesson.runs.summary import FINISHED
from mmlesson.utils.atomic_file import write_text
from mmlesson.utils.html import render
from mmlesson.visualization.figures.captions import caption_of
from mmlesson.visualization.figures.names import FIGURE_NAMES

LONGEST_VALUE = 120  # characters of a config value in the table


def write_report(run: Run, file: Path, language: str = 'en') -> None:
    """Write the report of a run, atomically.

    Args:
        run: The run; the images in its folder ``figures`` are embedded unchanged.
        file: Output file.
        language: 'en' or 'zh'.

    Raises:
        UserError: If the folder contains no run.
    """
    write_text(file, report_page(run, language))


def report_page(run: Run, language: str = 'en') -> str:
    """Return the report of a run as HTML, in English ('en') or Chinese ('zh')."""
    summary, meta, words = run.summary, data_meta(run), texts(language)
    return render(
        'mmlesson.apis.analysis',
        'report.html.j2',
        words=words,
        name=run.name,
        lesson=_lesson(summary, language),
        claims=[_claim(run, result, language) for result in _claims(run)],
        lead=_lead(summary, language),
        results=result_rows(run, language),
        diagnosis=_diagnosis(summary, language),
        by_class=class_table(run, meta, language),
        curves=_images(run, ['learning_curves'], language),
        figures=_images(run, _other_figures(run), language),
        films=_films(run, language),
        layers=layer_table(run, meta, language),
        changes=_changes(run, language),
        config=run.config.config.pretty_text,
        splits=split_rows(summary, language),
        environment=environment_rows(summary, language),
    )


def _lesson(summary: Mapping[str, Any], language: str) -> dict[str, Any]:
    """Return the text of the lesson: 'idea' and 'chapter' in Chinese, or 'title' and 'details'."""
    file = Path(summary.get('config') or '')
    is_known = is_file(file)  # the summary may name anything, such as a device that never ends
    text = lesson_text(file) if is_known else ''
    chapter, idea = (chinese_idea(file) if is_known and language == 'zh' else None) or ('', '')
    title, _, details = text.partition('\n')
    return {'title': title, 'details': details.strip(), 'chapter': chapter, 'idea': idea}


def _claims(run: Run) -> list[ClaimResult]:
    return claim_results(run.folder, run.summary, run.config.config.get('expect') or ())


def _claim(run: Run, result: ClaimResult, language: str) -> dict[str, Any]:
    """Return a claim as 'text', and its 'result'."""
    words, claim = texts(language), result.claim
    holds = result.holds if run.status in FINISHED else None
    state = {True: 'held', False: 'not_held', None: 'not_checked'}[holds]
    has_scope = holds is not None and claim.over != 'each'
    details: list[Any] = [words['this_seed']] * has_scope
    if run.status not in FINISHED:
        details.append(words['not_ended'])
    elif result.observed:
        seen = result.observed if language == 'en' else chinese_observed(result.observed)
        details.append(fill(words['observed'], seen))
    if result.problem and holds is None and run.status in FINISHED:
        needs = fill(words['to_compare'], claim.lesson)
        details.append(needs if result.observed else foreign(result.problem, language))
    text = claim_text(claim) if language == 'en' else chinese_claim(claim)
    shown = Markup('<span class="{}">{}</span>').format(state, words[state])
    separator = ', ' if language == 'en' else '，'
    return {
        'text': text,
        'result': fill(words['with_details'], shown, Markup(separator).join(details))
        if details
        else shown,
    }


def _lead(summary: Mapping[str, Any], language: str) -> Markup:
    """Return how a run ended, and why."""
    words, stop, error = texts(language), summary.get('stop'), summary.get('error')
    parts: list[Any] = [words.get(summary['status'], summary['status'])]
    if stop and language == 'en':
        parts.append(f'{stop["message"][:1].upper()}{stop["message"][1:]}.')
    elif stop:
        reason = chinese_stop(stop)
        parts.append(f'{reason}。' if reason else foreign(stop['message'], language))
    parts += [foreign(error, language)] if error else []
    return Markup(' ' if language == 'en' else '').join(parts)


def _diagnosis(summary: Mapping[str, Any], language: str) -> dict[str, Any] | None:
    """Return the verdict with its evidence as 'text', and 'try_next'."""
    diagnosis = summary.get('diagnosis')
    if not diagnosis:
        return None
    steps = diagnosis['try_next']
    steps = [steps] if isinstance(steps, str) else list(steps)
    verdict, evidence = diagnosis['verdict'], diagnosis['evidence']
    if language == 'zh':
        verdict = VERDICTS.get(verdict) or foreign(verdict, language)
        evidence = chinese_evidence(str(evidence)) or foreign(evidence, language)
        steps = [STEPS.get(step) or foreign(step, language) for step in steps]
    strong = Markup('<strong>{}</strong>').format(verdict)
    return {'text': fill(texts(language)['with_evidence'], strong, evidence), 'try_next': steps}


def _other_figures(run: Run) -> list[str]:
    """Return the existing figures, in the order of the catalogue; others follow by name."""
    found = sorted(file.stem for file in run.figures.glob('*.png'))

    def place(name: str) -> int:
        fits = [i for i, known in enumerate(FIGURE_NAMES) if name.startswith(known)]
        return fits[0] if fits else len(FIGURE_NAMES)

    return sorted((name for name in found if name != 'learning_curves'), key=place)


def _films(run: Run, language: str) -> list[dict[str, str]]:
    """Return the animations; a page that cannot be read is left out with a warning."""
    films = []
    for file in sorted(run.figures.glob('*_film.html')):
        try:
            page = read_bytes(file).decode('utf-8')
        except UnicodeDecodeError:
            warn(f'{file} is left out: it is not UTF-8. visualize_run.py draws it again.')
            continue
        except UserError as err:
            warn(f'{err} It is left out.')
            continue
        # Figures are drawn on white; the page of a film has its words in both languages.
        head = f'<html lang="{texts(language)["lang"]}" style="color-scheme: light">'
        films.append(
            {
                **_caption(file.stem.removesuffix('_film'), file.stem, language),
                'page': page.replace('<html lang="en">', head, 1),
            }
        )
    return films


def _images(run: Run, names: Iterable[str], language: str) -> list[dict[str, str]]:
    images = []
    for file in (run.figures / f'{name}.png' for name in names):
        try:
            png = read_bytes(file) if is_file(file) else None
        except UserError as err:
            warn(f'{err} It is left out.')
            continue
        if png is not None:
            caption = _caption(file.stem, file.stem, language)
            images.append({**caption, 'png': base64.b64encode(png).decode()})
    return images


def _caption(name: str, file: str, language: str) -> dict[str, str]:
    """Return the caption of a figure, and its alternative text.

    Args:
        name: Name of the figure.
        file: Name of its file without ending, which starts the English text and is the only one
            of a figure without a caption.
        language: Language of both.
    """
    caption, title = caption_of(name, language), file.replace('_', ' ')
    alt = ': '.join(filter(None, (title, caption))) if language == 'en' else caption or title
    return {'caption': caption, 'alt': alt}


def _changes(run: Run, language: str) -> str | list[tuple[str, ...]]:
    """Return the run's changes to its base files, or a message if they are unknown."""
    words, source = texts(language), run.summary.get('config')
    if not source:
        return words['no_bases']
    if not is_file(Path(source)):
        return fill(words['bases_gone'], source)
    try:
        found = differences(load_config(run.config_file), merged_bases(source))
    except UserError as err:
        return fill(words['bases_unread'], foreign(err, language))
    return [
        (key, *(words['not_set'] if value == MISSING else _short(value) for value in (old, new)))
        for key, old, new in found
        if not key.startswith(('expect', 'work_dir', 'launcher', 'resume', 'load_from'))
    ]


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= LONGEST_VALUE else f'{text[: LONGEST_VALUE - 1]}…'
