import json

import numpy as np
import pytest

from mmlesson.apis.deployment import export
from mmlesson.apis.deployment.export import export_model
from mmlesson.apis.deployment.model_card import card_of
from mmlesson.errors import ArgumentError, RunError, UserError
from mmlesson.tasks import DETECTION


@pytest.fixture(scope='module')
def exported(run, tmp_path_factory):
    return export_model(run, 'onnx', tmp_path_factory.mktemp('out') / 'digits.onnx')


def test_file_is_standalone_and_takes_any_batch(exported):
    import onnxruntime

    session = onnxruntime.InferenceSession(exported.file)
    for size in (1, 3):
        (found,) = session.run(None, {'inputs': np.zeros((size, 1, 8, 8), np.float32)})
        assert found.shape == (size, 10)
        np.testing.assert_allclose(found.sum(1), 1, rtol=1e-5)
    metadata = session.get_modelmeta().custom_metadata_map
    assert json.loads(metadata['mmlesson.classes']) == [str(digit) for digit in range(10)]
    assert json.loads(metadata['mmlesson.inputs'])['shape'] == [1, 8, 8]


def test_report_names_what_was_measured(exported):
    assert exported.difference < 1e-5
    assert (exported.output, exported.split, exported.compared) == ('probabilities', 'val', 256)
    assert 'largest difference from torch' in str(exported)
    assert exported.after.size == exported.file.stat().st_size


def test_file_has_no_paths_of_this_machine(exported):
    assert b'.py' not in exported.file.read_bytes()
    card = card_of(exported.file).read_text()
    assert 'latency of one sample' in card
    assert str(exported.file.parent) not in card


def test_quantization_of_another_task_is_refused(run, tmp_path, monkeypatch):
    monkeypatch.setattr('mmlesson.apis.inference.inferencer.task_of', lambda model: DETECTION)
    with pytest.raises(UserError, match=r'--quantize needs a classifier, .* a run of detection'):
        export_model(run, 'onnx', tmp_path / 'a.onnx', quantize='int8')


def test_nothing_is_overwritten(exported, run):
    with pytest.raises(UserError, match='exists already'):
        export_model(run, 'onnx', exported.file)


def test_model_that_differs_leaves_no_file(run, tmp_path, monkeypatch):
    monkeypatch.setattr(export, 'largest_difference', lambda *_: 2e-4)
    with pytest.raises(RunError, match=r'differs from torch by 0\.0002, more than 0\.0001'):
        export_model(run, 'safetensors', tmp_path / 'a.safetensors')
    assert list(tmp_path.iterdir()) == []


def test_quantized_model_reports_the_accuracy_before_and_after(run, tmp_path):
    report = export_model(run, 'onnx', tmp_path / 'a.onnx', quantize='int8')
    assert report.before.accuracy is not None
    assert report.after.accuracy == pytest.approx(report.before.accuracy, abs=5)
    assert 'accuracy on val' in str(report)


def test_quantization_of_another_format_is_refused(run):
    with pytest.raises(ArgumentError, match='--quantize needs --format onnx, got pt2'):
        export_model(run, 'pt2', quantize='int8')
