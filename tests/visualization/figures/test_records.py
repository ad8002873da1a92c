from __future__ import annotations

from pathlib import Path

import pytest
from drawn import draw_only

from mmlesson.runs.scalars import read_points
from mmlesson.visualization.figures import records
from mmlesson.visualization.figures.catalogue import FIGURES
from mmlesson.visualization.figures.context import NotApplicableError


def test_best_iteration_is_marked_in_iteration_based_training(finished):
    loop = {'_delete_': True, 'by_epoch': False, 'max_iters': 40, 'val_interval': 10}
    one = finished('mlp/mlp_moons.py', train_cfg=loop)
    points = read_points(one.run)['val']
    scores = [(point['accuracy/top1'], -point['loss'], step) for step, point in points]
    best = max(scores)[2]  # the lowest loss of equal ones
    figure = draw_only(records.learning_curves(one))
    upright = [line for line in figure.axes[0].lines if list(line.get_xdata()) == [best, best]]
    assert len(upright) == 1
    labels = [one.get_text() for one in figure.legends[0].get_texts()]
    assert f'best validation accuracy: iteration {best}' in labels


def test_run_without_records_has_no_curves(finished, tmp_path):
    one = finished('mlp/mlp_moons.py')
    one.run = Path(tmp_path / 'elsewhere')
    with pytest.raises(NotApplicableError, match='nothing was recorded'):
        FIGURES['learning_curves'](one)


def test_layers_have_names_for_readers_without_normalisation(finished):
    drawings = records.layer_norms(finished('cnn/cnn_digits.py'))
    shown = list(drawings['weight_norms'].args[1])
    assert shown == ['conv 1', 'conv 2', 'linear 1', 'output layer']


def test_dead_units_are_left_out_if_there_is_none(finished, monkeypatch):
    one = finished('mlp/mlp_moons.py')
    lines = {'hidden layer 1': [0.0, 0.0]}
    monkeypatch.setattr(records, '_over_time', lambda *_: ([1, 2], lines))
    with pytest.raises(NotApplicableError, match='no unit was dead'):
        records.dead_units(one)
    lines['hidden layer 2'] = [0.0, 12.5]
    assert set(draw_only(records.dead_units(one)).axes[0].get_legend_handles_labels()[1]) == {
        'hidden layer 1',
        'hidden layer 2',
    }
