"""Chinese words for the results of a run: metrics, claims, verdicts, reasons to stop."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from mmlesson.runs.claims import Claim, shown_value

_NAMES = {
    'epochs': '轮数',
    'iterations': '迭代次数',
    'stop/reason': '停止原因',
    'diagnosis/verdict': '诊断',
    'facts/perceptron/bound_holds': '感知机的错误次数不超过上界',
    'facts/perceptron/gap': '两类凸包公共点的误差',
    'facts/perceptron/pocket/accuracy': '口袋权重的训练准确率',
}
_PARTS = {
    'train': '训练',
    'val': '验证',
    'test': '测试',
    'loss': '损失',
    'loss_heatmap': '热图损失',
    'loss_size': '尺寸损失',
    'loss_offset': '偏移损失',
    'loss_cls': '分类损失',
    'loss_bbox': '边框损失',
    'loss_seg': '分割损失',
    'accuracy': '准确率',
    'top1': '',
    'top5': '（前五）',
    'mistakes': '错误次数',
    'precision': '精确率',
    'recall': '召回率',
    'f1-score': 'F1 分数',
    'single-label': '',
    'detection': '',
    'localization': '定位',
    'segmentation': '',
    'keypoints': '',
    'distance': '关键点距离',
    'class_accuracy': '类别准确率',
    'iou': ' IoU ',
    'aAcc': '像素准确率',
    'calibration': '校准',
    'probability': '概率',
    'error': '误差',
    'facts': '',
    'perceptron': '感知机',
}
VERDICTS = {'overfit': '过拟合', 'underfit': '欠拟合', 'good': '良好'}
STOP_REASONS = {
    'patience': '监控的指标不再改善（早停）',
    'stopping_threshold': '监控的指标已达到阈值',
    'divergence': '监控的指标发散',
    'converged': '已收敛',
    'inseparable': '数据线性不可分',
    'non_finite': '损失变成了 NaN 或无穷大',
}
STEPS = {
    'stop early: custom_hooks = [dict(type="EarlyStoppingHook", monitor="loss")]': (
        '早停：custom_hooks = [dict(type="EarlyStoppingHook", monitor="loss")]'
    ),
    'more training data, or a smaller network (hidden_sizes, channels)': (
        '增加训练数据，或缩小网络（hidden_sizes、channels）'
    ),
    'dropout, or optim_wrapper.optimizer.weight_decay': (
        '使用暂退法（dropout），或权重衰减（optim_wrapper.optimizer.weight_decay）'
    ),
    'a larger network: more layers or units (hidden_sizes, channels)': (
        '扩大网络：增加层数或单元数（hidden_sizes、channels）'
    ),
    'a non-linear activation, if there is none': '如果没有非线性激活函数，就加上它',
    'more epochs, or another learning rate': '增加轮数，或换一个学习率',
    'use the test split once, at the end: tuning on it would make it a second validation split': (
        '测试集只在最后用一次：如果根据它来调参，它就成了第二个验证集'
    ),
}
"""What to try next, by `mmlesson.evaluation.diagnosis.TRY_NEXT`."""

_LAYERS = {
    'conv': '卷积层',
    'linear': '全连接层',
    'norm': '规范化层',
    'pool': '汇聚层',
    'global pool': '全局汇聚层',
    'dropout': '暂退层',
    'flatten': '展平层',
    'output layer': '输出层',
    'model': '模型',
    'Perceptron': '感知机',
}
_SIGNS = {'>=': '≥', '<=': '≤', '>': '>', '<': '<', '==': '='}
_EVIDENCE = re.compile(
    r'training loss (\S+), validation loss (\S+) '
    r'\((?:means of the last (\d+) validations; )?lowest: (\S+)\); '
    r'guessing among (\d+) classes gives (\S+)'
)


def chinese_metric(name: str) -> str:
    """Return the name of a metric; parts that are unknown, such as 'mIoU', are kept."""
    if name in _NAMES:
        return _NAMES[name]
    text = ''.join(_PARTS.get(part, f' {part} ') for part in name.split('/'))
    return ' '.join(text.split()) or name


def chinese_claim(claim: Claim) -> str:
    """Return a claim in words: '测试准确率 ≥ 98.5（各种子的平均）'."""
    wanted = '' if claim.value is None else chinese_value(claim.value)
    if claim.lesson is not None:
        offset = f' {claim.value:+g}' if claim.value else ''
        wanted = f'{claim.lesson} 的结果{offset}'
    about = f' ± {claim.tolerance:g}' if claim.tolerance else ''
    scope = {'each': '', 'mean': '（各种子的平均）'}.get(str(claim.over))
    if scope is None:
        scope = f'（{100 * float(claim.over):g} % 的种子）'
    return f'{chinese_metric(claim.metric)} {_SIGNS[claim.op]} {wanted}{about}{scope}'


def chinese_value(value: Any) -> str:
    """Return a value of a summary as a text."""
    if isinstance(value, bool):
        return '是' if value else '否'
    if value is None:
        return '无'
    return {**VERDICTS, **STOP_REASONS}.get(str(value)) or shown_value(value)


def chinese_observed(text: str) -> str:
    """Return what a claim has observed, as `ClaimResult` has it, in Chinese."""
    words = {'True': '是', 'False': '否', 'None': '无', **VERDICTS, **STOP_REASONS}
    own, against, other = text.partition(' against ')
    own, other = (words.get(part, part) for part in (own, other))
    return f'{own}，对照为 {other}' if against else own


def chinese_stop(stop: Mapping[str, Any]) -> str | None:
    """Return why a run stopped; None for a reason that is unknown."""
    reason = STOP_REASONS.get(stop['reason'])
    return reason and f'第 {stop["epoch"]} 轮：{reason}'


def chinese_evidence(evidence: str) -> str | None:
    """Return the evidence of `diagnose` in Chinese; None if it is another text."""
    found = _EVIDENCE.fullmatch(evidence)
    if not found:
        return None
    train, val, count, lowest, classes, guess = found.groups()
    means = f'最后 {count} 次验证的平均，' if count else ''
    return (
        f'训练损失 {train}，验证损失 {val}（{means}最低 {lowest}）；'
        f'在 {classes} 个类别中随机猜测的损失为 {guess}'
    )


def chinese_layer(name: str) -> str:
    """Return the name of a layer: '卷积层 2' for 'conv 2'; 'ReLU 1' is kept."""
    kind, _, number = name.partition(' ') if name not in _LAYERS else (name, '', '')
    if name.startswith('global pool'):
        kind, number = 'global pool', name.removeprefix('global pool').strip()
    return f'{_LAYERS.get(kind, kind)} {number}'.strip()
