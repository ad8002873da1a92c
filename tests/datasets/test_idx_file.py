import re

import numpy as np
import pytest
from tiny_data import idx_bytes

from mmlesson.datasets.idx_file import map_idx
from mmlesson.errors import RunError

IMAGES = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)


def test_array_is_that_of_torchvisions_reader(tmp_path):
    from torchvision.datasets.mnist import read_image_file

    file = tmp_path / 'images'
    file.write_bytes(idx_bytes(IMAGES))
    mapped = map_idx(file, 3)
    np.testing.assert_array_equal(mapped, read_image_file(str(file)).numpy())
    assert isinstance(mapped, np.memmap)


@pytest.mark.parametrize(
    ('content', 'message'),
    [
        (idx_bytes(IMAGES)[:-5], 'must have 40 bytes, since its header says 2 x 3 x 4, got 35'),
        (idx_bytes(IMAGES) + b'x', 'must have 40 bytes, since its header says 2 x 3 x 4, got 41'),
        (idx_bytes(IMAGES[0]), 'must start with the bytes 0 0 8 3 and 3 sizes'),
        (b'<html> not found', 'an idx file of uint8 with 3 axes, got [60, 104, 116, 109]'),
        (b'', 'got []. Delete it, so that it is extracted or downloaded again.'),
        (idx_bytes(IMAGES)[:9], 'must start with the bytes'),
        (idx_bytes(IMAGES[:0]), 'holds no sample: its header says (0, 3, 4)'),
    ],
)
def test_wrong_file_is_named_with_what_was_expected(tmp_path, content, message):
    file = tmp_path / 'images'
    file.write_bytes(content)
    with pytest.raises(RunError, match=f'{re.escape(str(file))}.*{re.escape(message)}'):
        map_idx(file, 3)
