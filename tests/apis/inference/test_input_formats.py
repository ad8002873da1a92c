import numpy as np
import pytest
from mmengine.config import Config

from mmlesson.apis.inference.array_format import ArrayFormat
from mmlesson.apis.inference.input_formats import PipelineFormat, format_of
from mmlesson.errors import UserError


def test_scale_comes_from_the_dataset():
    found = format_of(Config(), {'dataset': 'Digits', 'input_shape': (1, 8, 8)})
    assert isinstance(found, ArrayFormat)
    assert found.scale == pytest.approx(1 / 16)


def test_pipeline_takes_an_image_of_an_array_without_loading_it():
    found = PipelineFormat([{'type': 'LoadImageFromFile'}, {'type': 'PackInputs'}], 'mmpretrain')
    (sample,) = found.split(np.full((2, 3, 3), 7, np.uint8))
    assert sample.dtype == np.float32
    np.testing.assert_array_equal(sample, np.full((3, 2, 3), 7.0))


def test_unknown_dataset_is_named():
    with pytest.raises(UserError, match="dataset 'Gone' of this run is not registered"):
        format_of(Config(), {'dataset': 'Gone', 'input_shape': (2,)})
