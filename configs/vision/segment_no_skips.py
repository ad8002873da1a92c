"""A decoder without skip connections: the classes are found, the outlines are not.

Run:     python tools/train.py configs/vision/segment_no_skips.py
"""

_base_ = ['segment_digits.py']
model = dict(head=dict(skips=False))
