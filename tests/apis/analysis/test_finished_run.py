import numpy as np
import pytest

from mmlesson.apis.analysis.finished_run import read_figure_context, redraw
from mmlesson.errors import ArgumentError
from mmlesson.runs.run import Run

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
    assert [drawn for _, drawn in lines] == [True, False]
    assert lines[1][0].startswith('weights: not drawn, it needs')
    assert sorted(file.name for file in (tmp_path / 'out').iterdir()) == [
        'confusion_matrix.png',
        'confusion_matrix.svg',
    ]


def test_unknown_figure_is_refused_before_the_run_is_read(tmp_path):
    with pytest.raises(ArgumentError, match=r"visualize_run\.--figures must be one of.*'neuron'"):
        next(redraw(Run(tmp_path), ['neuron'], tmp_path))
