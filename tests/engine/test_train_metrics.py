import math

import numpy as np
import pytest
import torch

from mmlesson.engine.train_metrics import NonFiniteLossError, TrainMeter, merge

RNG = np.random.default_rng(0)


def test_means_are_over_samples_not_over_batches():
    batches = [RNG.normal(size=n) for n in (8, 8, 3)]
    meter = TrainMeter()
    for batch in batches:
        meter.update({'loss': torch.tensor(batch.mean())}, len(batch))
    assert meter.compute()['loss'] == pytest.approx(np.concatenate(batches).mean())
    assert meter.samples == 19


def test_integers_are_counts_and_are_summed():
    meter = TrainMeter()
    for mistakes in (3, 0, 4):
        meter.update({'mistakes': torch.tensor(mistakes)}, 10)
    assert meter.compute() == {'mistakes': 7}


@pytest.mark.parametrize('value', [math.nan, math.inf])
def test_loss_that_is_not_finite_is_found_at_the_next_flush(value):
    meter = TrainMeter()
    meter.update({'loss': torch.tensor(1.0)}, 1)
    meter.update({'loss': torch.tensor(value)}, 1)
    with pytest.raises(NonFiniteLossError, match=f'loss is {value}'):
        meter.flush()


def test_other_metric_may_be_nan():
    meter = TrainMeter()
    meter.update({'ratio': torch.tensor(math.nan)}, 1)
    assert math.isnan(meter.compute()['ratio'])


def test_flushing_between_steps_changes_nothing():
    whole, parts = TrainMeter(), TrainMeter()
    for value in RNG.normal(size=5):
        for meter in (whole, parts):
            meter.update({'loss': torch.tensor(value)}, 2)
        parts.flush()
    assert parts.compute() == whole.compute()


@pytest.mark.parametrize('value', [math.nan, torch.tensor(-math.inf)])
def test_loss_of_the_last_step_is_checked(value):
    meter = TrainMeter()
    meter.flush_if_not_finite()
    meter.update({'loss': torch.tensor(1.0), 'ratio': torch.tensor(math.nan)}, 1)
    meter.flush_if_not_finite()
    meter.update({'loss': value}, 1)
    with pytest.raises(NonFiniteLossError, match='loss is'):
        meter.flush_if_not_finite()


def test_steps_may_log_different_values():
    meter = TrainMeter()
    for log_vars in ({'loss': torch.tensor(1.0)}, {'loss': 3.0, 'mistakes': 2}, {'mistakes': 1}):
        meter.update(log_vars, 2)
    assert meter.compute() == {'loss': 8 / 6, 'mistakes': 3}


def test_saved_state_can_be_restored():
    first, second, whole = TrainMeter(), TrainMeter(), TrainMeter()
    for meter in (first, whole):
        meter.update({'loss': 1.0, 'mistakes': 2}, 4)
    second.load_state_dict(first.state_dict())
    for meter in (second, whole):
        meter.update({'loss': 3.0, 'mistakes': 1}, 2)
    assert second.compute() == whole.compute() == {'loss': pytest.approx(10 / 6), 'mistakes': 3}


def test_merged_meter_contains_the_values_of_all_meters():
    states = []
    for loss, mistakes, samples in ((1.0, 2, 4), (3.0, 1, 2)):
        meter = TrainMeter()
        meter.update({'loss': loss, 'mistakes': mistakes}, samples)
        states.append(meter.state_dict())
    for order in (states, states[::-1]):
        merged = merge(order)
        assert merged.compute() == {'loss': pytest.approx(10 / 6), 'mistakes': 3}
        assert merged.samples == 6
