import copy
import io
import logging
import math
from collections import OrderedDict
from types import SimpleNamespace

import pytest
import torch
from mmengine.evaluator import BaseMetric
from mmengine.hooks import EarlyStoppingHook as TheirHook
from mmengine.hooks import EMAHook
from mmengine.logging import MessageHub, MMLogger
from mmengine.model import BaseModel, ExponentialMovingAverage
from mmengine.registry import HOOKS as MMENGINE_HOOKS
from mmengine.registry import DefaultScope
from mmengine.runner import IterBasedTrainLoop, Runner
from mmengine.visualization import Visualizer
from torch import nn

from mmlesson.engine.hooks import EarlyStoppingHook, early_stopping_hook
from mmlesson.engine.run_status import status_of
from mmlesson.errors import ArgumentError, UserError
from mmlesson.registry import HOOKS

ACC = 'accuracy/top1'


class ListLogger:
    """Keeps what is logged, as (level, text)."""

    def __init__(self):
        self.lines = []

    def info(self, text):
        self.lines.append(('info', text))

    def warning(self, text):
        self.lines.append(('warning', text))


def fake_runner(**attributes):
    loop = SimpleNamespace(stop_training=False, epoch=0, iter=0)
    model = nn.Linear(1, 1, bias=False)
    made = {'train_loop': loop, 'model': model, 'logger': ListLogger(), 'hooks': []}
    return SimpleNamespace(**{**made, **attributes})


def train(hook, runner, curve, metric=ACC):
    """Validate epoch after epoch, the weight being the epoch, until the hook stops it."""
    hook.before_train(runner)
    for value in curve:
        runner.train_loop.epoch += 1
        nn.init.constant_(runner.model.weight, runner.train_loop.epoch)
        hook.after_val_epoch(runner, value if isinstance(value, dict) else {metric: value})
        if runner.train_loop.stop_training:
            break
    return runner.train_loop.epoch


def test_registered_under_our_scope_beside_mmengines():
    assert HOOKS.get('EarlyStoppingHook') is EarlyStoppingHook
    assert MMENGINE_HOOKS.get('mmlesson.EarlyStoppingHook') is EarlyStoppingHook
    assert MMENGINE_HOOKS.get('EarlyStoppingHook') is TheirHook


def test_takes_every_argument_of_mmengines_in_its_order():
    code = TheirHook.__init__.__code__
    theirs = code.co_varnames[: code.co_argcount]
    assert EarlyStoppingHook.__init__.__code__.co_varnames[: len(theirs)] == theirs


# What mmengine's own tests look at -------------------------------------------------------------


@pytest.mark.parametrize(
    ('monitor', 'rule', 'start'),
    [
        ('acc', 'greater', -math.inf),
        ('ACC', 'greater', -math.inf),
        ('mAP_50', 'greater', -math.inf),
        ('loss', 'less', math.inf),
        ('Loss', 'less', math.inf),
        ('ce_loss', 'less', math.inf),
    ],
)
def test_direction_is_derived_from_the_name(monitor, rule, start):
    hook = EarlyStoppingHook(monitor)
    assert (hook.rule, hook.best_score) == (rule, start)


def test_name_without_a_direction_needs_a_rule():
    with pytest.raises(ValueError, match="rule must be given for the metric 'smoothness'"):
        EarlyStoppingHook('smoothness')
    assert EarlyStoppingHook('smoothness', 'less').rule == 'less'


def test_a_wrong_rule_is_refused():
    with pytest.raises(
        ValueError, match=r"EarlyStoppingHook.rule must be one of 'greater', 'less'"
    ):
        EarlyStoppingHook(ACC, rule='the world')


def test_a_loop_that_cannot_be_stopped_is_refused_before_training():
    runner = fake_runner(train_loop=object())
    with pytest.raises(UserError, match='object must have an attribute stop_training'):
        EarlyStoppingHook(ACC).before_train(runner)


def test_training_without_validation_is_refused():
    with pytest.raises(UserError, match='must have a validation to monitor, got val_cfg=None'):
        EarlyStoppingHook(ACC).before_train(fake_runner(val_loop=None))


