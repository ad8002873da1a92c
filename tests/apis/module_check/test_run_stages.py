"""Stages that train in processes of their own."""

from __future__ import annotations

import pytest
from forked import run_forked
from paths import CONFIGS

from mmlesson.apis.module_check import run_stages, short_run
from mmlesson.apis.module_check.run_stages import _call, exports, resumes_exactly
from mmlesson.apis.module_check.stages import SkipStageError, Subject
from mmlesson.errors import RunError

FORGETS = """
from mmengine.hooks import Hook
from mmlesson.registry import HOOKS

@HOOKS.register_module()
class ForgetfulHook(Hook):
    seen = 0

    def after_train_epoch(self, runner):
        self.seen += 1  # in no checkpoint
        for weight in runner.model.parameters():
            weight.data.mul_(1 + 0.01 * self.seen)
"""


@pytest.fixture
def forked(monkeypatch):
    """Let the short runs be forked; test_check.py starts real ones."""

    def call(module, name, *words, may_fail=False):
        assert (module, name) == ('-m', short_run.__name__)
        done = run_forked(short_run.__file__, *words)
        assert may_fail or done.returncode == 0, done.stderr

    monkeypatch.setattr(run_stages, '_call', call)


@pytest.mark.usefixtures('forked')
def test_state_that_is_in_no_checkpoint_is_found(tmp_path):
    """The run is killed and resumed, and compared with one that is not."""
    (tmp_path / 'forgetful.py').write_text(FORGETS)
    config = tmp_path / 'lesson.py'
    hook = (
        "custom_imports = dict(imports=['forgetful'])\ncustom_hooks = [dict(type='ForgetfulHook')]"
    )
    config.write_text(f"_base_ = ['{CONFIGS}/mlp/mlp_xor.py']\n{hook}\n")
    with pytest.raises(RunError, match='killed and resumed ends with another weights_sha256'):
        resumes_exactly(Subject(config, tmp_path))


def test_failed_process_is_reported_by_its_first_error():
    code = "import sys; sys.exit('note: x\\nerror: the reason\\nthe end')"
    with pytest.raises(RunError, match=r'^the reason$'):
        _call('-c', code)


def test_export_without_a_run_is_skipped(tmp_path):
    with pytest.raises(SkipStageError, match='no run to export'):
        exports(Subject(CONFIGS / 'mlp' / 'mlp_xor.py', tmp_path))
