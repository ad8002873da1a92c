"""Detection: each digit on a canvas is the peak of a heat map, with a size.

Run:     python tools/train.py configs/vision/detect_digits.py
Measured: 98.7 % test AP50 (mean; 98.0 to 99.1), 80.5 % AP, 8 epochs, seeds 0-2
"""

_base_ = [
    '../_base_/datasets/digit_canvas.py',
    '../_base_/models/feature_maps.py',
    '../_base_/schedules/adam_cosine_8.py',
    '../_base_/default_runtime.py',
]
model = dict(head=dict(type='CenterHead', num_classes=10))
val_evaluator = test_evaluator = [dict(type='BoxAP'), dict(type='LossMetric')]
default_hooks = dict(checkpoint=dict(save_best='detection/AP'))
custom_hooks = [dict(type='EarlyStoppingHook', monitor='detection/AP', patience=4)]
expect = [dict(metric='test/detection/AP50', op='>=', value=95)]
