"""MLP on MNIST: one hidden layer, softmax, cross-entropy.

Run:     python tools/train.py configs/mlp/mlp_mnist.py
Measured: 96.2 % test accuracy (mean; 95.7 to 96.7), 10 epochs, seeds 0-4, on 10,000 images only
          (8,000 for training, 1,000 for validation, 1,000 for the test)
"""

_base_ = [
    '../_base_/datasets/mnist.py',
    '../_base_/models/mlp.py',
    '../_base_/schedules/adam_cosine.py',
    '../_base_/default_runtime.py',
]

model = dict(backbone=dict(in_features=784, hidden_sizes=(256,), dropout=0.5))
train_cfg = dict(max_epochs=10)
param_scheduler = dict(T_max=10)
expect = [dict(metric='test/accuracy/top1', op='>=', value=95.5, over='mean')]
