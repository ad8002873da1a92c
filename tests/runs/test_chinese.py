import re

import pytest
from paths import CONFIGS

from mmlesson.config import load_config
from mmlesson.evaluation.diagnosis import TRY_NEXT, diagnose
from mmlesson.runs.chinese import (
    STEPS,
    VERDICTS,
    chinese_claim,
    chinese_evidence,
    chinese_layer,
    chinese_metric,
    chinese_observed,
    chinese_stop,
    chinese_value,
)
from mmlesson.runs.claims import Claim
from mmlesson.runs.conclusion import parsed_claims
from mmlesson.visualization.figures.layer_names import KINDS


@pytest.mark.parametrize(
    ('name', 'expected'),
    [
        ('test/accuracy/top1', '测试准确率'),
        ('val/loss', '验证损失'),
        ('test/segmentation/mIoU', '测试 mIoU'),
        ('stop/reason', '停止原因'),
        ('own_metric', 'own_metric'),
        ('top1', 'top1'),
    ],
)
def test_names_of_metrics(name, expected):
    assert chinese_metric(name) == expected


@pytest.mark.parametrize(
    ('entry', 'expected'),
    [
        ({'op': '>=', 'value': 98.5, 'over': 'mean'}, '测试准确率 ≥ 98.5（各种子的平均）'),
        ({'op': '==', 'value': 75, 'tolerance': 2}, '测试准确率 = 75 ± 2'),
        ({'op': '<', 'lesson': 'cnn/x.py', 'value': -1.5}, '测试准确率 < cnn/x.py 的结果 -1.5'),
        ({'op': '>', 'value': 1, 'over': 0.8}, '测试准确率 > 1（80 % 的种子）'),
    ],
)
def test_claims(entry, expected):
    assert chinese_claim(Claim('test/accuracy/top1', **entry)) == expected


@pytest.mark.parametrize(
    'lesson',
    [
        *('perceptron/perceptron_xor', 'perceptron/perceptron_blobs', 'vision/keypoints_digit'),
        *('mlp/fit_over', 'mlp/softmax_blobs', 'cnn/cnn_shifted'),
    ],
)
def test_claims_of_lessons_have_no_english_but_names(lesson):
    claims = parsed_claims(load_config(CONFIGS / f'{lesson}.py').get('expect'))
    for claim in claims:
        rest = re.sub(r'\b(\w+/\w+\.py|mIoU|PCK|\d+e-\d+)\b', '', chinese_claim(claim))
        assert not re.search('[A-Za-z]', rest)
    assert claims


@pytest.mark.parametrize(
    ('value', 'expected'),
    [
        (True, '是'),
        (None, '无'),
        ('overfit', '过拟合'),
        ('converged', '已收敛'),
        (0.51234, '0.5123'),
    ],
)
def test_values(value, expected):
    assert chinese_value(value) == expected


def test_what_was_observed():
    assert chinese_observed('98.61 against 97.2') == '98.61，对照为 97.2'
    assert chinese_observed('underfit') == '欠拟合'


def test_every_step_and_verdict_of_the_diagnosis_is_translated():
    assert {step for steps in TRY_NEXT.values() for step in steps} == STEPS.keys()
    assert TRY_NEXT.keys() == VERDICTS.keys()


@pytest.mark.parametrize('repeats', [1, 9])  # the last validation, or means of the last three
def test_evidence_keeps_the_numbers(repeats):
    train, val = [0.6, 0.3, 0.1, 0.05], [0.6, 0.5, 0.7, 0.9]
    found = diagnose(train * repeats, val * repeats, num_classes=10)
    text = chinese_evidence(found['evidence'])
    numbers = r'\d+(?:\.\d+)?'
    assert re.findall(numbers, text) == re.findall(numbers, found['evidence'])
    assert not re.search('[A-Za-z]', text)


def test_evidence_in_other_words_is_unknown():
    assert chinese_evidence('it looks fine') is None


def test_reason_to_stop():
    assert chinese_stop({'reason': 'converged', 'epoch': 2}) == '第 2 轮：已收敛'
    assert chinese_stop({'reason': 'bored', 'epoch': 2}) is None


@pytest.mark.parametrize(
    ('name', 'expected'),
    [
        ('conv 2', '卷积层 2'),
        ('output layer', '输出层'),
        ('global pool', '全局汇聚层'),
        ('global pool 3', '全局汇聚层 3'),
        ('ReLU 1 (2)', 'ReLU 1 (2)'),
    ],
)
def test_names_of_layers(name, expected):
    assert chinese_layer(name) == expected


def test_every_kind_of_layer_is_translated():
    for _, kind in KINDS:
        assert not re.search('[A-Za-z]', chinese_layer(kind))
