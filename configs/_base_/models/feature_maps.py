"""A model of a vision task: convolutions of strides 1, 2 and 4; the head is the lesson's."""

model = dict(
    type='TaskModel',
    data_preprocessor=dict(type='LessonPreprocessor', channels=1),  # grey: one mean and deviation
    backbone=dict(type='FeatureMaps', channels=(16, 32, 64)),
)
