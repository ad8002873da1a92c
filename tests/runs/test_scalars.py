import errno
import json
import math
import re
from pathlib import Path

import pytest

from mmlesson.errors import UserError
from mmlesson.runs.scalars import Curve, read_curve, read_points


def write(folder, lines):
    file = folder / 'vis_data' / 'scalars.json'
    file.parent.mkdir(parents=True)
    file.write_text(''.join(f'{json.dumps(line)}\n' for line in lines))


def epoch(number, **metrics):
    return {'epoch': number, 'iter': 10 * number, **metrics}


def test_lines_are_sorted_by_phase_and_epoch(tmp_path):
    write(
        tmp_path / 'start',
        [
            epoch(1, **{'train/loss': 0.9}),
            epoch(1, **{'layers/weight_norm/a': 3.0}),
            epoch(1, **{'val/loss': 0.8, 'val/accuracy/top1': 70.0}),
            epoch(2, **{'val/loss': 0.7}),
        ],
    )
    assert read_points(tmp_path) == {
        'train': [(1, {'loss': 0.9})],
        'layers': [(1, {'weight_norm/a': 3.0})],
        'val': [(1, {'loss': 0.8, 'accuracy/top1': 70.0}), (2, {'loss': 0.7})],
    }


def test_resumed_run_reads_earlier_epochs_from_older_starts(tmp_path):
    write(tmp_path / '1', [epoch(n, **{'val/loss': float(n)}) for n in (1, 2, 3)])
    write(tmp_path / '2', [epoch(n, **{'val/loss': 10.0 * n}) for n in (3, 4)])
    assert read_points(tmp_path)['val'] == [
        (1, {'loss': 1.0}),
        (2, {'loss': 2.0}),
        (3, {'loss': 30.0}),
        (4, {'loss': 40.0}),
    ]


def test_iterations_are_used_without_epochs(tmp_path):
    write(tmp_path / '1', [{'epoch': 0, 'iter': 50, 'val/loss': 0.5}])
    assert read_points(tmp_path)['val'] == [(50, {'loss': 0.5})]


def test_truncated_last_line_is_skipped(tmp_path):
    write(tmp_path / '1', [epoch(1, **{'val/loss': 0.5})])
    with (tmp_path / '1/vis_data/scalars.json').open('a') as file:
        file.write('{"epoch": 2, "va')
    assert read_points(tmp_path)['val'] == [(1, {'loss': 0.5})]


DAMAGED = {
    b'{': 'Expecting',
    b'[1]': 'an object was expected, got list',
    b'\xff\xfe': 'can.t decode',
    b'[' * 10**5: 'nested too deeply',
    b'{"epoch": "one", "val/loss": 1}': "'epoch' or 'iter' must be a whole number, got 'one'",
    b'{"epoch": NaN, "val/loss": 1}': 'whole number, got nan',
    b'{"epoch": Infinity, "val/loss": 1}': 'whole number, got inf',
    b'{"epoch": -1, "val/loss": 1}': 'whole number, got -1',
    b'{"epoch": 1, "val/loss": "low"}': "'val/loss' must be a number, got 'low'",
    b'{"epoch": 1, "val/loss": [1]}': r"'val/loss' must be a number, got \[1\]",
    b'{"epoch": 1, "val/loss": 1' + b'0' * 400 + b'}': "'val/loss' must be a number, got 1000",
}


@pytest.mark.parametrize(('line', 'message'), DAMAGED.items())
def test_damaged_line_is_named_and_left_out(tmp_path, caplog, line, message):
    file = tmp_path / '1' / 'vis_data' / 'scalars.json'
    file.parent.mkdir(parents=True)
    file.write_bytes(b'\n'.join([b'{"epoch": 1, "val/accuracy": 5}', line, b'{"epoch": 2}']))
    assert read_points(tmp_path)['val'] == [(1, {'accuracy': 5})]
    (warning,) = caplog.messages
    assert re.search(rf'scalars\.json is damaged, .* line 2: .*{message}', warning)
    assert len(warning) < 400
    read_points(tmp_path)
    assert len(caplog.messages) == 1  # reported once


def test_numbers_that_are_not_finite_are_numbers(tmp_path, caplog):
    file = tmp_path / '1' / 'vis_data' / 'scalars.json'
    file.parent.mkdir(parents=True)
    file.write_text('{"epoch": 1, "val/loss": Infinity}\n')
    assert read_points(tmp_path)['val'] == [(1, {'loss': math.inf})]
    assert not caplog.messages


