import os

import numpy as np
import pytest

from mmlesson.apis.inference.input_files import files_in, load_arrays
from mmlesson.datasets.image_files import InputError


def test_files_of_a_folder_are_the_regular_ones_that_are_not_hidden(tmp_path):
    for name in ('b.png', 'inner/a.png', '.hidden', '__MACOSX/a/b.png', '.cache/b.png'):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    os.mkfifo(tmp_path / 'pipe')
    (tmp_path / 'broken').symlink_to('nowhere')
    assert sorted(files_in(tmp_path)) == [tmp_path / 'b.png', tmp_path / 'inner/a.png']


def test_arrays_are_read_with_their_names(tmp_path):
    np.savez(tmp_path / 'several.npz', labels=np.zeros(1), inputs=np.ones(2))
    ((name, array),) = load_arrays(tmp_path / 'several.npz')
    assert name == f'{tmp_path / "several.npz"}:inputs'
    np.testing.assert_array_equal(array, [1, 1])


def test_pickle_is_refused(tmp_path):
    np.save(tmp_path / 'objects.npy', np.array([{}]), allow_pickle=True)
    with pytest.raises(InputError, match='it cannot be read: Object arrays cannot be loaded'):
        load_arrays(tmp_path / 'objects.npy')
