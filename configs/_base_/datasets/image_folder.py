"""Images in a folder with a folder per class, as RGB images (3, 32, 32)."""

train_dataloader = dict(
    batch_size=64,
    num_workers=0,  # the data are in memory; set it if they need more than memory_mb
    sampler=dict(type='DefaultSampler', shuffle=True),  # in a new order each epoch
    collate_fn=dict(type='mmlesson.lesson_collate'),  # the batch format of our models
    dataset=dict(type='ImageFolderDataset', split='train', size=(32, 32), channels=3),
)
val_dataloader = dict(
    batch_size=500,  # no backward pass needs memory
    num_workers=0,
    sampler=dict(type='DefaultSampler', shuffle=False),  # predictions in the order of the dataset
    collate_fn=dict(type='mmlesson.lesson_collate'),
    dataset=dict(type='ImageFolderDataset', split='val', size=(32, 32), channels=3),
)
test_dataloader = dict(
    batch_size=500,
    num_workers=0,
    sampler=dict(type='DefaultSampler', shuffle=False),
    collate_fn=dict(type='mmlesson.lesson_collate'),
    dataset=dict(type='ImageFolderDataset', split='test', size=(32, 32), channels=3),
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