def test_missing_monitor_stops_the_run_and_lists_the_metrics():
    runner = fake_runner()
    status_of(runner).train_metrics = {'loss': 1.0}
    text = (
        "EarlyStoppingHook.monitor 'accuracy' was not reported; the validation reports: "
        "'train/loss', 'accuracy/top1', 'loss'. Did you mean 'accuracy/top1'?"
    )
    with pytest.raises(UserError) as caught:
        train(EarlyStoppingHook('accuracy'), runner, [{ACC: 50.0, 'loss': 0.2}])
    assert str(caught.value) == text


def test_missing_monitor_warns_at_each_validation_if_not_strict():
    runner = fake_runner()
    assert train(EarlyStoppingHook('acc', strict=False), runner, [{ACC: 50.0}] * 3) == 3
    assert [level for level, text in runner.logger.lines if "'acc' was not" in text] == [
        'warning'
    ] * 3


def test_validation_that_reports_nothing_is_logged_and_not_counted():
    runner, hook = fake_runner(), EarlyStoppingHook(ACC, patience=2)
    assert train(hook, runner, [{}, 50.0, {}, 40.0, {}, 30.0, 20.0]) == 6
    assert hook.best == {'metric': ACC, 'value': 50.0, 'epoch': 2}
    warnings = [text for level, text in runner.logger.lines if level == 'warning']
    assert len(warnings) == 3
    assert 'The validation reported no metrics: EarlyStoppingHook skips it' in warnings[0]


RISE = torch.linspace(98, 99, 8)


@pytest.mark.parametrize(
    ('options', 'curve', 'last', 'best'),
    [
        ({}, [i / 9 for i in range(8)], 8, 7 / 9),
        ({'min_delta': 1}, RISE, 6, 98.0),
        ({'min_delta': 1, 'patience': 10}, RISE, 8, 98.0),
        ({'min_delta': 1}, [math.inf] * 5, 1, -math.inf),
        ({'stopping_threshold': 98.5, 'patience': 0}, RISE, 5, 98 + 4 / 7),
        ({'min_delta': 1, 'patience': 3}, [90, 91, 92, 91, 91, 92, 93], 6, None),
    ],
)
def test_stops_at_the_expected_epoch(options, curve, last, best):
    hook = EarlyStoppingHook(ACC, **options)
    assert train(hook, fake_runner(), curve) == last
    if best is not None:
        assert hook.best_score == pytest.approx(best, abs=1e-5)


def test_agrees_with_mmengines_hook_where_the_docstring_names_no_difference():
    generator = torch.Generator().manual_seed(0)
    for _ in range(200):
        curve = (torch.rand(20, generator=generator) * 100).tolist()
        options = {'patience': int(torch.randint(0, 5, (), generator=generator)), 'min_delta': 7.3}
        ours, theirs = fake_runner(), fake_runner()
        their_hook = TheirHook(ACC, **options)
        epoch = 0
        for epoch, value in enumerate(curve, 1):  # noqa: B007
            their_hook.after_val_epoch(theirs, {ACC: value})
            if theirs.train_loop.stop_training:
                break
        hook = EarlyStoppingHook(ACC, **options)
        assert train(hook, ours, curve) == epoch
        assert (hook.best_score, hook.wait_count) == (their_hook.best_score, their_hook.wait_count)


# What is ours ------------------------------------------------------------------------------------


def test_every_validation_and_the_reason_to_stop_are_logged():
    runner = fake_runner()
    train(EarlyStoppingHook(ACC, patience=2), runner, [96, 97.5, 97.5, 97])
    head = f'early stopping on {ACC}: '
    assert [text for _, text in runner.logger.lines] == [
        head + 'improved to 96 (the first score)',
        head + 'improved to 97.5 (from 96)',
        head + 'no improvement 1/2, best 97.5 at epoch 2',
        head + 'no improvement 2/2, best 97.5 at epoch 2',
        f'Stopping at epoch 4: {ACC}: no improvement 2/2, best 97.5 at epoch 2',
    ]
    message = f'{ACC}: no improvement 2/2, best 97.5 at epoch 2'
    assert runner.status.stop == {'reason': 'patience', 'message': message, 'epoch': 4}


