import pytest

from mmlesson.config import LoadedConfig


@pytest.fixture
def loaded(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'base.py').write_text('a = 1\nb = dict(c=2)\n')
    (tmp_path / 'top.py').write_text("_base_ = 'base.py'\nb = dict(c=3)\n")
    return LoadedConfig.open('top.py', {'+d': 4})


def test_each_value_is_printed_with_its_source(loaded):
    assert [line.split() for line in loaded.explain().splitlines()] == [
        ['a', '=', '1', '#', 'base.py:1'],
        ['b.c', '=', '3', '#', 'top.py:2'],
        ['d', '=', '4', '#', 'command', 'line'],
    ]


def test_differences_are_from_the_base_files(loaded):
    lines = loaded.explain(only_differences=True).splitlines()
    assert [line.split('  ')[0].strip() for line in lines] == [
        'b.c: 2 -> 3',
        'd: (not set) -> 4',
    ]


def test_sources_are_aligned_in_one_column(loaded):
    assert len({line.index('#') for line in loaded.explain().splitlines()}) == 1
