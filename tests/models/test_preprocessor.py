"""Preprocessor against closed forms."""

from __future__ import annotations

import numpy as np
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


@pytest.mark.parametrize('channels', ['auto', 2])
def test_checkpoint_of_a_number_of_channels_loads_into_auto_and_back(channels):
    fitted = LessonPreprocessor(channels=channels)
    fitted.fit(torch.tensor([1.0, 2.0]), torch.tensor([3.0, 4.0]))
    loaded = LessonPreprocessor(channels='auto' if channels == 2 else 2)
    loaded.load_state_dict(fitted.state_dict())
    assert not loaded.needs_statistics
    assert loaded.mean.tolist() == [1.0, 2.0]
    assert loaded({'inputs': torch.tensor([[4.0, 6.0]])})['inputs'].tolist() == [[1.0, 1.0]]


def test_given_statistics_are_used_and_stored():
    given = LessonPreprocessor(mean=[1, 10], std=(2.0, 5.0))
    assert not given.needs_statistics
    assert given({'inputs': torch.tensor([[3.0, 0.0]])})['inputs'].tolist() == [[1.0, -2.0]]
    assert given.state_dict()['mean'].tolist() == [1.0, 10.0]


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        ({'mean': [1.0]}, 'mean and std must be given together, got mean alone'),
        ({'std': [1.0]}, 'got std alone'),
        ({'mean': [1.0], 'std': [0.0]}, 'std more than 0'),
        ({'mean': [1.0], 'std': [1.0, 2.0]}, r'shape \(1,\) and \(2,\)'),
        ({'mean': [1.0], 'std': [1.0], 'channels': 3}, 'Set channels=1'),
        ({'mean': 0.5, 'std': 1.0}, 'mean must be a list of numbers'),
        ({'mean': [float('nan')], 'std': [1.0]}, 'mean must be a list of numbers'),
        ({'channels': 'all'}, 'channels must be an int >= 1'),
        ({'channels': 0}, 'channels must be an int >= 1'),
    ],
)
def test_wrong_statistics_are_named(arguments, message):
    with pytest.raises(ArgumentError, match=message):
        LessonPreprocessor(**arguments)


def test_augmentation_is_for_training_only_and_comes_first():
    augment = [{'type': 'mmlesson.Flip', 'p': 1.0}]
    preprocessor = LessonPreprocessor(mean=[1.0], std=[2.0], augment=augment)
    image = torch.tensor([[[[1.0, 3.0]]]])
    assert preprocessor({'inputs': image})['inputs'].tolist() == [[[[0.0, 1.0]]]]
    assert preprocessor({'inputs': image}, True)['inputs'].tolist() == [[[[1.0, 0.0]]]]
    assert set(preprocessor.state_dict()) == {'mean', 'std', 'fitted'}


def test_each_of_several_labels_is_kept():
    labels = {'bboxes': torch.ones(2, 1, 4), 'labels': torch.tensor([[1], [-1]])}
    moved = LessonPreprocessor()({'inputs': torch.zeros(2, 3), 'labels': labels})['labels']
    assert torch.equal(moved['bboxes'], labels['bboxes'])
    assert torch.equal(moved['labels'], labels['labels'])


def test_images_with_boxes_are_not_augmented():
    preprocessor = LessonPreprocessor(augment=[{'type': 'Shift'}])
    batch = {'inputs': torch.zeros(2, 1, 4, 4), 'labels': {'bboxes': torch.zeros(2, 1, 4)}}
    with pytest.raises(ArgumentError, match='moves pixels, but not the boxes'):
        preprocessor(batch, True)
    assert preprocessor(batch, False)['inputs'].shape == (2, 1, 4, 4)


def prepared_batches(preprocessor, size=4):
    block = {'inputs': torch.randn(10, 3), 'labels': torch.arange(10)}
    parts = zip(block['inputs'].split(size), block['labels'].split(size), strict=True)
    batches = [{'inputs': inputs, 'labels': labels} for inputs, labels in parts]
    return batches, list(preprocessor.prepare(block, batches))


def fitted(mean=0.3, **options):
    return LessonPreprocessor(mean=[mean, 0.1, -0.2], std=[0.7, 1.3, 2.1], **options)


def test_batches_prepared_together_are_those_prepared_one_by_one():
    preprocessor = fitted()
    raw, prepared = prepared_batches(preprocessor)
    for batch, other in zip(raw, prepared, strict=True):
        assert torch.equal(other['inputs'], batch['inputs'])  # hooks see the batch as it was
        done = preprocessor(other, True)
        mean, std = np.float32([0.3, 0.1, -0.2]), np.float32([0.7, 1.3, 2.1])
        by_hand = (batch['inputs'].numpy() - mean) / std
        np.testing.assert_array_equal(done['inputs'].numpy(), by_hand)
        assert torch.equal(done['labels'], batch['labels'])


def test_augmented_batches_are_prepared_one_by_one():
    raw, prepared = prepared_batches(fitted(augment=[{'type': 'Shift', 'pixels': 1}]))
    assert [type(batch) for batch in prepared] == [dict] * len(raw)


def test_batch_prepared_by_another_preprocessor_is_prepared_anew():
    _, (batch, *_) = prepared_batches(fitted())
    assert torch.equal(fitted(9.0)(batch)['inputs'], fitted(9.0)(dict(batch))['inputs'])


def test_hook_of_the_preprocessor_sees_each_batch_once():
    preprocessor = fitted()
    sizes = []
    preprocessor.register_forward_hook(lambda _, args, done: sizes.append(len(done['inputs'])))
    _, prepared = prepared_batches(preprocessor)
    assert [len(preprocessor(batch, True)['inputs']) for batch in prepared] == sizes == [4, 4, 2]


class Doubling(LessonPreprocessor):
    def forward(self, data, training=False):
        done = super().forward(data, training)
        return {**done, 'inputs': 2 * done['inputs']} if training else done


def test_subclass_prepares_each_batch_by_itself():
    options = {'mean': [0.0] * 3, 'std': [1.0] * 3}
    raw, prepared = prepared_batches(Doubling(**options))
    assert torch.equal(Doubling(**options)(prepared[0], True)['inputs'], 2 * raw[0]['inputs'])


class Tripling(LessonPreprocessor):
    def forward(self, data, training=False):
        done = super().forward(data, training)
        return {**done, 'inputs': 3 * done['inputs']}


def test_subclass_changes_a_batch_only_once():
    preprocessor = Tripling(mean=[0.0] * 3, std=[1.0] * 3)
    raw, prepared = prepared_batches(preprocessor)
    assert torch.equal(preprocessor(prepared[0], True)['inputs'], 3 * raw[0]['inputs'])


@pytest.mark.parametrize('how', ['in place', 'replaced'])
def test_change_of_the_labels_of_a_prepared_batch_is_seen(how):
    preprocessor = fitted()
    _, (batch, *_) = prepared_batches(preprocessor)
    if how == 'in place':
        batch['labels'].fill_(7)
    else:
        batch['labels'] = torch.full((4,), 7)
    assert preprocessor(batch, True)['labels'].tolist() == [7] * 4


@pytest.mark.parametrize('how', ['in place', 'replaced'])
def test_change_of_a_prepared_batch_is_seen(how):
    preprocessor = fitted()
    _, (batch, *_) = prepared_batches(preprocessor)
    if how == 'in place':
        batch['inputs'].zero_()
    else:
        batch['inputs'] = torch.zeros(4, 3)
    expected = preprocessor({'inputs': torch.zeros(4, 3)})['inputs']
    assert torch.equal(preprocessor(batch, True)['inputs'], expected)
