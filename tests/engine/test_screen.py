import io
import logging

import pytest
from rich.cells import cell_len
from rich.console import Console

from mmlesson.engine import screen

ROWS = [
    ('claim', 'test accuracy >= 90 on average'),
    ('classes', '3: 飞机, 汽车, 一个非常非常非常长的类别名称一个非常非常非常长的类别名称'),
    ('try', 'a larger network: more layers or units'),
    ('try', '[red]dropout[/red]'),
]


@pytest.fixture
def terminal(monkeypatch):
    monkeypatch.setattr('sys.stdout.isatty', lambda: True, raising=False)


@pytest.mark.parametrize('width', [40, 80])
def test_no_line_is_wider_than_the_terminal_and_no_text_is_lost(width):
    output = io.StringIO()
    screen.print_rows(ROWS, Console(file=output, width=width))
    lines = output.getvalue().splitlines()
    assert max(map(cell_len, lines)) <= width
    shown = ''.join(''.join(line[9:].split()) for line in lines)
    assert shown == ''.join(''.join(text.split()) for _, text in ROWS)


def test_label_that_repeats_is_printed_once():
    output = io.StringIO()
    screen.print_rows(ROWS, Console(file=output, width=80))
    assert output.getvalue().count('try ') == 1


def test_output_that_cannot_show_a_character_gets_a_question_mark(monkeypatch):
    buffer = io.BytesIO()
    monkeypatch.setattr('sys.stdout', io.TextIOWrapper(buffer, 'ascii', write_through=True))
    screen.print_rows([('class', '飞机')])
    assert buffer.getvalue().split() == [b'class', b'??']


TRAIN = {'loss': 0.12345, 'accuracy/top1': 97.2134}
VAL = {'accuracy/top1': 96.3, 'loss': 1.25, 'ece': 0.5, 'matrix': [1]}


@pytest.mark.parametrize(
    ('width', 'line'),
    [
        (
            80,
            'epoch 3/40  loss 0.1235 (val 1.25)  accuracy 97.21 (val 96.3)  val ece 0.5',
        ),
        (62, 'epoch 3/40  loss 0.1235 (val 1.25)  accuracy 97.21 (val 96.3)'),
        (40, 'epoch 3/40  loss 0.1235 (val 1.25)'),
        (10, 'epoch 3/40'),
    ],
)
def test_epoch_line_keeps_the_metrics_that_fit(width, line):
    expected = line if len(line) <= width else line.rpartition('  ')[0]
    assert screen.epoch_line('epoch 3/40', TRAIN, VAL, width) == expected


def test_epoch_line_without_validation():
    assert screen.epoch_line('epoch 1/2', TRAIN, None, 80) == (
        'epoch 1/2  loss 0.1235  accuracy 97.21'
    )


def test_run_is_quiet_only_on_a_terminal(monkeypatch):
    monkeypatch.setattr('sys.stdout.isatty', lambda: False, raising=False)
    assert not screen.is_quiet({})


@pytest.mark.parametrize(
    ('config', 'quiet'),
    [
        ({}, True),
        ({'verbose': True}, False),
        ({'log_level': 'DEBUG'}, False),
        ({'default_hooks': {'logger': {'type': 'mmlesson.ProgressHook', 'interval': 5}}}, True),
        ({'default_hooks': {'logger': {'type': 'LoggerHook'}}}, False),
        ({'default_hooks': {'logger': None}}, False),
    ],
)
def test_run_on_a_terminal_is_quiet_unless_more_is_asked_for(terminal, config, quiet):
    assert screen.is_quiet(config) is quiet


def test_warnings_are_printed_without_date_and_the_file_keeps_the_rest(tmp_path):
    output, logger = io.StringIO(), logging.Logger('x')
    logger.addHandler(logging.StreamHandler(output))
    logger.addHandler(logging.FileHandler(tmp_path / 'log'))
    screen.show_warnings_only(logger)
    logger.info('hooks')
    logger.warning('slow')
    logger.handlers[1].close()
    assert output.getvalue() == 'warning: slow\n'
    assert (tmp_path / 'log').read_text() == 'hooks\nslow\n'


def test_introduction_shows_the_claim_the_model_and_the_data(build, capsys, monkeypatch):
    monkeypatch.setattr('sys.stdout.isatty', lambda: True, raising=False)
    runner = build('mlp/mlp_xor.py', train_cfg__max_epochs=1)
    runner.train()
    shown = dict(screen.introduction(runner))
    assert shown['claim'] == 'test accuracy == 100.0'
    hidden = runner.cfg.model.backbone.hidden_sizes[0]  # 2 inputs, 2 classes
    assert shown['model'] == f'MLP, {(2 + 1) * hidden + (hidden + 1) * 2} parameters'
    assert shown['classes'] == '2: 0, 1'
    assert shown['data'] == 'train 240, val 80, test 80 samples'
    printed = capsys.readouterr().out
    assert [text for text in shown.values() if text not in printed] == []
    assert 'sha256' not in printed