def test_best_has_metric_value_and_epoch():
    hook = EarlyStoppingHook([ACC, 'loss'])
    assert hook.best is None
    train(hook, fake_runner(), [{ACC: 90, 'loss': 1}, {ACC: 91, 'loss': 2}, {ACC: 89, 'loss': 0}])
    assert hook.best == {'metric': ACC, 'value': 91.0, 'epoch': 2}


def test_testing_and_validating_do_not_build_the_train_loop():
    class Untouchable(SimpleNamespace):
        @property
        def train_loop(self):
            raise AssertionError('building the training set')

    runner = Untouchable(logger=ListLogger(), model=nn.Linear(1, 1))
    hook = EarlyStoppingHook('a metric', rule='less')
    for stage in hook.stages:
        if stage not in ('before_train', 'after_train') and 'iter' not in stage:
            arguments = (
                {'metrics': {ACC: 1.0}} if stage.endswith(('val_epoch', 'test_epoch')) else {}
            )
            if stage.startswith('before') or not stage.endswith('_epoch') or 'train' in stage:
                arguments = {}
            if 'checkpoint' in stage:
                arguments = {'checkpoint': {}}
            getattr(hook, stage)(runner, **arguments)
    assert runner.logger.lines == []


def test_validating_after_training_decides_nothing():
    hook, runner = EarlyStoppingHook(ACC), fake_runner()
    train(hook, runner, [90, 91])
    hook.after_train(runner)
    hook.after_val_epoch(runner, {ACC: 99})
    assert hook.best_score == 91


def test_a_training_metric_can_be_monitored():
    runner = fake_runner()
    status_of(runner).train_metrics = {'loss': 0.5}
    assert train(EarlyStoppingHook('train/loss', patience=2), runner, [{ACC: 1}] * 9) == 3


def test_pq_requires_the_training_loss():
    options = {'criterion': 'PQ', 'strip': 2}
    runner = fake_runner()
    status_of(runner).train_metrics = {'loss': 0.5}
    assert train(EarlyStoppingHook('loss', **options), runner, [1, 2, 3], 'loss') == 2
    with pytest.raises(UserError, match=r"'PQ' must be given a finite training error .* got None"):
        train(EarlyStoppingHook('loss', **options), fake_runner(), [1], 'loss')


def test_iterations_are_counted_in_iteration_based_training():
    loop = IterBasedTrainLoop.__new__(IterBasedTrainLoop)
    loop._iter, loop._epoch, loop.stop_training = 0, 0, False
    runner, hook = fake_runner(train_loop=loop), EarlyStoppingHook(ACC, patience=1, start_from=100)
    hook.before_train(runner)
    for iteration, value in ((50, 99), (100, 90), (150, 90)):
        loop._iter = iteration
        hook.after_val_epoch(runner, {ACC: value})
    assert runner.status.stop['epoch'] == 150
    assert runner.status.stop['message'] == f'{ACC}: no improvement 1/1, best 90 at iteration 100'


TWO = [{ACC: 90, 'loss': 1.0}, {ACC: 91, 'loss': 1.0}, {ACC: 92, 'loss': 1.0}, {ACC: 92, 'loss': 1}]


@pytest.mark.parametrize(('combine', 'last'), [('any', 2), ('all', 4)])
def test_several_monitors_are_joined_by_any_or_all(combine, last):
    hook = EarlyStoppingHook([ACC, 'loss'], patience=1, combine=combine)
    assert train(hook, fake_runner(), TWO) == last


def test_each_of_several_monitors_may_have_its_own_values():
    hook = EarlyStoppingHook(
        [ACC, 'loss'], rule=[None, 'less'], stopping_threshold=(95, 0.1), min_delta=[0.5, 0.01]
    )
    assert train(hook, fake_runner(), [{ACC: 90, 'loss': 0.2}, {ACC: 90, 'loss': 0.1}]) == 2
    assert [rule.min_delta for rule in hook.rules.values()] == [0.5, 0.01]


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        ({'monitor': []}, r'monitor must be the name of a metric or a list of names, got \[\]'),
        ({'monitor': 5}, 'monitor must be the name of a metric or a list of names, got 5'),
        ({'monitor': [ACC, '']}, 'monitor must be the name of a metric or a list of names'),
        ({'monitor': [ACC, ACC]}, 'monitor must hold each name once'),
        ({'combine': 'both'}, "combine must be one of 'any', 'all', got 'both'"),
        ({'min_delta': [1, 2]}, r'min_delta must be one value or a list of 1, .* got \[1, 2\]'),
        ({'patience': -1}, 'EarlyStoppingHook.patience must be an int >= 0, got -1'),
    ],
)
def test_a_bad_argument_is_named(options, message):
    with pytest.raises(ArgumentError, match=message):
        EarlyStoppingHook(**{'monitor': ACC, **options})


