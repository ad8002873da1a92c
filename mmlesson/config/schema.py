"""Schema of a config: for each key, the registry that builds it and what the builder adds.

The tables describe how ``LessonRunner`` and the classes that it builds use a config.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from mmlesson.config.value_types import matches


@dataclass(frozen=True)
class Slot:
    """A key whose value is a dict or a list of dicts.

    Args:
        registry: Name of the root registry in ``mmengine.registry`` that ``type`` is looked up in.
        default: Type if the config sets none; None if ``type`` must be set.
        needs_type: Whether a dict without ``type`` is a mistake if there is no ``default``.
        given: Arguments that the builder adds.
        extra: Keys that the builder removes before it calls the class, and their types.
        keys: All keys of a dict from which nothing is built, and their types.
        is_list: True if it must be a list, False if it must not be, None if it may.
        types_only: Whether only ``type`` is checked, because code reads the other keys.
    """

    registry: str | None = None
    default: str | None = None
    needs_type: bool = True
    given: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)
    keys: Mapping[str, Any] | None = None
    is_list: bool | None = False
    types_only: bool = False


_LOADER = Slot(
    default='torch.utils.data.DataLoader',
    given=('dataset', 'sampler', 'batch_size'),
    extra={
        'num_batch_per_epoch': int | None,
        'diff_rank_seed': bool,
        'disable_subprocess_warning': bool,
    },
)
_LOOP = Slot('LOOPS', 'ValLoop', given=('runner', 'dataloader', 'evaluator'))
_HOOK = Slot('HOOKS', extra={'priority': int | str})
_METRIC = Slot('METRICS', is_list=None)
_PART = Slot('MODELS', is_list=None, needs_type=False)
_LAYER = Slot('MODELS', is_list=None, needs_type=False, types_only=True)

SCHEMA: dict[str, Slot] = {
    'model': Slot('MODELS'),
    'data_preprocessor': Slot('MODELS', needs_type=False),
    'tta_model': Slot('MODELS', given=('module',)),
    'model_wrapper_cfg': Slot('MODEL_WRAPPERS', needs_type=False, types_only=True),
    'train_dataloader': _LOADER,
    'val_dataloader': _LOADER,
    'test_dataloader': _LOADER,
    'train_cfg': replace(_LOOP, default='mmlesson.LessonEpochLoop', extra={'by_epoch': bool}),
    'val_cfg': _LOOP,
    'test_cfg': replace(_LOOP, default='TestLoop'),
    'optim_wrapper': Slot(
        'OPTIM_WRAPPERS',
        default='OptimWrapper',
        extra={'constructor': str, 'paramwise_cfg': dict[str, Any] | None},
    ),
    'param_scheduler': Slot(
        'PARAM_SCHEDULERS',
        given=('optimizer', 'param_name'),
        extra={'convert_to_iter_based': bool},
        is_list=None,
    ),
    'val_evaluator': _METRIC,
    'test_evaluator': _METRIC,
    'custom_hooks': replace(_HOOK, is_list=True),
    'visualizer': Slot('VISUALIZERS', default='Visualizer'),
    'log_processor': Slot('LOG_PROCESSORS', default='LogProcessor'),
    'strategy': Slot('STRATEGIES', types_only=True),
    'randomness': Slot(
        keys={'seed': int | None, 'diff_rank_seed': bool, 'deterministic': bool},
    ),
    'auto_scale_lr': Slot(keys={'enable': bool, 'base_batch_size': int}),
    'env_cfg': Slot(
        keys={
            'cudnn_benchmark': bool,
            'mp_cfg': dict[str, Any],
            'dist_cfg': dict[str, Any],
            'resource_limit': int,
            'cpu_threads': int,
        },
    ),
    'custom_imports': Slot(keys={'imports': list[str] | str | None, 'allow_failed_imports': bool}),
    'default_hooks': Slot(keys={}),  # any name may be added: each value is a `HOOK`
}
HOOK = _HOOK
NEVER_NONE = ('model', 'randomness', 'env_cfg')
"""Keys for which the runner takes no None."""

DEFAULT_HOOKS: dict[str, dict[str, Any] | None] = {
    'runtime_info': None,
    'timer': None,
    'sampler_seed': {'type': 'DistSamplerSeedHook'},
    'logger': {'type': 'mmlesson.ProgressHook'},
    'param_scheduler': {'type': 'ParamSchedulerHook'},
    'checkpoint': {'type': 'mmlesson.LessonCheckpointHook'},
    'visualization': None,
}
"""Names of the default hooks, and the hook that `LessonRunner` registers for each, or None."""

# (registry of the parent dict, key): component built there. Other keys are not checked, since it
# is unknown how the parent's code uses a dict.
NESTED: dict[tuple[str | None, str], Slot] = {
    **{('MODELS', key): _PART for key in ('backbone', 'neck', 'head', 'data_preprocessor')},
    **{('MODELS', key): _PART for key in ('loss', 'loss_module')},
    **{('MODELS', key): _LAYER for key in ('norm_cfg', 'act_cfg', 'conv_cfg')},
    ('MODELS', 'init_cfg'): Slot(
        'WEIGHT_INITIALIZERS',
        needs_type=False,
        extra={'override': Any},
        is_list=None,
        types_only=True,
    ),
    ('MODELS', 'augment'): Slot('MODELS', is_list=True),
    ('OPTIM_WRAPPERS', 'optimizer'): Slot('OPTIMIZERS', given=('params',)),
    ('VISUALIZERS', 'vis_backends'): Slot('VISBACKENDS', given=('save_dir',), is_list=None),
    ('DATASETS', 'pipeline'): Slot('TRANSFORMS', is_list=None, needs_type=False),
    ('DATASETS', 'dataset'): Slot('DATASETS', needs_type=False),
    ('DATASETS', 'datasets'): Slot('DATASETS', needs_type=False, is_list=None),
    ('TRANSFORMS', 'transforms'): Slot('TRANSFORMS', is_list=None, needs_type=False),
    ('HOOKS', 'tta_cfg'): Slot('MODELS', given=('module',)),
    (None, 'dataset'): Slot('DATASETS'),
    (None, 'sampler'): Slot('DATA_SAMPLERS', given=('dataset', 'seed')),
    (None, 'batch_sampler'): Slot('DATA_SAMPLERS', given=('sampler', 'batch_size')),
    (None, 'collate_fn'): Slot('FUNCTIONS'),
    (None, 'worker_init_fn'): Slot('FUNCTIONS', given=('worker_id',)),
}

_LEVELS = Literal['DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL', 'NOTSET', 'FATAL', 'WARN']

# Keys with values from which nothing is built, and the types of these values.
PLAIN: dict[str, Any] = {
    'work_dir': str | None,
    'load_from': str | None,
    'resume': bool | str,
    'launcher': Literal['none', 'pytorch', 'slurm', 'mpi'],
    'log_level': _LEVELS | int,
    'default_scope': Any,  # checked before all else
    'experiment_name': str | None,
    'runner_type': Any,
    'device': str,
    'test_after_train': bool,
    'verbose': bool,
    'allow_split_conflicts': bool,
    'expect': list[dict[str, Any]] | None,
    'tf32': bool,
    'channels_last': bool,
    'device_resident': bool,
    'compile': bool | str | dict[str, Any],
    'sync_bn': Any,
    'tta_pipeline': list[Any] | None,
    'cfg': Any,
}
KNOWN_KEYS = (*SCHEMA, *PLAIN)

# Keys of OpenMMLab 1.x, which mmengine silently ignores, and their replacements.
RENAMED = {
    'optimizer': 'optim_wrapper.optimizer',
    'optimizer_config': 'optim_wrapper',
    'lr_config': 'param_scheduler',
    'data': 'train_dataloader',
    'evaluation': 'val_evaluator',
    'runner': 'train_cfg',
    'checkpoint_config': 'default_hooks.checkpoint',
    'log_config': 'default_hooks.logger',
}


def plain_value_matches(key: str, value: Any) -> bool:
    """Return whether a key of `PLAIN` can have ``value``."""
    return matches(value, PLAIN[key])


def train_loop_type(train_cfg: Mapping[str, Any], is_our_runner: bool) -> Any:
    """Return the type of the training loop; `LessonRunner` replaces mmengine's two by ours."""
    by_epoch = bool(train_cfg.get('by_epoch', True))
    kind = train_cfg.get('type') or ('EpochBasedTrainLoop' if by_epoch else 'IterBasedTrainLoop')
    ours = {
        'EpochBasedTrainLoop': 'mmlesson.LessonEpochLoop',
        'IterBasedTrainLoop': 'mmlesson.LessonIterLoop',
    }
    return ours.get(kind, kind) if is_our_runner and isinstance(kind, str) else kind
