"""One small hidden layer for points in the plane."""

model = dict(
    type='Classifier',
    backbone=dict(type='MLP', in_features=2, hidden_sizes=(8,), activation='Tanh'),
    head=dict(type='ClassificationHead', num_classes=2),
)
