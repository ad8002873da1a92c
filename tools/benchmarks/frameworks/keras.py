"""Keras on torch as its documentation shows it: Sequential, compile, fit."""

from __future__ import annotations

import os
from typing import Any

os.environ['KERAS_BACKEND'] = 'torch'

import keras
from keras import layers

from .task import BATCH_SIZE, LEARNING_RATE, Task


def _model(task: Task) -> Any:
    hidden = [layers.Dense(64, 'relu')]
    if task.name.startswith('CNN'):
        for width in (32, 16):
            conv = layers.Conv2D(width, 3, padding='same', use_bias=False)
            hidden[:0] = [conv, layers.BatchNormalization(), layers.ReLU(), layers.MaxPooling2D()]
        hidden = [*hidden[:-1], layers.Flatten(), hidden[-1], layers.Dropout(0.5)]
    else:
        hidden.insert(0, layers.Flatten())
    return keras.Sequential([keras.Input((8, 8, 1)), *hidden, layers.Dense(10)])


def train(task: Task) -> None:
    """Train."""
    model = _model(task)
    model.compile(
        optimizer=keras.optimizers.Adam(LEARNING_RATE),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=['accuracy'],
    )
    clock = keras.callbacks.LambdaCallback(on_epoch_begin=task.begin, on_epoch_end=task.end)
    images, labels = task.inputs.permute(0, 2, 3, 1).numpy(), task.labels.numpy()
    model.fit(images, labels, BATCH_SIZE, task.epochs, callbacks=[clock])
