"""Stock mmpretrain: images from files, ImageClassifier, the Runner and hooks of mmengine."""

from __future__ import annotations

import os
import tempfile

import mmcv
import torch
from mmengine.config import Config
from mmengine.model import BaseModule
from mmengine.runner import Runner
from mmpretrain.registry import MODELS
from mmpretrain.utils import register_all_modules

from .clock_hook import ClockHook
from .task import BATCH_SIZE, LEARNING_RATE, Task, make_model

register_all_modules(init_default_scope=False)


@MODELS.register_module(force=True)
class BenchmarkBackbone(BaseModule):
    """The network of a task, whose logits a `ClsHead` takes as they are."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.model = make_model(name)

    def forward(self, inputs: torch.Tensor) -> tuple[torch.Tensor]:
        """Return the logits."""
        return (self.model(inputs[:, :1]),)


def _images(task: Task) -> str:
    """Write the images as PNG into a folder of each class, unless they are there."""
    root = os.path.join(task.folder, 'images')
    if not os.path.isdir(root):
        low, high = task.inputs.min(), task.inputs.max()
        pixels = ((task.inputs - low) / (high - low) * 255).byte().squeeze(1).numpy()
        for place, (image, label) in enumerate(zip(pixels, task.labels.tolist(), strict=True)):
            mmcv.imwrite(image, f'{root}/{label}/{place}.png')
    return root


def train(task: Task) -> None:
    """Train."""
    dataset = {
        'type': 'CustomDataset',
        'data_root': _images(task),
        'pipeline': [{'type': 'LoadImageFromFile'}, {'type': 'PackInputs'}],
    }
    config = Config(
        {
            'default_scope': 'mmpretrain',
            'work_dir': tempfile.mkdtemp(dir=task.folder),
            'model': {
                'type': 'ImageClassifier',
                'backbone': {'type': 'BenchmarkBackbone', 'name': task.name},
                'head': {'type': 'ClsHead', 'cal_acc': True},
                'data_preprocessor': {
                    'num_classes': 10,
                    'mean': [73.0] * 3,
                    'std': [90.0] * 3,
                    'to_rgb': True,
                },
            },
            'train_dataloader': {
                'batch_size': BATCH_SIZE,
                'num_workers': 0,
                'sampler': {'type': 'DefaultSampler', 'shuffle': True},
                'dataset': dataset,
            },
            'optim_wrapper': {'optimizer': {'type': 'Adam', 'lr': LEARNING_RATE}},
            'train_cfg': {'by_epoch': True, 'max_epochs': task.epochs},
        }
    )
    runner = Runner.from_cfg(config)
    runner.register_hook(ClockHook(task))
    runner.train()
