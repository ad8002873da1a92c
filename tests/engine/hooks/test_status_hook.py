from types import SimpleNamespace

from mmengine.hooks import Hook

from mmlesson.engine.hooks import StatusHook
from mmlesson.engine.run_status import status_of


class Reader(Hook):
    """Notes which validation metrics the status holds while its own stage runs."""

    priority = 'VERY_HIGH'

    def __init__(self):
        self.seen = []

    def after_val_epoch(self, runner, metrics=None):
        self.seen.append((dict(metrics), dict(runner.status.val_metrics)))


def test_other_hooks_find_this_validation_in_the_status(build):
    runner = build('mlp/mlp_xor.py', train_cfg__max_epochs=2)
    reader = Reader()
    runner.register_hook(reader)
    runner.train()
    assert len(reader.seen) == 2
    assert all(reported == stored and reported for reported, stored in reader.seen)


def test_metrics_are_copied():
    runner, metrics = SimpleNamespace(), {'loss': 1.0}
    StatusHook().after_val_epoch(runner, metrics)
    StatusHook().after_test_epoch(runner, metrics)
    metrics['loss'] = 2.0
    assert status_of(runner).val_metrics == {'loss': 1.0}
    assert status_of(runner).test_metrics == {'loss': 1.0}
