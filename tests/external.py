"""Programs from outside of Python that some tests run: skipped where they are missing."""

from __future__ import annotations

import os
import shutil

import pytest


def external(*programs: str, root: bool = False) -> list[pytest.MarkDecorator]:
    """Return the marks of tests that run real programs; the skip names what is missing.

    Args:
        programs: Programs that must be on the PATH.
        root: Whether they must be run by root.
    """
    missing = [name for name in programs if shutil.which(name) is None]
    reasons = [f'{", ".join(missing)} not installed'] if missing else []
    reasons += ['not run by root'] if root and os.geteuid() != 0 else []
    skip = pytest.mark.skipif(bool(reasons), reason='; '.join(reasons) or 'nothing is missing')
    return [pytest.mark.external, skip]