def test_metric_that_is_not_a_number_is_named():
    with pytest.raises(UserError, match=f"monitor '{ACC}' must be one number, got list"):
        train(EarlyStoppingHook(ACC), fake_runner(), [[1.0, 2.0]])
    with pytest.raises(UserError, match='must be one number, got Tensor'):
        train(EarlyStoppingHook(ACC), fake_runner(), [torch.ones(2)])


def test_training_ends_with_the_best_weights():
    hook, runner = EarlyStoppingHook(ACC, patience=2), fake_runner()
    train(hook, runner, [90, 95, 94, 93])
    assert runner.model.weight.item() == 4
    hook.after_train(runner)
    assert runner.model.weight.item() == 2
    assert runner.logger.lines[-1] == ('info', 'Restored the best weights, of epoch 2')


@pytest.mark.parametrize(('options', 'curve'), [({'restore_best': False}, [9, 8]), ({}, [8, 9])])
def test_last_weights_are_kept_on_request_or_if_they_are_the_best(options, curve):
    hook, runner = EarlyStoppingHook(ACC, **options), fake_runner()
    train(hook, runner, curve)
    before = len(runner.logger.lines)
    hook.after_train(runner)
    assert runner.model.weight.item() == 2
    assert len(runner.logger.lines) == before


def test_weights_of_a_wrapped_model_are_restored():
    hook = EarlyStoppingHook(ACC)
    inner = nn.Linear(1, 1)
    runner = fake_runner(model=nn.DataParallel(inner))
    hook.before_train(runner)
    hook.after_val_epoch(runner, {ACC: 9})
    assert set(hook.state_dict()['best_weights']) == {'weight', 'bias'}
    expected = inner.weight.item()
    nn.init.zeros_(inner.weight)
    hook.after_train(runner)
    assert inner.weight.item() == expected


def test_averaged_weights_of_the_validation_are_kept():
    ema, hook, runner = EMAHook(), EarlyStoppingHook(ACC), fake_runner()
    assert hook.priority < 50  # EMAHook's, which swaps the averaged weights out again
    ema.src_model, ema.ema_model = runner.model, ExponentialMovingAverage(runner.model)
    runner.hooks = [hook, ema]
    hook.before_train(runner)
    for raw, average, value in ((1.0, 10.0, 90), (2.0, 20.0, 80)):
        nn.init.constant_(runner.model.weight, raw)
        nn.init.constant_(ema.ema_model.module.weight, average)
        ema.before_val_epoch(runner)
        for one in sorted(runner.hooks, key=lambda one: 50 if one is ema else one.priority):
            one.after_val_epoch(runner, {ACC: value})
    assert runner.model.weight.item() == 2.0
    hook.after_train(runner)
    assert runner.model.weight.item() == 10.0
    ema.before_test_epoch(runner)
    assert runner.model.weight.item() == 10.0


def saved(hook):
    """Return the hook's state as a checkpoint that holds plain data only would give it back."""
    buffer = io.BytesIO()
    torch.save(hook.state_dict(), buffer)
    buffer.seek(0)
    return torch.load(buffer, weights_only=True)


@pytest.mark.parametrize('cut', [0, 1, 2, 3, 4])
def test_resumed_run_finishes_like_an_uninterrupted_run(cut):
    curve = [90, 95, 94, 93, 92, 99]
    whole_hook, whole = EarlyStoppingHook(ACC, patience=3), fake_runner()
    train(whole_hook, whole, curve)
    first, runner = EarlyStoppingHook(ACC, patience=3), fake_runner()
    train(first, runner, curve[:cut])
    hook = EarlyStoppingHook(ACC, patience=3)
    hook.load_state_dict(saved(first))
    train(hook, runner, curve[cut:])
    assert runner.status.stop == whole.status.stop
    whole_hook.after_train(whole)
    hook.after_train(runner)
    assert torch.equal(runner.model.weight, whole.model.weight)
    assert hook.best == whole_hook.best


