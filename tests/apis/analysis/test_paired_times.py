"""Statistics and table of paired times, with works that are made for the test."""

from __future__ import annotations

import json

import numpy as np
import pytest

from mmlesson.apis.analysis.paired_times import (
    describe_machine,
    format_times,
    measure_rounds,
    ratios,
    read_times,
)
from mmlesson.errors import ArgumentError, UserError

TIMES = {'bare': [1.0, 2.0, 4.0], 'peer': [2.0, 6.0, 4.0]}  # ratios 2, 3, 1


def test_each_round_runs_every_work_and_starts_with_another():
    calls: list[str] = []

    def work(name):
        return lambda: calls.append(name) or float(len(calls))

    times = measure_rounds({name: work(name) for name in 'abc'}, 2)
    assert ''.join(calls) == 'abc' + 'abc' + 'bca'  # the first three are not counted
    assert times == {'a': [4.0, 9.0], 'b': [5.0, 7.0], 'c': [6.0, 8.0]}


def test_no_round_is_refused():
    with pytest.raises(ArgumentError, match='rounds'):
        measure_rounds({'a': lambda: 1.0}, 0)


def test_ratios_are_taken_within_a_round():
    """The ratio of the medians would be 2 too, the ratio of the means 12/7."""
    ratio = ratios({'bare': [1.0, 100.0, 1.0], 'peer': [3.0, 300.0, 3.0]}, 'bare')['peer']
    assert (ratio.low, ratio.median, ratio.high) == (3.0, 3.0, 3.0)


def test_median_and_quartiles_are_those_of_numpy():
    rng = np.random.default_rng(0)
    base, other = rng.uniform(1, 2, (2, 9))
    ratio = ratios({'bare': list(base), 'peer': list(other)}, 'bare')['peer']
    expected = np.quantile(other / base, [0.25, 0.5, 0.75])
    np.testing.assert_allclose([ratio.low, ratio.median, ratio.high], expected)


def test_single_round_has_no_spread():
    ratio = ratios({'bare': [2.0], 'peer': [3.0]}, 'bare')['peer']
    assert (ratio.low, ratio.median, ratio.high) == (1.5, 1.5, 1.5)


def test_unknown_reference_is_named():
    with pytest.raises(ArgumentError, match=r"one of \['bare', 'peer'\], got 'none'"):
        ratios(TIMES, 'none')


@pytest.mark.parametrize('times', [{'bare': [1.0], 'peer': [1.0, 2.0]}, {'bare': []}])
def test_different_numbers_of_rounds_are_refused(times):
    with pytest.raises(ArgumentError, match='the same number of rounds'):
        ratios(times, 'bare')


def test_table_has_medians_ratios_and_quartiles():
    lines = [line.split() for line in format_times(TIMES, 'bare', unit='s').splitlines()]
    assert lines == [
        ['s', 'ratio', 'quartiles'],
        ['bare', '2', '1.00', '1.00', 'to', '1.00'],
        ['peer', '4', '2.00', '1.50', 'to', '2.50'],
    ]


@pytest.mark.parametrize(('unit', 'text'), [('s', '0.002'), ('ms', '2'), ('us', '2e+03')])
def test_times_have_the_unit(unit, text):
    line = format_times({'bare': [0.002]}, 'bare', unit=unit).splitlines()[1]
    assert line.split()[1] == text


def test_unknown_unit_is_named():
    with pytest.raises(ArgumentError, match=r"unit must be one of .*, got 'h'"):
        format_times(TIMES, 'bare', unit='h')


def test_change_is_that_of_the_ratio_not_of_the_time():
    """The machine was ten times as slow before, the peer twice as slow against the reference."""
    before = {'bare': [10.0] * 3, 'peer': [40.0] * 3}
    lines = format_times(TIMES, 'bare', before=before).splitlines()
    assert lines[1].split()[-3:] == ['1.00', '+0', '%']
    assert lines[2].split()[-3:] == ['4.00', '-50', '%']


def test_work_that_was_not_measured_before_has_no_change():
    lines = format_times(TIMES, 'bare', before={'bare': [1.0]}).splitlines()
    assert lines[2].split()[-2:] == ['-', '-']


def test_machine_has_versions_of_what_is_installed(monkeypatch):
    monkeypatch.setenv('OMP_NUM_THREADS', '3')
    machine = describe_machine(['numpy', 'no-such-package'])
    assert machine['OMP_NUM_THREADS'] == '3'
    assert machine['versions']['numpy'] == np.__version__
    assert 'no-such-package' not in machine['versions']
    assert machine['processor']


def test_written_times_are_read(tmp_path):
    file = tmp_path / 'times.json'
    file.write_text(json.dumps({'machine': {}, 'times': {'MLP': TIMES}}))
    assert read_times(file) == {'MLP': TIMES}


@pytest.mark.parametrize('text', ['', '[]', '{}', '{"times": 3}', '{"times": {"a": {"b": ["c"]}}}'])
def test_file_without_times_is_named(text, tmp_path):
    file = tmp_path / 'times.json'
    file.write_text(text)
    with pytest.raises(UserError, match=r'times\.json has no times'):
        read_times(file)
