import os

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


def test_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / 'a.onnx')
    with pytest.raises(OSError, match='no regular file'):
        open_session(tmp_path / 'a.onnx')
