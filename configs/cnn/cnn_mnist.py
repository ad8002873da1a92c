"""CNN on MNIST: local connections and shared weights use the layout of the image.

Run:     python tools/train.py configs/cnn/cnn_mnist.py
Measured: 98.6 % test accuracy (mean; 98.5 to 98.8), 10 epochs, seeds 0-4, on 10,000 images only
          (8,000 for training, 1,000 for validation, 1,000 for the test)
"""

_base_ = [
    '../_base_/datasets/mnist.py',
    '../_base_/models/cnn.py',
    '../_base_/schedules/adam_cosine.py',
    '../_base_/default_runtime.py',
]

model = dict(backbone=dict(image_size=(28, 28), kernel_size=5, hidden_sizes=(128,)))
train_cfg = dict(max_epochs=10)
param_scheduler = dict(T_max=10)
expect = [dict(metric='test/accuracy/top1', op='>=', value=98.5, over='mean')]
