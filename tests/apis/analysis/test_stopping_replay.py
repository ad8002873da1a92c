import json
from argparse import Namespace

import pytest
from forked import run_forked
from paths import TOOLS

from mmlesson.apis.analysis import stopping_replay
from mmlesson.apis.analysis.stopping_replay import ReplayResult
from mmlesson.early_stopping.rule import StoppingRule
from mmlesson.errors import UserError
from mmlesson.runs.scalars import Curve, read_curve
from mmlesson.runs.summary import read_summary

TOOL = TOOLS / 'analysis' / 'replay_stopping.py'
ACC = 'accuracy/top1'
SCORES = [90.0, 94.0, 96.0, 95.0, 95.5, 97.0, 96.5, 96.0, 96.0]


def write(folder, scores, first=1, tail=''):
    """Write the lines of a run's logger, from the epoch ``first`` on."""
    lines = []
    for epoch, score in enumerate(scores, first):
        common = {'epoch': epoch, 'step': epoch * 17, 'iter': epoch * 17}
        lines.append({'step': epoch * 17, 'loss': 7.0})
        lines.append({**common, 'train/loss': 1 / epoch, f'train/{ACC}': score + 1})
        lines.append({**common, f'val/{ACC}': score, 'val/loss': 2 / epoch})
    (folder / 'vis_data').mkdir(parents=True)
    text = ''.join(json.dumps(line) + '\n' for line in lines) + tail
    (folder / 'vis_data' / 'scalars.json').write_text(text)
    return folder


def curve(scores, metric=ACC):
    return Curve(metric, list(range(1, len(scores) + 1)), list(scores), [None] * len(scores))


def test_replaying_by_hand():
    # patience 2: best 96 at 3, stops at 5, misses 97; patience 3: stops at 9 with 97 at 6
    two = stopping_replay.replay(curve(SCORES), StoppingRule('greater', patience=2), 'two')
    assert two == ReplayResult('two', 5, 'patience', 3, 96.0, 1.0, 4)
    three = stopping_replay.replay(curve(SCORES), StoppingRule('greater', patience=3), 'three')
    assert three == ReplayResult('three', 9, 'patience', 6, 97.0, 0.0, 0)
    never = stopping_replay.replay(curve(SCORES), StoppingRule('greater', patience=9), 'never')
    assert never == ReplayResult('never', None, None, 6, 97.0, 0.0, 0)


def test_the_runs_own_rule_stops_where_the_run_stopped():
    scores = [3.0, 2.0, 1.0, 1.5, 1.2, 1.1, 0.5]
    own = StoppingRule('less', patience=3)
    stopped = next(e for e, score in enumerate(scores, 1) if own.update(score, e).stop)
    recorded = curve(scores[:stopped], 'loss')
    assert (
        stopping_replay.replay(recorded, StoppingRule('less', patience=3)).stop_epoch
        == stopped
        == 6
    )


def test_no_finite_score_before_the_stop_means_no_best():
    out = stopping_replay.replay(curve([float('nan'), 2.0]), StoppingRule('greater'))
    assert (out.stop_epoch, out.best_value, out.lost, out.saved) == (1, None, None, 1)


def test_a_curve_without_finite_values_is_named():
    with pytest.raises(UserError, match=f"'{ACC}' must have a finite value, got none"):
        curve([float('nan')]).best('greater')


def test_reads_a_work_dir_a_folder_and_training_metrics(tmp_path):
    folder = write(tmp_path / '20250101_000000', SCORES)
    for run in (tmp_path, folder):
        read = read_curve(run, ACC)
        assert read.scores == SCORES
        assert read.epochs == list(range(1, 10))
        assert read.train_losses == [1 / epoch for epoch in range(1, 10)]
    assert read_curve(tmp_path, f'train/{ACC}').scores == [score + 1 for score in SCORES]


def test_the_newest_run_counts(tmp_path):
    write(tmp_path / '20250101_000000', [1.0] * 20)
    write(tmp_path / '20250102_000000', SCORES)
    assert read_curve(tmp_path, ACC).scores == SCORES


def test_resumed_run_continues_the_curve_of_the_older_folder(tmp_path):
    write(tmp_path / '20250101_000000', [*SCORES[:4], 1.0])  # epoch 5 was done again
    write(tmp_path / '20250102_000000', SCORES[4:], first=5)
    assert read_curve(tmp_path, ACC).scores == SCORES


def test_truncated_last_line_is_skipped_and_null_is_nan(tmp_path):
    write(tmp_path, [], tail='{"epoch":1,"val/loss":null}\n{"val/lo')
    (value,) = read_curve(tmp_path, 'loss').scores
    assert value != value


def test_validations_between_training_epochs_take_the_last_finished_one(tmp_path):
    lines = [('train', 100, 0.5), ('val', 150, 0.7), ('val', 250, 0.6), ('train', 200, 0.4)]
    text = ''.join(json.dumps({'epoch': s, f'{p}/loss': v}) + '\n' for p, s, v in lines)
    (tmp_path / 'vis_data').mkdir()
    (tmp_path / 'vis_data' / 'scalars.json').write_text(text)
    read = read_curve(tmp_path, 'loss')
    assert (read.epochs, read.train_losses) == ([150, 250], [0.5, 0.4])


