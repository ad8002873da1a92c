"""Imports of `worker`, made once for all processes that are forked from the server."""

import importlib
import warnings

MODULES = (
    'torch._dynamo',
    'mmpretrain.evaluation',
    'mmlesson.datasets',
    'mmlesson.visualization.figures.probes',
    'mmlesson.play.worker',
)

with warnings.catch_warnings():
    warnings.simplefilter('ignore')
    for name in MODULES:
        importlib.import_module(name)
