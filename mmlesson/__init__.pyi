from .apis.inference.inferencer import Inferencer
from .apis.model_zoo import get_model, list_models
from .apis.run_result import RunResult
from .apis.training import train

__version__: str

__all__ = ['Inferencer', 'RunResult', 'get_model', 'list_models', 'train']
