"""What happens in time: the runner, its loops and hooks, on one process or several."""

from mmlesson.engine.loops import LessonEpochLoop, LessonIterLoop
from mmlesson.engine.optim_wrapper import MixedPrecisionOptimWrapper
from mmlesson.engine.parallel import LessonDataParallel
from mmlesson.engine.runner import LessonRunner

__all__ = [
    'LessonDataParallel',
    'LessonEpochLoop',
    'LessonIterLoop',
    'LessonRunner',
    'MixedPrecisionOptimWrapper',
]
