import copy

import numpy as np
import pytest
import torch
from mmengine.evaluator import BaseMetric, Evaluator
from mmengine.structures import BaseDataElement
from mmpretrain.evaluation import Accuracy, SingleLabelMetric

from mmlesson.evaluation import CalibrationMetric, LossMetric, ProbabilityMetric
from mmlesson.evaluation import column_evaluator as module
from mmlesson.evaluation.column_evaluator import ColumnEvaluator, column_evaluator
from mmlesson.models.predictions import predictions

SIZES = (40, 40, 13)
TOTAL = 93


def batches(classes=5):
    drawn = torch.Generator().manual_seed(0)
    for size in SIZES:
        logits = torch.randn(size, classes, generator=drawn)
        logits[0] = 0.0  # a tie
        labels = torch.randint(classes, (size,), generator=drawn)
        losses = torch.nn.functional.cross_entropy(logits, labels, reduction='none')
        yield predictions(logits, labels, losses)


def evaluate(evaluator, given, size=TOTAL):
    for samples in given:
        evaluator.process(samples)
    return evaluator.evaluate(size)


METRICS = [
    LossMetric(),
    ProbabilityMetric(),
    CalibrationMetric(),
    Accuracy(),
    Accuracy(topk=(1, 3), thrs=(0.3, None), prefix='several'),
    SingleLabelMetric(),
]


@pytest.mark.parametrize('size', [TOTAL, 50])
def test_results_are_those_of_mmengine_to_the_bit(size):
    ours = ColumnEvaluator(copy.deepcopy(METRICS))
    stock = Evaluator(copy.deepcopy(METRICS))
    expected = evaluate(stock, map(list, batches()), size)
    assert evaluate(ours, batches(), size) == expected
    assert evaluate(ours, batches(), size) == expected  # nothing is left of the first evaluation


def test_accuracy_does_not_separate_samples():
    given = list(batches())
    evaluate(ColumnEvaluator([Accuracy(), LossMetric()]), given)
    assert all(len(samples._read) <= 1 for samples in given)


def test_changed_samples_count():
    (samples, *_) = batches()
    labels = torch.cat([sample['gt_label'] for sample in samples])
    for sample, label in zip(samples, labels, strict=True):
        sample['pred_score'] = torch.eye(5)[label]
    assert evaluate(ColumnEvaluator([Accuracy()]), [samples], 40) == {'accuracy/top1': 100.0}


def test_batches_of_both_kinds_are_counted():
    first, second, _ = batches()
    expected = evaluate(Evaluator([Accuracy()]), [list(first), list(second)], 80)
    assert evaluate(ColumnEvaluator([Accuracy()]), [first, list(second)], 80) == expected
    assert evaluate(ColumnEvaluator([Accuracy()]), [list(first), second], 80) == expected


def test_another_metric_gets_a_list_of_dicts():
    class Spy(BaseMetric):
        default_prefix = 'spy'

        def process(self, data_batch, data_samples):
            assert isinstance(data_samples, list)
            self.results += data_samples

        def compute_metrics(self, results):
            return {'dicts': sum(isinstance(result, dict) for result in results)}

    assert evaluate(ColumnEvaluator([Spy()]), batches(), 93) == {'spy/dicts': 93}


def test_subclass_of_accuracy_gets_its_samples():
    class Doubled(Accuracy):
        def process(self, data_batch, data_samples):
            super().process(data_batch, [*data_samples, *data_samples])
            self.seen = len(self.results)

    metric = Doubled()
    evaluate(ColumnEvaluator([metric]), batches(), 1000)
    assert metric.seen == 2 * TOTAL


def test_several_processes_gather_samples(monkeypatch):
    monkeypatch.setattr(module, 'get_world_size', lambda: 2)
    metric = Accuracy()
    ColumnEvaluator([metric]).process(next(batches()))
    assert len(metric.results) == 40


def test_accuracy_of_too_few_classes_is_refused_by_mmpretrain():
    with pytest.raises(ValueError, match='Top-5 accuracy is unavailable'):
        evaluate(ColumnEvaluator([Accuracy(topk=5)]), batches(classes=3))


def test_metrics_of_one_name_are_refused_by_mmengine():
    with pytest.raises(ValueError, match='same metric name'):
        evaluate(ColumnEvaluator([Accuracy(), Accuracy()]), batches())


def test_only_mmengines_own_evaluator_is_replaced():
    class Own(Evaluator):
        pass

    own, stock = Own([Accuracy()]), Evaluator([Accuracy()])
    assert column_evaluator(own) is own
    replaced = column_evaluator(stock)
    assert isinstance(replaced, ColumnEvaluator)
    assert replaced.metrics[0] is stock.metrics[0]


class Remembering(BaseMetric):
    """Keeps what it found first, as mmdet's CocoMetric does."""

    __module__ = 'mmdet.evaluation.metrics'
    default_prefix = 'coco'
    first = None

    def process(self, data_batch, data_samples):
        self.results += [sample['img_id'] for sample in data_samples]

    def compute_metrics(self, results):
        self.first = self.first or results[-1]
        return {'first': np.float32(self.first)}


def test_results_of_our_models_have_the_form_of_the_toolbox_in_each_evaluation():
    evaluator = ColumnEvaluator([Remembering(), LossMetric()])
    for count in (3, 2):
        samples = [{'loss': torch.tensor(2.0)} for _ in range(count)]
        evaluator.process(samples, {'inputs': torch.zeros(count, 1, 4, 4)})
        found = evaluator.evaluate(count)
        assert found == {'coco/first': count, 'loss': 2}
        assert type(found['coco/first']) is float
    assert all('img_id' not in sample for sample in samples)


def test_samples_of_a_toolbox_are_left_as_they_are():
    element = BaseDataElement(metainfo={'img_id': 40})
    evaluator = ColumnEvaluator([Remembering()])
    assert evaluate(evaluator, [[element]], 1) == {'coco/first': 40}
