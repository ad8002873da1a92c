import pytest
import torch

from mmlesson.engine import training_state
from mmlesson.errors import UserError
from mmlesson.runs.checkpoint import CheckpointError, to_plain

MOONS = 'mlp/mlp_moons.py'
SHORT = {'train_cfg__max_epochs': 2}


@pytest.fixture
def trained(build):
    runner = build(MOONS, 'trained', **SHORT)
    runner.train()
    return runner


@pytest.fixture
def prepared(build):
    """Return a function that gives a runner of the same lesson, ready to be restored."""

    def prepare(name='fresh', **options):
        runner = build(MOONS, name, **{**SHORT, **options})
        runner._train_loop = runner.build_train_loop(runner._train_loop)
        runner.optim_wrapper = runner.build_optim_wrapper(runner.optim_wrapper)
        if runner.param_schedulers:
            runner.param_schedulers = runner.build_param_scheduler(runner.param_schedulers)
        runner._init_model_weights()
        return runner

    return prepare


def test_restored_runner_has_weights_optimizer_counters_and_metrics(trained, prepared):
    state = to_plain(training_state.capture(trained))
    runner = prepared()
    training_state.restore(runner, state, 'x.pth')
    for name, tensor in runner.bare_model.state_dict().items():
        assert torch.equal(tensor, trained.bare_model.state_dict()[name])
    assert (runner.epoch, runner.iter) == (trained.epoch, trained.iter)
    assert runner.status.train_metrics == trained.status.train_metrics
    assert runner.status.val_metrics == trained.status.val_metrics
    moments = [s['exp_avg'] for s in runner.optim_wrapper.state_dict()['state'].values()]
    assert moments
    assert any(moment.abs().sum() > 0 for moment in moments)


def test_captured_state_is_plain_data_once_converted(trained, tmp_path):
    torch.save(to_plain(training_state.capture(trained)), tmp_path / 'x.pth')
    assert torch.load(tmp_path / 'x.pth', weights_only=True)['meta']['epoch'] == 2


def test_weights_alone_cannot_be_resumed_from(trained, prepared):
    state = {'state_dict': trained.bare_model.state_dict()}
    with pytest.raises(CheckpointError, match=r'x\.pth holds weights only, nothing to resume from'):
        training_state.restore(prepared(), state, 'x.pth')


def test_other_training_split_is_refused(trained, prepared):
    state = to_plain(training_state.capture(trained))
    other = {'dataset': {'split_seed': 1}}
    runner = prepared(train_dataloader=other, val_dataloader=other, test_dataloader=other)
    with pytest.raises(UserError, match=r'x\.pth was trained on another training split'):
        training_state.restore(runner, state, 'x.pth')


def test_seed_of_the_checkpoint_is_used(trained, prepared):
    state = to_plain(training_state.capture(trained))
    runner = prepared(randomness={'seed': 5})
    training_state.restore(runner, state, 'x.pth')
    assert runner.seed == trained.seed == 0


def test_stop_of_the_checkpoint_stops_again_by_default(trained, prepared):
    trained.status.stop = {'reason': 'patience', 'message': 'no gain', 'epoch': 2}
    state = to_plain(training_state.capture(trained))
    stopped, continued = prepared('a'), prepared('b')
    continued.cfg.resume_after_stop = True
    for runner in (stopped, continued):
        training_state.restore(runner, state, 'x.pth')
    assert stopped.train_loop.stop_training
    assert stopped.status.stop == trained.status.stop
    assert not continued.train_loop.stop_training
    assert continued.status.stop is None


def test_hooks_of_the_same_class_have_separate_states():
    class Counting:
        def __init__(self, count):
            self.count = count

        def state_dict(self):
            return {'count': self.count}

        def load_state_dict(self, state):
            self.count = state['count']

    first, second = Counting(1), Counting(2)
    named = training_state.stateful_hooks([first, object(), second])
    assert named == {'Counting': first, 'Counting#2': second}
