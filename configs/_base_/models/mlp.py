"""One hidden layer for digits; ``hidden_sizes=()`` makes it a linear classifier."""

model = dict(
    type='Classifier',
    data_preprocessor=dict(type='LessonPreprocessor', channels=1),  # grey: one mean and deviation
    backbone=dict(type='MLP', in_features=64, hidden_sizes=(64,)),
    head=dict(type='ClassificationHead', num_classes=10),
)
