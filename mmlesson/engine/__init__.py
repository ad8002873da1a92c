"""Training: runner, loops, hooks, early stopping and distributed processes."""

from mmlesson.engine.distributed.data_parallel import LessonDataParallel
from mmlesson.engine.loops import LessonEpochLoop, LessonIterLoop
from mmlesson.engine.optim.mixed_precision import MixedPrecisionOptimWrapper
from mmlesson.engine.runner import LessonRunner

__all__ = [
    'LessonDataParallel',
    'LessonEpochLoop',
    'LessonIterLoop',
    'LessonRunner',
    'MixedPrecisionOptimWrapper',
]
