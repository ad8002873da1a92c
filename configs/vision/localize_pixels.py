"""Box loss in pixels: its errors are tens instead of tenths, and the class is hardly learned.

Run:     python tools/train.py configs/vision/localize_pixels.py
"""

_base_ = ['localize_digit.py']
model = dict(head=dict(box_unit='pixel'))
