import copy
import pickle

import numpy as np
import pytest
from mmengine.logging import HistoryBuffer, MessageHub

from mmlesson.engine.message_buffers import GrowingBuffer, use_growing_buffers


def both(max_length: int = 1000) -> tuple[HistoryBuffer, HistoryBuffer]:
    return HistoryBuffer([1], [2], max_length), GrowingBuffer([1], [2], max_length)


@pytest.mark.parametrize('max_length', [1000, 7])
@pytest.mark.parametrize('values', [range(2, 40), np.linspace(0, 1, 40).tolist(), [3, 0.5, 4]])
def test_values_and_dtypes_are_those_of_mmengine(max_length, values):
    theirs, ours = both(max_length)
    for place, value in enumerate(values):
        theirs.update(value, place)
        ours.update(value, place)
        for expected, found in zip(theirs.data, ours.data, strict=True):
            np.testing.assert_array_equal(found, expected)
            assert found.dtype == expected.dtype
    for statistic in ('mean', 'min', 'max', 'current'):
        assert ours.statistics(statistic) == theirs.statistics(statistic)
    assert ours.mean(3) == theirs.mean(3)


def test_an_update_seldom_copies_the_history():
    _, ours = both()
    rooms = set()
    for value in range(900):
        ours.update(value)
        rooms.add(id(ours._log_history.base))
    assert len(rooms) < 10


def test_text_is_refused_as_by_mmengine():
    with pytest.raises(TypeError, match='log_val must be int or float'):
        both()[1].update('1')


def test_buffer_can_be_copied_and_pickled():
    _, ours = both()
    ours.update(0.5)
    for other in (copy.deepcopy(ours), pickle.loads(pickle.dumps(ours))):
        other.update(0.25)
        assert other.data[0].tolist() == [1, 0.5, 0.25]
    assert ours.data[0].tolist() == [1, 0.5]


def test_message_hub_makes_growing_buffers():
    hub = MessageHub('growing buffers')
    hub.update_scalar('before', 1.0)
    use_growing_buffers(hub)
    hub.update_scalar('before', 2.0)
    hub.update_scalars({'after': {'value': 3.0, 'count': 4}})
    assert all(isinstance(buffer, GrowingBuffer) for buffer in hub.log_scalars.values())
    assert hub.get_scalar('before').data[0].tolist() == [1, 2]
    assert hub.get_scalar('after').data[1].tolist() == [4]
