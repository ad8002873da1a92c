"""Adam (Kingma and Ba 2015) with a constant learning rate for 100 epochs."""

optim_wrapper = dict(
    optimizer=dict(type='Adam', lr=0.01, fused=True),  # fused: one kernel for all weights
)
train_cfg = dict(by_epoch=True, max_epochs=100, val_interval=1)
val_cfg = dict()
test_cfg = dict()
