"""CNN on digits: local connections and shared weights see what a flat vector hides."""

_base_ = [
    '../_base_/datasets/digits.py',
    '../_base_/models/cnn.py',
    '../_base_/schedules/adam_cosine.py',
    '../_base_/default_runtime.py',
]
