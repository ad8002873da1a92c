"""Two rings of points in the plane, one inside the other."""

train_dataloader = dict(
    batch_size=16,  # 15 steps per epoch over 240 points
    num_workers=0,  # the data are in memory: workers would only add overhead
    sampler=dict(type='DefaultSampler', shuffle=True),  # in a new order each epoch
    collate_fn=dict(type='mmlesson.lesson_collate'),  # the batch format of our models
    dataset=dict(type='Circles', split='train'),
)
val_dataloader = dict(
    batch_size=1000,  # the whole split at once: no backward pass needs memory
    num_workers=0,
    sampler=dict(type='DefaultSampler', shuffle=False),  # predictions in the order of the dataset
    collate_fn=dict(type='mmlesson.lesson_collate'),
    dataset=dict(type='Circles', split='val'),
)
test_dataloader = dict(
    batch_size=1000,
    num_workers=0,
    sampler=dict(type='DefaultSampler', shuffle=False),
    collate_fn=dict(type='mmlesson.lesson_collate'),
    dataset=dict(type='Circles', split='test'),
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
