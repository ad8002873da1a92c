"""Two hidden layers without activation on moons: still a linear classifier.

Run:     python tools/train.py configs/mlp/moons_identity.py
Measured: 82.5 % test accuracy (mean; 82.5 to 82.5), 100 epochs, seeds 0-4, 0.8 s
"""

_base_ = [
    '../_base_/datasets/moons.py',
    '../_base_/models/mlp_2d.py',
    '../_base_/schedules/adam.py',
    '../_base_/default_runtime.py',
]

model = dict(backbone=dict(hidden_sizes=(8, 8), activation='Identity'))
expect = [
    dict(metric='train/loss', op='==', lesson='mlp/moons_linear.py', tolerance=0.02),
]
