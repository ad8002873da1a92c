import json
from collections import OrderedDict

import pytest
import torch
from mmengine.evaluator import BaseMetric
from mmengine.hooks import Hook
from mmengine.logging import MessageHub, MMLogger
from mmengine.model import BaseModel
from mmengine.registry import DefaultScope
from mmengine.runner import FlexibleRunner, Runner
from mmengine.visualization import Visualizer
from torch import nn

from mmlesson.engine.hooks.stage_hook import StageHook, adopt, is_adopted

pytestmark = [pytest.mark.filterwarnings('ignore'), pytest.mark.usefixtures('_own_globals')]


@pytest.fixture
def _own_globals(monkeypatch):
    """Let a Runner leave its logger, scope and hub behind where no other test finds them."""
    for kind in (DefaultScope, MMLogger, MessageHub, Visualizer):
        monkeypatch.setattr(kind, '_instance_dict', OrderedDict())
    monkeypatch.setenv('TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD', '1')  # mmengine's checkpoints need it
    yield
    for logger in MMLogger._instance_dict.values():
        for handler in logger.handlers:
            handler.close()


class Falling(BaseModel):
    """Its loss is the mean of the inputs plus the weight; SGD lowers the weight by 1 a step."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))

    def forward(self, inputs, labels, mode='tensor'):
        if mode == 'loss':
            return {'loss': self.weight.sum() + torch.stack(inputs).mean()}
        return [{'value': self.weight.item()}]


class Value(BaseMetric):
    def process(self, data_batch, data_samples):
        self.results.append(data_samples[0]['value'])

    def compute_metrics(self, results):
        return {'loss': results[0]}


class Stages(Hook):
    def __init__(self):
        self.seen = []

    def at_train_metrics(self, runner):
        self.seen.append(('metrics', runner.status.train_metrics['loss']))

    def after_val_epoch(self, runner, metrics=None):
        self.seen.append(('validate', runner.status.val_metrics['loss']))

    def at_safe_point(self, runner):
        self.seen.append(('safe', runner.epoch, runner.iter))

    def at_end(self, runner):
        self.seen.append(('end',))


@pytest.fixture
def make(tmp_path):
    def make(name='run', by_epoch=True, length=2, hooks=(), kind=Runner, **options):
        sampler = 'DefaultSampler' if by_epoch else 'InfiniteSampler'
        data = {
            'dataset': [{'inputs': torch.tensor([x]), 'labels': 0} for x in (1.0, 2.0, 6.0)],
            'batch_size': 2,
            'sampler': {'type': sampler, 'shuffle': False},
        }
        train_cfg = {'by_epoch': by_epoch, 'max_epochs' if by_epoch else 'max_iters': length}
        evaluated = {**data, 'sampler': {'type': 'DefaultSampler', 'shuffle': False}}
        return kind(
            model=Falling(),
            work_dir=str(tmp_path / name),
            train_dataloader=data,
            train_cfg={**train_cfg, 'val_interval': 1 if by_epoch else 2},
            val_dataloader=evaluated,
            val_cfg={},
            val_evaluator=[Value()],
            optim_wrapper={'optimizer': {'type': 'SGD', 'lr': 1.0}},
            custom_hooks=list(hooks),
            experiment_name=f'{tmp_path.name}_{name}_{length}',
            **options,
        )

    return make


class Adopting(Stages):
    def before_run(self, runner):
        adopt(runner)


def test_stages_come_in_the_order_of_our_loops(make):
    hook = Adopting()
    make(hooks=[hook]).train()
    # Means over samples: ((1 + 2) / 2 * 2 + 6) / 3 = 3, and the weight falls from step to step.
    losses = [3 + (0 * 2 - 1) / 3, 3 + (-2 * 2 - 3) / 3]
    assert [entry[0] for entry in hook.seen] == ['metrics', 'validate', 'safe'] * 2 + ['end']
    assert [hook.seen[i][1] for i in (0, 3)] == pytest.approx(losses)
    assert [hook.seen[i][1] for i in (1, 4)] == [-2, -4]
    assert [hook.seen[i][1:] for i in (2, 5)] == [(1, 2), (2, 4)]


def test_iterations_have_a_safe_point_each_and_metrics_before_a_validation(make):
    hook = Adopting()
    make(by_epoch=False, length=4, hooks=[hook]).train()
    kinds = [entry[0] for entry in hook.seen]
    assert kinds == ['safe', 'metrics', 'validate', 'safe'] * 2 + ['end']
    assert [entry[2] for entry in hook.seen if entry[0] == 'safe'] == [1, 2, 3, 4]


def test_runner_is_adopted_once(make):
    hooks = [Adopting(), Adopting()]
    runner = make(hooks=hooks)
    runner.train()
    assert sum(isinstance(hook, StageHook) for hook in runner.hooks) == 1
    assert is_adopted(runner)


def test_our_runner_is_left_as_it_is(build):
    runner = build('mlp/mlp_moons.py')
    adopt(runner)
    assert not is_adopted(runner)


def test_checkpoint_hook_saves_after_validation_and_keeps_the_best(make, tmp_path):
    hook = {'type': 'mmlesson.LessonCheckpointHook', 'save_best': 'loss', 'max_keep': 1}
    make(length=3, default_hooks={'checkpoint': hook}).train()
    run = tmp_path / 'run'
    assert sorted(file.name for file in run.glob('*.pth')) == ['best_loss.pth', 'epoch_3.pth']
    saved = torch.load(run / 'epoch_3.pth', weights_only=False)
    assert saved['state_dict']['weight'].item() == -6
    assert saved['meta']['epoch'] == 3
    assert (run / 'last_checkpoint').read_text() == str(run / 'epoch_3.pth')


def test_mmengine_resumes_from_the_last_checkpoint_and_the_best_score_is_known(make, tmp_path):
    hook = {'type': 'mmlesson.LessonCheckpointHook', 'save_best': 'loss', 'rule': 'greater'}
    make(length=2, default_hooks={'checkpoint': hook}).train()
    resumed = make(length=3, default_hooks={'checkpoint': hook}, resume=True)
    resumed.train()
    assert (resumed.epoch, resumed.model.weight.item()) == (3, -6)
    ours = next(h for h in resumed.hooks if type(h).__name__ == 'LessonCheckpointHook')
    assert (ours.best['epoch'], ours.best['value']) == (1, -2)


def test_progress_hook_logs_and_records_training_and_validation(make, tmp_path):
    make(default_hooks={'logger': {'type': 'mmlesson.ProgressHook'}}).train()
    log = next((tmp_path / 'run').rglob('*.log')).read_text()
    assert 'epoch 1/2  train loss 2.667 | val loss -2' in log
    assert 'epoch 2/2  train loss 0.6667 | val loss -4' in log


def test_visualization_hook_draws_the_learning_curves(make, tmp_path):
    hooks = {
        'logger': {'type': 'mmlesson.ProgressHook'},
        'visualization': {'type': 'mmlesson.VisualizationHook', 'figures': ['learning_curves']},
    }
    visualizer = {'type': 'Visualizer', 'vis_backends': [{'type': 'LocalVisBackend'}]}
    make(default_hooks=hooks, visualizer=visualizer).train()
    assert (tmp_path / 'run' / 'figures' / 'learning_curves.png').exists()
    lines = next((tmp_path / 'run').rglob('scalars.json')).read_text().splitlines()
    assert any('val/loss' in json.loads(line) for line in lines)


FLEXIBLE = {'kind': FlexibleRunner, 'strategy': {'type': 'SingleDeviceStrategy'}}
STOPPING = {'type': 'mmlesson.EarlyStoppingHook', 'monitor': 'loss', 'rule': 'greater'}


@pytest.mark.parametrize('kind', [{}, FLEXIBLE])
def test_early_stopping_and_summary(make, tmp_path, kind):
    runner = make(length=9, hooks=[{**STOPPING, 'patience': 3}], **kind)
    runner.train()
    summary = json.loads((tmp_path / 'run' / 'summary.json').read_text())
    assert (summary['status'], summary['epochs']) == ('early_stopped', 4)
    assert summary['stop']['reason'] == 'patience'
    assert summary['splits'].keys() == {'train', 'val'}
    assert runner.model.weight.item() == -2  # of epoch 1, the best


@pytest.mark.parametrize('kind', [{}, FLEXIBLE])
def test_early_stopping_continues_after_a_resume(make, kind):
    hooks = [{**STOPPING, 'patience': 4}]
    make(length=3, hooks=hooks, **kind).train()
    resumed = make(length=9, hooks=hooks, resume=True, **kind)
    resumed.train()
    # The checkpoint of epoch 3 precedes its validation: 2 of 4 validations remain after 1 and 2.
    assert resumed.epoch == 6
