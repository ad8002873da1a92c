"""60,000 colour photos of ten kinds of things, (3, 32, 32), RGB; 45,000 for training."""

_base_ = ['mnist.py']

train_dataloader = dict(batch_size=128, dataset=dict(type='CIFAR10'))
val_dataloader = dict(dataset=dict(type='CIFAR10'))
test_dataloader = dict(dataset=dict(type='CIFAR10'))
