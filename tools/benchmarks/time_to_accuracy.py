"""Time training until the validation accuracy of a convolutional network reaches a goal.

Example:
    python tools/benchmarks/time_to_accuracy.py
    python tools/benchmarks/time_to_accuracy.py --config configs/cnn/cnn_mnist.py --goal 98.5

Every framework trains the same network with Adam, batches of 64 and a learning rate that falls
along a cosine, validates after each epoch and stops at the goal. The time is from the data in
memory to the stop: imports are not counted, building, validation and checkpoints are. mmlesson runs
the lesson as it is, without figures. A support vector machine of scikit-learn, which is no network,
is the reference that needs no epochs. Each seed trains all frameworks in turn.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from mmlesson.utils.cli import ToolParser

BATCH_SIZE = 64


@dataclass
class Work:
    """What is trained, and until when.

    Args:
        config: Config of the lesson.
        train: Standardised images and labels for training.
        val: The same for validation.
        epochs: Most epochs.
        goal: Validation accuracy in percent.
        folder: Folder for the files that a framework writes.
    """

    config: Any
    train: tuple[Any, Any]
    val: tuple[Any, Any]
    epochs: int
    goal: float
    folder: str

    def make_model(self) -> Any:
        """Return the network of the lesson, from images to logits."""
        from torch import nn

        backbone = self.config.model.backbone
        size, kernel = backbone.image_size[0], backbone.get('kernel_size', 3)
        layers: list[Any] = []
        for inner, outer in ((1, 16), (16, 32)):
            layers.append(nn.Conv2d(inner, outer, kernel, padding=kernel // 2, bias=False))
            layers += [nn.BatchNorm2d(outer), nn.ReLU(), nn.MaxPool2d(2)]
        width = backbone.hidden_sizes[0]
        features = 32 * (size // 4) ** 2
        dense = [nn.Linear(features, width), nn.ReLU(), nn.Dropout(0.5), nn.Linear(width, 10)]
        return nn.Sequential(*layers, nn.Flatten(), *dense)

    def optimizers(self, model: Any, per_step: bool) -> tuple[Any, Any]:
        """Return Adam and the cosine, which is stepped after each epoch or each step."""
        import torch

        optimizer = torch.optim.Adam(
            model.parameters(), lr=self.config.optim_wrapper.optimizer.lr, fused=True
        )
        steps = self.epochs * (-(-len(self.train[1]) // BATCH_SIZE) if per_step else 1)
        return optimizer, torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)


def by_hand(work: Work) -> tuple[int, float]:
    """Train by the loop that everybody writes; return the epochs and the accuracy."""
    import torch
    import torch.nn.functional as F

    model = work.make_model()
    optimizer, cosine = work.optimizers(model, per_step=False)
    images, labels = work.train
    accuracy = 0.0
    for epoch in range(1, work.epochs + 1):
        model.train()
        for chosen in torch.randperm(len(labels)).split(BATCH_SIZE):
            loss = F.cross_entropy(model(images[chosen]), labels[chosen])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        cosine.step()
        model.eval()
        with torch.no_grad():
            accuracy = 100 * float((model(work.val[0]).argmax(1) == work.val[1]).float().mean())
        if accuracy >= work.goal:
            return epoch, accuracy
    return work.epochs, accuracy


def by_mmlesson(work: Work) -> tuple[int, float]:
    """Train the lesson with the goal as the threshold of early stopping."""
    from copy import deepcopy

    import torch

    from mmlesson.engine.build import build_runner

    config = deepcopy(work.config)
    goal = {'type': 'EarlyStoppingHook', 'monitor': 'accuracy/top1', 'patience': work.epochs}
    config.merge_from_dict(
        {
            'test_after_train': False,
            'default_hooks.visualization': None,
            'device': 'cpu',
            'randomness.seed': torch.initial_seed(),
            'work_dir': tempfile.mkdtemp(dir=work.folder),
        }
    )
    config.custom_hooks = [{**goal, 'stopping_threshold': work.goal}]
    runner: Any = build_runner(config)
    runner.train()
    return runner.epoch, runner.status.val_metrics['accuracy/top1']


def by_lightning(work: Work) -> tuple[int, float]:
    """Train a module of Lightning with its own early stopping."""
    import lightning
    import torch.nn.functional as F
    from lightning.pytorch.callbacks import EarlyStopping
    from torch.utils.data import DataLoader, TensorDataset

    class Module(lightning.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.model = work.make_model()

        def training_step(self, batch: Any, _: int) -> Any:
            return F.cross_entropy(self.model(batch[0]), batch[1])

        def validation_step(self, batch: Any, _: int) -> None:
            right = (self.model(batch[0]).argmax(1) == batch[1]).float().mean()
            self.log('accuracy', 100 * right)

        def configure_optimizers(self) -> Any:
            optimizer, cosine = work.optimizers(self.model, per_step=False)
            return [optimizer], [cosine]

    goal = EarlyStopping(
        'accuracy', mode='max', patience=work.epochs, stopping_threshold=work.goal - 1e-6
    )
    trainer = lightning.Trainer(
        accelerator='cpu',
        max_epochs=work.epochs,
        default_root_dir=work.folder,
        callbacks=[goal],
        num_sanity_val_steps=0,
    )
    loaders = (
        DataLoader(TensorDataset(*work.train), BATCH_SIZE, shuffle=True),
        DataLoader(TensorDataset(*work.val), len(work.val[1])),
    )
    trainer.fit(Module(), *loaders)
    return trainer.current_epoch, float(trainer.callback_metrics['accuracy'])


def by_keras(work: Work) -> tuple[int, float]:
    """Train a sequential model of Keras on torch with a callback that stops it."""
    import os

    os.environ['KERAS_BACKEND'] = 'torch'
    import keras
    import torch
    from keras import layers

    backbone = work.config.model.backbone
    hidden: list[Any] = []
    for width in (16, 32):
        conv = layers.Conv2D(width, backbone.get('kernel_size', 3), padding='same', use_bias=False)
        hidden += [conv, layers.BatchNormalization(), layers.ReLU(), layers.MaxPooling2D()]
    dense = [layers.Dense(backbone.hidden_sizes[0], 'relu'), layers.Dropout(0.5)]
    model = keras.Sequential(
        [
            keras.Input((*backbone.image_size, 1)),
            *hidden,
            layers.Flatten(),
            *dense,
            layers.Dense(10),
        ]
    )

    class Goal(keras.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            if 100 * logs['val_accuracy'] >= work.goal - 1e-6:
                self.model.stop_training = True

    keras.utils.set_random_seed(torch.initial_seed())
    steps = work.epochs * -(-len(work.train[1]) // BATCH_SIZE)
    rate = keras.optimizers.schedules.CosineDecay(work.config.optim_wrapper.optimizer.lr, steps)
    model.compile(
        optimizer=keras.optimizers.Adam(rate),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=['accuracy'],
    )
    (images, labels), (val_images, val_labels) = (
        (part[0].permute(0, 2, 3, 1).numpy(), part[1].numpy()) for part in (work.train, work.val)
    )
    history = model.fit(
        images,
        labels,
        BATCH_SIZE,
        work.epochs,
        validation_data=(val_images, val_labels),
        validation_batch_size=len(val_labels),
        callbacks=[Goal()],
    ).history['val_accuracy']
    return len(history), 100 * history[-1]


def by_svm(work: Work) -> tuple[int, float]:
    """Fit a support vector machine with a Gaussian kernel."""
    from sklearn.svm import SVC

    images, labels = (part.flatten(1).numpy() for part in (work.train[0], work.val[0]))
    machine = SVC(C=10).fit(images, work.train[1].numpy())
    return 0, 100 * float(machine.score(labels, work.val[1].numpy()))


METHODS: dict[str, Callable[[Work], tuple[int, float]]] = {
    'by hand': by_hand,
    'mmlesson': by_mmlesson,
    'lightning': by_lightning,
    'keras': by_keras,
    'scikit-learn SVC': by_svm,
}


def measure(work: Work, seeds: int) -> Iterator[tuple[str, list[tuple[float, int, float]]]]:
    """Yield the seconds, epochs and accuracy of each seed for each method."""
    import warnings

    import torch
    from compare_frameworks import no_output

    results: dict[str, list[tuple[float, int, float]]] = {name: [] for name in METHODS}
    for seed in range(-1, seeds):  # the first round warms up and imports
        for name, train in METHODS.items():
            torch.manual_seed(max(seed, 0))
            with no_output(), warnings.catch_warnings():
                warnings.simplefilter('ignore')
                began = time.perf_counter()
                epochs, accuracy = train(work)
                seconds = time.perf_counter() - began
            if seed >= 0:
                results[name].append((seconds, epochs, accuracy))
    yield from results.items()


def load_work(args: argparse.Namespace, folder: str) -> Work:
    """Return the lesson with its data, standardised by the mean and deviation of all pixels."""
    from mmengine.registry import init_default_scope

    from mmlesson.config import LoadedConfig, parse_options
    from mmlesson.registry import DATASETS

    options = parse_options(args.cfg_options)
    config = LoadedConfig.open(args.config, options).require_valid().config
    init_default_scope('mmlesson')
    parts = []
    for split in ('train', 'val'):
        dataset = DATASETS.build(config[f'{split}_dataloader'].dataset)
        batch = dataset.__getitems__(list(range(len(dataset))))
        parts.append((batch['inputs'].float(), batch['labels']))
    mean, deviation = parts[0][0].mean(), parts[0][0].std()
    train, val = (((images - mean) / deviation, labels) for images, labels in parts)
    return Work(config, train, val, config.train_cfg.max_epochs, args.goal, folder)


def parse_args() -> argparse.Namespace:
    """Return the command line, parsed."""
    parser = ToolParser(__doc__)
    parser.add_argument('--config', default='configs/cnn/cnn_digits.py', help='lesson of a CNN')
    parser.add_argument('--goal', type=float, default=98.5, help='percent (default: 98.5)')
    parser.add_argument('--seeds', type=int, default=5, help='trainings of each (default: 5)')
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action='extend',
        metavar='KEY=VALUE',
        help='override any key of the config',
    )
    return parser.parse_args()


def main() -> None:
    """Print a table: medians over the seeds, and how many of them reached the goal."""
    args = parse_args()
    from mmlesson.errors import check_int, check_number
    from mmlesson.utils.text_table import format_table

    check_int('time_to_accuracy', '--seeds', args.seeds)
    check_number('time_to_accuracy', '--goal', args.goal, minimum=0, maximum=100)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for name, runs in measure(load_work(args, folder), args.seeds):
            seconds, epochs, scores = zip(*runs, strict=True)
            reached = sum(score >= args.goal - 1e-6 for score in scores)
            rows.append(
                [
                    name,
                    f'{statistics.median(seconds):.2f}',
                    f'{statistics.median(epochs):g}',
                    f'{statistics.median(scores):.1f}',
                    f'{reached} of {len(runs)}',
                ]
            )
    heads = ['', 'seconds', 'epochs', 'accuracy %', 'reached']
    print(format_table(heads, rows, left=1))


if __name__ == '__main__':
    from mmlesson.utils.cli import run_command

    sys.exit(run_command(main))
