"""mmengine's log, silenced while something is built."""

from __future__ import annotations

import warnings

import pytest
from mmengine.logging import MMLogger

from mmlesson.utils.quiet import quiet_mmengine


@pytest.fixture
def logger():
    logger = MMLogger.get_current_instance()
    level = logger.level
    yield logger
    logger.setLevel(level)


def test_only_errors_pass_within_the_block(logger):
    logger.setLevel('INFO')
    with quiet_mmengine():
        assert not logger.isEnabledFor(30)
        assert logger.isEnabledFor(40)
    assert logger.isEnabledFor(20)


def test_level_is_restored_after_an_error(logger):
    logger.setLevel('WARNING')
    with pytest.raises(ZeroDivisionError), quiet_mmengine():
        raise ZeroDivisionError
    assert logger.level == 30


def test_warning_of_missing_operators_is_suppressed_and_no_other():
    with quiet_mmengine():
        warnings.warn('Fail to import ``MultiScaleDeformableAttention``', stacklevel=1)
        with pytest.raises(UserWarning, match='another'):
            warnings.warn('another', stacklevel=1)
