"""Moments kept of a run of unknown length."""

from __future__ import annotations

import pytest

from mmlesson.visualization.thinning import Thinned


@pytest.mark.parametrize('moments', [1, 4, 5, 100, 1000])
def test_kept_moments_are_bounded_and_evenly_spaced(moments):
    kept = Thinned[int](4)
    for moment in range(moments):
        if kept.is_due():
            kept.add(moment)
        assert len(kept) <= 4
    gaps = [b - a for a, b in zip(kept.items, kept.items[1:], strict=False)]
    assert kept.items[0] == 0
    assert all(gap == gaps[0] for gap in gaps)
    assert moments < 4 or len(kept) >= 2
    assert moments - kept.items[-1] <= (gaps[0] if gaps else 1)


def test_end_is_kept_without_being_due():
    kept = Thinned[str](2)
    for name in ('start', 'middle', 'end'):
        kept.add(name)
    assert kept.items == ['start', 'end']
