"""70,000 photos of clothes, 28 x 28 grey pixels, in the format of MNIST; 50,000 for training."""

_base_ = ['mnist.py']

train_dataloader = dict(dataset=dict(type='FashionMNIST'))
val_dataloader = dict(dataset=dict(type='FashionMNIST'))
test_dataloader = dict(dataset=dict(type='FashionMNIST'))
