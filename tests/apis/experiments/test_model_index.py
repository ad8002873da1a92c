"""OpenMMLab's list of models."""

from __future__ import annotations

import pytest
import yaml
from paths import CONFIGS, ROOT

from mmlesson.apis.experiments.model_index import model_index
from mmlesson.errors import UserError

CONFIG = '''"""A lesson.

Run:     python tools/train.py x
{measured}
"""
train_dataloader = dict(dataset=dict(type='RepeatDataset', dataset=dict(type='Moons')))
'''


@pytest.fixture
def written(tmp_path):
    """Return a function that writes a config and returns the content of its metafile."""

    def write(measured):
        (tmp_path / 'configs' / 'mlp').mkdir(parents=True)
        (tmp_path / 'configs' / 'mlp' / 'a.py').write_text(CONFIG.format(measured=measured))
        return yaml.safe_load(
            {k.as_posix(): v for k, v in model_index(tmp_path).items()}['configs/mlp/metafile.yml']
        )

    return write


def test_files_are_up_to_date():
    """If this fails: python tools/analysis/write_metafiles.py ."""
    expected = model_index(ROOT)
    assert {file: (ROOT / file).read_text(encoding='utf-8') for file in expected} == expected


def test_each_config_is_listed_once():
    index = yaml.safe_load((ROOT / 'model-index.yml').read_text())
    listed = [
        model['Config']
        for file in index['Import']
        for model in yaml.safe_load((ROOT / file).read_text())['Models']
    ]
    shipped = [f for f in CONFIGS.rglob('*.py') if '_base_' not in f.parts]
    assert sorted(listed) == sorted(file.relative_to(ROOT).as_posix() for file in shipped)


def test_result_is_that_of_the_header(written):
    measured = 'Measured: 98.9 % test accuracy (mean; 98.6 to 99.2), seeds\n          0-4, 1.7 s'
    (model,) = written(measured)['Models']
    assert model['Description'] == 'A lesson.'
    assert model['Metadata'] == {
        'Measured': '98.9 % test accuracy (mean; 98.6 to 99.2), seeds 0-4, 1.7 s'
    }
    assert model['Results'] == [
        {
            'Task': 'Classification',
            'Dataset': 'Moons (test)',
            'Metrics': {'Top 1 Accuracy': 98.9},
        }
    ]


@pytest.mark.parametrize('measured', ['', 'Measured: nothing yet'])
def test_config_without_an_accuracy_has_no_results(written, measured):
    (model,) = written(measured)['Models']
    assert 'Results' not in model


def test_folder_without_configs_is_refused(tmp_path):
    with pytest.raises(UserError, match='has no folder configs'):
        model_index(tmp_path)
