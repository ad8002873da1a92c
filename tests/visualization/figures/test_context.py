from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import torch

from mmlesson.visualization.figures.context import FigureContext, Samples


def test_validation_split_is_used_without_a_test(finished):
    assert finished('mlp/mlp_moons.py', test_after_train=False).eval_split == 'val'


def test_reading_samples_does_not_change_the_random_state(build):
    runner = build('mlp/mlp_moons.py')
    loader = runner.build_dataloader(runner._train_dataloader, seed=0)
    before = torch.get_rng_state()
    samples = Samples.of(loader, most=7)
    assert torch.equal(torch.get_rng_state(), before)
    assert samples.inputs.shape == (7, 2)


def test_samples_are_spread_over_a_split_and_bounded_by_their_size(build, monkeypatch):
    runner = build('mlp/mlp_moons.py')
    loader = runner.build_dataloader(runner._train_dataloader, seed=0)
    whole = Samples.of(loader)
    assert (len(whole.labels), whole.total) == (240, 240)
    part = Samples.of(loader, most=6)
    np.testing.assert_array_equal(part.inputs, whole.inputs[::40])
    assert part.total == 240
    monkeypatch.setattr('mmlesson.visualization.figures.context.MAX_NUMBERS', 24)
    np.testing.assert_array_equal(Samples.of(loader).inputs, whole.inputs[::20])


def test_images_that_the_model_converts_from_bgr_are_shown_in_rgb():
    context = object.__new__(FigureContext)
    image = np.arange(3.0).reshape(1, 3, 1, 1)
    context.splits = {'val': Samples(image, np.zeros(1, int), 1)}
    for flag, expected in ((True, [2, 1, 0]), (False, [0, 1, 2])):
        context.model = SimpleNamespace(data_preprocessor=SimpleNamespace(to_rgb=flag))
        assert context.images('val').ravel().tolist() == expected
