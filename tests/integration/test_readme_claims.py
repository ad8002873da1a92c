"""Claims of both READMEs and of their pages in docs, checked against what they are about."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import tomllib
import torch
from mmengine.config import Config
from mmengine.evaluator import BaseMetric, Evaluator
from mmengine.model import BaseModel
from mmengine.runner import Runner
from paths import READMES, ROOT, documentation

from mmlesson.apis.own_data.make_config import make_config
from mmlesson.config import load_config
from mmlesson.datasets import Digits
from mmlesson.engine.distributed import context
from mmlesson.engine.hooks import EarlyStoppingHook
from mmlesson.runs.run import Run
from mmlesson.visualization.figures.on_request import ALL_FIGURES

DESCENT = sorted((ROOT / 'configs' / 'perceptron').glob('descent_*.py'))


@pytest.fixture(params=READMES)
def text(request) -> str:
    return documentation(request.param)


def test_digits_of_the_package_are_as_many_as_stated(text):
    digits = {split: Digits(split) for split in ('train', 'val', 'test')}
    (total,) = re.findall(r'([\d,]+) (?:handwritten digits|张手写数字)', text)
    assert int(total.replace(',', '')) == sum(map(len, digits.values()))
    (val,) = re.findall(r'(\d+) (?:validation samples|个验证样本)', text)
    assert int(val) == len(digits['val'])


def test_python_is_the_one_that_the_package_requires(text):
    project = tomllib.loads((ROOT / 'pyproject.toml').read_text())['project']
    (version,) = set(re.findall(r'Python (3\.\d+) (?:or newer|或更新)', text))
    assert project['requires-python'] == f'>={version}'


def test_extras_that_pip_is_given_exist(text):
    project = tomllib.loads((ROOT / 'pyproject.toml').read_text())['project']
    named = re.findall(r'(?:mmlesson|\.)\[(\w+)\]', text)
    assert {'dev', 'search', 'openmmlab'} <= set(named)
    assert set(named) <= set(project['optional-dependencies'])


def test_process_counts_as_hung_after_the_timeout(text):
    (seconds,) = re.findall(r'(\d+) (?:s without an answer|秒没有回应)', text)
    assert float(seconds) == context.TIMEOUT


def test_figures_of_the_commands_exist(text):
    named = re.findall(r'--figures ((?:[a-z_]+ ?)+)`', text)
    assert len(named) == 4
    assert {name for names in named for name in names.split()} <= set(ALL_FIGURES)


def test_animation_to_open_is_one_that_the_lesson_makes(text):
    (film,) = re.findall(r'figures/(\w+)_film\.html', text)
    assert film in load_config(ROOT / 'configs/mlp/mlp_xor.py').default_hooks.visualization.films


def test_config_of_a_table_has_the_stated_name(text, tmp_path, monkeypatch):
    rows = [f'{n},{n * n % 7},{"ab"[n % 2]}' for n in range(40)]
    (tmp_path / 'my_table.csv').write_text('\n'.join(['x,y,kind', *rows]))
    monkeypatch.chdir(tmp_path)
    file, _ = make_config(Path('my_table.csv'), None, None, 'utf-8')
    assert set(re.findall(r'\S*my_table\.py', text)) == {str(file)}


def test_code_blocks_of_both_languages_are_the_same():
    def code(name: str) -> list[str]:
        blocks = re.findall(r'```(?:\w*)\n(.*?)```', documentation(name), re.DOTALL)
        return [re.sub(r'\s*#.*', '', block) for block in blocks]  # comments are translated

    english, chinese = map(code, READMES)
    assert english == chinese


@pytest.mark.parametrize('config', DESCENT, ids=lambda file: file.stem)
def test_descents_have_the_same_start_and_the_same_number_of_samples(config):
    loaded = load_config(config)
    assert loaded.model.head == {'type': 'BinaryHead', 'bias': False, 'init': 'zeros'}
    first = load_config(DESCENT[0])
    assert loaded.train_cfg.max_epochs == first.train_cfg.max_epochs
    assert loaded.train_dataloader.dataset == first.train_dataloader.dataset


def test_softmax_gives_five_probabilities(text):
    assert re.search(r'five probabilities|五个概率', text)
    assert load_config(ROOT / 'configs/mlp/softmax_blobs.py').model.head.num_classes == 5


def test_without_a_hidden_layer_xor_stays_at_most_at_75_percent(train):
    texts = ''.join(documentation(name) for name in READMES)
    stated = re.findall(r'hidden_sizes=\(\)"\s+#.* (\d+) %', texts)
    assert len(stated) == 2
    (limit,) = set(stated)
    summary = train('mlp/mlp_xor.py', model__backbone__hidden_sizes=())
    assert summary['test']['accuracy/top1'] <= float(limit)
    assert summary['train']['accuracy/top1'] <= float(limit) + 1


def test_many_epochs_of_the_digits_reach_the_same_accuracy(train, tmp_path):
    train('mlp/mlp_digits.py')
    points = Run(tmp_path / 'run').scalars['val']
    values = {round(point['accuracy/top1'], 6) for _, point in points}
    assert len(values) < len(points) / 2


def test_backpropagation_by_hand_gives_the_same_weights(build):
    weights = []
    for name in ('mlp_backprop', 'mlp_digits'):
        runner = build(f'mlp/{name}.py', name, train_cfg__max_epochs=5)
        runner.train()
        weights.append(torch.cat([p.detach().ravel() for p in runner.model.parameters()]))
    np.testing.assert_allclose(weights[0], weights[1], rtol=0, atol=1e-4)


def test_learning_rate_and_epochs_of_a_resumed_run_are_those_of_the_config(build, caplog):
    rate = {'optim_wrapper__optimizer__lr': 0.1, 'param_scheduler': None}
    build('mlp/mlp_moons.py', train_cfg__max_epochs=1, **rate).train()
    rate['optim_wrapper__optimizer__lr'] = 0.05
    runner = build('mlp/mlp_moons.py', resume=True, train_cfg__max_epochs=2, **rate)
    runner.train()
    assert runner.epoch == 2
    assert runner.optim_wrapper.get_lr()['lr'] == [0.05]
    log = ''.join(file.read_text() for file in Path(runner.work_dir).rglob('*.log'))
    assert 'is 0.05, no longer 0.1, as the config says.' in log


class Scores(BaseMetric):
    """A metric that never improves."""

    def process(self, data_batch, data_samples):
        self.results.append(0)

    def compute_metrics(self, size):
        return {'accuracy/top1': 50.0}


class Constant(BaseModel):
    """A model of one weight."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(1))

    def forward(self, inputs, mode='loss'):
        return {'loss': self.weight.sum()} if mode == 'loss' else [{}]


