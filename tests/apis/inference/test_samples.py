import weakref

import numpy as np
import pytest

from mmlesson.apis.inference.samples import NumberedNames, Samples, batches, stack


def source(name: str, count: int, width: int = 2) -> Samples:
    names = NumberedNames(f'{name}[', range(count), ']')
    return Samples(names, np.arange(count * width, dtype=np.float32).reshape(count, width))


def names_of(batch) -> list[str]:
    return [name for part in batch for name in part.names]


def test_names_are_numbered():
    names = NumberedNames('a row ', [3, 5, 8])
    assert list(names) == ['a row 3', 'a row 5', 'a row 8']
    assert list(names[1:]) == ['a row 5', 'a row 8']


def test_an_array_is_divided_without_a_copy():
    samples = source('a', 5)
    found = [stack(batch) for batch in batches([samples], 2)]
    assert [len(values) for values in found] == [2, 2, 1]
    assert all(np.shares_memory(values, samples.values) for values in found)


def test_batches_are_filled_from_several_sources():
    found = list(batches([source('a', 1), source('b', 3), source('c', 1)], 2))
    assert [names_of(batch) for batch in found] == [['a[0]', 'b[0]'], ['b[1]', 'b[2]'], ['c[0]']]
    np.testing.assert_array_equal(stack(found[0]), [[0, 1], [0, 1]])


def test_a_batch_has_samples_of_one_shape():
    found = list(batches([source('a', 1), source('b', 1, width=3), source('c', 1)], 8))
    assert [names_of(batch) for batch in found] == [['a[0]'], ['b[0]'], ['c[0]']]


def test_labels_are_divided_with_the_samples():
    samples = Samples(('a', 'b', 'c'), np.zeros((3, 2)), [1, None, 0])
    assert [part.labels for batch in batches([samples], 2) for part in batch] == [[1, None], [0]]


def test_memory_of_values_is_freed():
    array = np.zeros((3, 2), np.float32)
    is_there = weakref.ref(array)
    part = Samples(('a', 'b', 'c'), array, [1, 0, 1])[:2].without_values()
    del array
    assert is_there() is None
    assert (len(part), part.labels, part.values.shape) == (2, [1, 0], (0, 2))


@pytest.mark.parametrize('count', [1, 2])
def test_stacked_channels_are_first_in_memory(count):
    images = np.arange(48, dtype=np.float32).reshape(2, 4, 2, 3).transpose(0, 3, 1, 2)
    stacked = stack([Samples(('a', 'b'), images)] * count)
    assert stacked.flags.c_contiguous
    np.testing.assert_array_equal(stacked, np.concatenate([images] * count))
