"""MLP on digits: one hidden layer, softmax, cross-entropy.

Run:     python tools/train.py configs/mlp/mlp_digits.py
Measured: test 97.3 % (96.6 to 97.8), seeds 0-4, 1 s of training on 2 CPU cores
"""

_base_ = [
    '../_base_/datasets/digits.py',
    '../_base_/models/mlp.py',
    '../_base_/schedules/adam_cosine.py',
    '../_base_/default_runtime.py',
]
