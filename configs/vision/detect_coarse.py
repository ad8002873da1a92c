"""A stride that is too coarse: in cells of 8 x 8 pixels, a digit has hardly a place of its own.

Run:     python tools/train.py configs/vision/detect_coarse.py
"""

_base_ = ['detect_digits.py']
model = dict(backbone=dict(channels=(16, 32, 64, 64)))
