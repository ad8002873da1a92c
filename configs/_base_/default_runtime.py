"""Settings of every lesson: registry scope, seed, device, hooks."""

default_scope = 'mmlesson'
randomness = dict(seed=0)  # of weights and the order of samples, not of the splits
device = 'auto'  # a GPU if there is one
test_after_train = True  # test the final model once, on the test split

default_hooks = dict(
    logger=dict(type='ProgressHook'),
    checkpoint=dict(type='LessonCheckpointHook', save_best='accuracy/top1'),
    visualization=dict(type='VisualizationHook'),  # all figures that apply, after training
)
visualizer = dict(type='LessonVisualizer', vis_backends=[dict(type='LocalVisBackend')])
