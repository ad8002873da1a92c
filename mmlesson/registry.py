"""The registries that mmlesson fills; each is a child of mmengine's, under the scope ``mmlesson``.

A name is looked up here first and then in mmengine; ``type='mmpretrain.ResNet_CIFAR'`` reaches a
neighbour. A location is imported at the first look-up, so that ``import mmlesson`` stays cheap.
"""

from collections.abc import Mapping
from typing import Any

from mmengine.registry import DATASETS as MMENGINE_DATASETS
from mmengine.registry import FUNCTIONS as MMENGINE_FUNCTIONS
from mmengine.registry import HOOKS as MMENGINE_HOOKS
from mmengine.registry import LOOPS as MMENGINE_LOOPS
from mmengine.registry import METRICS as MMENGINE_METRICS
from mmengine.registry import MODEL_WRAPPERS as MMENGINE_MODEL_WRAPPERS
from mmengine.registry import MODELS as MMENGINE_MODELS
from mmengine.registry import OPTIM_WRAPPERS as MMENGINE_OPTIM_WRAPPERS
from mmengine.registry import RUNNERS as MMENGINE_RUNNERS
from mmengine.registry import VISBACKENDS as MMENGINE_VISBACKENDS
from mmengine.registry import VISUALIZERS as MMENGINE_VISUALIZERS
from mmengine.registry import Registry

from mmlesson import refusals

SCOPE = 'mmlesson'

refusals.install()  # before a look-up imports mmpretrain

MODELS = Registry('model', parent=MMENGINE_MODELS, scope=SCOPE, locations=['mmlesson.models'])
DATASETS = Registry(
    'dataset',
    parent=MMENGINE_DATASETS,
    scope=SCOPE,
    locations=[
        f'mmlesson.datasets.{name}'
        for name in (
            *('cifar', 'digit_canvas', 'digits', 'image_folder', 'iris', 'mnist'),
            *('moving_digits', 'noise', 'table', 'toy'),
        )
    ],
)
FUNCTIONS = Registry(
    'function', parent=MMENGINE_FUNCTIONS, scope=SCOPE, locations=['mmlesson.datasets.collate']
)
METRICS = Registry(
    'metric', parent=MMENGINE_METRICS, scope=SCOPE, locations=['mmlesson.evaluation']
)
HOOKS = Registry('hook', parent=MMENGINE_HOOKS, scope=SCOPE, locations=['mmlesson.engine.hooks'])
LOOPS = Registry('loop', parent=MMENGINE_LOOPS, scope=SCOPE, locations=['mmlesson.engine'])
RUNNERS = Registry('runner', parent=MMENGINE_RUNNERS, scope=SCOPE, locations=['mmlesson.engine'])
OPTIM_WRAPPERS = Registry(
    'optim_wrapper', parent=MMENGINE_OPTIM_WRAPPERS, scope=SCOPE, locations=['mmlesson.engine']
)
MODEL_WRAPPERS = Registry(
    'model_wrapper', parent=MMENGINE_MODEL_WRAPPERS, scope=SCOPE, locations=['mmlesson.engine']
)
VISUALIZERS = Registry(
    'visualizer',
    parent=MMENGINE_VISUALIZERS,
    scope=SCOPE,
    locations=['mmlesson.visualization.visualizer'],
)
VISBACKENDS = Registry(
    'vis_backend',
    parent=MMENGINE_VISBACKENDS,
    scope=SCOPE,
    locations=['mmlesson.visualization.trackers'],
)


def in_own_scope(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``config`` such that what a neighbour's module builds inside is looked up there.

    mmengine looks inner names up in the default scope: within ``mmpretrain.LinearClsHead`` its own
    'CrossEntropyLoss' would be sought, or even found, in ours.
    """
    scope, dot, _ = str(config.get('type')).partition('.')
    foreign = dot and scope != SCOPE and isinstance(config.get('type'), str)
    return {'_scope_': scope, **config} if foreign else dict(config)
