"""Pictures of finished runs: drawn again, compared, and gathered in a report."""

from __future__ import annotations

import json
import re
import shutil
import statistics
import sys
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from forked import run_forked
from paths import CONFIGS, ROOT, TOOLS
from PIL import Image

from mmlesson.apis.analysis import finished_run
from mmlesson.apis.analysis.finished_run import read_figure_context
from mmlesson.apis.analysis.report import write_report
from mmlesson.apis.analysis.run_comparison import format_comparison, group_runs
from mmlesson.apis.training import train as train_lesson
from mmlesson.engine.hooks import VisualizationHook
from mmlesson.engine.runner import LessonRunner
from mmlesson.errors import UserError
from mmlesson.runs.run import Run
from mmlesson.runs.scalars import read_points
from mmlesson.utils.cli import run_command

XOR = 'mlp/mlp_xor.py'
PICTURES = {'type': 'VisualizationHook', 'figures': ['decision_regions', 'learning_curves']}
FILM = {**PICTURES, 'films': ['hidden_space']}


@pytest.fixture
def tool(monkeypatch, capsys):
    """Return a function that runs a tool in this process: its status and what it said."""
    import runpy

    def run(name: str, *words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, 'argv', [name, *map(str, words)])
        main = runpy.run_path(str(ROOT / 'tools' / name))['main']
        status = run_command(main)
        said = capsys.readouterr()
        return status, said.out, said.err

    return run


@pytest.fixture(scope='module')
def trained(tmp_path_factory) -> Path:
    """Return the folder of a short run with a film."""
    folder = tmp_path_factory.mktemp('trained') / 'run'
    options = {'train_cfg.max_epochs': 3, 'default_hooks.visualization': FILM}
    train_lesson(CONFIGS / XOR, work_dir=folder, options=options)
    return folder


@pytest.fixture
def run(trained, tmp_path) -> Path:
    """Return the folder of a copy of it, which a test may change."""
    return shutil.copytree(trained, tmp_path / 'run')


def pixels(file: Path) -> np.ndarray:
    return np.asarray(Image.open(file).convert('RGB'))


def test_redrawn_figures_equal_those_of_the_run(run, tool, tmp_path):
    out = tmp_path / 'again'
    names = ('decision_regions', 'learning_curves', 'mistakes')
    status, said, _ = tool('visualization/visualize_run.py', run, '--out', out, '--figures', *names)
    assert status == 0
    for name in names[:2]:
        np.testing.assert_array_equal(
            pixels(out / f'{name}.png'), pixels(run / f'figures/{name}.png')
        )
    assert 'mistakes: not drawn, it needs images' in said


def test_model_is_drawn_with_the_final_weights(train, tmp_path):
    stopping = {'type': 'EarlyStoppingHook', 'monitor': 'loss', 'patience': 1, 'baseline': -1.0}
    summary = train('mlp/mlp_moons.py', custom_hooks=[stopping])
    assert summary['best'] is not None
    subject = read_figure_context(Run(tmp_path / 'run'))
    from mmlesson.runs.checkpoint import weights_sha256

    assert weights_sha256(subject.model) == summary['weights_sha256']
    assert set(subject.splits) == {'train', 'val', 'test'}


def test_films_are_drawn_again_from_their_snapshots(run, tool, tmp_path, monkeypatch):
    out = tmp_path / 'again'
    monkeypatch.setattr(finished_run, 'FIGURES', {})  # all figures are drawn for a killed run
    status, said, _ = tool('visualization/visualize_run.py', run, '--out', out)
    assert status == 0
    for name in ('hidden_space_film.html', 'hidden_space_film.gif'):
        assert (out / name).read_bytes() == (run / 'figures' / name).read_bytes()
        assert name in said


