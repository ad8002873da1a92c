"""Pictures of a run: what is drawn, when, and that training does not notice."""

from __future__ import annotations

import json
import logging
import time
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
import torch
from mmengine.hooks import Hook
from PIL import Image

from mmlesson.engine.hooks import VisualizationHook
from mmlesson.errors import ArgumentError
from mmlesson.registry import HOOKS
from mmlesson.runs.scalars import read_points
from mmlesson.visualization.figures import animations, catalogue
from mmlesson.visualization.figures.context import NotApplicableError
from mmlesson.visualization.figures.frames import FrameStore
from mmlesson.visualization.figures.names import ANIMATION_NAMES, FIGURE_NAMES
from mmlesson.visualization.figures.weight_trajectory import WeightTrajectory

XOR = 'mlp/mlp_xor.py'
mpl.use('agg')  # imported here, so that runs draw in this process and start none, see `new_drawers`


@HOOKS.register_module()
class FailAt(Hook):
    """Fails after a given epoch."""

    def __init__(self, epoch: int) -> None:
        self.epoch = epoch

    def after_train_epoch(self, runner):
        if runner.epoch + 1 == self.epoch:
            raise RuntimeError('as asked')


def hook(**arguments):
    return {'default_hooks__visualization': {'type': 'VisualizationHook', **arguments}}


def drawn(runner) -> set[str]:
    return {file.name for file in (Path(runner.work_dir) / 'figures').glob('*')}


def train(build, lesson=XOR, epochs=3, **options):
    runner = build(lesson, train_cfg__max_epochs=epochs, **options)
    runner.train()
    return runner


def test_names_in_the_hook_are_those_that_can_be_drawn():
    assert tuple(catalogue.FIGURES) == FIGURE_NAMES
    assert tuple(animations.ANIMATIONS) == ANIMATION_NAMES


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        ({'figures': ['neuron']}, "did you mean 'neurons'"),
        ({'films': ['weight']}, "did you mean 'weights'"),
        ({'formats': ['webm']}, 'VisualizationHook.formats'),
        ({'figures': 'neurons'}, r"Write \['neurons'\]"),
        ({'interval': -1}, 'VisualizationHook.interval'),
        ({'max_frames': 1}, 'VisualizationHook.max_frames'),
    ],
)
def test_wrong_arguments_are_named(arguments, message):
    with pytest.raises(ArgumentError, match=f'(?i){message}'):
        VisualizationHook(**arguments)


def test_all_applicable_figures_are_drawn_on_request(build):
    runner = train(build, **hook(figures='all', formats=['svg']))
    names = {name.removesuffix('.png') for name in drawn(runner) if name.endswith('.png')}
    assert names == {
        *('learning_curves', 'decision_regions', 'neurons', 'hidden_space', 'confusion_matrix'),
        *('class_bars', 'reliability', 'gradient_norms', 'weight_norms', 'loss_surface'),
    }
    for name in names:
        pixels = np.asarray(Image.open(Path(runner.work_dir) / f'figures/{name}.png').convert('L'))
        assert pixels.std() > 5, f'{name} is blank'
        svg = (Path(runner.work_dir) / f'figures/{name}.svg').read_text()
        assert svg.startswith('<?xml')


@pytest.mark.parametrize(
    ('lesson', 'names'),
    [
        (XOR, {'learning_curves', 'decision_regions', 'hidden_space', 'loss_surface'}),
        ('cnn/cnn_digits.py', {'learning_curves', 'confusion_matrix', 'mistakes', 'feature_maps'}),
    ],
)
def test_four_telling_figures_are_drawn_by_default(build, lesson, names):
    runner = train(build, lesson, 1, **hook(figures='auto'))
    assert drawn(runner) == {f'{name}.png' for name in names}


def test_nothing_is_drawn_or_recorded_without_requested_figures(build):
    runner = train(build, **hook(figures=[]))
    assert drawn(runner) == set()
    assert not (Path(runner.work_dir) / 'weight_path.npz').exists()
    assert read_points(Path(runner.work_dir))['layers'] == []


def test_only_rank_0_draws(build, monkeypatch):
    place = 'mmlesson.engine.hooks.visualization_hook.is_main_process'
    monkeypatch.setattr(place, lambda: False)
    runner = train(build, epochs=1, **hook(figures='auto', films=['hidden_space']))
    left = {file.name for file in Path(runner.work_dir).iterdir()}
    assert left.isdisjoint({'figures', 'film_snapshots', 'weight_path.npz'})
    assert read_points(Path(runner.work_dir))['layers'] == []


