"""Two noisy rings with few points for training: easy to overfit."""

train_dataloader = dict(
    batch_size=16,  # 8 steps per epoch over 120 points
    num_workers=0,  # the data are in memory: workers would only add overhead
    sampler=dict(type='DefaultSampler', shuffle=True),  # in a new order each epoch
    collate_fn=dict(type='mmlesson.lesson_collate'),  # the batch format of our models
    dataset=dict(type='Circles', split='train', noise=0.2, split_ratio=(0.3, 0.3, 0.4)),
)
val_dataloader = dict(
    batch_size=1000,  # the whole split at once: no backward pass needs memory
    num_workers=0,
    sampler=dict(type='DefaultSampler', shuffle=False),  # predictions in the order of the dataset
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
    dict(type='mmpretrain.Accuracy'),  # in percent, 0-100
    dict(type='LossMetric'),  # shows overfitting earlier than the accuracy
]
test_evaluator = [
    dict(type='mmpretrain.Accuracy'),
    dict(type='LossMetric'),
    dict(type='mmpretrain.SingleLabelMetric', average=None),  # of each class
]
