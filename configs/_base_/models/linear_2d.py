"""One neuron for points in the plane: the class is the sign of w.x + b."""

model = dict(
    type='Classifier',
    backbone=dict(type='MLP', in_features=2, hidden_sizes=()),  # no hidden layer
    head=dict(type='BinaryHead'),
)
