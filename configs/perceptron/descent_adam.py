"""Adam: momentum, and a step size for each weight (Kingma and Ba 2015, arXiv:1412.6980).

Run:     python tools/train.py configs/perceptron/descent_adam.py
Measured: 83.8 % test accuracy (mean; 83.8 to 83.8), 100 epochs, seeds 0-4, 0.7 s
"""

_base_ = [
    '../_base_/datasets/moons.py',
    '../_base_/models/linear_2d.py',
    '../_base_/schedules/sgd.py',
    '../_base_/default_runtime.py',
]

model = dict(head=dict(bias=False, init='zeros'))
optim_wrapper = dict(optimizer=dict(_delete_=True, type='Adam', lr=0.05))
expect = [dict(metric='train/loss', op='<=', value=0.36)]
