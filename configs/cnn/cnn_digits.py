"""CNN on digits: local connections and shared weights see what a flat vector hides."""

_base_ = [
    '../_base_/datasets/digits.py',
    '../_base_/schedules/adam_cosine.py',
    '../_base_/default_runtime.py',
]

model = dict(
    type='Classifier',
    data_preprocessor=dict(type='LessonPreprocessor', channels=1),
    backbone=dict(type='CNN', image_size=(8, 8), channels=(32, 64), hidden_sizes=(128,)),
    head=dict(type='ClassificationHead', num_classes=10),
)
