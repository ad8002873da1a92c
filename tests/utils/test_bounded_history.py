"""Moments kept of a run of unknown length."""

from __future__ import annotations

from itertools import pairwise

import pytest

from mmlesson.utils.bounded_history import BoundedHistory


def keep(kept: BoundedHistory[str], moments) -> BoundedHistory[str]:
    for moment in moments:
        if kept.is_due(moment):
            kept.add(moment, str(moment))
    return kept


@pytest.mark.parametrize('step', [1, 3, 100])
@pytest.mark.parametrize('count', [1, 4, 5, 100, 1000])
def test_kept_moments_are_bounded_and_evenly_spaced(count, step):
    kept = BoundedHistory[str](4)
    for moment in range(0, count * step, step):
        keep(kept, [moment])
        assert len(kept) <= 4
    moments = kept.moments
    gaps = [b - a for a, b in pairwise(moments)]
    assert kept.items == list(map(str, moments))
    assert moments[0] == 0
    assert all(gap == gaps[0] for gap in gaps)
    assert count < 4 or len(kept) >= 2
    assert (count - 1) * step - moments[-1] < (gaps[0] if gaps else step)


@pytest.mark.parametrize('end', [2, 3])
def test_last_moment_is_kept_even_if_not_due(end):
    kept = BoundedHistory[str](2)
    for moment, name in ((0, 'start'), (1, 'middle'), (end, 'end')):
        kept.add(moment, name)
    assert kept.items == ['start', 'end']


@pytest.mark.parametrize('cut', range(1, 60))
def test_resumed_history_keeps_the_same_moments(cut):
    whole = keep(BoundedHistory(9), range(60))
    first = keep(BoundedHistory(9), range(cut))
    again = BoundedHistory(9, zip(first.moments, first.items, strict=True))
    assert keep(again, range(cut, 60)).moments == whole.moments


def test_last_moment_of_an_earlier_start_is_dropped_if_not_due():
    kept = keep(BoundedHistory(5), range(12))
    kept.add(11, 'end')
    again = BoundedHistory(5, zip(kept.moments, kept.items, strict=True))
    assert again.moments[-1] == 11  # to be looked at
    again.is_due(12)  # to be gone on with
    assert again.moments == keep(BoundedHistory(5), range(13)).moments[:-1]
