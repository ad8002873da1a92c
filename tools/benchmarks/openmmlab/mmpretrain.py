"""ResNet of MMPretrain on folders of rectangles, a folder per class."""

_base_ = 'mmpretrain::resnet/resnet18_8xb16_cifar10.py'

custom_imports = dict(
    imports=[
        'mmpretrain.models',
        'mmpretrain.datasets',
        'mmpretrain.evaluation',
        'mmpretrain.engine',
        'mmpretrain.visualization',
    ]
)

model = dict(head=dict(num_classes=2, topk=(1,)))
data_preprocessor = dict(num_classes=2)

train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='RandomCrop', crop_size=32, padding=4),
    dict(type='RandomFlip', prob=0.5, direction='horizontal'),
    dict(type='PackInputs'),
]
test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='Resize', scale=32),
    dict(type='PackInputs'),
]
folders = dict(_delete_=True, type='CustomDataset', classes=('red', 'green'))
train_dataloader = dict(
    num_workers=0,
    batch_size=2,
    dataset=dict(data_prefix='data/openmmlab/folders/train', pipeline=train_pipeline, **folders),
)
val_dataloader = dict(
    num_workers=0,
    batch_size=2,
    dataset=dict(data_prefix='data/openmmlab/folders/val', pipeline=test_pipeline, **folders),
)
test_dataloader = val_dataloader
val_evaluator = dict(topk=(1,))
test_evaluator = val_evaluator

train_cfg = dict(max_epochs=3)
default_hooks = dict(checkpoint=dict(save_best='accuracy/top1'))
