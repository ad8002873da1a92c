"""Faster R-CNN of MMDetection on the canvases of configs/vision/detect_digits.py.

Data:    mmlesson coco vision/detect_digits data/digits_coco
Run:     python tools/train.py tools/benchmarks/openmmlab/mmdet_digits.py
"""

_base_ = 'mmdet.py'

model = dict(
    backbone=dict(base_channels=16, stem_channels=16),
    neck=dict(in_channels=[16, 32, 64, 128]),
    rpn_head=dict(anchor_generator=dict(scales=[4])),  # 16 x 16 pixels; a digit has 13 x 20
    roi_head=dict(bbox_head=dict(fc_out_channels=256, num_classes=10)),
    test_cfg=dict(rcnn=dict(score_thr=0.01)),
)

train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations', with_bbox=True),
    dict(type='Resize', scale=(64, 64), keep_ratio=True),
    dict(type='PackDetInputs'),  # without RandomFlip: a mirrored digit is another sign
]
data_root = 'data/digits_coco/'
common = dict(
    data_root=data_root,
    data_prefix=dict(img=''),
    metainfo=dict(classes=tuple('0123456789')),
)
train_dataloader = dict(
    batch_size=16,
    dataset=dict(ann_file='annotations/train.json', pipeline=train_pipeline, **common),
)
val_dataloader = dict(batch_size=50, dataset=dict(ann_file='annotations/val.json', **common))
test_dataloader = dict(batch_size=50, dataset=dict(ann_file='annotations/test.json', **common))
val_evaluator = dict(ann_file=data_root + 'annotations/val.json')
test_evaluator = dict(ann_file=data_root + 'annotations/test.json')

max_epochs = 4  # of 125 iterations
optim_wrapper = dict(optimizer=dict(_delete_=True, type='Adam', lr=0.001))
param_scheduler = [
    dict(type='CosineAnnealingLR', T_max=max_epochs, by_epoch=True, convert_to_iter_based=True)
]
test_after_train = True
train_cfg = dict(max_epochs=max_epochs, val_interval=max_epochs)
