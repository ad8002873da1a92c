"""Adam (Kingma and Ba 2015) with one learning rate for 100 epochs: steady, little to tune."""

optim_wrapper = dict(
    optimizer=dict(type='Adam', lr=0.01, fused=True),  # fused: one call for all weights
)
train_cfg = dict(by_epoch=True, max_epochs=100, val_interval=1)
val_cfg = dict()
test_cfg = dict()
