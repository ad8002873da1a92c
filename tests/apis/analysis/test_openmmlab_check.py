"""Check of other toolboxes, with a toolbox and a train.py that are made for the test."""

from __future__ import annotations

import pytest

from mmlesson.apis.analysis import openmmlab_check as checks
from mmlesson.errors import UserError

TOOLBOX = checks.Toolbox('no-such-package', 'nothing', 'mIoU', kill_after=2)

# Stands in for tools/train.py: three iterations, of which a killed run has two and a checkpoint.
TRAIN = """
import json, os, signal, sys
from pathlib import Path
faults = {faults}
config = Path(sys.argv[1])
run = Path(sys.argv[sys.argv.index('--work-dir') + 1])
if config.stem in faults:
    exec(faults[config.stem])
start = 2 if config.stem == 'resumed' else 1
end = 2 if config.stem == 'killed' else 3
log = run / ('2' if config.stem == 'resumed' else '1') / 'a.log'
log.parent.mkdir(parents=True)
line = 'time - mmengine - INFO - Epoch(train) [1][{{0}}/3]  base_lr: 1  lr: 1.0e-0{{0}}  loss: 1\\n'
log.write_text(''.join(line.format(step) for step in range(globals().get('first', start), end + 1)))
(run / 'epoch_1.pth').touch()
if config.stem == 'killed':
    os.kill(os.getpid(), signal.SIGKILL)
summary = dict(weights_sha256='a', iterations=3, best=None, val=dict(mIoU=12.34))
summary['status'] = 'early_stopped' if config.stem == 'stopped' else 'completed'
summary.update(globals().get('changes', {{}}))
(run / 'summary.json').write_text(json.dumps(summary))
"""


@pytest.fixture
def make(tmp_path):
    """Return a function that makes a check; ``faults`` is code that a training runs first."""

    def make(**faults: str) -> checks.ToolboxCheck:
        (tmp_path / 'tools').mkdir()
        (tmp_path / 'tools/train.py').write_text(TRAIN.format(faults=faults))
        return checks.ToolboxCheck(TOOLBOX, tmp_path / 'tools', tmp_path)

    return make


def test_toolboxes_are_found_by_name_and_all_without_one():
    assert [box.module for box in checks.find_toolboxes(['mmaction2'])] == ['mmaction']
    assert len(checks.find_toolboxes([])) == 6


def test_unknown_toolbox_is_refused():
    with pytest.raises(UserError, match=r"Unknown toolbox 'mmsegg'\. Did you mean 'mmseg'"):
        checks.find_toolboxes(['mmsegg'])


def test_training_resume_and_stop_that_are_right_pass(make):
    check = make()
    assert (check.trains(), check.resumes(), check.stops()) == ('mIoU 12.3', 'yes', 'yes')


def test_derived_config_names_its_base_and_the_hook(make, tmp_path):
    check = make()
    check.stops()
    text = (tmp_path / 'nothing/stopped.py').read_text()
    assert f"_base_ = '{tmp_path}/tools/benchmarks/openmmlab/nothing.py'\n" in text
    assert "type='mmlesson.EarlyStoppingHook', monitor='mIoU'" in text


@pytest.mark.parametrize(
    ('fault', 'reason'),
    [
        ({'killed': 'sys.exit(0)'}, r'\(exit status 0\)'),
        ({'killed': 'os.kill(os.getpid(), signal.SIGKILL)'}, 'had no checkpoint yet'),
        ({'resumed': "changes = dict(weights_sha256='b')"}, 'weights_sha256 is b, not a'),
        ({'resumed': 'changes = dict(best=1)'}, 'best is 1, not None'),
        (
            {'resumed': "(run / 'epoch_2.pth').touch()"},
            r"list of checkpoints is .*epoch_2.pth.*, not \['epoch_1",
        ),
        ({'resumed': 'first = 1'}, 'began again at the first iteration'),
        ({'resumed': 'first = 4'}, r'rate at Epoch\(train\) \[1\]\[3/3\] is None, not 1.0e-03'),
        ({'resumed': "(run / '3').mkdir(); (run / '3/a.log').touch()"}, 'have no learning rates'),
    ],
)
def test_resume_that_is_not_exact_is_reported(make, fault, reason):
    check = make(**fault)
    check.trains()
    with pytest.raises(checks.CheckError, match=reason):
        check.resumes()


def test_last_line_of_a_failed_training_is_the_reason(make):
    with pytest.raises(checks.CheckError, match=r'^ValueError: no labels \(exit status 1\)$'):
        make(plain="raise ValueError('no labels')").trains()


def test_training_without_its_metric_is_reported(make):
    with pytest.raises(checks.CheckError, match='The summary has no mIoU'):
        make(plain='changes = dict(val=None)').trains()


def test_run_that_does_not_stop_is_reported(make):
    with pytest.raises(checks.CheckError, match='status is completed, not early_stopped'):
        make(stopped="changes = dict(status='completed')").stops()


def test_process_without_end_is_reported(make, monkeypatch):
    monkeypatch.setattr(checks, 'TIMEOUT', 0.5)
    with pytest.raises(checks.CheckError, match=r'No end after 0\.5 seconds'):
        make(plain='import time; time.sleep(60)').trains()


def test_parts_that_are_missing_are_not_imported(make):
    with pytest.raises(checks.CheckError, match="No module named 'nothing'"):
        make().imports()


def test_toolbox_that_is_not_installed_is_checked_no_further(make):
    report = checks.check_toolbox(make())
    assert list(report.cells.values()) == ['no', '-', '-', '-', '-']
    assert report.reasons == {'installed': 'no-such-package is not installed.'}


def test_resume_that_fails_does_not_keep_from_stopping(make, monkeypatch):
    check = make(killed='sys.exit(0)')
    monkeypatch.setattr(check, 'installed', lambda: '1.0')
    monkeypatch.setattr(check, 'imports', lambda: 'yes')
    report = checks.check_toolbox(check)
    assert list(report.cells.values()) == ['1.0', 'yes', 'mIoU 12.3', 'no', 'yes']


def test_table_has_a_reason_below_for_each_cell_that_failed(make):
    head, row, *reasons = checks.format_reports([checks.check_toolbox(make())]).splitlines()
    assert head.split() == ['toolbox', *' '.join(checks.CELLS).split()]
    assert row.split() == ['no-such-package', 'no', '-', '-', '-', '-']
    assert reasons == ['no-such-package, installed: no-such-package is not installed.']