def test_hook_stops_training_in_the_runner_of_mmengine(text, tmp_path):
    (block,) = [
        block
        for block in re.findall(r'```python\n(.*?)```', text, re.DOTALL)
        if 'mmlesson.EarlyStoppingHook' in block
    ]
    shown = Config.fromstring(block, '.py')  # imports what it names
    (hook,) = shown.custom_hooks
    assert hook['patience'] == 5

    loader = {'batch_size': 1, 'dataset': [{'inputs': 0}], 'num_workers': 0}
    runner = Runner(
        Constant(),
        str(tmp_path),
        train_dataloader={**loader, 'sampler': {'type': 'DefaultSampler', 'shuffle': False}},
        val_dataloader={**loader, 'sampler': {'type': 'DefaultSampler', 'shuffle': False}},
        train_cfg={'by_epoch': True, 'max_epochs': 20},
        val_cfg={},
        val_evaluator=Evaluator(Scores()),
        optim_wrapper={'optimizer': {'type': 'SGD', 'lr': 0.1}},
        custom_hooks=[hook],
        default_scope='mmengine',
        experiment_name=tmp_path.name,
        log_level='ERROR',
    )
    runner.train()
    assert runner.epoch == 6  # the first is the best, and five follow
    assert any(isinstance(one, EarlyStoppingHook) for one in runner.hooks)
