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
