import math
import os
import random

import numpy as np
import pytest
import torch
import torch.multiprocessing as mp
import torch.nn.functional as F
from crash_runs import fork_server
from mmengine.evaluator import Evaluator

from mmlesson.errors import UserError
from mmlesson.evaluation import LossMetric
from mmlesson.registry import METRICS

LOGITS = torch.randn(23, 4, generator=torch.Generator().manual_seed(0))
LABELS = torch.arange(23) % 4


def samples(shape=()):
    scores = LOGITS.softmax(1)
    return [
        {'pred_score': score, 'gt_label': label.reshape(shape)}
        for score, label in zip(scores, LABELS, strict=True)
    ]


def evaluate(metric, all_samples, batch_size):
    for start in range(0, len(all_samples), batch_size):
        metric.process(None, all_samples[start : start + batch_size])
    return metric.evaluate(len(all_samples))


def test_registered_and_named_loss():
    metric = METRICS.build({'type': 'mmlesson.LossMetric'})
    assert isinstance(metric, LossMetric)
    assert list(evaluate(metric, samples(), 5)) == ['loss']
    assert list(evaluate(LossMetric(prefix='val'), samples(), 5)) == ['val/loss']


@pytest.mark.parametrize('shape', [(), (1,)])
def test_cross_entropy_is_torchs(shape):
    expected = F.cross_entropy(LOGITS.double(), LABELS).item()
    assert evaluate(LossMetric(), samples(shape), 7)['loss'] == pytest.approx(expected, rel=1e-6)


def test_every_sample_counts_once_whatever_the_batch_size():
    values = {evaluate(LossMetric(), samples(), size)['loss'] for size in (1, 2, 7, 23, 64)}
    assert len(values) == 1
    losses = torch.tensor([1.0, 1.0, 1.0, 5.0])
    assert evaluate(LossMetric(), [{'loss': one} for one in losses], 3) == {'loss': 2.0}


def test_loss_of_the_model_has_priority():
    given = [{**one, 'loss': torch.tensor(0.25)} for one in samples()]
    assert evaluate(LossMetric(), given, 8) == {'loss': 0.25}
    assert evaluate(LossMetric(), [{'loss': 0.5}, {'loss': 1.0}], 2) == {'loss': 0.75}


def test_order_has_no_effect_on_any_bit():
    losses = [random.Random(0).uniform(0, 1e6) * 10 ** (i % 13 - 6) for i in range(999)]
    metric = LossMetric()
    expected = metric.compute_metrics(losses)
    for seed in range(5):
        random.Random(seed).shuffle(losses)
        assert metric.compute_metrics(losses) == expected


def test_a_probability_of_0_is_not_infinite():
    metric = LossMetric()
    given = [{'pred_score': torch.tensor([1.0, 0.0]), 'gt_label': torch.tensor(1)}]
    expected = -math.log(np.finfo(np.float32).tiny)
    assert evaluate(metric, given, 1)['loss'] == pytest.approx(expected)
    assert expected == pytest.approx(87.3, abs=0.05)


def test_non_finite_losses_are_passed_on():
    assert math.isnan(LossMetric().compute_metrics([1.0, math.nan])['loss'])
    assert LossMetric().compute_metrics([1.0, math.inf])['loss'] == math.inf
    assert math.isnan(LossMetric().compute_metrics([-math.inf, math.inf])['loss'])


def test_works_with_mmpretrains_accuracy_in_an_evaluator():
    from mmpretrain.evaluation import Accuracy

    evaluator = Evaluator([Accuracy(), LossMetric()])
    given = [
        {**one, 'pred_label': one['pred_score'].argmax(0, keepdim=True)} for one in samples((1,))
    ]
    evaluator.process(given, None)
    assert list(evaluator.evaluate(len(given))) == ['accuracy/top1', 'loss']


@pytest.mark.parametrize(
    ('given', 'message'),
    [
        ([{'pred_label': 1}], "needs samples with 'loss', .* got 'pred_label'"),
        ([{}], 'got nothing'),
        ([{'loss': torch.ones(3)}], r"needs one 'loss' per sample, got the shape \(3,\)"),
        ([{'pred_score': torch.ones(2), 'gt_label': torch.ones(2)}], 'one .gt_label. per sample'),
        ([{'pred_score': torch.tensor(0.5), 'gt_label': torch.tensor(0)}], r'of shape \(C,\)'),
        ([{'pred_score': torch.ones(2), 'gt_label': torch.tensor(2)}], r'in 0..1, .* got \[2\]'),
        ([{'pred_score': torch.ones(2), 'gt_label': torch.tensor(-1)}], r'in 0..1, .* got \[-1\]'),
    ],
)
def test_unusable_samples_are_named(given, message):
    with pytest.raises(UserError, match=message):
        LossMetric().process(None, given)


def test_missing_samples_are_named():
    metric = LossMetric()
    metric.process(None, [])
    with pytest.raises(UserError, match='needs at least one sample, got none'):
        metric.compute_metrics([])


def _rank(rank, port, folder):
    os.environ.update(MASTER_ADDR='127.0.0.1', MASTER_PORT=str(port))
    torch.distributed.init_process_group('gloo', rank=rank, world_size=2)
    metric = LossMetric()
    metric.collect_dir = str(folder / 'collect')
    mine = (samples() + samples()[:1])[rank::2]  # 24 = padded to the same length on both ranks
    for start in range(0, 12, 5):
        metric.process(None, mine[start : start + 5])
    value = metric.evaluate(23)
    (folder / f'{rank}.txt').write_text(float(value['loss']).hex())
    torch.distributed.destroy_process_group()


def test_two_processes_have_the_loss_of_a_single_process(tmp_path):
    port = 20000 + os.getpid() % 20000
    fork_server()
    mp.start_processes(_rank, (port, tmp_path), nprocs=2, start_method='forkserver')
    expected = float(evaluate(LossMetric(), samples(), 23)['loss']).hex()
    assert [(tmp_path / f'{rank}.txt').read_text() for rank in (0, 1)] == [expected] * 2