def test_stop_is_saved_and_cleared_when_training_continues():
    hook, runner = EarlyStoppingHook(ACC, patience=1), fake_runner()
    train(hook, runner, [90, 90])
    resumed = EarlyStoppingHook(ACC, patience=3)
    resumed.load_state_dict(saved(hook))
    assert resumed.stopped == runner.status.stop
    train(resumed, fake_runner(), [90])
    assert resumed.stopped is None
    assert resumed.wait_count == 2


@pytest.fixture
def said(monkeypatch):
    lines = []
    monkeypatch.setattr(early_stopping_hook, 'print_log', lambda text, **_: lines.append(text))
    return lines


def test_config_overrides_arguments_of_the_checkpoint_with_a_warning(said):
    hook = EarlyStoppingHook(ACC, patience=3)
    train(hook, fake_runner(), [90, 89])
    resumed = EarlyStoppingHook(ACC, patience=7)
    resumed.load_state_dict(saved(hook))
    assert (resumed.patience, resumed.wait_count) == (7, 1)
    head = 'EarlyStoppingHook: patience of accuracy/top1 is 7 as the config says'
    assert said == [f'{head}, no longer 3 as in the checkpoint']


def test_another_monitor_or_direction_resets_the_state(said):
    hook = EarlyStoppingHook(ACC)
    train(hook, fake_runner(), [90])
    for resumed in (EarlyStoppingHook('loss'), EarlyStoppingHook(ACC, rule='less')):
        resumed.load_state_dict(saved(hook))
        assert resumed.best is None
        assert resumed.state_dict()['best_weights'] is None
    assert [line.split('EarlyStoppingHook: ')[1] for line in said] == [
        'loss was not monitored in the checkpoint, so its state starts fresh',
        'accuracy/top1 has another rule in the checkpoint, so its state starts fresh',
    ]


def test_ranks_follow_rank_0_even_if_another_rank_has_nan(monkeypatch):
    sent = []
    monkeypatch.setattr(early_stopping_hook, 'get_world_size', lambda: 2)
    monkeypatch.setattr(
        early_stopping_hook, 'broadcast_object_list', lambda box: sent.append(copy.deepcopy(box[0]))
    )
    zero, one = EarlyStoppingHook(ACC, patience=2), EarlyStoppingHook(ACC, patience=2)
    runners = fake_runner(), fake_runner()
    train(zero, runners[0], [90, 91, 91, 91])
    monkeypatch.setattr(early_stopping_hook, 'is_main_process', lambda: False)

    def receive(box):
        box[0] = sent.pop(0)

    monkeypatch.setattr(early_stopping_hook, 'broadcast_object_list', receive)
    train(one, runners[1], [math.nan, {}, 99, math.nan])
    assert runners[0].status.stop == runners[1].status.stop
    assert zero.rules == one.rules
    assert torch.equal(*(hook.state_dict()['best_weights']['weight'] for hook in (zero, one)))


def test_error_of_rank_0_is_raised_on_every_rank(monkeypatch):
    monkeypatch.setattr(early_stopping_hook, 'is_main_process', lambda: False)
    monkeypatch.setattr(
        early_stopping_hook, '_broadcast', lambda _: {'error': 'monitor is missing'}
    )
    with pytest.raises(UserError, match='monitor is missing'):
        train(EarlyStoppingHook(ACC), fake_runner(), [1])


def test_real_logger_formats_the_messages(caplog):
    runner = fake_runner(logger=logging.getLogger('early'))
    with caplog.at_level(logging.INFO, 'early'):
        train(EarlyStoppingHook(ACC), runner, [1])
    assert 'improved to 1' in caplog.text


class ScriptedMetric(BaseMetric):
    """Reports what it was told to, one value per validation."""

    default_prefix = 'test'

    def __init__(self, curve):
        super().__init__()
        self.curve = iter(curve)

    def process(self, data_batch, data_samples):
        self.results.append(0)

    def compute_metrics(self, results):
        return {'acc': next(self.curve)}


class Line(BaseModel):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))

    def forward(self, x, mode='tensor'):
        return {'loss': self.weight.sum()} if mode == 'loss' else [{}]


