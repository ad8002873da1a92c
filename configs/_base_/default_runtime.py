"""What every lesson shares: where names are looked up, what is kept, what happens at the end."""

default_scope = 'mmlesson'
randomness = dict(seed=0)  # weights and the order of samples; never the splits
device = 'auto'  # a GPU where there is one
test_after_train = True  # apply the final model, once, to what neither split has seen

default_hooks = dict(
    logger=dict(type='ProgressHook'),
    checkpoint=dict(type='LessonCheckpointHook', save_best='accuracy/top1'),
    visualization=dict(type='VisualizationHook'),  # all figures that fit the model, at the end
)
visualizer = dict(type='LessonVisualizer', vis_backends=[dict(type='LocalVisBackend')])
