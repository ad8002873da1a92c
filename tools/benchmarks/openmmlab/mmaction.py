"""TSN of MMAction2 on folders of frames."""

_base_ = 'mmaction::recognition/tsn/tsn_imagenet-pretrained-r50_8xb32-1x1x3-100e_kinetics400-rgb.py'

custom_imports = dict(
    imports=[
        'mmlesson.compat',
        'mmaction.models',
        'mmaction.datasets',
        'mmaction.evaluation',
        'mmaction.engine',
        'mmaction.visualization',
    ]
)

model = dict(
    backbone=dict(depth=18, pretrained=None),
    cls_head=dict(in_channels=512, num_classes=2),
)

train_pipeline = [
    dict(type='SampleFrames', clip_len=1, frame_interval=1, num_clips=3),
    dict(type='RawFrameDecode'),
    dict(type='Resize', scale=(32, 32), keep_ratio=False),
    dict(type='Flip', flip_ratio=0.5),
    dict(type='FormatShape', input_format='NCHW'),
    dict(type='PackActionInputs'),
]
val_pipeline = [
    dict(type='SampleFrames', clip_len=1, frame_interval=1, num_clips=3, test_mode=True),
    dict(type='RawFrameDecode'),
    dict(type='Resize', scale=(32, 32), keep_ratio=False),
    dict(type='FormatShape', input_format='NCHW'),
    dict(type='PackActionInputs'),
]
train_dataloader = dict(
    num_workers=0,
    batch_size=2,
    dataset=dict(
        type='RawframeDataset',
        ann_file='data/openmmlab/train_frames.txt',
        data_prefix=dict(_delete_=True, img='data/openmmlab/frames/train'),
        pipeline=train_pipeline,
    ),
)
val_dataloader = dict(
    num_workers=0,
    batch_size=2,
    dataset=dict(
        type='RawframeDataset',
        ann_file='data/openmmlab/val_frames.txt',
        data_prefix=dict(_delete_=True, img='data/openmmlab/frames/val'),
        pipeline=val_pipeline,
    ),
)
test_dataloader = val_dataloader
val_evaluator = dict(metric_options=dict(top_k_accuracy=dict(topk=(1,))))
test_evaluator = val_evaluator

train_cfg = dict(max_epochs=3)
default_hooks = dict(checkpoint=dict(interval=1, save_best='acc/top1'))
