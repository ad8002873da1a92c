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


def test_damaged_and_foreign_frames_are_named_left_out_and_kept(tmp_path, caplog):
    fill(FrameStore(tmp_path, 'neurons', 10), range(6))
    folder = tmp_path / FOLDER / 'neurons'
    (folder / '1.npz').write_bytes(b'garbage')
    np.savez(folder / '2.npz', other=np.zeros(2))
    np.savez(folder / '3.npz', grid=np.full(2, np.nan))
    np.savez(folder / 'abc.npz', grid=np.zeros(2))
    assert moments(FrameStore(tmp_path, 'neurons', 10, until=4)) == [0, 4]
    assert len(caplog.messages) == 4
    left = {file.stem for file in folder.glob('*.npz')}
    assert left == {'0', '1', '3', '4', 'abc', '2'}  # of a later start, 5 alone is removed


def test_foreign_frames_that_are_alike_are_left_out_when_a_frame_is_added(tmp_path, caplog):
    fill(FrameStore(tmp_path, 'neurons', 10), range(3))
    store = FrameStore(tmp_path, 'neurons', 10, until=2)
    store.add(3, {'grid': np.zeros(5)})
    assert moments(store) == [3]
    (line,) = caplog.messages
    assert '0.npz, 1.npz, 2.npz left out: their arrays are not those of this run' in line
    assert files(tmp_path) == [0, 1, 2, 3]  # what is not ours is not removed
