"""Detection without peaks: the neighbours of a centre are objects too, and each is a duplicate.

Run:     python tools/train.py configs/vision/detect_no_peaks.py
"""

_base_ = ['detect_digits.py']
model = dict(head=dict(peaks=False))
