"""Hooks: what happens at the stages of a run beside training itself."""

from mmlesson.engine.hooks.checkpoint_hook import LessonCheckpointHook
from mmlesson.engine.hooks.convergence_hook import ConvergenceHook
from mmlesson.engine.hooks.progress_hook import ProgressHook

__all__ = ['ConvergenceHook', 'LessonCheckpointHook', 'ProgressHook']