@pytest.fixture
def kill(build, monkeypatch, tmp_path):
    """Return a function that trains as far as a kill: no summary is left, and nothing is drawn."""

    def train_and_kill(epochs: int, **options) -> Path:
        with monkeypatch.context() as patch:
            patch.setattr(LessonRunner, '_leave_summary', lambda *_: None)
            patch.setattr(VisualizationHook, 'at_end', lambda *_: None)
            build(XOR, train_cfg__max_epochs=epochs, **options).train()
        return tmp_path / 'run'

    return train_and_kill


def test_killed_run_is_drawn_reported_and_compared(kill, tool, tmp_path):
    run = kill(4, default_hooks__visualization=FILM)
    status, said, _ = tool('visualization/visualize_run.py', run)
    assert status == 0
    for name in ('learning_curves.png', 'decision_regions.svg', 'hidden_space_film.html'):
        assert (run / 'figures' / name).is_file(), said
    assert tool('visualization/report.py', run)[0] == 0
    text = (run / 'report.html').read_text(encoding='utf-8')
    assert 'It has not ended, or it was killed' in text
    last = read_points(run)['val'][-1][1]
    assert f'<td>val loss</td><td>{last["loss"]:.4g}</td>' in text
    words = ('analysis/compare_runs.py', run, '--metric', 'loss', '--out', tmp_path / 'x.png')
    status, said, _ = tool(*words)
    assert status == 0
    assert f'{last["loss"]:.4g}' in said


def test_outcome_is_that_of_the_last_start_despite_an_older_summary(train, kill):
    train(XOR, train_cfg__max_epochs=2)
    run = kill(4, resume=True)
    outcome = Run(run).summary
    assert (outcome['status'], outcome['epochs']) == ('unfinished', 4)
    assert outcome['val'] == pytest.approx(read_points(run)['val'][-1][1])
    assert read_figure_context(Run(run)).epoch == 4


def test_outcome_of_a_finished_run_is_its_summary(train, tmp_path):
    summary = train(XOR, train_cfg__max_epochs=2)
    assert Run(tmp_path / 'run').summary == summary


def test_folder_without_run_has_no_outcome(tmp_path):
    with pytest.raises(UserError, match=r'has no summary\.json'):
        _ = Run(tmp_path).summary


def test_numbers_of_the_report_are_those_recorded(run):
    write_report(Run(run), run / 'report.html')
    text = (run / 'report.html').read_text(encoding='utf-8')
    points = read_points(run)
    for split in ('train', 'val'):
        epoch, numbers = points[split][-1]
        assert epoch == 3
        for name, title in (('loss', 'loss'), ('accuracy/top1', 'accuracy')):
            assert f'<td>{split} {title}</td><td>{numbers[name]:.4g}</td>' in text


@pytest.mark.parametrize(
    ('words', 'message'),
    [
        (('nowhere',), 'nowhere'),
        (('RUN', '--figures', 'regions'), "'decision_regions'"),
    ],
)
def test_redrawing_reports_mistakes_in_a_single_line(run, tool, words, message):
    words = [str(run) if word == 'RUN' else word for word in words]
    status, _, err = tool('visualization/visualize_run.py', *words)
    assert status == 2
    assert len(err.splitlines()) == 1
    assert message in err


def test_only_figures_that_do_not_fit_is_a_failure(run, tool):
    status, said, _ = tool('visualization/visualize_run.py', run, '--figures', 'saliency')
    assert status == 1
    assert 'not drawn' in said


