"""Canvases of 48 x 48 pixels with one digit: 2,000 for training, 500 to test."""

train_dataloader = dict(
    batch_size=32,
    num_workers=0,  # the canvases are in memory
    sampler=dict(type='DefaultSampler', shuffle=True),
    collate_fn=dict(type='mmlesson.lesson_collate'),
    dataset=dict(type='DigitCanvas', split='train', num_samples=2000, digits=(1, 1)),
)
val_dataloader = dict(
    batch_size=100,
    num_workers=0,
    sampler=dict(type='DefaultSampler', shuffle=False),
    collate_fn=dict(type='mmlesson.lesson_collate'),
    dataset=dict(type='DigitCanvas', split='val', num_samples=500, digits=(1, 1)),
)
test_dataloader = dict(
    batch_size=100,
    num_workers=0,
    sampler=dict(type='DefaultSampler', shuffle=False),
    collate_fn=dict(type='mmlesson.lesson_collate'),
    dataset=dict(type='DigitCanvas', split='test', num_samples=500, digits=(1, 1)),
)
