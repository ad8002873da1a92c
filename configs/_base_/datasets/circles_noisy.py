"""Two noisy rings, few of them for training: what a network should not learn by heart."""

train_dataloader = dict(
    batch_size=16,  # 8 steps an epoch over 120 points
    num_workers=0,  # the data lie in memory: a worker would cost more than it brings
    sampler=dict(type='DefaultSampler', shuffle=True),  # a new order in every epoch
    collate_fn=dict(type='mmlesson.lesson_collate'),  # the one batch shape, for any data set
    dataset=dict(type='Circles', split='train', noise=0.2, split_ratio=(0.3, 0.3, 0.4)),
)
val_dataloader = dict(
    batch_size=1000,  # the whole split at once: nothing to keep for a backward pass
    num_workers=0,
    sampler=dict(type='DefaultSampler', shuffle=False),  # predictions in the data set's order
    collate_fn=dict(type='mmlesson.lesson_collate'),
    dataset=dict(type='Circles', split='val', noise=0.2, split_ratio=(0.3, 0.3, 0.4)),
)
test_dataloader = dict(
    batch_size=1000,
    num_workers=0,
    sampler=dict(type='DefaultSampler', shuffle=False),
    collate_fn=dict(type='mmlesson.lesson_collate'),
    dataset=dict(type='Circles', split='test', noise=0.2, split_ratio=(0.3, 0.3, 0.4)),
)

val_evaluator = [
    dict(type='mmpretrain.Accuracy'),  # percent, 0-100
    dict(type='LossMetric'),  # overfitting shows in the loss before it shows in the accuracy
]
test_evaluator = val_evaluator
