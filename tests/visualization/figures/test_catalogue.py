"""Every figure of lessons of every kind: written, not blank, and of the numbers it should show."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from mmlesson import visualization as draw
from mmlesson.apis.analysis.finished_run import read_figure_context
from mmlesson.evaluation.separability import CommonPoint, Separator, separate
from mmlesson.runs.run import Run
from mmlesson.runs.scalars import read_points
from mmlesson.visualization.figures import animations, catalogue
from mmlesson.visualization.figures.catalogue import FIGURES, draw_figures
from mmlesson.visualization.figures.context import NotApplicableError, Samples
from mmlesson.visualization.figures.probes import logits

ALWAYS = {'learning_curves', 'confusion_matrix', 'class_bars', 'layer_norms', 'dead_units'}
PLANE = {'decision_regions', 'loss_surface'}
HIDDEN = {'neurons', 'hidden_space'}
PICTURES = {'mistakes', 'weights', 'saliency', 'loss_surface'}
EXPECTED = {
    'perceptron/perceptron_blobs.py': ALWAYS - {'dead_units'}
    | PLANE
    | {'perceptron_lines', 'perceptron_mistakes'},
    'perceptron/perceptron_digits.py': (ALWAYS - {'dead_units'} | PICTURES)
    | {'perceptron_mistakes'},
    'perceptron/descent_adam.py': ALWAYS - {'dead_units'} | PLANE,
    'mlp/softmax_blobs.py': ALWAYS - {'dead_units'} | PLANE,
    'mlp/mlp_moons.py': ALWAYS | PLANE | HIDDEN,
    'mlp/mlp_digits.py': ALWAYS | PICTURES | {'hidden_space'},
    'mlp/mlp_backprop.py': ALWAYS - {'dead_units'} | PICTURES,  # one module: nothing to look into
    'cnn/cnn_digits.py': ALWAYS | PICTURES | {'hidden_space', 'feature_maps'},
}


@pytest.fixture
def subject(train, tmp_path):
    """Return a function that trains a lesson for two epochs and reads it back."""

    def give(lesson: str, **options):
        asked = {'type': 'VisualizationHook', 'figures': ['layer_norms']}
        length = {} if 'train_cfg' in options else {'train_cfg__max_epochs': 2}
        train(lesson, default_hooks__visualization=asked, **length, **options)
        return read_figure_context(Run(tmp_path / 'run'))

    return give


@pytest.mark.parametrize('lesson', EXPECTED)
def test_figures_that_fit_a_lesson_are_drawn_and_not_blank(subject, lesson):
    drawn = {}
    for name, result in draw_figures(subject(lesson), FIGURES):
        if isinstance(result, str):
            continue
        drawn[name] = result
        for one in result.values():
            one.set_dpi(40)
            canvas = FigureCanvasAgg(one)
            canvas.draw()
            assert np.asarray(canvas.buffer_rgba())[..., :3].std() > 5, f'{name} is blank'
            assert one.get_suptitle()
    assert set(drawn) == EXPECTED[lesson]


def test_confusion_is_counted_over_the_test_split(subject):
    one = subject('mlp/mlp_moons.py')
    matrix = catalogue._confusion(one)
    labels, given = one.splits['test'].labels, one.predicted('test')
    assert one.judged == 'test'
    for true in (0, 1):
        for guess in (0, 1):
            assert matrix[true, guess] == sum((labels == true) & (given == guess))


def test_validation_split_is_judged_where_the_test_was_not_used(subject):
    assert subject('mlp/mlp_moons.py', test_after_train=False).judged == 'val'


def test_boundary_of_a_linear_model_is_its_line(subject):
    one = subject('perceptron/linear_blobs.py')
    weight, bias = one.linear
    w, b = weight[1] - weight[0], bias[1] - bias[0]
    (figure,) = catalogue.decision_regions(one).values()
    (line,) = figure.axes[0].collections[0].get_segments()
    cell = (figure.axes[0].get_ylim()[1] - figure.axes[0].get_ylim()[0]) / catalogue.GRID
    np.testing.assert_allclose(line[:, 1], -(w[0] * line[:, 0] + b) / w[1], atol=cell)


def test_boundary_of_a_linear_model_is_its_line_in_the_film_too(subject):
    one = subject('perceptron/linear_blobs.py')
    shot = animations.FILMS['decision_regions'].take(one)
    weight, bias = one.linear
    np.testing.assert_array_equal(shot['weight'], weight)
    np.testing.assert_array_equal(shot['bias'], bias)


def shown_sides(axes, num_samples):
    """Return which side of the drawn line each drawn point is on, and the points."""
    line, scatter = axes.collections
    ((start, end),) = line.get_segments()
    x_min, x_max, y_min, y_max = axes.axis()
    for x, y in (start, end):  # from border to border
        assert min(abs(np.array([x - x_min, x - x_max, y - y_min, y - y_max]))) < 1e-9
    points = np.asarray(scatter.get_offsets())
    assert len(points) == num_samples
    (across_x, across_y), (x, y) = end - start, (points - start).T
    return across_x * y - across_y * x > 0, points


@pytest.mark.parametrize('seed', [0, 1])  # of either a plane of a PCA mixes the classes
def test_classes_that_the_hidden_layer_of_xor_parts_are_parted_as_drawn(subject, seed):
    one = subject('mlp/mlp_xor.py', train_cfg={'max_epochs': 30}, randomness={'seed': seed})
    labels = one.train.labels
    (figure,) = catalogue.hidden_space(one).values()
    sides, points = shown_sides(figure.axes[0], len(labels))
    assert isinstance(separate(points.astype(float), labels), Separator)
    np.testing.assert_array_equal(sides == sides[labels == 1][0], one.predicted('train') == 1)
    hidden = catalogue.last_hidden(one)
    assert isinstance(separate(draw.fit_projection(hidden)(hidden), labels), CommonPoint)
    shares = points.var(0) / hidden.astype(float).var(0).sum() * 100
    assert f'({shares[0]:.0f} % of variance)' in figure.axes[0].get_xlabel()
    assert f'({shares[1]:.0f} % of variance)' in figure.axes[0].get_ylabel()


@pytest.mark.parametrize('units', [2, 8])
def test_boundary_in_each_frame_of_the_hidden_space_is_that_of_its_moment(
    subject, monkeypatch, units
):
    one = subject('mlp/mlp_xor.py', model={'backbone': {'hidden_sizes': (units,)}})
    kind, shots, expected, seen = animations.FILMS['hidden_space'], [], [], []
    for turn in range(3):
        one.model.head.linear.weight.data[1] += turn  # as if it had learned on
        shots.append((f'epoch {turn}', kind.take(one)))
        expected.append(logits(one.model, one.train.inputs).argmax(1))
    update = draw.HiddenSpace.update

    def spy(self, *args, **kwargs):
        update(self, *args, **kwargs)
        seen.append((*shown_sides(self.axes, len(one.train.labels)), self.axes.axis()))

    monkeypatch.setattr(draw.HiddenSpace, 'update', spy)
    assert len(kind.draw(one, shots)) == 3
    for (sides, points, limits), classes in zip(seen, expected, strict=True):
        assert len(set(classes)) == 2
        np.testing.assert_array_equal(sides == sides[classes == 1][0], classes == 1)
        assert limits == seen[0][2]
        low, high = points.min(0), points.max(0)
        assert (limits[0] < low[0]) & (high[0] < limits[1]) & (limits[2] < low[1])
        assert high[1] < limits[3]


def test_hidden_space_of_ten_classes_is_drawn_by_pca(subject):
    one = subject('mlp/mlp_digits.py', train_cfg={'max_epochs': 1})
    (figure,) = catalogue.hidden_space(one).values()
    assert figure.axes[0].get_xlabel().startswith('principal component 1 (')
    line, _ = figure.axes[0].collections
    assert line.get_segments() == []


def test_mistakes_of_the_perceptron_stand_at_their_epochs(subject):
    one = subject('perceptron/perceptron_xor.py')
    (figure,) = catalogue.perceptron_mistakes(one).values()
    points = read_points(one.run)['train']
    bars = {bar.get_x() + bar.get_width() / 2: bar.get_height() for bar in figure.axes[0].patches}
    assert bars == {epoch: point['mistakes'] for epoch, point in points}


def test_best_iteration_is_marked_where_training_knows_no_epochs(subject):
    loop = {'_delete_': True, 'by_epoch': False, 'max_iters': 40, 'val_interval': 10}
    one = subject('mlp/mlp_moons.py', train_cfg=loop)
    scores = [(point['accuracy/top1'], -step) for step, point in read_points(one.run)['val']]
    best = -max(scores)[1]  # the first of equal ones
    (figure,) = catalogue.learning_curves(one).values()
    upright = [line for line in figure.axes[0].lines if list(line.get_xdata()) == [best, best]]
    assert len(upright) == 1
    assert f'best: iteration {best}' in [one.get_text() for one in figure.legends[0].get_texts()]


def test_true_surface_of_two_parameters_is_the_loss_itself(subject, monkeypatch):
    one = subject('perceptron/descent_full.py')
    seen = {}
    monkeypatch.setattr(
        catalogue.draw, 'draw_loss_surface', lambda *args, **kwargs: seen.update(kwargs, args=args)
    )
    catalogue.loss_surface(one)
    losses, extent, path = seen['args']
    assert seen['explained'] is None
    column, row = 11, 40
    step_x, step_y = (np.subtract(extent[1::2], extent[::2]) / losses.shape).tolist()
    w = np.array([extent[0] + (column + 0.5) * step_x, extent[2] + (row + 0.5) * step_y])
    samples = one.train
    inputs = samples.inputs[: catalogue.SURFACE_SAMPLES].astype(float)
    sign = np.where(samples.labels[: catalogue.SURFACE_SAMPLES] == 1, 1, -1)
    expected = np.log1p(np.exp(-sign * (inputs @ w))).mean()
    assert losses[row, column] == pytest.approx(expected, rel=1e-4)
    np.testing.assert_allclose(path, one.path.points)


def test_plane_of_a_larger_model_says_how_much_of_the_path_it_holds(subject):
    one = subject('mlp/mlp_moons.py')
    (figure,) = catalogue.loss_surface(one).values()
    path = one.path.points
    variances = np.linalg.svd(path - path.mean(0), compute_uv=False) ** 2
    share = 100 * variances[:2].sum() / variances.sum()
    assert f"{share:.1f} % of the path's variance" in figure.get_suptitle().replace('\n', ' ')


def test_perceptron_lines_are_those_of_its_updates(subject):
    one = subject('perceptron/perceptron_blobs.py')
    (figure,) = catalogue.perceptron_lines(one).values()
    rows = np.genfromtxt(one.run / 'perceptron_updates.csv', delimiter=',', names=True)
    last = rows[-1]
    gid = f'update {len(rows)}'
    (lines,) = [c for c in figure.axes[0].collections if c.get_gid() == gid]
    (segment,) = lines.get_segments()
    expected = -(last['w1'] * segment[:, 0] + last['b']) / last['w2']
    np.testing.assert_allclose(segment[:, 1], expected, atol=1e-9)


def test_reading_samples_uses_up_no_chance(build):
    import torch

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


def test_confusion_of_a_part_of_a_split_says_so(subject):
    one = subject('mlp/mlp_moons.py')
    test = one.splits['test']
    one.splits['test'] = Samples(test.inputs[:10], test.labels[:10], test.total)
    (figure,) = catalogue.confusion_matrix(one).values()
    title = figure.get_suptitle().replace('\n', ' ')
    assert 'confusion matrix, test split, 10 of 80 samples' in title


def test_names_in_titles_are_cut_and_drawable(subject):
    one = subject('mlp/mlp_digits.py')
    one.classes = tuple(f'\u0bf5 {digit}' if digit else 'n' * 99 for digit in range(10))
    (figure,) = catalogue.saliency(one).values()
    title = figure.get_suptitle()
    assert 'n' * 31 not in title
    assert '\u0bf5' not in title


@pytest.mark.parametrize('name', ['neurons', 'saliency', 'weights', 'perceptron_mistakes'])
def test_figure_that_does_not_fit_says_why(subject, name):
    one = subject('perceptron/linear_blobs.py')
    with pytest.raises(NotApplicableError) as raised:
        FIGURES[name](one)
    assert len(str(raised.value)) > 15


def test_run_without_records_has_no_curves(subject, tmp_path):
    one = subject('mlp/mlp_moons.py')
    one.run = Path(tmp_path / 'elsewhere')
    with pytest.raises(NotApplicableError, match='nothing was recorded'):
        FIGURES['learning_curves'](one)
