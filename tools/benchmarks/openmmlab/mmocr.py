"""CRNN of MMOCR on images of short words."""

_base_ = 'mmocr::textrecog/crnn/crnn_mini-vgg_5e_toy.py'

custom_imports = dict(
    imports=[
        'mmlesson.compat',
        'mmocr.models',
        'mmocr.datasets',
        'mmocr.evaluation',
        'mmocr.engine',
        'mmocr.visualization',
    ]
)

words = dict(type='OCRDataset', data_root='data/openmmlab/')
train_dataloader = dict(
    num_workers=0,
    batch_size=2,
    dataset=dict(
        datasets=[
            dict(
                ann_file='words_train.json',
                data_prefix=dict(img_path='words/train/'),
                **words,
            )
        ]
    ),
)
val_dataloader = dict(
    num_workers=0,
    dataset=dict(
        datasets=[
            dict(
                ann_file='words_val.json',
                data_prefix=dict(img_path='words/val/'),
                test_mode=True,
                **words,
            )
        ]
    ),
)
test_dataloader = val_dataloader

train_cfg = dict(max_epochs=3, val_interval=1)
default_hooks = dict(checkpoint=dict(save_best='Toy/recog/char_recall'))
