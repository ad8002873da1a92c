"""What a value can be, by the annotation it is given to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Dict, List, Literal, Optional, Tuple, Union  # noqa: UP035 - upstream's forms

import pytest
import torch

from mmlesson.config.value_types import contradicts, describe, matches


@pytest.mark.parametrize(
    ('value', 'annotation', 'expected'),
    [
        (3, int, True),
        ('3', int, False),
        (3.0, int, True),
        (3.5, int, False),
        (None, int, False),
        (3, float, True),
        (True, float, False),
        ('0.1', float, False),
        (1, bool, True),
        (2, bool, False),
        ('yes', bool, False),
        (3, str, False),
        (None, str | None, True),
        (None, Optional[int], True),  # noqa: UP045
        ('a', Optional[int], False),  # noqa: UP045
        (0.1, Union[float, torch.Tensor], True),  # noqa: UP007
        ('0.1', Union[float, torch.Tensor], False),  # noqa: UP007
        ((8, 8), Sequence[int], True),
        ([8, 8], tuple[int, ...], True),
        ((), Sequence[int], True),
        (8, Sequence[int], False),
        ('8', Sequence[str], False),
        (('a',), Sequence[int], False),
        ((1, 2, 3), Tuple[int], True),  # noqa: UP006
        ([1, None], List[Optional[int]], True),  # noqa: UP006, UP045
        ({'a': 1}, Dict[str, int], True),  # noqa: UP006
        ([1], dict, False),
        ('less', Literal['greater', 'less'], True),
        ('more', Literal['greater', 'less'], False),
        ('x', Iterable[str], True),
        ('anything', Any, True),
        (Path('x'), str, True),
        ('name', Callable, True),
        ({'type': 'Linear'}, torch.nn.Module, True),
        ('Linear', torch.nn.Module, False),
    ],
)  # fmt: skip
def test_value_fits_its_annotation_or_does_not(value, annotation, expected):
    assert matches(value, annotation) is expected


@pytest.mark.parametrize(
    ('value', 'annotation', 'expected'),
    [
        ('3', int, True),
        (3, str, True),
        (3.5, int, False),
        ([1], dict, False),
        ((1, 2), int, False),
        (None, int, False),
        (3, str | int, False),
    ],
)
def test_inexact_annotations_only_distinguish_text_and_numbers(value, annotation, expected):
    assert contradicts(value, annotation) is expected


@pytest.mark.parametrize(
    ('annotation', 'text'),
    [
        (int | None, 'int or None'),
        (Sequence[int], 'list of int'),
        (tuple[float, ...] | str, 'list of float or str'),
        (Literal['a', 'b'], "'a' or 'b'"),
        (dict[str, int], 'dict'),
        (list, 'list'),
    ],
)
def test_annotation_is_described_as_text(annotation, text):
    assert describe(annotation) == text
