"""Models of the shipped configs, by name."""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path

from torch import nn

from mmlesson.apis.analysis.build import build_model
from mmlesson.apis.training import undisturbed
from mmlesson.config import LoadedConfig
from mmlesson.runs.checkpoint import load_weights, read_checkpoint
from mmlesson.runs.run import Run
from mmlesson.utils.device import resolve_device
from mmlesson.utils.shipped import shipped_configs


def list_models(pattern: str = '*') -> list[str]:
    """Return the names of the shipped configs, each of which describes a model.

    Args:
        pattern: Shell pattern of names, such as 'cnn/*'.

    Example:
        >>> list_models('cnn/cnn_d*')
        ['cnn/cnn_digits', 'cnn/cnn_digits_augmented']
    """
    return [name for name in shipped_configs() if fnmatchcase(name, pattern)]


def get_model(
    name: str | Path, pretrained: str | Path | Run | None = None, device: str = 'cpu'
) -> nn.Module:
    """Build the model of a config.

    Args:
        name: Name of a shipped config, see `list_models`, or a config file.
        pretrained: Weights: a run, its folder, or a checkpoint; None for the initial weights of
            training, which are those of the seed in the config. The weights that a run tested are
            used.
        device: 'auto', 'cpu', 'cuda', 'cuda:N' or 'mps'.

    Returns:
        The model in evaluation mode.

    Raises:
        UserError: If there is no such config or checkpoint, or the weights do not fit.

    Example:
        >>> model = get_model('mlp/mlp_xor')
        >>> sum(parameter.numel() for parameter in model.parameters())
        42
    """
    target = resolve_device(device)
    config = LoadedConfig.open(name).require_valid().config
    with undisturbed():
        model = build_model(config)
    if pretrained is not None:
        checkpoint = _checkpoint_of(pretrained)
        load_weights(model, read_checkpoint(checkpoint), str(checkpoint), strict=True)
    return model.to(target).eval()


def _checkpoint_of(pretrained: str | Path | Run) -> Path:
    if isinstance(pretrained, Run):
        return pretrained.checkpoint_to_apply
    path = Path(pretrained)
    return Run(path).checkpoint_to_apply if path.is_dir() else path
