"""Plain text tables."""

from __future__ import annotations

from collections.abc import Sequence


def format_table(head: Sequence[str], rows: Sequence[Sequence[str]], left: int = 1) -> str:
    """Return a table with its first ``left`` columns left-aligned and the others right-aligned.

    A cell with a line break, or with a character that would control the terminal, is escaped.

    Example:
        >>> print(format_table(['layer', 'size'], [['a', '10'], ['bcd', '5']]))
        layer  size
        a        10
        bcd       5
    """
    shown = [[_in_one_line(cell) for cell in row] for row in (head, *rows)]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    lines = []
    for row in shown:
        cells = [
            cell.ljust(width) if place < left else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append('  '.join(cells).rstrip())
    return '\n'.join(lines)


def _in_one_line(cell: str) -> str:
    return cell if cell.isprintable() else repr(cell)[1:-1]
