"""MLP on XOR: one hidden layer separates what no line can.

Run:     python tools/train.py configs/mlp/mlp_xor.py
Measured: 100.0 % test accuracy (mean; 100.0 to 100.0), 100 epochs, seeds 0-4, 0.7 s
"""

_base_ = [
    '../_base_/datasets/xor.py',
    '../_base_/models/mlp_2d.py',
    '../_base_/schedules/adam.py',
    '../_base_/default_runtime.py',
]

expect = [dict(metric='test/accuracy/top1', op='==', value=100.0)]
default_hooks = dict(visualization=dict(films=['decision_regions', 'hidden_space'], max_frames=30))
