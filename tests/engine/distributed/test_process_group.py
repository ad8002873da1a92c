import pytest

from mmlesson.engine import distributed
from mmlesson.engine.distributed.process_group import CONTEXT, process_group


def test_without_a_launcher_nothing_is_connected():
    with process_group('none'):
        assert (distributed.rank(), distributed.world_size()) == (0, 1)
    assert distributed.broadcast('a') == 'a'


def test_group_is_destroyed_at_the_end_of_the_block(launched):
    launched()
    with process_group('pytorch'):
        distributed.connect('cpu')
        assert distributed.all_gather(1) == [1]
        assert CONTEXT._heartbeat is not None
    assert CONTEXT._heartbeat is None


def test_failure_is_printed_with_its_rank_and_raised(launched, capsys, monkeypatch):
    launched()
    monkeypatch.setenv('TORCHELASTIC_RUN_ID', 'x')
    with pytest.raises(ValueError, match='bad batch'), process_group('pytorch'):
        raise ValueError('bad batch')
    CONTEXT.close()
    assert capsys.readouterr().err == 'rank 0 of 1 failed:\n'
