"""CNN on Fashion-MNIST: the same network and images of the same size, but a harder task.

Run:     python tools/train.py configs/cnn/cnn_fashion_mnist.py
"""

_base_ = [
    '../_base_/datasets/fashion_mnist.py',
    '../_base_/models/cnn.py',
    '../_base_/schedules/adam_cosine.py',
    '../_base_/default_runtime.py',
]

model = dict(backbone=dict(image_size=(28, 28), kernel_size=5, hidden_sizes=(128,)))
train_cfg = dict(max_epochs=10)
param_scheduler = dict(T_max=10)
