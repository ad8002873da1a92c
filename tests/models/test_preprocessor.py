"""Preprocessor against closed forms."""

from __future__ import annotations

import pytest
import torch

from mmlesson.errors import ArgumentError
from mmlesson.models import LessonPreprocessor


def test_preprocessor_standardises_with_statistics_from_the_checkpoint():
    inputs = torch.rand(50, 2, 3, 3) * torch.tensor([1.0, 9.0]).view(1, 2, 1, 1) + 4
    fitted = LessonPreprocessor(channels=2)
    assert fitted.needs_statistics
    fitted.fit(inputs.mean((0, 2, 3)), inputs.std((0, 2, 3)))
    out = fitted({'inputs': inputs})['inputs']
    torch.testing.assert_close(out.mean((0, 2, 3)), torch.zeros(2), atol=1e-5, rtol=0)
    torch.testing.assert_close(out.std((0, 2, 3)), torch.ones(2))

    loaded = LessonPreprocessor(channels=2)
    loaded.load_state_dict(fitted.state_dict())
    assert not loaded.needs_statistics
    torch.testing.assert_close(loaded({'inputs': inputs})['inputs'], out)


@pytest.mark.parametrize(
    ('use', 'message'),
    [
        (lambda p: p({'inputs': torch.zeros(1, 2)}), 'no statistics yet'),
        (lambda p: p.fit(torch.zeros(3), torch.ones(3)), 'Set channels=3'),
    ],
)
def test_misuse_of_the_preprocessor_is_explained(use, message):
    with pytest.raises(ArgumentError, match=message):
        use(LessonPreprocessor(channels=2))


def test_formula_on_a_vector_and_labels_are_kept():
    preprocessor = LessonPreprocessor(channels=2)
    preprocessor.fit(torch.tensor([1.0, 10.0]), torch.tensor([2.0, 5.0]))
    batch = {'inputs': torch.tensor([[3, 0]], dtype=torch.uint8), 'labels': torch.tensor([1])}
    out = preprocessor(batch)
    assert out['inputs'].tolist() == [[1.0, -2.0]]
    assert out['inputs'].dtype == torch.float32
    assert out['labels'].tolist() == [1]


def test_without_channels_only_the_dtype_changes():
    preprocessor = LessonPreprocessor()
    assert not preprocessor.needs_statistics
    assert preprocessor.state_dict() == {}
    out = preprocessor({'inputs': torch.tensor([[200]], dtype=torch.uint8)})
    assert out['inputs'].tolist() == [[200.0]]
    assert 'labels' not in out


def test_inputs_with_other_channels_are_refused():
    preprocessor = LessonPreprocessor(channels=2)
    preprocessor.fit(torch.zeros(2), torch.ones(2))
    with pytest.raises(ArgumentError, match=r'must match its input, got 3 in shape \(1, 3, 4\)'):
        preprocessor({'inputs': torch.zeros(1, 3, 4)})


def test_each_of_several_labels_is_kept():
    labels = {'bboxes': torch.ones(2, 1, 4), 'labels': torch.tensor([[1], [-1]])}
    moved = LessonPreprocessor()({'inputs': torch.zeros(2, 3), 'labels': labels})['labels']
    assert torch.equal(moved['bboxes'], labels['bboxes'])
    assert torch.equal(moved['labels'], labels['labels'])