def test_training_is_the_same_with_and_without_figures(build):
    plain = train(build, 'cnn/cnn_digits.py', 2, name='plain')
    seen = train(
        build,
        'cnn/cnn_digits.py',
        2,
        **hook(figures=['saliency'], films=['weights'], formats=['gif']),
    )
    ours, theirs = plain.model.state_dict(), seen.model.state_dict()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


def test_figure_that_fails_is_a_warning_with_its_cause(build, monkeypatch, caplog):
    def fail(subject):
        raise ValueError('no ink')

    monkeypatch.setitem(catalogue.FIGURES, 'neurons', fail)
    runner = build(XOR, train_cfg__max_epochs=1, **hook(figures=['neurons', 'learning_curves']))
    runner.logger.addHandler(caplog.handler)
    runner.train()
    assert 'The figure neurons was not drawn: ValueError: no ink' in caplog.text
    assert 'learning_curves.png' in drawn(runner)


def test_requested_figure_that_does_not_apply_is_explained(build, caplog):
    runner = build(XOR, train_cfg__max_epochs=1, **hook(figures=['saliency']))
    runner.logger.addHandler(caplog.handler)
    runner.train()
    assert 'it needs images, a sample here is 2' in caplog.text


def test_curves_of_a_failed_run_are_drawn(build):
    custom = [{'type': 'FailAt', 'epoch': 3}]
    runner = build(XOR, custom_hooks=custom, **hook(figures=['learning_curves']))
    with pytest.raises(RuntimeError, match='as asked'):
        runner.train()
    assert 'learning_curves.png' in drawn(runner)
    assert json.loads((Path(runner.work_dir) / 'summary.json').read_text())['status'] == 'failed'


def test_interrupted_run_draws_only_its_curves(build):
    runner = build(XOR, **hook(figures='auto'))
    runner.interrupts.note(15)
    with pytest.raises(SystemExit):
        runner.train()
    assert drawn(runner) <= {'learning_curves.png'}


def test_figures_are_drawn_at_the_interval_during_training(build, monkeypatch):
    seen = []
    one = catalogue.FIGURES['learning_curves']
    monkeypatch.setitem(
        catalogue.FIGURES, 'learning_curves', lambda s: seen.append(s.epoch) or one(s)
    )
    train(build, epochs=5, **hook(figures=['learning_curves'], interval=2))
    assert seen == [2, 4, 5]


def test_films_have_evenly_spaced_epochs_and_first_and_last_weights(build, monkeypatch):
    kept = {}
    kind = animations.ANIMATIONS['neurons']

    def spy(subject, shots):
        kept['captions'] = [caption for caption, _ in shots]
        return kind.drawing(subject, shots)

    monkeypatch.setitem(animations.ANIMATIONS, 'neurons', animations.FilmKind(kind.take, spy))
    runner = train(build, epochs=7, **hook(figures=[], films=['neurons'], max_frames=5))
    assert kept['captions'] == ['epoch 0', 'epoch 2', 'epoch 4', 'epoch 6', 'epoch 7']
    assert drawn(runner) == {'neurons_film.html', 'neurons_film.gif'}
    with Image.open(Path(runner.work_dir) / 'figures/neurons_film.gif') as film:
        assert film.n_frames == 5


def test_all_films_of_the_plane_are_written(build):
    asked = ['decision_regions', 'neurons', 'hidden_space']
    runner = train(build, epochs=2, **hook(figures=[], films=asked, formats=['html']))
    assert drawn(runner) == {f'{name}_film.html' for name in asked}


@pytest.mark.usefixtures('undrawn')
def test_recorded_norms_are_those_of_the_model(build):
    runner = train(build, epochs=2, **hook(figures=['layer_norms']))
    points = read_points(Path(runner.work_dir))['layers']
    assert [epoch for epoch, _ in points] == [1, 2]
    layer = runner.model.head.linear
    expected = float(torch.cat([layer.weight.flatten(), layer.bias]).detach().norm())
    assert points[-1][1]['weight_norm/head.linear'] == pytest.approx(expected, rel=1e-5)
    assert points[0][1]['gradient_norm/head.linear'] > 0
    assert points[0][1]['dead_units/hidden layer 1'] == 0


@pytest.mark.usefixtures('undrawn')
def test_gradient_norm_is_that_of_the_first_step(build):
    lesson = {
        'train_dataloader__batch_size': 1000,
        'train_dataloader__sampler__shuffle': False,
        **hook(figures=['layer_norms']),
    }
    runner = build(XOR, train_cfg__max_epochs=1, **lesson)
    state = {}

    class Keep(Hook):
        def before_train_iter(self, runner, batch_idx, data_batch=None):
            model = runner.model
            data = model.data_preprocessor(data_batch, True)
            loss = model(**data, mode='loss')['loss']
            gradients = torch.autograd.grad(loss, list(model.head.linear.parameters()))
            state['norm'] = float(torch.cat([g.flatten() for g in gradients]).norm())

    runner.register_hook(Keep())
    runner.train()
    point = read_points(Path(runner.work_dir))['layers'][0][1]
    assert point['gradient_norm/head.linear'] == pytest.approx(state['norm'], rel=1e-5)


