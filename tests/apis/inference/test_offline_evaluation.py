"""Metrics of written predictions, and what a file of them may not do."""

from __future__ import annotations

import os
import pickle
from argparse import Namespace
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.evaluator import DumpResults
from paths import CONFIGS
from sklearn.metrics import accuracy_score, log_loss

from mmlesson.apis.inference.offline_evaluation import measure_predictions, read_predictions
from mmlesson.errors import UserError

MOONS = str(CONFIGS / 'mlp/mlp_moons.py')
RNG = np.random.RandomState(0)
SCORES = RNG.dirichlet([1, 1], 50)
LABELS = RNG.randint(0, 2, 50)


@pytest.fixture
def words(tmp_path):
    """Return a function that gives the command line of test.py, on predictions of our own."""
    file = tmp_path / 'p.pkl'
    dump = DumpResults(str(file))
    dump.process(
        None,
        [
            {
                'pred_score': torch.tensor(score),
                'pred_label': torch.tensor([int(score.argmax())]),
                'gt_label': torch.tensor([label]),
            }
            for score, label in zip(SCORES, LABELS.tolist(), strict=True)
        ],
    )
    dump.evaluate(50)

    def give(**options):
        nothing = dict.fromkeys(('work_dir', 'show_dir', 'cfg_options', 'out'))
        plain = {'tta': False, 'amp': False, 'out_item': 'metrics', 'checkpoint': str(file)}
        return Namespace(config=MOONS, **{**nothing, **plain, **options})

    return give


def test_metrics_of_written_predictions_are_those_of_scikit_learn(words):
    metrics = measure_predictions(words())
    expected = 100 * accuracy_score(LABELS, SCORES.argmax(1))
    assert metrics['accuracy/top1'] == pytest.approx(expected)
    assert metrics['loss'] == pytest.approx(log_loss(LABELS, SCORES))


def test_metrics_can_differ_from_those_of_the_test(words):
    options = ["test_evaluator=[{'type':'mmpretrain.SingleLabelMetric'}]"]
    metrics = measure_predictions(words(cfg_options=options))
    assert {'single-label/precision', 'single-label/recall'} <= set(metrics)


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        ({'tta': True}, '--tta needs a checkpoint'),
        ({'work_dir': 'x'}, '--work-dir needs a checkpoint'),
        ({'show_dir': 'x'}, '--show-dir needs a checkpoint'),
        ({'out_item': 'pred'}, 'holds the predictions already'),
        ({'checkpoint': 'nowhere.pkl'}, 'There is no file nowhere.pkl'),
        ({'out': 'm.txt'}, 'must end in .json'),
    ],
)
def test_options_that_need_a_model_are_refused(words, options, message):
    with pytest.raises(UserError) as caught:
        measure_predictions(words(**options))
    assert message in str(caught.value)


class Evil:
    def __reduce__(self):
        return os.system, ('touch pwned',)


@pytest.mark.parametrize('protocol', [2, 4])
def test_code_in_a_file_of_predictions_is_not_run(tmp_path, monkeypatch, protocol):
    monkeypatch.chdir(tmp_path)
    Path('evil.pkl').write_bytes(pickle.dumps([Evil()], protocol=protocol))
    with pytest.raises(UserError, match='which is no plain data'):
        read_predictions(Path('evil.pkl'))
    assert not Path('pwned').exists()


@pytest.mark.parametrize('content', [b'', b'junk', pickle.dumps([]), pickle.dumps({'a': 1})])
def test_file_without_predictions_is_refused(tmp_path, content):
    file = tmp_path / 'p.pkl'
    file.write_bytes(content)
    with pytest.raises(UserError, match=r'p\.pkl'):
        read_predictions(file)


def test_config_is_checked_as_for_a_run(words):
    with pytest.raises(
        UserError, match=r"test_dataloader.batch_sise: .* Did you mean 'batch_size'"
    ):
        measure_predictions(words(cfg_options=['+test_dataloader.batch_sise=3']))
