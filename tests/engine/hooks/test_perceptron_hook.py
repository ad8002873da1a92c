"""What is recorded of a perceptron, against its rule and its theory by hand."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
import torch

from mmlesson import datasets
from mmlesson.engine.hooks import PerceptronHook
from mmlesson.engine.hooks.perceptron_hook import MAX_CANDIDATES
from mmlesson.errors import ArgumentError, UserError
from mmlesson.runs.run import Run

BLOBS = 'perceptron/perceptron_blobs.py'
XOR = 'perceptron/perceptron_xor.py'


def rows_of(folder: Path) -> list[dict[str, float]]:
    with (folder / 'perceptron_updates.csv').open(newline='') as file:
        return [{key: float(value) for key, value in row.items()} for row in csv.DictReader(file)]


def test_each_update_is_the_rule_applied_to_its_sample(train, tmp_path):
    summary = train(BLOBS, model__learning_rate=0.5)
    w, b = np.zeros(2), 0.0
    rows = rows_of(tmp_path / 'run')
    for row in rows:
        x, y = np.array([row['x1'], row['x2']]), 1 if row['label'] == 1 else -1
        assert y * (w @ x + b) <= 0  # a mistake it was
        w, b = w + 0.5 * y * x, b + 0.5 * y
        np.testing.assert_allclose([row['w1'], row['w2'], row['b']], [*w, b], atol=1e-12)
    facts = summary['facts']['perceptron']
    assert facts['updates'] == len(rows) == sum(facts['mistakes_per_epoch'])
    assert facts['mistakes_per_epoch'][-1] == 0


def test_updates_stay_under_the_bound_of_novikoff(train, build):
    summary = train(BLOBS)
    facts = summary['facts']['perceptron']
    data = (
        build(BLOBS, 'again')
        .build_dataloader(build(BLOBS, 'again')._train_dataloader, seed=0)
        .dataset
    )
    inputs = data.__getitems__(list(range(len(data))))['inputs'].double().numpy()
    with_bias = np.c_[inputs, np.ones(len(inputs))]
    assert facts['radius'] == pytest.approx(np.linalg.norm(with_bias, axis=1).max(), rel=1e-6)
    assert facts['bound'] == pytest.approx((facts['radius'] / facts['margin']) ** 2)
    assert facts['updates'] <= facts['bound']
    assert facts['bound_holds'] is True


def test_inseparable_data_have_a_common_point_of_both_classes(train, build):
    summary = train(XOR)
    facts = summary['facts']['perceptron']
    assert summary['stop']['reason'] == 'inseparable'
    runner = build(XOR, 'again')
    data = runner.build_dataloader(runner._train_dataloader, seed=0).dataset
    inputs = data.__getitems__(list(range(len(data))))['inputs'].double().numpy()
    for label in (0, 1):
        own = [one for one in facts['weights'] if one['label'] == label]
        weights = np.array([one['weight'] for one in own])
        point = weights @ inputs[[one['sample'] for one in own]]
        assert weights.sum() == pytest.approx(1)
        assert (weights > 0).all()
        np.testing.assert_allclose(point, facts['common_point'], atol=1e-6)


def test_model_has_the_best_weights_at_the_end(build, tmp_path):
    runner = build(XOR)
    runner.train()
    data = runner.train_dataloader.dataset
    batch = data.__getitems__(list(range(len(data))))
    inputs, labels = batch['inputs'].double().numpy(), batch['labels'].numpy()
    y = np.where(labels == 1, 1, -1)

    def wrong(w, b):
        return int((y * (inputs @ w + b) <= 0).sum())

    met = [wrong(np.array([r['w1'], r['w2']]), r['b']) for r in rows_of(tmp_path / 'run')]
    model = runner.bare_model
    assert wrong(model.weight[0].numpy(), float(model.bias[0])) == min(met)
    pocket = runner.status.facts['perceptron']['pocket']
    assert pocket['accuracy'] == pytest.approx(100 * (1 - min(met) / len(y)))
    assert met[pocket['update'] - 1] == min(met)


def test_pocket_is_the_first_of_the_fewest_mistakes(train, tmp_path):
    summary = train(XOR)
    rows = rows_of(tmp_path / 'run')
    assert len(rows) > 2 * MAX_CANDIDATES  # compared in several groups
    data = datasets.XOR('train')
    batch = data.__getitems__(list(range(len(data))))
    inputs, y = batch['inputs'].double().numpy(), np.where(batch['labels'].numpy() == 1, 1, -1)
    wrong = [int((y * (inputs @ [row['w1'], row['w2']] + row['b']) <= 0).sum()) for row in rows]
    pocket = summary['facts']['perceptron']['pocket']
    assert pocket['update'] == 1 + int(np.argmin(wrong))
    assert pocket['accuracy'] == pytest.approx(100 * (1 - min(wrong) / len(inputs)))


def test_pocket_weights_are_logged_saved_validated_and_tested(build, tmp_path, monkeypatch):
    runner, lines = build(XOR), []
    monkeypatch.setattr(runner.logger, 'info', lambda text, *_: lines.append(str(text)))
    runner.train()
    summary = Run(tmp_path / 'run').summary
    update, epoch = summary['final']['update'], summary['final']['epoch']
    assert summary['final']['checkpoint'] == 'final.pth'
    assert summary['val'] == summary['final']['val']
    assert epoch == rows_of(tmp_path / 'run')[update - 1]['epoch']
    assert sum(line.startswith(f'Pocket weights of update {update} ') for line in lines) == 1
    saved = torch.load(tmp_path / 'run' / 'final.pth', weights_only=True)['state_dict']
    row = rows_of(tmp_path / 'run')[update - 1]
    assert saved['weight'].tolist() == [[row['w1'], row['w2']]]
    batch = runner.val_dataloader.dataset
    batch = batch.__getitems__(list(range(len(batch))))
    scores = batch['inputs'].double() @ saved['weight'][0] + saved['bias'][0]
    right = ((scores > 0).long() == batch['labels']).double().mean()
    assert summary['val']['accuracy/top1'] == pytest.approx(100 * float(right))


def test_resumed_run_records_the_same(build, train, tmp_path):
    whole = train(XOR, 'whole')
    train(XOR, 'cut', train_cfg__max_epochs=4)
    cut = train(XOR, 'cut', resume=True)
    assert cut['facts']['perceptron'] == whole['facts']['perceptron']
    assert rows_of(tmp_path / 'cut') == rows_of(tmp_path / 'whole')


def test_other_models_are_refused(build):
    runner = build('mlp/mlp_moons.py', custom_hooks=[{'type': 'PerceptronHook'}])
    with pytest.raises(UserError, match='Perceptron with num_classes=2, got Classifier'):
        runner.train()


def test_augmented_images_are_refused(build):
    preprocessor = {'type': 'LessonPreprocessor', 'channels': 1, 'augment': [{'type': 'Flip'}]}
    model = {'type': 'Perceptron', 'in_features': 64, 'data_preprocessor': preprocessor}
    runner = build(
        'perceptron/perceptron_digits.py',
        model={'_delete_': True, **model},
        custom_hooks=[{'type': 'PerceptronHook'}],
    )
    with pytest.raises(UserError, match='PerceptronHook replays the updates'):
        runner.train()


def test_patience_must_be_a_count():
    with pytest.raises(ArgumentError, match=r'PerceptronHook\.patience'):
        PerceptronHook(patience=0)
