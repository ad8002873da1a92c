"""Text of the config that the page shows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from mmlesson.play.settings import DataSettings, NetworkSettings, Settings, TrainingSettings

POINTS_FILE = 'points.csv'
"""Name of the file of the visitor's points, which is downloaded with the config."""

LOADERS = """\
train_dataloader = dict(
    batch_size={batch_size},
    num_workers=0,
    sampler=dict(type='DefaultSampler', shuffle=True),
    collate_fn=dict(type='mmlesson.lesson_collate'),
    dataset=dict(split='train', **points),
)
val_dataloader = dict(
    batch_size=1000,
    num_workers=0,
    sampler=dict(type='DefaultSampler', shuffle=False),
    collate_fn=dict(type='mmlesson.lesson_collate'),
    dataset=dict(split='val', **points),
)
test_dataloader = dict(
    batch_size=1000,
    num_workers=0,
    sampler=dict(type='DefaultSampler', shuffle=False),
    collate_fn=dict(type='mmlesson.lesson_collate'),
    dataset=dict(split='test', **points),
)
val_evaluator = [dict(type='mmpretrain.Accuracy'), dict(type='LossMetric')]
test_evaluator = [dict(type='mmpretrain.Accuracy'), dict(type='LossMetric')]
"""

RUNTIME = """\
default_scope = 'mmlesson'
randomness = dict(seed={seed})
device = 'cpu'
test_after_train = True
default_hooks = dict(
    logger=dict(type='ProgressHook'),
    checkpoint=dict(type='LessonCheckpointHook', save_best='accuracy/top1'),
    visualization=dict(type='VisualizationHook'),
)
visualizer = dict(type='LessonVisualizer', vis_backends=[dict(type='LocalVisBackend')])
"""


def config_text(settings: Settings, points_file: str | Path = POINTS_FILE) -> str:
    """Return the config of the settings, complete and without base files.

    ``mmlesson train`` of the text gives the weights that the page gives.

    Args:
        settings: Settings of the page.
        points_file: File of the visitor's points, for `DataSettings.is_own`.
    """
    training = settings.training
    parts = [
        '"""A network from the playground.\n\nRun:     mmlesson train play.py\n"""\n',
        '\n'.join(_points(settings.data, points_file)),
        LOADERS.format(batch_size=training.batch_size),
        '\n'.join(_model(settings.network, settings.data)),
        '\n'.join(_schedule(training)),
        RUNTIME.format(seed=training.seed),
    ]
    return '\n'.join(parts)


def _points(data: DataSettings, points_file: str | Path) -> Iterator[str]:
    yield 'points = dict('
    yield f'    type={data.dataset!r},'
    if data.is_own:
        yield f'    path={str(points_file)!r},  # columns x, y and label'
        yield "    label='label',"
    else:
        yield f'    noise={data.noise!r},'
        yield f'    num_samples={data.num_samples},'
    train, val = data.train_percent, data.val_percent
    if (train, val) != (60, 20):
        yield f'    split_ratio=({train / 100!r}, {val / 100!r}, {(100 - train - val) / 100!r}),'
    yield ')'


def _model(network: NetworkSettings, data: DataSettings) -> Iterator[str]:
    yield 'model = dict('
    yield "    type='Classifier',"
    yield '    backbone=dict('
    yield "        type='MLP',"
    yield '        in_features=2,'
    yield f'        hidden_sizes={network.hidden_sizes!r},'
    yield f'        activation={network.activation!r},'
    if network.dropout:
        yield f'        dropout={network.dropout!r},'
    yield '    ),'
    loss = f"loss=dict(type='{network.loss}')"
    is_default = network.loss == 'CrossEntropyLoss'
    yield '    head=dict('
    yield "        type='ClassificationHead',"
    yield f'        num_classes={data.num_classes},'
    if not is_default:
        yield f'        {loss},'
    yield '    ),'
    yield ')'


def _schedule(training: TrainingSettings) -> Iterator[str]:
    arguments = [f"type='{training.optimizer}'", f'lr={training.lr!r}']
    if training.weight_decay or training.optimizer == 'AdamW':  # the default of AdamW is not 0
        arguments.append(f'weight_decay={training.weight_decay!r}')
    if training.optimizer in ('Adam', 'AdamW'):
        arguments.append('fused=True')
    yield f'optim_wrapper = dict(optimizer=dict({", ".join(arguments)}))'
    yield f'train_cfg = dict(by_epoch=True, max_epochs={training.max_epochs}, val_interval=1)'
    yield 'val_cfg = dict()'
    yield 'test_cfg = dict()'
    if training.patience:
        stopping = f"type='EarlyStoppingHook', monitor='loss', patience={training.patience}"
        yield f'custom_hooks = [dict({stopping})]'
