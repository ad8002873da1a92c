"""A model at work and under the lens: is its backward pass right, what does it look like."""

from mmlesson.apis.gradients import GradientReport, check_config_gradients, check_gradients
from mmlesson.apis.inferencer import Inferencer
from mmlesson.apis.inspection import ModelFacts, format_facts, inspect_config, inspect_model

__all__ = [
    'GradientReport',
    'Inferencer',
    'ModelFacts',
    'check_config_gradients',
    'check_gradients',
    'format_facts',
    'inspect_config',
    'inspect_model',
]