def test_record_that_cannot_be_read_is_named_and_left_out(tmp_path, caplog, monkeypatch):
    write(tmp_path / '1', [epoch(1, **{'val/loss': 0.5})])
    write(tmp_path / '2', [epoch(2, **{'val/loss': 0.4})])
    whole = Path.read_bytes

    def refuse(path):
        if '2' in path.parts:
            raise PermissionError(errno.EACCES, 'Permission denied', str(path))
        return whole(path)

    monkeypatch.setattr(Path, 'read_bytes', refuse)
    assert read_points(tmp_path)['val'] == [(1, {'loss': 0.5})]
    assert 'cannot be read: Permission denied' in caplog.text


def test_folder_in_place_of_a_record_is_no_record(tmp_path):
    write(tmp_path / '1', [epoch(1, **{'val/loss': 0.5})])
    (tmp_path / '2' / 'vis_data' / 'scalars.json').mkdir(parents=True)
    assert read_points(tmp_path)['val'] == [(1, {'loss': 0.5})]


def test_curve_has_the_training_loss_of_its_epochs(tmp_path):
    write(
        tmp_path / '1',
        [
            epoch(1, **{'train/loss': 0.9}),
            epoch(2, **{'train/loss': 0.6, 'val/loss': 0.7}),
            epoch(4, **{'val/loss': None}),
        ],
    )
    curve = read_curve(tmp_path, 'loss')
    assert curve.epochs == [2, 4]
    assert curve.scores[0] == 0.7
    assert math.isnan(curve.scores[1])
    assert curve.train_losses == [0.6, 0.6]


def test_unknown_metric_is_named_with_the_nearest(tmp_path):
    write(tmp_path / '1', [epoch(1, **{'val/accuracy/top1': 1.0})])
    with pytest.raises(UserError, match=r"'acuracy/top1' was not recorded.*'accuracy/top1'\?"):
        read_curve(tmp_path, 'acuracy/top1')


@pytest.mark.parametrize('name', ['', 'nothing'])
def test_folder_without_records_is_named(tmp_path, name):
    with pytest.raises(UserError, match='RUN must'):
        read_points(tmp_path / name)


@pytest.mark.parametrize(('rule', 'best'), [('less', 0.2), ('greater', 0.9)])
def test_best_is_over_finite_scores(rule, best):
    curve = Curve('loss', [1, 2, 3], [0.9, math.nan, 0.2], [None] * 3)
    assert curve.best(rule) == best


def test_curve_without_a_finite_score_has_no_best():
    with pytest.raises(UserError, match="'loss' must have a finite value"):
        Curve('loss', [1], [math.inf], [None]).best('less')


def write_stock(folder, *lines):
    (folder / 'vis_data').mkdir(parents=True)
    text = ''.join(json.dumps(line) + '\n' for line in lines)
    (folder / 'vis_data' / 'scalars.json').write_text(text)


def test_record_of_mmengines_logger_hook_by_epochs_is_read(tmp_path):
    train = {'lr': 0.1, 'data_time': 0.1, 'time': 0.2, 'memory': 1}
    write_stock(
        tmp_path,
        {**train, 'loss': 0.9, 'epoch': 1, 'iter': 50, 'step': 50},
        {**train, 'loss': 0.7, 'epoch': 1, 'iter': 100, 'step': 100},
        {'coco/bbox_mAP': 0.2, 'data_time': 0.1, 'time': 0.3, 'step': 1},
        {**train, 'loss': 0.5, 'epoch': 2, 'iter': 200, 'step': 200},
        {'coco/bbox_mAP': 0.3, 'data_time': 0.1, 'time': 0.3, 'step': 2},
    )
    curve = read_curve(tmp_path, 'coco/bbox_mAP')
    assert (curve.epochs, curve.scores, curve.train_losses) == ([1, 2], [0.2, 0.3], [0.7, 0.5])


def test_record_of_mmengines_logger_hook_by_iterations_is_read(tmp_path):
    write_stock(
        tmp_path,
        {'lr': 0.1, 'loss': 0.9, 'iter': 50, 'step': 50},
        {'lr': 0.1, 'loss': 0.7, 'iter': 100, 'step': 100},
        {'mIoU': 40.5, 'time': 0.3, 'step': 100},
    )
    curve = read_curve(tmp_path, 'mIoU')
    assert (curve.epochs, curve.scores, curve.train_losses) == ([100], [40.5], [0.7])


def test_metrics_of_the_test_are_not_metrics_of_training(tmp_path):
    write_stock(tmp_path, {'epoch': 3, 'iter': 9, 'test/loss': 0.5, 'step': 9})
    assert read_points(tmp_path) == {'val': [], 'train': [], 'layers': []}
