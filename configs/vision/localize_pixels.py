"""Box loss in pixels: its errors are tens instead of tenths, and the class is hardly learned.

Run:     python tools/train.py configs/vision/localize_pixels.py
Measured: 29.2 % test class and box right (96.8 % with fractions), 8 epochs, seed 0
"""

_base_ = ['localize_digit.py']
model = dict(head=dict(box_unit='pixel'))
expect = [
    dict(metric='test/localization/accuracy', op='<=', value=-30, lesson='vision/localize_digit.py')
]
