"""The perceptron rule: trains until an epoch passes without a mistake, for at most 100 epochs."""

optim_wrapper = dict(optimizer=dict(type='SGD', lr=1.0))  # required by mmengine, never used
train_cfg = dict(by_epoch=True, max_epochs=100, val_interval=1)
val_cfg = dict()
test_cfg = dict()
custom_hooks = [dict(type='ConvergenceHook')]
