"""Parts of mmpretrain inside our lessons, and ours inside mmpretrain's classifier."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from paths import ROOT, documentation
from PIL import Image

from mmlesson.apis.analysis.build import build_model, training_batch
from mmlesson.config.loaded import LoadedConfig
from mmlesson.errors import ArgumentError

pytestmark = pytest.mark.usefixtures('frozen_objects')

METRICS = [
    {'type': 'mmpretrain.Accuracy'},
    {'type': 'mmpretrain.SingleLabelMetric'},
    {'type': 'mmpretrain.ConfusionMatrix'},
    {'type': 'LossMetric'},
]


def folder_loader(folder: Path, train: bool, collate: str) -> dict:
    transforms = [
        {'type': 'LoadImageFromFile', 'color_type': 'grayscale'},
        {'type': 'mmpretrain.PackInputs'},
    ]
    return {
        'batch_size': 4,  # of 9 pictures: the last batch holds one
        'num_workers': 0,
        'sampler': {'type': 'DefaultSampler', 'shuffle': train},
        'collate_fn': {'type': collate},
        'dataset': {
            'type': 'mmpretrain.CustomDataset',
            'data_prefix': str(folder),
            'pipeline': transforms,
        },
    }


@pytest.fixture
def folders(tmp_path: Path) -> dict[str, Path]:
    rng = np.random.default_rng(0)
    for split in ('train', 'val', 'test'):
        for index in range(9):
            file = tmp_path / split / f'class_{index % 3}' / f'{index}.png'
            file.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(rng.integers(0, 255, (32, 32), dtype=np.uint8)).save(file)
    return {split: tmp_path / split for split in ('train', 'val', 'test')}


@pytest.fixture
def train_on_folders(train, folders):
    def run(model: dict, collate: str, metrics: list[dict], annotated: tuple = ()) -> dict:
        loaders = {
            f'{split}_dataloader': {
                '_delete_': True,
                **folder_loader(folder, split == 'train', collate),
            }
            for split, folder in folders.items()
        }
        for split in annotated:
            loaders[f'{split}_dataloader']['dataset']['ann_file'] = str(
                folders[split] / 'labels.txt'
            )
        return train(
            'cnn/cnn_digits.py',
            model={'_delete_': True, **model},
            val_evaluator=metrics,
            test_evaluator=metrics,
            train_cfg__max_epochs=1,
            **loaders,
        )

    return run


SMALL_RESNET = {
    'type': 'mmpretrain.ResNet_CIFAR',
    'depth': 18,
    'base_channels': 8,
    'stem_channels': 8,
}
RESNET = {
    'backbone': {**SMALL_RESNET, 'in_channels': 1},
    'neck': {'type': 'mmpretrain.GlobalAveragePooling'},
}
SMOOTH = {'type': 'mmpretrain.LabelSmoothLoss', 'label_smooth_val': 0.1, 'mode': 'original'}
INSIDE_OURS = {
    'LeNet5': {'backbone': {'type': 'mmpretrain.LeNet5', 'num_classes': 3}},
    'ResNet with our head': {
        **RESNET,
        'head': {
            'type': 'ClassificationHead',
            'num_classes': 3,
            'in_features': 64,
            'loss': SMOOTH,
        },
    },
    'ResNet alone, standardised and augmented': {
        'data_preprocessor': {
            'type': 'LessonPreprocessor',
            'channels': 'auto',
            'augment': [{'type': 'Flip'}],
        },
        'backbone': SMALL_RESNET,
        'head': {'type': 'ClassificationHead', 'num_classes': 3},
    },
    'ResNet with its preprocessor and head, mixed': {
        'data_preprocessor': {
            'type': 'mmpretrain.ClsDataPreprocessor',
            'mean': [127.0],
            'std': [64.0],
            'num_classes': 3,
            'batch_augments': {'augments': [{'type': 'Mixup', 'alpha': 0.8}]},
        },
        'backbone': SMALL_RESNET,
        'head': {'type': 'mmpretrain.LinearClsHead', 'num_classes': 3},
    },
    'ResNet with its head': {
        **RESNET,
        'head': {'type': 'mmpretrain.LinearClsHead', 'num_classes': 3, 'in_channels': 64},
    },
}


@pytest.mark.parametrize('parts', INSIDE_OURS.values(), ids=INSIDE_OURS)
def test_parts_of_mmpretrain_train_inside_our_classifier(train_on_folders, parts):
    summary = train_on_folders({'type': 'Classifier', **parts}, 'mmlesson.lesson_collate', METRICS)
    assert summary['iterations'] == 3
    assert {'accuracy/top1', 'single-label/f1-score', 'loss'} <= summary['test'].keys()
    matrix = np.array(summary['test']['confusion_matrix/result'])
    assert matrix.sum() == 9
    assert 100 * np.trace(matrix) / 9 == pytest.approx(summary['test']['accuracy/top1'])


@pytest.mark.parametrize(
    'backbone',
    [
        {'type': 'mmlesson.CNN', 'image_size': (32, 32)},
        {'type': 'mmlesson.MLP', 'in_features': 1024},
    ],
    ids=['CNN', 'MLP'],
)
def test_our_backbones_train_inside_their_classifier(train_on_folders, backbone):
    model = {
        'type': 'mmpretrain.ImageClassifier',
        'backbone': backbone,
        'head': {'type': 'LinearClsHead', 'num_classes': 3, 'in_channels': 64},
        'data_preprocessor': {'num_classes': 3, 'mean': [127.0], 'std': [64.0]},
    }
    summary = train_on_folders(model, 'default_collate', METRICS[:1])
    assert summary['iterations'] == 3
    assert json.dumps(summary['test']['accuracy/top1'])


@pytest.mark.parametrize('split', ['train', 'val'])
@pytest.mark.parametrize('label', [-1, 3])
def test_label_that_is_no_class_of_their_classifier_is_refused(
    train_on_folders, folders, split, label
):
    files = sorted(str(file.relative_to(folders[split])) for file in folders[split].rglob('*.png'))
    lines = [f'{file} {label if at == 4 else 0}\n' for at, file in enumerate(files)]
    (folders[split] / 'labels.txt').write_text(''.join(lines))
    model = {
        'type': 'mmpretrain.ImageClassifier',
        'backbone': {'type': 'mmlesson.MLP', 'in_features': 1024},
        'head': {'type': 'LinearClsHead', 'num_classes': 3, 'in_channels': 64},
        'data_preprocessor': {'num_classes': 3, 'mean': [127.0], 'std': [64.0]},
    }
    with pytest.raises(ArgumentError, match='CustomDataset: sample 4 ') as refused:
        train_on_folders(model, 'default_collate', METRICS[:1], (split,))
    assert f'{files[4]}) must have an integer label in [0, 3), got {label}.' in str(refused.value)


@pytest.mark.parametrize('readme', ['README.md', 'README_zh-CN.md'])
def test_example_of_the_readme_is_a_valid_config_that_learns(readme, tmp_path):
    text = documentation(readme)
    (code,) = [
        block
        for block in re.findall(r'```python\n(.*?)```', text, re.DOTALL)
        if 'ResNet_CIFAR' in block
    ]
    assert len(code.splitlines()) <= 3
    file = tmp_path / 'resnet.py'
    file.write_text(code.replace("'configs/", f"'{ROOT}/configs/"))
    loaded = LoadedConfig.open(file)
    loaded.require_valid()
    model = build_model(loaded.config)
    batch = training_batch(loaded.config, model, 4)
    model(**batch, mode='loss')['loss'].backward()
    assert float(model.head.linear.weight.grad.abs().sum()) > 0
