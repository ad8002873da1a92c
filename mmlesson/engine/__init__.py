"""What happens in time: the runner, its loops and hooks."""

from mmlesson.engine.loops import LessonEpochLoop, LessonIterLoop
from mmlesson.engine.runner import LessonRunner

__all__ = ['LessonEpochLoop', 'LessonIterLoop', 'LessonRunner']
