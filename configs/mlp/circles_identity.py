"""Two hidden layers without activation on circles: still a linear classifier.

Run:     python tools/train.py configs/mlp/circles_identity.py
Measured: 42.2 % test accuracy (mean; 37.5 to 47.5), 100 epochs, seeds 0-4, 0.7 s
"""

_base_ = [
    '../_base_/datasets/circles.py',
    '../_base_/models/mlp_2d.py',
    '../_base_/schedules/adam.py',
    '../_base_/default_runtime.py',
]

model = dict(backbone=dict(hidden_sizes=(8, 8), activation='Identity'))
expect = [
    dict(metric='train/loss', op='==', lesson='mlp/circles_linear.py', tolerance=0.02),
]