def test_weights_of_a_very_small_model_are_followed_step_by_step(build):
    lesson = 'perceptron/descent_full.py'
    runner = train(build, lesson, 2, **hook(figures=['loss_surface']))
    path = WeightTrajectory.load(Path(runner.work_dir))
    assert len(path) == runner.iter + 1
    flat = torch.cat([p.flatten() for p in runner.model.parameters()]).detach().numpy()
    np.testing.assert_allclose(path.points[-1], flat)
    assert drawn(runner) == {'loss_surface.png'}


@pytest.fixture
def undrawn(monkeypatch):
    """Let runs record what figures need, and draw none."""
    monkeypatch.setattr(VisualizationHook, '_draw_all', lambda *_: None)


@pytest.mark.usefixtures('undrawn')
def test_path_continues_in_a_resumed_run(build):
    asked = hook(figures=['layer_norms'])
    train(build, epochs=2, **asked)
    runner = train(build, epochs=4, resume=True, **asked)
    whole = train(build, epochs=4, name='whole', **asked)
    paths = [WeightTrajectory.load(Path(one.work_dir)).points for one in (runner, whole)]
    np.testing.assert_array_equal(*paths)


class InterruptAt(Hook):
    """Interrupts training after a given iteration."""

    def __init__(self, iteration: int) -> None:
        self.iteration = iteration

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        if runner.iter + 1 == self.iteration:
            runner.interrupts.note(15)


