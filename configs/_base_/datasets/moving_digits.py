"""Pairs of frames of 16 x 16 pixels in which a digit moves: 1,078 for training."""

train_dataloader = dict(
    batch_size=32,
    num_workers=0,  # the frames are in memory
    sampler=dict(type='DefaultSampler', shuffle=True),
    collate_fn=dict(type='mmlesson.lesson_collate'),
    dataset=dict(type='MovingDigits', split='train'),
)
val_dataloader = dict(
    batch_size=512,
    num_workers=0,
    sampler=dict(type='DefaultSampler', shuffle=False),
    collate_fn=dict(type='mmlesson.lesson_collate'),
    dataset=dict(type='MovingDigits', split='val'),
)
test_dataloader = dict(
    batch_size=512,
    num_workers=0,
    sampler=dict(type='DefaultSampler', shuffle=False),
    collate_fn=dict(type='mmlesson.lesson_collate'),
    dataset=dict(type='MovingDigits', split='test'),
)
val_evaluator = test_evaluator = [dict(type='mmpretrain.Accuracy'), dict(type='LossMetric')]
