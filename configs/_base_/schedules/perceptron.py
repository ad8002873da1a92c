"""The perceptron's own rule: epochs until one passes without a mistake."""

optim_wrapper = dict(optimizer=dict(type='SGD', lr=1.0))  # asked for by mmengine, never stepped
train_cfg = dict(by_epoch=True, max_epochs=100, val_interval=1)
val_cfg = dict()
test_cfg = dict()
custom_hooks = [dict(type='ConvergenceHook')]
