"""MLP on MNIST: one hidden layer, softmax, cross-entropy.

Run:     python tools/train.py configs/mlp/mlp_mnist.py
"""

_base_ = [
    '../_base_/datasets/mnist.py',
    '../_base_/models/mlp.py',
    '../_base_/schedules/adam_cosine.py',
    '../_base_/default_runtime.py',
]

model = dict(backbone=dict(in_features=784, hidden_sizes=(256,), dropout=0.2))
optim_wrapper = dict(optimizer=dict(lr=0.001))
expect = [dict(metric='test/accuracy/top1', op='>=', value=95.5, over='mean')]
