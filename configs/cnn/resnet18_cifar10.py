"""ResNet-18 on CIFAR-10: a backbone of mmpretrain needs one line.

Run:     python tools/train.py configs/cnn/resnet18_cifar10.py
"""

_base_ = [
    '../_base_/datasets/cifar10.py',
    '../_base_/schedules/adam_cosine.py',
    '../_base_/default_runtime.py',
]

augment = [dict(type='Shift', pixels=4), dict(type='Flip')]  # drawn for each image
model = dict(
    type='Classifier',
    data_preprocessor=dict(type='LessonPreprocessor', channels=3, augment=augment),
    backbone=dict(type='mmpretrain.ResNet_CIFAR', depth=18),
    head=dict(type='ClassificationHead', num_classes=10),
)
