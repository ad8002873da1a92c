"""MLP on a table: the columns of a CSV file are the inputs, each standardised.

For a table of your own, tools/data/make_config.py writes such a config.

Run:     python tools/train.py configs/mlp/mlp_table.py
Measured: 97.3 % test accuracy (mean; 96.7 to 100.0), 100 epochs, seeds 0-4
"""

_base_ = [
    '../_base_/datasets/iris.py',
    '../_base_/models/mlp.py',
    '../_base_/schedules/adam.py',
    '../_base_/default_runtime.py',
]
model = dict(
    data_preprocessor=dict(channels=4),
    backbone=dict(in_features=4, hidden_sizes=(16,)),
    head=dict(num_classes=3),
)
expect = [dict(metric='test/accuracy/top1', op='>=', value=95.0, over='mean')]
