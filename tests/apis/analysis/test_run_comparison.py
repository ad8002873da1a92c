import json
import re
import statistics

import pytest
from paths import CONFIGS

from mmlesson.apis.analysis import run_comparison
from mmlesson.apis.analysis.run_comparison import (
    compare_runs,
    draw_surface,
    figure_files,
    format_comparison,
    group_runs,
    spread,
    surface_files,
)
from mmlesson.errors import UserError
from mmlesson.runs.run import Run


@pytest.fixture
def make(tmp_path):
    """Return a function that writes the folder of a run of three epochs."""

    def make_run(name, lesson, seed, scores, seconds=3.0):
        folder = tmp_path / name
        (folder / '20260101_000000' / 'vis_data').mkdir(parents=True)
        lines = [
            json.dumps({'epoch': n, 'iter': n, 'val/accuracy/top1': score})
            for n, score in enumerate(scores, 1)
        ]
        (folder / '20260101_000000/vis_data/scalars.json').write_text('\n'.join(lines) + '\n')
        text = f'_base_ = {str(CONFIGS / lesson)!r}\nrandomness = dict(seed={seed})\n'
        (folder / f'20260101_000000/{name.partition("-")[0]}.py').write_text(text)
        summary = {'epochs': len(scores), 'iterations': 9, 'train_seconds': seconds}
        (folder / 'summary.json').write_text(json.dumps({**summary, 'test': {'loss': 0.5}}))
        return Run(folder)

    return make_run


def test_seeds_of_one_config_are_one_group(make):
    runs = [
        make('xor-0', 'mlp/mlp_xor.py', 0, [50.0, 80.0]),
        make('xor-1', 'mlp/mlp_xor.py', 1, [50.0, 90.0]),
        make('linear', 'mlp/linear_xor.py', 0, [50.0, 40.0]),
    ]
    xor, linear = group_runs(runs, 'accuracy/top1')
    assert (xor.name, len(xor.curves), len(linear.curves)) == ('xor', 2, 1)
    assert linear.parameters < xor.parameters


def test_table_has_the_best_and_the_mean(make, tmp_path):
    runs = [
        make('xor-0', 'mlp/mlp_xor.py', 0, [50.0, 80.0, 70.0], 3.0),
        make('xor-1', 'mlp/mlp_xor.py', 1, [90.0, 60.0, 70.0], 6.0),
    ]
    table, files = compare_runs(runs, ['accuracy/top1'], None, tmp_path / 'out.png')
    row = table.splitlines()[1]
    assert f'85 ± {statistics.stdev([80, 90]):.2g}' in row
    assert f'4.5 ± {statistics.stdev([3, 6]):.2g}' in row
    assert files == f'{tmp_path / "out.png"} and {tmp_path / "out.svg"}'


def test_each_of_several_metrics_has_its_own_figure(make, tmp_path):
    run = make('xor-0', 'mlp/mlp_xor.py', 0, [50.0])
    metric = 'accuracy/top1'
    list(compare_runs([run], [metric, metric], None, tmp_path / 'out.png'))
    assert (tmp_path / 'out_accuracy_top1.png').is_file()


def test_missing_metric_is_named(make):
    run = make('xor-0', 'mlp/mlp_xor.py', 0, [50.0])
    with pytest.raises(UserError, match="metric 'loss' was not recorded"):
        group_runs([run], 'loss')


@pytest.mark.parametrize(
    ('values', 'text'), [([], '-'), ([2.0], '2'), ([1.0, 3.0], f'2 ± {2**0.5:.2g}')]
)
def test_spread_is_mean_and_deviation(values, text):
    assert spread(values) == text


@pytest.mark.parametrize(
    ('best', 'epoch'),
    [
        (None, '2'),
        ({'metric': 'accuracy/top1', 'value': 80.0, 'epoch': 3}, '3'),
        ({'metric': 'accuracy/top1', 'value': 50.0, 'epoch': 1}, '2'),  # not the best of the curve
        ({'metric': 'loss', 'value': 0.1, 'epoch': 3}, '2'),
    ],
)
def test_epoch_of_equal_bests_is_that_of_the_summary(best, epoch, make):
    run = make('xor-0', 'mlp/mlp_xor.py', 0, [50.0, 80.0, 80.0])
    file = run.folder / 'summary.json'
    file.write_text(json.dumps({**json.loads(file.read_text()), 'best': best}))
    table = format_comparison(group_runs([run], 'accuracy/top1'), 'accuracy/top1')
    head, row = (re.split(r'\s{2,}', line.strip()) for line in table.splitlines())
    assert dict(zip(head, row, strict=True))['at epoch'] == epoch


def test_files_of_a_comparison_are_named_by_their_metrics(tmp_path):
    out = tmp_path / 'fit.png'
    assert figure_files(out, ['loss']) == [out, tmp_path / 'fit.svg']
    assert [file.name for file in figure_files(out, ['loss', 'train/loss'])] == [
        'fit_loss.png',
        'fit_loss.svg',
        'fit_train_loss.png',
        'fit_train_loss.svg',
    ]


def test_surface_of_runs_is_a_figure_and_a_film(train, tmp_path):
    drawn = {'type': 'VisualizationHook', 'figures': ['learning_curves']}
    for name in ('full', 'adam'):
        train(
            f'perceptron/descent_{name}.py',
            name,
            default_hooks__visualization=drawn,
            train_cfg__max_epochs=2,
        )
    out = tmp_path / 'paths.png'
    lines = list(draw_surface([Run(tmp_path / 'full'), Run(tmp_path / 'adam')], out))
    files = [str(tmp_path / f'paths{end}') for end in ('.png', '.svg', '_film.html', '_film.gif')]
    assert ' and '.join(lines) == ' and '.join(files)
    assert [str(file) for file in surface_files(out) if file.is_file()] == files


def test_spread_of_values_that_are_not_finite_is_nan():
    assert spread([1.0, float('nan')]) == 'nan ± nan'
    assert spread([float('inf')]) == 'inf'


def test_damaged_final_weights_are_no_traceback(make):
    runs = [make(f'xor-{seed}', 'mlp/mlp_xor.py', seed, [50.0]) for seed in (0, 1)]
    runs[0].summary['final'] = {'epoch': None, 'checkpoint': None}
    runs[1].summary['final'] = {'epoch': 3, 'checkpoint': 'epoch_3.pth'}
    table = format_comparison(group_runs(runs, 'accuracy/top1'), 'accuracy/top1')
    assert 'None, epoch_3.pth (3 to 3)' in table


def test_runs_of_equal_names_stay_apart_on_a_surface(make, tmp_path, monkeypatch):
    runs = []
    for place in ('a', 'b'):
        folder = make(f'xor-{place}', 'mlp/mlp_xor.py', 0, [50.0]).folder
        (tmp_path / place).mkdir()
        runs.append(Run(folder.rename(tmp_path / place / 'xor')))
    shown = []
    monkeypatch.setattr(run_comparison, 'read_figure_context', lambda run: run)
    monkeypatch.setattr(run_comparison, 'loss_paths', lambda runs: shown.extend(runs) or {})
    with pytest.raises(KeyError):
        list(draw_surface(runs, tmp_path / 'out.png'))
    assert shown == [str(tmp_path / 'a' / 'xor'), str(tmp_path / 'b' / 'xor')]


def test_run_that_is_given_twice_for_a_surface_is_refused(make, tmp_path):
    run = make('xor', 'mlp/mlp_xor.py', 0, [50.0])
    with pytest.raises(UserError, match=r'xor is given twice'):
        list(draw_surface([run, run], tmp_path / 'out.png'))
