"""Early stopping: the model of fit_over.py, stopped once the validation loss no longer falls.

Run:     python tools/train.py configs/mlp/fit_stopped.py
Measured: 85.8 % test accuracy (mean; 84.4 to 87.5), verdicts good, underfit, 13-19 epochs, seeds
          0-4, 0.1 s
"""

_base_ = ['fit_over.py']

custom_hooks = [dict(type='EarlyStoppingHook', monitor='loss', patience=10)]
expect = [
    dict(metric='stop/reason', op='==', value='patience'),
    dict(metric='epochs', op='<', lesson='mlp/fit_over.py'),
    dict(metric='test/loss', op='<', lesson='mlp/fit_over.py'),
]
