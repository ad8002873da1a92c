"""U-Net of mmsegmentation on rectangles."""

_base_ = 'mmseg::unet/unet-s5-d16_fcn_4xb4-160k_cityscapes-512x1024.py'

custom_imports = dict(
    imports=[
        'mmlesson.compat',
        'mmseg.models',
        'mmseg.datasets',
        'mmseg.evaluation',
        'mmseg.engine',
        'mmseg.visualization',
    ]
)

model = dict(
    pretrained=None,
    data_preprocessor=dict(size=(64, 64)),
    backbone=dict(base_channels=8),
    decode_head=dict(in_channels=8, channels=8, num_classes=3),
    auxiliary_head=dict(in_channels=16, channels=8, num_classes=3),
    test_cfg=dict(_delete_=True, mode='whole'),
)

common = dict(
    _delete_=True,
    type='BaseSegDataset',
    data_root='data/openmmlab',
    metainfo=dict(
        classes=('ground', 'red', 'green'), palette=[[0, 0, 0], [255, 0, 0], [0, 255, 0]]
    ),
    img_suffix='.png',
    seg_map_suffix='.png',
    reduce_zero_label=False,
)
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations'),
    dict(type='RandomFlip', prob=0.5),
    dict(type='PackSegInputs'),
]
test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations'),
    dict(type='PackSegInputs'),
]
train_dataloader = dict(
    num_workers=0,
    batch_size=2,
    dataset=dict(
        data_prefix=dict(img_path='images/train', seg_map_path='masks/train'),
        pipeline=train_pipeline,
        **common,
    ),
)
val_dataloader = dict(
    num_workers=0,
    dataset=dict(
        data_prefix=dict(img_path='images/val', seg_map_path='masks/val'),
        pipeline=test_pipeline,
        **common,
    ),
)
test_dataloader = val_dataloader

train_cfg = dict(max_iters=12, val_interval=4)
default_hooks = dict(checkpoint=dict(interval=4, save_best='mIoU'))
