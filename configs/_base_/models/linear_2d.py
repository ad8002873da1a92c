"""One neuron for points in the plane: h(x) = w.x + b, class by its sign."""

model = dict(
    type='Classifier',
    backbone=dict(type='MLP', in_features=2, hidden_sizes=()),  # nothing between input and score
    head=dict(type='BinaryHead'),
)
