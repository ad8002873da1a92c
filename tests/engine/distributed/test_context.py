import pytest

from mmlesson.engine.distributed.context import ProcessContext
from mmlesson.errors import UserError


def test_single_process_needs_no_connection():
    context = ProcessContext()
    context.connect('cpu')  # nothing was joined
    context.barrier()
    assert (context.rank, context.world_size) == (0, 1)
    assert context.all_gather('a') == ['a']
    assert context.all_reduce_max([3, 1]) == [3, 1]
    assert context.broadcast('a') == 'a'


def test_single_process_has_no_peer_that_could_fail():
    context, error = ProcessContext(), RuntimeError('Connection closed by peer')
    assert context.explain_failure(error) is error
    assert context.report_failure(error) is False


def test_two_contexts_one_after_the_other_in_one_process(launched):
    for _ in range(2):
        launched()
        context = ProcessContext()
        context.join('pytorch')
        context.connect('cpu')
        assert context.world_size == 1
        assert context.all_gather({'loss': 0.5}) == [{'loss': 0.5}]
        context.barrier()
        context.close()
        assert context.all_gather(1) == [1]


def test_closed_context_joins_again(launched):
    context = ProcessContext()
    for _ in range(2):
        launched()
        context.join('pytorch')
        context.connect('cpu')
        assert context.all_reduce_max([2]) == [2]
        context.close()


def test_failure_is_reported_once(launched, monkeypatch):
    launched()
    monkeypatch.setenv('TORCHELASTIC_RUN_ID', 'x')  # the store outlives this process
    monkeypatch.setattr('mmlesson.engine.distributed.context.ignore_launcher_signal', int)
    context = ProcessContext()
    context.join('pytorch')
    try:
        assert context.report_failure(ValueError('bad'))
        assert context.report_failure(ValueError('again'))  # still the first of the run
        assert str(context.explain_failure(RuntimeError('Broken pipe'))) == (
            'Another process failed: rank 0: ValueError: bad'
        )
    finally:
        context.close()


def test_one_device_for_all_processes_is_refused(launched):
    launched()
    context = ProcessContext()
    context.join('pytorch')
    try:
        with pytest.raises(UserError, match="device 'cuda:0' is a single device for all"):
            context.connect('cuda:0')
    finally:
        context.close()
