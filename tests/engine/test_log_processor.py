import json
from pathlib import Path

import pytest
from mmengine.hooks import Hook
from mmengine.runner import LogProcessor

from mmlesson.engine.log_processor import LessonLogProcessor

XOR = 'mlp/mlp_xor.py'


class Noting(Hook):
    """Notes what each validation reports."""

    def __init__(self):
        self.noted = []

    def after_val_epoch(self, runner, metrics=None):
        self.noted.append(metrics['loss'])


@pytest.mark.parametrize(
    'log_processor', [None, {'by_epoch': True}, {'type': 'LogProcessor', 'window_size': 50}]
)
def test_stock_logger_hook_records_each_validations_own_loss(build, log_processor):
    logger = {'_delete_': True, 'type': 'LoggerHook'}
    runner = build(
        XOR,
        train_cfg__max_epochs=4,
        default_hooks__logger=logger,
        log_processor=log_processor,
        test_after_train=False,
    )
    noting = Noting()
    runner.register_hook(noting)
    runner.train()
    (file,) = Path(runner.work_dir).glob('*/vis_data/scalars.json')
    lines = map(json.loads, file.read_text().splitlines())
    # mmengine's names carry no 'val/'; its lines of training have a learning rate.
    recorded = [line['loss'] for line in lines if 'loss' in line and 'lr' not in line]
    assert len(set(noting.noted)) == 4
    assert recorded == pytest.approx(noting.noted)


@pytest.mark.parametrize(('mode', 'loss'), [('train', 2.0), ('val', 3.0), ('test', 3.0)])
def test_losses_are_averaged_in_training_alone(build, mode, loss):
    runner = build(XOR)
    for value in (1.0, 2.0, 3.0):
        runner.message_hub.update_scalar(f'{mode}/loss', value)
        runner.message_hub.update_scalar(f'{mode}/time', value)
    found = LessonLogProcessor()._collect_scalars([], runner, mode)
    assert found == {'loss': loss, 'time': 2.0}


def test_processor_of_another_type_is_left_alone(build):
    runner = build(XOR)
    own = LogProcessor()
    assert runner.build_log_processor(own) is own
