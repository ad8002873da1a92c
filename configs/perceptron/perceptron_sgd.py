"""The perceptron rule is SGD on the perceptron loss, with one sample per step.

Run:     python tools/train.py configs/perceptron/perceptron_sgd.py
Measured: 100.0 % test accuracy (mean; 100.0 to 100.0), 2 epochs, seeds 0-4, 0.3 s
"""

_base_ = [
    '../_base_/datasets/blobs.py',
    '../_base_/models/linear_2d.py',
    '../_base_/schedules/sgd.py',
    '../_base_/default_runtime.py',
]

model = dict(head=dict(init='zeros', loss=dict(type='PerceptronLoss')))
train_dataloader = dict(batch_size=1)
optim_wrapper = dict(optimizer=dict(lr=1.0))
custom_hooks = [dict(type='ConvergenceHook', monitor='loss')]
expect = [dict(metric='epochs', op='==', lesson='perceptron/perceptron_blobs.py')]