@pytest.fixture
def halves(build, undrawn):
    """Return a resumed run that was interrupted within its second epoch, and one that was not."""
    asked = hook(figures=['layer_norms'])
    whole = train(build, name='whole', **asked)
    cut = build(XOR, train_cfg__max_epochs=3, **asked)
    cut.register_hook(InterruptAt(whole.iter // 3 + 2))
    with pytest.raises(SystemExit):
        cut.train()
    return train(build, resume=True, **asked), whole


def test_path_has_no_point_at_an_interruption(halves):
    paths = [WeightTrajectory.load(Path(one.work_dir)).points for one in halves]
    np.testing.assert_array_equal(*paths)


def test_gradient_norm_of_an_interrupted_epoch_is_that_of_its_first_step(halves):
    noted = [read_points(Path(one.work_dir))['layers'] for one in halves]
    assert any(name.startswith('gradient_norm/') for name in noted[1][1][1])
    assert noted[0] == noted[1]


@pytest.fixture
def kill(build, monkeypatch, undrawn):
    """Return a function that trains a lesson and ends as a kill does: nothing more is written."""

    def train_and_kill(epochs, **options):
        with monkeypatch.context() as patch:
            patch.setattr(VisualizationHook, 'at_end', lambda *_: None)
            return train(build, epochs=epochs, **options)

    return train_and_kill


def shots_of(runner, film='hidden_space'):
    return FrameStore(Path(runner.work_dir), film, max_frames=100).items


def test_path_and_snapshots_of_a_killed_run_are_continued(build, kill):
    asked = hook(figures=[], films=['hidden_space'], formats=['gif'], max_frames=6)
    killed = kill(7, **asked)
    assert [epoch for epoch, _ in shots_of(killed)] == [0, 2, 4, 6]
    runner = train(build, epochs=9, resume=True, **asked)
    whole = train(build, epochs=9, name='whole', **asked)
    paths = [WeightTrajectory.load(Path(one.work_dir)).points for one in (runner, whole)]
    assert len(paths[1]) == 10
    np.testing.assert_array_equal(*paths)
    assert [epoch for epoch, _ in shots_of(whole)] == [0, 2, 4, 6, 8, 9]
    for (ours, shot), (theirs, other) in zip(shots_of(runner), shots_of(whole), strict=True):
        assert ours == theirs
        np.testing.assert_array_equal(shot['hidden'], other['hidden'])


def test_snapshots_later_than_the_resumed_checkpoint_are_dropped(build, kill):
    asked = hook(figures=[], films=['hidden_space'], formats=['gif'])
    killed = kill(5, default_hooks__checkpoint__max_keep=10, **asked)
    (Path(killed.work_dir) / 'last_checkpoint').write_text('epoch_2.pth')
    for number in (3, 4, 5):
        (Path(killed.work_dir) / f'epoch_{number}.pth').unlink()
    runner = train(build, epochs=3, resume=True, **asked)
    assert [epoch for epoch, _ in shots_of(runner)] == [0, 1, 2, 3]
    assert len(WeightTrajectory.load(Path(runner.work_dir))) == 4


def test_new_run_has_no_records_of_an_earlier_run(build, kill):
    asked = hook(figures=[], films=['hidden_space'], formats=['gif'])
    killed = kill(3, **asked)
    for name in ('last_checkpoint', 'summary.json'):
        (Path(killed.work_dir) / name).unlink()  # the folder holds no run any more
    again = train(build, epochs=1, randomness__seed=5, **asked)
    other = train(build, epochs=1, randomness__seed=5, name='other', **asked)
    paths = [WeightTrajectory.load(Path(one.work_dir)).points for one in (again, other)]
    np.testing.assert_array_equal(*paths)
    for (_, shot), (_, fresh) in zip(shots_of(again), shots_of(other), strict=True):
        np.testing.assert_array_equal(shot['hidden'], fresh['hidden'])


def test_path_is_bounded_in_bytes_and_a_large_model_has_none(build):
    few = WeightTrajectory.of(torch.nn.Linear(1000, 100))
    model = torch.nn.Linear(1000, 100)
    for iteration in range(100):
        few.add(model, iteration)
    assert 4 * few.points.size <= 8_000_000
    assert len(few) >= 10
    assert WeightTrajectory.of(torch.nn.Linear(1000, 1000)) is None


def test_films_are_made_without_a_validation(build):
    no_val = {'val_dataloader': None, 'val_cfg': None, 'val_evaluator': None}
    checkpoint = {'default_hooks__checkpoint__save_best': None}
    asked = hook(figures=['learning_curves'], films=['hidden_space'], formats=['gif'], interval=2)
    runner = train(build, epochs=3, **no_val, **checkpoint, **asked)
    assert [epoch for epoch, _ in shots_of(runner)] == [0, 1, 2, 3]
    assert 'hidden_space_film.gif' in drawn(runner)


def fail(*_, **__):
    raise RuntimeError('no memory')


@pytest.mark.parametrize(
    ('place', 'message'),
    [
        ('mmlesson.visualization.figures.context.Samples.of', 'The train split was not read'),
        (
            'mmlesson.visualization.figures.probes.dead_units',
            'The state of the layers was not noted',
        ),
        (
            'mmlesson.visualization.figures.probes.layer_norms',
            'The state of the layers was not noted',
        ),
        (
            'mmlesson.visualization.figures.weight_trajectory.WeightTrajectory.save',
            'The path of the weights was not written',
        ),
        (
            'mmlesson.visualization.figures.weight_trajectory.WeightTrajectory.of',
            'The figures cannot be drawn',
        ),
        (
            'mmlesson.visualization.figures.frames.FrameStore.add',
            'The animation hidden_space was not drawn',
        ),
        ('mmlesson.engine.hooks.visualization_hook.best_of', 'The figures cannot be drawn'),
        (
            'mmlesson.visualization.visualizer.LessonVisualizer.add_figure_file',
            'The figure learning_curves was not recorded',
        ),
    ],
)
def test_training_continues_if_a_figure_fails(build, monkeypatch, caplog, place, message):
    films = ['hidden_space'] if 'frames' in place else []
    asked = hook(figures=['learning_curves'], films=films, formats=['gif'])
    runner = build(XOR, train_cfg__max_epochs=2, **asked)
    monkeypatch.setattr(place, fail)
    runner.logger.addHandler(caplog.handler)
    runner.train()
    assert runner.epoch == 2
    assert caplog.text.count(f'{message}: RuntimeError: no memory') == 1
    needs_hook = place.endswith(('WeightTrajectory.of', 'best_of'))
    assert needs_hook or 'learning_curves.png' in drawn(runner)


def test_files_are_written_with_other_visualizers(build):
    backends = [{'type': 'LocalVisBackend'}]
    theirs = {'_delete_': True, 'type': 'mmengine.Visualizer', 'vis_backends': backends}
    options = {'visualizer': theirs}
    runner = train(build, epochs=1, **options, **hook(figures=['learning_curves']))
    assert 'learning_curves.png' in drawn(runner)


def test_time_of_drawing_is_reported_separately(build, caplog, monkeypatch):
    def slow(subject):
        time.sleep(0.2)
        raise NotApplicableError('slow')

    monkeypatch.setitem(catalogue.FIGURES, 'learning_curves', slow)
    runner = build(XOR, train_cfg__max_epochs=1, **hook(figures=['learning_curves']))
    runner.logger.setLevel(logging.INFO)
    runner.logger.addHandler(caplog.handler)
    runner.train()
    assert 'Figures took' in caplog.text
    (ours,) = [one for one in runner.hooks if isinstance(one, VisualizationHook)]
    assert ours.seconds > 0.2
    assert f'Figures took {ours.seconds:.1f} s' in caplog.text
