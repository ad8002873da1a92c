"""CNN on CIFAR-10: colour photos need more filters and a third stage.

Run:     python tools/train.py configs/cnn/cnn_cifar10.py
"""

_base_ = [
    '../_base_/datasets/cifar10.py',
    '../_base_/models/cnn.py',
    '../_base_/schedules/adam_cosine.py',
    '../_base_/default_runtime.py',
]

model = dict(
    data_preprocessor=dict(channels=3),
    backbone=dict(in_channels=3, image_size=(32, 32), channels=(32, 64, 128), hidden_sizes=(128,)),
)
