import json

import pytest

from mmlesson.apis.deployment.description import Description, InputDescription
from mmlesson.errors import UserError

INPUTS = InputDescription('Digits', (1, 8, 8), 1 / 16, (0.0, 1.0))
DESCRIPTION = Description('cnn_digits', ('null', '一'), 'probabilities', 'ab', INPUTS)


def test_metadata_is_read_again():
    metadata = {**DESCRIPTION.to_metadata(), 'of another program': 'x'}
    assert Description.from_metadata(metadata, 'a.onnx') == DESCRIPTION


@pytest.mark.parametrize('text', ['{', '3', '{"shape": [1]}'])
def test_damaged_metadata_is_refused(text):
    metadata = {**DESCRIPTION.to_metadata(), 'mmlesson.inputs': text}
    with pytest.raises(UserError, match=r'a\.onnx does not describe its inputs'):
        Description.from_metadata(metadata, 'a.onnx')


def test_file_of_another_program_is_refused():
    with pytest.raises(UserError, match=r'Use a file that mmlesson export wrote'):
        Description.from_metadata({}, 'a.onnx')


def test_scale_of_zero_is_refused():
    metadata = DESCRIPTION.to_metadata()
    metadata['mmlesson.inputs'] = metadata['mmlesson.inputs'].replace('0.0625', '0')
    with pytest.raises(UserError, match='its scale is 0'):
        Description.from_metadata(metadata, 'a.onnx')


@pytest.mark.parametrize(
    ('key', 'text', 'message'),
    [
        ('classes', '[' * 100_000, 'RecursionError'),
        ('classes', '"abc"', "its classes are 'abc'"),
        ('classes', '{"a": 1}', 'its classes are'),
        ('task', '3', 'its task is 3'),
        ('output', 'null', 'its output is None'),
    ],
)
def test_field_of_another_type_is_refused(key, text, message):
    metadata = {**DESCRIPTION.to_metadata(), f'mmlesson.{key}': text}
    with pytest.raises(UserError, match=message) as raised:
        Description.from_metadata(metadata, 'a.onnx')
    assert len(str(raised.value)) < 400


@pytest.mark.parametrize(
    ('field', 'value', 'message'),
    [
        ('shape', [float('inf'), 1, 1], 'cannot convert float infinity'),
        ('shape', [1, -8, 8], 'its shape is'),
        ('shape', [1, 0, 0], 'its shape is'),
        ('shape', [], 'its shape is'),
        ('shape', [1, 10**6, 10**6], 'its shape is'),
        ('scale', 1e-300, 'its scale is 1e-300'),
        ('scale', 1e300, 'its scale is 1e'),
        ('dataset', 5, 'its dataset is 5'),
    ],
)
def test_inputs_that_cannot_be_are_refused(field, value, message):
    inputs = json.loads(DESCRIPTION.to_metadata()['mmlesson.inputs'])
    text = json.dumps({**inputs, field: value})
    with pytest.raises(UserError, match=message):
        Description.from_metadata({**DESCRIPTION.to_metadata(), 'mmlesson.inputs': text}, 'a.onnx')
