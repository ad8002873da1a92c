"""MLP on two interleaved moons: a bent boundary from a few bent units."""

_base_ = [
    '../_base_/datasets/moons.py',
    '../_base_/models/mlp_2d.py',
    '../_base_/schedules/adam.py',
    '../_base_/default_runtime.py',
]
