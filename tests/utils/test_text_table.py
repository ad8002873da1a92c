"""Plain text tables."""

from __future__ import annotations

import pytest

from mmlesson.utils.text_table import format_table


def test_first_column_is_left_and_the_others_right():
    table = format_table(['name', 'n'], [['a', '10'], ['longer', '5']])
    assert table.splitlines() == ['name     n', 'a       10', 'longer   5']


def test_more_columns_may_be_left():
    table = format_table(['a', 'b', 'c'], [['x', 'yyy', '1'], ['xx', 'y', '22']], left=2)
    assert table.splitlines() == ['a   b     c', 'x   yyy   1', 'xx  y    22']


def test_table_without_rows_is_its_header():
    assert format_table(['a', 'bc'], []) == 'a  bc'


def test_no_line_ends_in_a_space():
    table = format_table(['a', 'b'], [['x', 'long'], ['y', '']], left=2)
    assert all(line == line.rstrip() for line in table.splitlines())


def test_row_of_another_length_is_refused():
    with pytest.raises(ValueError, match='shorter'):
        format_table(['a', 'b'], [['x']])


def test_line_breaks_and_control_characters_are_escaped():
    table = format_table(['class', 'n'], [['a\nb', '1'], ['\x1b[2J', '2'], ['猫', '3']])
    assert table.splitlines()[1:] == ['a\\nb     1', '\\x1b[2J  2', '猫        3']
