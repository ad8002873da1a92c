"""`PageError`: a mistake of a visitor, in the language of the page; and checks that raise it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from numbers import Real
from typing import Any

from mmlesson.errors import UserError, shorten

MISTAKES: dict[str, tuple[str, str]] = {
    'number': (
        '{field} must be a number in [{least}, {most}], got {got}.',
        '{field}必须是 [{least}, {most}] 内的数，实际为 {got}。',
    ),
    'whole': (
        '{field} must be a whole number in [{least}, {most}], got {got}.',
        '{field}必须是 [{least}, {most}] 内的整数，实际为 {got}。',
    ),
    'choice': (
        '{field} must be one of {choices}, got {got}.',
        '{field}必须是 {choices} 之一，实际为 {got}。',
    ),
    'multiple': (
        '{field} must be a multiple of 4, got {got}.',
        '{field}必须是 4 的倍数，实际为 {got}。',
    ),
    'no_test': (
        '{field} must leave 5 percent for the test split, got {got} beside {train} for training.',
        '{field}必须为测试集留出 5%，实际为 {got}，训练集为 {train}。',
    ),
    'two_classes': (
        '{dataset} has 2 classes, got num_classes={got}.',
        '{dataset} 有 2 个类别，实际设置为 {got}。',
    ),
    'layers': (
        '{field} must have at most {most} layers, got {got}.',
        '{field}：最多 {most} 层，实际为 {got} 层。',
    ),
    'widths': (
        "{field} must be whole numbers, such as '4, 2', got {got}.",
        '{field}必须是整数，例如 4, 2，实际为 {got}。',
    ),
    'points_size': ('The points must be at most {most} kB.', '数据点最多 {most} kB。'),
    'points_csv': ('The points are no CSV: {got}.', '数据点不是 CSV 格式：{got}。'),
    'points_count': (
        'There can be at most {most} points, got {got}.',
        '最多 {most} 个数据点，实际为 {got} 个。',
    ),
    'points_classes': (
        'Give points of 2 to {most} classes, got {got}.',
        '请给出 2 到 {most} 个类别的数据点，实际为 {got} 个类别。',
    ),
    'points_of_class': (
        'Class {name} has {got} points. Give at least {least} of each, so that training, '
        'validation and test have some.',
        '类别 {name} 只有 {got} 个数据点。每个类别至少要 {least} 个，'
        '才能分到训练集、验证集和测试集中。',
    ),
    'line': (
        'Line {number} must be x,y,class, such as 0.5,-1.2,0; got {got}.',
        '第 {number} 行必须是 x,y,类别，例如 0.5,-1.2,0；实际为 {got}。',
    ),
    'line_class': (
        'Line {number} must end in a class of letters or digits; got {got}.',
        '第 {number} 行必须以由字母或数字组成的类别结尾；实际为 {got}。',
    ),
    'line_range': (
        'Line {number}: x and y must be numbers up to {most}.',
        '第 {number} 行：x 和 y 的绝对值不能超过 {most}。',
    ),
    'file_empty': ('The file is empty.', '文件是空的。'),
    'file_size': ('The file must have at most {most} kB.', '文件最多 {most} kB。'),
    'file_text': (
        'The file must be a table as text: CSV in UTF-8.',
        '文件必须是文本表格：UTF-8 编码的 CSV。',
    ),
    'link': (
        'Paste a link of the Playground with its settings: '
        'https://playground.tensorflow.org/#activation=..., got {got}.',
        '请粘贴带有设置的 Playground 链接：https://playground.tensorflow.org/#activation=...，'
        '实际为 {got}。',
    ),
    'places': (
        'All {most} places of this playground are taken. Try again in ten minutes.',
        '本页的 {most} 个名额都已占用，请十分钟后再试。',
    ),
    'no_answer': (
        'The training process does not answer. Reset the page.',
        '训练进程没有响应，请重置本页。',
    ),
    'training': ('Training has failed: {got}', '训练失败：{got}'),
    'drawing_size': (
        'The drawing must be a PNG of at most 500 kB.',
        '手写图像必须是不超过 500 kB 的 PNG。',
    ),
    'drawing': ('The drawing cannot be read: {got}.', '无法读取手写图像：{got}。'),
    'no_drawing': ('Draw something first.', '请先画一些内容。'),
    'picture_size': (
        'A picture must have at most {most:,} pixels, and {side:,} along each side, got '
        '{width} x {height}.',
        '图片最多 {most:,} 个像素，每边最多 {side:,} 个，实际为 {width} x {height}。',
    ),
    'picture_bits': ('A picture must have pixels of 8 bits.', '图片的像素必须是 8 位。'),
    'picture_empty': (
        'The picture is empty. Draw something first.',
        '图片是空的，请先画一些内容。',
    ),
}  # fmt: skip
"""Messages in English and Chinese, by kind; '{field}' is a field of the page."""


class PageError(UserError):
    """A mistake of a visitor, or of a config on the command line.

    Args:
        kind: Key of `MISTAKES`.
        values: What its message names; 'field' is the name of a field of the page.
    """

    def __init__(self, kind: str, **values: Any) -> None:
        self.kind, self.values = kind, values
        named = {**values, 'field': f'playground.{values.get("field")}'}
        super().__init__(MISTAKES[kind][0].format(**named))

    def text(self, words: Mapping[str, str]) -> str:
        """Return the message in the language of ``words``, with the label of the field."""
        field = str(self.values.get('field'))
        named = {**self.values, 'field': words.get(_LABELS.get(field, field), field)}
        return words[f'mistake_{self.kind}'].format(**named)


class SupersededError(Exception):
    """The visitor has started another training before the first frame of this one."""


_LABELS = {'loss': 'loss_function'}
"""Words of the fields that have another name than the setting."""


def require_number(field: str, value: Any, least: float, most: float) -> None:
    """Raise `PageError` unless a value is a number in [least, most]."""
    is_number = isinstance(value, Real) and not isinstance(value, bool)
    if not is_number or not least <= value <= most:
        raise PageError('number', field=field, least=least, most=most, got=shorten(value))


def require_whole(field: str, value: Any, least: int, most: int) -> int:
    """Return a number of the page, which may come as a float, as an int.

    Raises:
        PageError: If it is no whole number in [least, most].
    """
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not least <= value <= most or int(value) != value:
        raise PageError('whole', field=field, least=least, most=most, got=shorten(value))
    return int(value)


def require_choice(field: str, value: Any, choices: Collection[str]) -> None:
    """Raise `PageError` unless a value is one of ``choices``."""
    if not isinstance(value, str) or value not in choices:
        raise PageError('choice', field=field, choices=', '.join(choices), got=shorten(value))
