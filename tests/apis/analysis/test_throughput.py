"""Throughput measurement, on the CPU."""

from __future__ import annotations

import pytest
from paths import CONFIGS

from mmlesson.apis.analysis import throughput
from mmlesson.errors import UserError

DIGITS = str(CONFIGS / 'cnn/cnn_digits.py')


@pytest.mark.parametrize('case', throughput.CASES)
def test_each_case_trains(monkeypatch, tmp_path, case):
    monkeypatch.chdir(tmp_path)
    options = {**throughput.CASES[case], 'train_dataloader.batch_size': 2}
    loop = throughput._train(DIGITS, 'cpu', options, iterations=2)
    assert (loop.iter, loop.samples_seen) == (2, 4)
    assert loop.train_seconds > 0


def test_same_device_has_no_loss_difference():
    assert throughput.loss_difference(DIGITS, 'cpu', 'cpu') == 0


def test_rates_are_a_table():
    assert throughput.format_rates({'a': 12345.6}).splitlines()[-1].split() == ['a', '12,346']


def test_config_with_a_mistake_is_refused(tmp_path):
    lesson = tmp_path / 'lesson.py'
    lesson.write_text(f"_base_ = ['{DIGITS}']\ntrain_cgf = dict()\n")
    with pytest.raises(UserError, match=r"train_cgf: is an unknown key\. Did you mean 'train_cfg'"):
        throughput.loss_difference(str(lesson), 'cpu', 'cpu')
