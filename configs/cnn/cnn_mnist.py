"""CNN on MNIST: local connections and shared weights use the layout of the image.

Run:     python tools/train.py configs/cnn/cnn_mnist.py
"""

_base_ = [
    '../_base_/datasets/mnist.py',
    '../_base_/models/cnn.py',
    '../_base_/schedules/adam_cosine.py',
    '../_base_/default_runtime.py',
]

model = dict(backbone=dict(image_size=(28, 28)))
train_cfg = dict(max_epochs=20)
param_scheduler = dict(T_max=20)
expect = [dict(metric='test/accuracy/top1', op='>=', value=98.5, over='mean')]
