"""Every shipped config: it loads, is short, says what to run, and its bases earn their place."""

from __future__ import annotations

import ast
import re

import pytest
from paths import CONFIGS

from mmlesson.config import load_config

LESSONS = sorted(p for p in CONFIGS.rglob('*.py') if '_base_' not in p.parts)
BASES = sorted(p for p in (CONFIGS / '_base_').rglob('*.py'))


@pytest.mark.parametrize('lesson', LESSONS, ids=lambda p: p.stem)
def test_lesson_loads_and_is_at_most_twelve_lines(lesson):
    assert load_config(lesson).default_scope == 'mmlesson'
    body = ast.parse(lesson.read_text()).body[1:]
    assert sum(node.end_lineno - node.lineno + 1 for node in body) <= 12


@pytest.mark.parametrize('lesson', LESSONS, ids=lambda p: p.stem)
def test_lesson_says_how_to_run_it_and_what_was_measured(lesson):
    header = ast.get_docstring(ast.parse(lesson.read_text())) or ''
    place = lesson.relative_to(CONFIGS.parent).as_posix()
    command = rf'^Run:     (python tools/train\.py|tools/dist_train\.sh) {re.escape(place)}'
    assert re.search(command, header, re.MULTILINE)
    assert re.search(r'^Measured: .*\d', header, re.MULTILINE)


@pytest.mark.parametrize('base', BASES, ids=lambda p: p.stem)
def test_base_has_a_user_and_a_docstring(base):
    place = base.relative_to(CONFIGS).as_posix()
    assert any(f"'../{place}'" in lesson.read_text() for lesson in LESSONS)
    assert ast.get_docstring(ast.parse(base.read_text()))
