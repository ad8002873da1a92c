"""U-Net of mmsegmentation on the canvases of configs/vision/segment_digits.py.

Data:    mmlesson coco vision/segment_digits data/digits_coco
Run:     python tools/train.py tools/benchmarks/openmmlab/mmseg_digits.py
"""

_base_ = 'mmseg.py'

# mmseg starts the last convolution with a standard deviation of 0.01, so small that the ten digits
# have nearly the same logits: training then finds the digits, but not which is which.
head = dict(
    channels=16,
    dropout_ratio=0,
    num_classes=11,
    init_cfg=dict(type='Normal', std=0.2, override=dict(name='conv_seg')),
)
model = dict(
    data_preprocessor=dict(size=(48, 48), mean=[13] * 3, std=[45] * 3),  # of the canvases
    backbone=dict(base_channels=16),
    decode_head=dict(in_channels=16, **head),
    auxiliary_head=dict(in_channels=32, **head),
)

names = ('background', *'0123456789')
common = dict(
    data_root='data/digits_coco',
    metainfo=dict(classes=names, palette=[[25 * i, 25 * i, 25 * i] for i in range(11)]),
)
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations'),
    dict(type='PackSegInputs'),  # without RandomFlip: a mirrored digit is another sign
]
train_dataloader = dict(
    batch_size=16,
    dataset=dict(
        data_prefix=dict(img_path='img_dir/train', seg_map_path='ann_dir/train'),
        pipeline=train_pipeline,
        **common,
    ),
)
val_dataloader = dict(
    batch_size=50,
    dataset=dict(data_prefix=dict(img_path='img_dir/val', seg_map_path='ann_dir/val'), **common),
)
test_dataloader = dict(
    batch_size=50,
    dataset=dict(data_prefix=dict(img_path='img_dir/test', seg_map_path='ann_dir/test'), **common),
)

max_iters = 1000  # 8 epochs
optim_wrapper = dict(optimizer=dict(_delete_=True, type='Adam', lr=0.003))
param_scheduler = [dict(type='CosineAnnealingLR', T_max=max_iters, by_epoch=False)]
test_after_train = True
train_cfg = dict(max_iters=max_iters, val_interval=250)
default_hooks = dict(checkpoint=dict(interval=250))