def test_runs_that_differ_in_the_seed_share_a_row(train, tmp_path):
    for seed in (0, 1, 2):
        train(XOR, f'seed_{seed}', randomness__seed=seed, train_cfg__max_epochs=4)
    train(XOR, 'wide', train_cfg__max_epochs=4, model__backbone__hidden_sizes=(20,))
    runs = [tmp_path / name for name in ('seed_0', 'wide', 'seed_1', 'seed_2')]
    first, second = group_runs([Run(run) for run in runs], 'loss')
    assert (first.name, second.name) == ('mlp_xor', 'mlp_xor (wide)')
    assert first.parameters == 2 * 8 + 8 + 8 * 2 + 2
    assert second.parameters == 2 * 20 + 20 + 20 * 2 + 2
    summaries = [json.loads((tmp_path / f'seed_{s}/summary.json').read_text()) for s in range(3)]
    losses = [one['val']['loss'] for one in summaries]  # it still falls: the last is the best
    table = format_comparison([first, second], 'loss').splitlines()
    expected = f'{statistics.fmean(losses):.4g} ± {statistics.stdev(losses):.2g}'
    assert expected in table[1]
    assert re.split(r'\s{2,}', table[1])[:2] == ['mlp_xor', '3']
    tests = statistics.fmean(one['test']['accuracy/top1'] for one in summaries)
    assert f'{tests:.4g} ±' in table[1]


def test_comparison_is_printed_and_drawn(run, tool, tmp_path):
    out = tmp_path / 'both.png'
    status, said, _ = tool('analysis/compare_runs.py', run, '--metric', 'loss', '--out', out)
    assert status == 0
    assert out.is_file()
    assert out.with_suffix('.svg').is_file()
    assert 'best loss' in said


def test_comparison_names_a_missing_metric(run, tool, tmp_path):
    words = (run, '--metric', 'accuracy', '--out', tmp_path / 'x.png')
    status, _, err = tool('analysis/compare_runs.py', *words)
    assert status == 2
    assert "'accuracy/top1'" in err


class Page(HTMLParser):
    """Collects what a page would load."""

    def __init__(self) -> None:
        super().__init__()
        self.sources: list[str] = []
        self.frames: list[str] = []

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.sources += [found[key] for key in ('src', 'href', 'data') if key in found]
        self.frames += [found['srcdoc']] if 'srcdoc' in found else []


def test_report_is_self_contained(run, tool):
    status, said, _ = tool('visualization/report.py', run)
    assert status == 0
    text = (run / 'report.html').read_text(encoding='utf-8')
    assert str(run / 'report.html') in said
    page = Page()
    page.feed(text)
    assert len(page.sources) == 2  # two pictures
    assert len(page.frames) == 1  # a film
    for frame in page.frames:
        page.feed(frame)
    assert all(source.startswith('data:image/png;base64,') for source in page.sources)
    assert "default-src 'none'" in text
    summary = json.loads((run / 'summary.json').read_text())
    for fact in (
        'It trained to its last epoch.',
        summary['weights_sha256'],
        summary['splits']['test']['sha256'],
        summary['diagnosis']['verdict'],
        summary['environment']['python'],
        '<td>train_cfg.max_epochs</td><td>100</td><td>3</td>',
    ):
        assert fact in text


def test_report_has_the_reason_to_stop_and_escapes_quoted_text(run):
    file = run / 'summary.json'
    summary = json.loads(file.read_text())
    summary['status'] = 'early_stopped'
    summary['stop'] = {'reason': 'patience', 'message': '<b>no improvement</b>', 'epoch': 3}
    file.write_text(json.dumps(summary))
    write_report(Run(run), run / 'report.html')
    text = (run / 'report.html').read_text(encoding='utf-8')
    assert 'It stopped early. &lt;b&gt;no improvement&lt;/b&gt;.' in text


def test_training_draws_without_importing_matplotlib(tmp_path):
    """Then figures are drawn in other processes, beside training."""
    script = tmp_path / 'script.py'
    script.write_text(
        'import runpy, sys\n'
        'sys.argv = sys.argv[1:]\n'
        'try:\n'
        "    runpy.run_path(sys.argv[0], run_name='__main__')\n"
        'finally:\n'
        "    print('matplotlib' in sys.modules)\n"
    )
    options = ['--work-dir', tmp_path / 'run', '--cfg-options', 'train_cfg.max_epochs=2']
    done = run_forked(script, TOOLS / 'train.py', CONFIGS / XOR, *options)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == 'False'
    assert (tmp_path / 'run' / 'figures' / 'learning_curves.png').is_file()
