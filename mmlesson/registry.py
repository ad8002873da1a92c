"""The registries that mmlesson fills; each is a child of mmengine's, under the scope ``mmlesson``.

A name is looked up here first and then in mmengine; ``type='mmpretrain.ResNet_CIFAR'`` reaches a
neighbour. A location is imported at the first look-up, so that ``import mmlesson`` stays cheap.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

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
from mmlesson.errors import ArgumentError

SCOPE = 'mmlesson'

refusals.install()  # before a look-up imports mmpretrain


class LessonRegistry(Registry):
    """Registry that never replaces a module without a trace.

    Modules of mmlesson are imported before the first of another package is registered, so a name
    that is taken is noticed whichever is imported first.

    Attributes:
        replaced: What ``force=True`` has replaced, by name of the registry and of the module.
    """

    replaced: ClassVar[dict[tuple[str, str], Any]] = {}

    def _register_module(self, module: Any, module_name: Any = None, force: bool = False) -> None:
        if str(getattr(module, '__module__', '')).partition('.')[0] != SCOPE:
            self.import_from_location()
        names = [module.__name__] if module_name is None else module_name
        for name in [names] if isinstance(names, str) else names:
            old = self._module_dict.get(name)
            if old is None or old.__module__ == module.__module__:
                continue
            if not force:
                raise ArgumentError(
                    f'{module.__module__} cannot register {name!r}: {old.__module__} has '
                    f'registered it in the registry {self.name}. Choose another name, or replace '
                    'it by register_module(force=True).'
                )
            self.replaced.setdefault((self.name, name), old)
        super()._register_module(module, module_name, force)


MODELS = LessonRegistry('model', parent=MMENGINE_MODELS, scope=SCOPE, locations=['mmlesson.models'])
DATASETS = LessonRegistry(
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
FUNCTIONS = LessonRegistry(
    'function', parent=MMENGINE_FUNCTIONS, scope=SCOPE, locations=['mmlesson.datasets.collate']
)
METRICS = LessonRegistry(
    'metric', parent=MMENGINE_METRICS, scope=SCOPE, locations=['mmlesson.evaluation']
)
HOOKS = LessonRegistry(
    'hook', parent=MMENGINE_HOOKS, scope=SCOPE, locations=['mmlesson.engine.hooks']
)
LOOPS = LessonRegistry('loop', parent=MMENGINE_LOOPS, scope=SCOPE, locations=['mmlesson.engine'])
RUNNERS = LessonRegistry(
    'runner', parent=MMENGINE_RUNNERS, scope=SCOPE, locations=['mmlesson.engine']
)
OPTIM_WRAPPERS = LessonRegistry(
    'optim_wrapper', parent=MMENGINE_OPTIM_WRAPPERS, scope=SCOPE, locations=['mmlesson.engine']
)
MODEL_WRAPPERS = LessonRegistry(
    'model_wrapper', parent=MMENGINE_MODEL_WRAPPERS, scope=SCOPE, locations=['mmlesson.engine']
)
VISUALIZERS = LessonRegistry(
    'visualizer',
    parent=MMENGINE_VISUALIZERS,
    scope=SCOPE,
    locations=['mmlesson.visualization.visualizer'],
)
VISBACKENDS = LessonRegistry(
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
