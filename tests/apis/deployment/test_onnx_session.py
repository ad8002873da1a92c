import pytest

from mmlesson.apis.deployment.onnx_session import open_session, require_package
from mmlesson.errors import UserError


def test_missing_package_names_the_extra():
    with pytest.raises(UserError, match=r"pip install 'mmlesson\[export\]'"):
        require_package('no_such_package_of_onnx')


def test_damaged_file_is_named(tmp_path):
    file = tmp_path / 'a.onnx'
    file.write_bytes(b'nothing')
    with pytest.raises(UserError, match=r'a\.onnx is damaged or no ONNX model'):
        open_session(file)