@pytest.fixture
def _own_globals(monkeypatch):
    """Let a Runner leave its logger, scope and hub behind where no other test finds them."""
    for kind in (DefaultScope, MMLogger, MessageHub, Visualizer):
        monkeypatch.setattr(kind, '_instance_dict', OrderedDict())
    yield
    for logger in MMLogger._instance_dict.values():
        for handler in logger.handlers:
            handler.close()


@pytest.mark.filterwarnings('ignore')
@pytest.mark.usefixtures('_own_globals')
@pytest.mark.parametrize('by_epoch', [True, False])
def test_stops_mmengines_own_runner_and_gives_the_best_weights_back(tmp_path, by_epoch):
    data = {'dataset': [{'x': torch.zeros(1)}] * 3, 'batch_size': 3}
    sampler = {'type': 'DefaultSampler' if by_epoch else 'InfiniteSampler', 'shuffle': False}
    length = {'by_epoch': by_epoch, 'max_epochs' if by_epoch else 'max_iters': 10}
    options = {'monitor': 'test/acc', 'patience': 3, 'min_delta': 1}
    model = Line()
    runner = Runner(
        model=model,
        work_dir=str(tmp_path),
        train_dataloader={**data, 'sampler': sampler},
        train_cfg={**length, 'val_interval': 1},
        val_dataloader={**data, 'sampler': {'type': 'DefaultSampler', 'shuffle': False}},
        val_cfg={},
        val_evaluator=[ScriptedMetric([90, 91, 92, 91, 93, 93, 92, 99])],
        optim_wrapper={'optimizer': {'type': 'SGD', 'lr': 1.0}},
        custom_hooks=[{'type': 'mmlesson.EarlyStoppingHook', **options}],
        experiment_name=f'early_{tmp_path.name}',
    )
    runner.train()
    assert (runner.epoch if by_epoch else runner.iter) == 6  # 91 and 93 gain exactly 1
    assert model.weight.item() == -3.0
    assert runner.status.stop['reason'] == 'patience'


def stock_runner(folder, curve, max_epochs, **options):
    data = {'dataset': [{'x': torch.zeros(1)}] * 3, 'batch_size': 3}
    sampler = {'type': 'DefaultSampler', 'shuffle': False}
    stopping = {'monitor': 'test/acc', 'patience': 3, 'min_delta': 1}
    return Runner(
        model=Line(),
        work_dir=str(folder),
        train_dataloader={**data, 'sampler': sampler},
        train_cfg={'by_epoch': True, 'max_epochs': max_epochs, 'val_interval': 1},
        val_dataloader={**data, 'sampler': sampler},
        val_cfg={},
        val_evaluator=[ScriptedMetric(curve)],
        optim_wrapper={'optimizer': {'type': 'SGD', 'lr': 1.0}},
        custom_hooks=[{'type': 'mmlesson.EarlyStoppingHook', **stopping}],
        experiment_name=f'{folder.name}_{max_epochs}',
        **options,
    )


@pytest.mark.filterwarnings('ignore')
@pytest.mark.usefixtures('_own_globals')
def test_state_survives_a_resume_of_mmengines_own_runner(tmp_path, monkeypatch):
    monkeypatch.setenv('TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD', '1')  # mmengine's checkpoints need it
    stock_runner(tmp_path, [90, 91, 92, 91], max_epochs=4).train()
    resumed = stock_runner(tmp_path, [0, 0, 0, 0, 0, 0], max_epochs=10, resume=True)
    resumed.train()
    assert resumed.epoch == 7  # three validations after the resume; 92 of epoch 3 is the best
    assert resumed.model.weight.item() == -3.0


@pytest.mark.filterwarnings('ignore')
@pytest.mark.usefixtures('_own_globals')
def test_state_is_not_loaded_when_only_weights_are(tmp_path, monkeypatch):
    monkeypatch.setenv('TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD', '1')
    stock_runner(tmp_path, [90, 91, 92, 91], max_epochs=4).train()
    source = str(tmp_path / 'epoch_4.pth')
    fine_tuned = stock_runner(tmp_path, [1, 5, 4, 3, 2, 1], max_epochs=6, load_from=source)
    fine_tuned.train()
    assert fine_tuned.epoch == 5  # the best is 5, of its own epoch 2
