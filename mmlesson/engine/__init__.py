"""What happens in time: the runner, its loops and hooks."""

from mmlesson.engine.loops import LessonEpochLoop, LessonIterLoop
from mmlesson.engine.optim_wrapper import CPUAmpOptimWrapper
from mmlesson.engine.runner import LessonRunner

__all__ = ['CPUAmpOptimWrapper', 'LessonEpochLoop', 'LessonIterLoop', 'LessonRunner']
