"""Check of a config: its mistakes, then a dry run."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence

from mmlesson.apis.analysis.dry_run import dry_run
from mmlesson.config import LoadedConfig, parse_options


def check_config(
    config: str,
    options: Sequence[str] | None = None,
    device: str | None = None,
    run: bool = True,
) -> str:
    """Return a report on a config that has no mistake.

    Args:
        config: Config, as `LoadedConfig.open` takes it.
        options: KEY=VALUE pairs that override values of the config.
        device: Device of the dry run; None for that of the config.
        run: Whether to also train on a few batches, see `dry_run`.

    Raises:
        UserError: If the config has a mistake; the message lists all of them.
    """
    loaded = LoadedConfig.open(config, parse_options(options)).require_valid()
    lines = [f'{config}: no mistake in the config']
    lines += [f'note: {issue}' for issue in loaded.warnings()]
    if run:
        lines.append(dry_run(_train_arguments(config, options, device)))
    return '\n'.join(lines)


def _train_arguments(config: str, options: Sequence[str] | None, device: str | None) -> Namespace:
    """Return the command line of ``train.py`` that the dry run is of."""
    return Namespace(
        config=config,
        cfg_options=options,
        device=device,
        launcher='none',
        seed=None,
        amp=False,
        auto_scale_lr=False,
        no_validate=False,
        resume=None,
        resume_after_stop=False,
    )
