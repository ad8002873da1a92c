"""The marker `external`: tests that run programs from outside of Python."""

from __future__ import annotations

import os
import shutil

import pytest


def skip_without_programs(item: pytest.Item) -> None:
    """Skip a test whose programs are not installed; the skip names them."""
    for mark in item.iter_markers('external'):
        if reason := missing(*mark.args, **mark.kwargs):
            item.add_marker(pytest.mark.skip(reason=reason))


def missing(*programs: str, root: bool = False) -> str:
    """Return why tests that run these programs cannot run here, or ''.

    Args:
        programs: Programs that must be on the PATH.
        root: Whether only root may run them so.
    """
    absent = [name for name in programs if shutil.which(name) is None]
    reasons = [f'{", ".join(absent)} not installed'] if absent else []
    reasons += ['not run by root'] if root and not _is_root() else []
    return '; '.join(reasons)


def _is_root() -> bool:
    return hasattr(os, 'geteuid') and os.geteuid() == 0
