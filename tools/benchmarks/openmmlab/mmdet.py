"""Faster R-CNN of MMDetection on rectangles."""

_base_ = 'mmdet::faster_rcnn/faster-rcnn_r50_fpn_1x_coco.py'

custom_imports = dict(
    imports=[
        'mmlesson.compat',
        'mmdet.models',
        'mmdet.datasets',
        'mmdet.evaluation',
        'mmdet.engine',
        'mmdet.visualization',
    ]
)

model = dict(
    backbone=dict(depth=18, frozen_stages=-1, norm_eval=False, init_cfg=None),
    neck=dict(in_channels=[64, 128, 256, 512], out_channels=64),
    rpn_head=dict(in_channels=64, feat_channels=64),
    roi_head=dict(
        bbox_roi_extractor=dict(out_channels=64),
        bbox_head=dict(in_channels=64, fc_out_channels=64, num_classes=2),
    ),
    train_cfg=dict(
        rpn=dict(sampler=dict(num=32)),
        rpn_proposal=dict(nms_pre=100, max_per_img=50),
        rcnn=dict(sampler=dict(num=32)),
    ),
    # Boxes of an untrained network count too.
    test_cfg=dict(rpn=dict(nms_pre=100, max_per_img=50), rcnn=dict(score_thr=0.0)),
)

train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations', with_bbox=True),
    dict(type='Resize', scale=(64, 64), keep_ratio=True),
    dict(type='RandomFlip', prob=0.5),
    dict(type='PackDetInputs'),
]
test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='Resize', scale=(64, 64), keep_ratio=True),
    dict(type='LoadAnnotations', with_bbox=True),
    dict(
        type='PackDetInputs',
        meta_keys=('img_id', 'img_path', 'ori_shape', 'img_shape', 'scale_factor'),
    ),
]
common = dict(data_root='data/openmmlab/', metainfo=dict(classes=('red', 'green')))
train_dataloader = dict(
    num_workers=0,
    dataset=dict(
        ann_file='train.json',
        data_prefix=dict(img='images/train/'),
        pipeline=train_pipeline,
        **common,
    ),
)
val_dataloader = dict(
    num_workers=0,
    dataset=dict(
        ann_file='val.json',
        data_prefix=dict(img='images/val/'),
        pipeline=test_pipeline,
        **common,
    ),
)
test_dataloader = val_dataloader
val_evaluator = dict(ann_file='data/openmmlab/val.json')
test_evaluator = val_evaluator

train_cfg = dict(max_epochs=3)
default_hooks = dict(checkpoint=dict(save_best='coco/bbox_mAP'))
