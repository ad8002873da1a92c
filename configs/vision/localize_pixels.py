"""Box loss in pixels: its errors are tens instead of tenths, and the class is hardly learned.

Run:     python tools/train.py configs/vision/localize_pixels.py
Measured: 27.9 % test class and box right (mean; 24.8 to 29.8; 96.3 % with fractions), seeds 0-2
"""

_base_ = ['localize_digit.py']
model = dict(head=dict(box_unit='pixel'))
expect = [
    dict(metric='test/localization/accuracy', op='<=', value=-30, lesson='vision/localize_digit.py')
]
