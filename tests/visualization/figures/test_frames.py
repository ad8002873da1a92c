import numpy as np

from mmlesson.visualization.figures.frames import FOLDER, FrameStore


def fill(store, moments):
    for moment in moments:
        if store.is_due(moment):
            store.add(moment, {'grid': np.full(2, moment)})


def moments(store):
    return [moment for moment, _ in store.items]


def files(run):
    return sorted(int(file.stem) for file in (run / FOLDER / 'neurons').glob('*.npz'))


def test_frames_are_read_as_written(tmp_path):
    fill(FrameStore(tmp_path, 'neurons', 10), range(4))
    again = FrameStore(tmp_path, 'neurons', 10)
    assert moments(again) == [0, 1, 2, 3]
    for moment, frame in again.items:
        np.testing.assert_array_equal(frame['grid'], [moment, moment])


def test_files_are_those_of_the_frames_that_are_kept(tmp_path):
    store = FrameStore(tmp_path, 'neurons', 4)
    fill(store, range(20))
    assert len(store) <= 4
    assert files(tmp_path) == moments(store)
    assert 0 in store


def test_frames_later_than_the_resumed_moment_are_removed(tmp_path):
    fill(FrameStore(tmp_path, 'neurons', 10), range(6))
    store = FrameStore(tmp_path, 'neurons', 10, until=3)
    assert moments(store) == [0, 1, 2, 3]
    assert files(tmp_path) == [0, 1, 2, 3]


def test_reading_removes_no_frames(tmp_path):
    fill(FrameStore(tmp_path, 'neurons', 10), range(6))
    FrameStore(tmp_path, 'neurons', 3)
    assert files(tmp_path) == [0, 1, 2, 3, 4, 5]
