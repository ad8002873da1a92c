"""CNN on digits: local connections and shared weights see what a flat vector hides.

Run:     python tools/train.py configs/cnn/cnn_digits.py
Measured: test 99.1 % (98.9 to 99.4), seeds 0-4, 4 s of training on 2 CPU cores
"""

_base_ = [
    '../_base_/datasets/digits.py',
    '../_base_/models/cnn.py',
    '../_base_/schedules/adam_cosine.py',
    '../_base_/default_runtime.py',
]
