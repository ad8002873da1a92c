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
    assert f'best: iteration {best}' in [one.get_text() for one in figure.legends[0].get_texts()]


def test_run_without_records_has_no_curves(finished, tmp_path):
    one = finished('mlp/mlp_moons.py')
    one.run = Path(tmp_path / 'elsewhere')
    with pytest.raises(NotApplicableError, match='nothing was recorded'):
        FIGURES['learning_curves'](one)
