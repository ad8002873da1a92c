"""Gradient descent on one sample at a time: the most steps, and the most noise.

Run:     python tools/train.py configs/perceptron/descent_single.py
Measured: 83.8 % test accuracy (mean; 83.8 to 83.8), 100 epochs, seeds 0-4, 8.0 s
"""

_base_ = [
    '../_base_/datasets/moons.py',
    '../_base_/models/linear_2d.py',
    '../_base_/schedules/sgd.py',
    '../_base_/default_runtime.py',
]

model = dict(head=dict(bias=False, init='zeros'))
optim_wrapper = dict(optimizer=dict(lr=0.01))
train_dataloader = dict(batch_size=1)
expect = [dict(metric='train/loss', op='<=', value=0.36)]
