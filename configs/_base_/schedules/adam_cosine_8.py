"""Adam with a learning rate that falls to zero along a cosine in 8 epochs."""

max_epochs = 8
optim_wrapper = dict(
    optimizer=dict(type='Adam', lr=0.003, fused=True),  # fused: one kernel for all weights
)
param_scheduler = dict(type='CosineAnnealingLR', T_max=max_epochs, by_epoch=True)
train_cfg = dict(by_epoch=True, max_epochs=max_epochs, val_interval=1)
val_cfg = dict()
test_cfg = dict()
