from .analysis.gradient_check import (
    GradientReport,
    check_config_gradients,
    check_gradients,
)
from .analysis.model_summary import (
    ModelFacts,
    format_facts,
    inspect_config,
    inspect_model,
)
from .inference.inferencer import Inferencer

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