def test_unreadable_run_is_named(tmp_path):
    with pytest.raises(UserError, match=r'RUN must be the folder of a run, got .*nowhere'):
        read_curve(tmp_path / 'nowhere', ACC)
    with pytest.raises(UserError, match=r'RUN must hold vis_data/scalars.json'):
        read_curve(tmp_path, ACC)
    write(tmp_path, SCORES)
    with pytest.raises(
        UserError, match=r"metric 'accuracy' was not .* Did you mean 'accuracy/top1"
    ):
        read_curve(tmp_path, 'accuracy')
    write(tmp_path / 'bad', [], tail='{"epoch"\n{}\n')
    with pytest.raises(UserError, match=r"metric 'accuracy/top1' was not .* hold: nothing"):
        read_curve(tmp_path / 'bad', ACC)
    (tmp_path / 'summary.json').write_text('{')
    with pytest.raises(UserError, match=r'summary.json must hold JSON'):
        read_summary(tmp_path)


def test_settings_take_only_what_their_criterion_uses():
    made = stopping_replay.settings(['patience', 'GL', 'UP'], [3, 5], [0.0], [2.0, 5.0], 4, [2])
    assert made == [
        ('patience=3 min_delta=0.0', {'patience': 3, 'min_delta': 0.0, 'criterion': 'patience'}),
        ('patience=5 min_delta=0.0', {'patience': 5, 'min_delta': 0.0, 'criterion': 'patience'}),
        ('GL gl_alpha=2.0', {'gl_alpha': 2.0, 'criterion': 'GL'}),
        ('GL gl_alpha=5.0', {'gl_alpha': 5.0, 'criterion': 'GL'}),
        ('UP up_strips=2 strip=4', {'up_strips': 2, 'strip': 4, 'criterion': 'UP'}),
    ]
    assert stopping_replay.settings(['GL', 'PQ'], [], [], None, 4, []) == [
        ('GL', {'criterion': 'GL'}),
        ('PQ strip=4', {'strip': 4, 'criterion': 'PQ'}),
    ]


def test_table_has_lost_score_and_saved_epochs():
    table = stopping_replay.format_results(
        [
            ReplayResult('patience=2', 5, 'patience', 3, 96.0, 1.0, 4),
            ReplayResult('GL', None, None, None, None, None, 0),
        ]
    )
    assert [line.split() for line in table.splitlines()] == [
        ['setting', 'stops', 'at', 'best', 'at', 'best', 'lost', 'epochs', 'saved'],
        ['patience=2', '5', '3', '96', '1', '4'],
        ['GL', 'never', '-', '-', '-', '0'],
    ]


def test_plot_replaces_an_older_file_atomically(tmp_path):
    path = tmp_path / 'plot.png'
    path.write_text('old')
    outcome = stopping_replay.replay(curve(SCORES), StoppingRule('greater', patience=2), 'two')
    stopping_replay.plot(curve(SCORES), [outcome], path)
    assert path.read_bytes().startswith(b'\x89PNG')
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ('name', 'message'),
    [
        ('plot.txt', r'must end in \.png or \.svg or \.pdf'),
        ('nowhere/plot.png', 'does not exist'),
        ('there.png', 'exists already'),
    ],
)
def test_a_plot_that_cannot_be_written_is_refused_before_the_run_is_read(tmp_path, name, message):
    (tmp_path / 'there.png').touch()
    with pytest.raises(UserError, match=message):
        stopping_replay.replay_run(Namespace(out=tmp_path / name))


def tool(*arguments):
    return run_forked(TOOL, *arguments)


def test_tool_prints_the_table_and_draws(tmp_path):
    write(tmp_path / '20250101_000000', SCORES)
    best = {'metric': ACC, 'value': 97.0, 'epoch': 6}
    summary = {'best': best, 'stop': {'reason': 'patience', 'message': '', 'epoch': 9}}
    (tmp_path / 'summary.json').write_text(json.dumps(summary))
    done = tool(tmp_path, '--patience', '2,3', '--out', tmp_path / 'plot.svg')
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    end = 'the run stopped at epoch 9 (patience)'
    assert lines[0] == f'{ACC}: 9 validations, the last at epoch 9; {end}'
    assert lines[2].split() == ['patience=2', 'min_delta=0.0', '5', '3', '96', '1', '4']
    assert lines[3].split() == ['patience=3', 'min_delta=0.0', '9', '6', '97', '0', '0']
    assert (tmp_path / 'plot.svg').is_file()


def test_tool_reports_a_mistake_in_one_line(tmp_path):
    write(tmp_path, SCORES)
    done = tool(tmp_path)
    text = 'error: --monitor must be given, as the run has no best in summary.json.\n'
    assert (done.returncode, done.stderr) == (2, text)
    assert tool(tmp_path, '--monitor', ACC, '--patience', 'x').returncode == 2
