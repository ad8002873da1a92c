"""Linear classifier: the class is the sign of w.x + b, and the boundary is a line.

Run:     python tools/train.py configs/perceptron/linear_blobs.py
Measured: 100.0 % test accuracy (mean; 100.0 to 100.0), 100 epochs, seeds 0-4, 0.6 s
"""

_base_ = [
    '../_base_/datasets/blobs.py',
    '../_base_/models/linear_2d.py',
    '../_base_/schedules/sgd.py',
    '../_base_/default_runtime.py',
]

expect = [dict(metric='test/accuracy/top1', op='==', value=100.0)]
