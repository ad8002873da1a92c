import numpy as np
import pytest

from mmlesson.apis.analysis.finished_run import read_figure_context, redraw
from mmlesson.errors import ArgumentError
from mmlesson.runs.run import Run
from mmlesson.visualization.drawing import Drawing
from mmlesson.visualization.figures.on_request import ALL_FIGURES

MOONS = 'mlp/mlp_moons.py'


@pytest.fixture
def run(train, tmp_path):
    train(MOONS, train_cfg__max_epochs=2)
    return Run(tmp_path / 'run')


def test_context_has_the_weights_of_the_summary(run):
    context = read_figure_context(run)
    right = 100 * (context.predicted('test') == context.splits['test'].labels).mean()
    assert right == pytest.approx(run.summary['test']['accuracy/top1'])
    assert context.epoch == 2
    assert context.name == 'mlp_moons'


def test_splits_are_those_of_the_run(run):
    context = read_figure_context(run)
    assert {name: split.total for name, split in context.splits.items()} == {
        'train': 240,
        'val': 80,
        'test': 80,
    }
    assert np.isfinite(context.train.inputs).all()


def test_requested_figures_are_drawn(run, tmp_path):
    lines = list(redraw(run, ['confusion_matrix', 'weights'], tmp_path / 'out'))
    assert [drawn for _, drawn in lines] == [False, True, False]
    assert lines[0][0] == f'checkpoint: {run.folder / "epoch_2.pth"}'
    assert lines[2][0].startswith('weights: not drawn, it needs')
    assert sorted(file.name for file in (tmp_path / 'out').iterdir()) == [
        'confusion_matrix.png',
        'confusion_matrix.svg',
    ]


def test_unknown_figure_is_refused_before_the_run_is_read(tmp_path):
    with pytest.raises(ArgumentError, match=r"^--figures must be one of.*'neuron'"):
        next(redraw(Run(tmp_path), ['neuron'], tmp_path))


def test_weights_that_are_in_no_file_are_reported(run, tmp_path):
    (run.folder / 'epoch_2.pth').unlink()
    (run.folder / 'epoch_1.pth').rename(run.folder / 'best_accuracy_top1.pth')
    first, *_ = redraw(run, ['confusion_matrix'], tmp_path / 'out')
    assert first[0].endswith('epoch 1; the weights that the run ended with are in no file')


def test_pocket_of_a_perceptron_is_drawn_and_named(train, tmp_path):
    summary = train('perceptron/perceptron_xor.py')
    context = read_figure_context(Run(tmp_path / 'run'))
    pocket = summary['facts']['perceptron']['pocket']
    assert context.title('x').endswith(f', pocket, update {pocket["update"]}: x')
    for split in ('val', 'test'):
        right = 100 * (context.predicted(split) == context.splits[split].labels).mean()
        assert right == pytest.approx(summary[split]['accuracy/top1'])


def test_figure_with_a_film_is_drawn_with_it(train, tmp_path):
    train('perceptron/perceptron_blobs.py')
    lines = list(redraw(Run(tmp_path / 'run'), ['perceptron_updates'], tmp_path / 'out'))
    assert [drawn for _, drawn in lines] == [False, True, True]
    assert sorted(file.name for file in (tmp_path / 'out').iterdir()) == [
        'perceptron_updates.png',
        'perceptron_updates.svg',
        'perceptron_updates_film.gif',
        'perceptron_updates_film.html',
    ]


def test_figure_of_values_that_cannot_be_shown_does_not_cost_the_others(run, tmp_path, monkeypatch):
    unknown = np.full((4, 4), np.nan)
    surface = Drawing('draw_loss_surface', unknown, (0.0, 1.0, 0.0, 1.0), [[0.0, 0.0], [1.0, 1.0]])
    monkeypatch.setitem(ALL_FIGURES, 'losses', lambda _: {'losses': surface})
    lines = list(redraw(run, ['losses', 'confusion_matrix'], tmp_path / 'out'))
    assert [drawn for _, drawn in lines] == [False, False, True]
    assert lines[1][0].startswith('losses: not drawn, ')
    assert 'must hold a finite loss' in lines[1][0]
