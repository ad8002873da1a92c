import shlex

import pytest
from paths import CONFIGS

from mmlesson.runs.claims import Claim
from mmlesson.runs.conclusion import claim_text, conclusion, figure_to_open, parsed_claims
from mmlesson.runs.summary import DEFAULTS, write_summary


@pytest.fixture
def ended(tmp_path):
    """Return a function that writes the summary of an ended run, and returns its folder."""

    def write(name='run', **values):
        folder = tmp_path / name
        folder.mkdir()
        known = {'status': 'completed', 'epochs': 3, 'train_seconds': 1.25, 'seed': 0}
        write_summary(folder, {**DEFAULTS, **known, **values})
        return folder

    return write


def texts(rows, label):
    return [text for name, text in rows if name == label]


ACCURACY = {'metric': 'test/accuracy/top1', 'op': '>=', 'value': 90.0}


@pytest.mark.parametrize(
    ('accuracy', 'over', 'result'),
    [
        (95.0, 'each', 'test accuracy >= 90.0: holds (95)'),
        (85.0, 'each', 'test accuracy >= 90.0: does not hold (85)'),
        (95.0, 'mean', 'test accuracy >= 90.0 on average: holds for this seed (95)'),
        (85.0, 0.8, 'test accuracy >= 90.0 for 80 % of seeds: does not hold for this seed (85)'),
    ],
)
def test_each_claim_is_shown_with_its_result(ended, accuracy, over, result):
    run = ended(test={'accuracy/top1': accuracy})
    assert texts(conclusion(run, [{**ACCURACY, 'over': over}]), 'claim') == [result]


RIVAL = {'metric': 'test/accuracy/top1', 'op': '>', 'lesson': 'mlp/other.py'}


def test_claim_about_another_lesson_needs_a_run_of_it_with_the_same_seed(ended):
    run = ended(test={'accuracy/top1': 95.0})
    ended('other', test={'accuracy/top1': 90.0}, seed=1)
    missing = 'test accuracy > mlp/other.py: here 95; train mlp/other.py to compare'
    assert texts(conclusion(run, [RIVAL]), 'claim') == [missing]


def test_claim_about_another_lesson_is_checked_against_the_run_beside(ended):
    run = ended(test={'accuracy/top1': 95.0})
    ended('other', test={'accuracy/top1': 90.0})
    found = 'test accuracy > mlp/other.py: holds (95 against 90)'
    assert texts(conclusion(run, [RIVAL]), 'claim') == [found]


def test_claim_about_an_unknown_metric_says_so(ended):
    run = ended(test={'loss': 1.0})
    (text,) = texts(conclusion(run, [ACCURACY]), 'claim')
    assert "not checked: 'test/accuracy/top1' is not in the summary" in text


def test_claim_names_its_metric_in_words():
    claim = Claim('facts/perceptron/bound_holds', '==', True)
    assert claim_text(claim) == 'perceptron bound holds'


@pytest.mark.parametrize(('fact', 'result'), [(True, 'yes'), (False, 'no')])
def test_claim_that_is_a_sentence_is_answered(ended, fact, result):
    claims = [{'metric': 'facts/perceptron/bound_holds', 'op': '==', 'value': True}]
    rows = conclusion(ended(facts={'perceptron': {'bound_holds': fact}}), claims)
    assert texts(rows, 'claim') == [f'perceptron bound holds: {result}']


def test_value_that_a_claim_names_is_not_repeated(ended):
    claims = [{'metric': 'stop/reason', 'op': '==', 'value': 'converged'}]
    stop = {'reason': 'converged', 'message': 'no mistakes', 'epoch': 3}
    rows = conclusion(ended(stop=stop), claims)
    assert texts(rows, 'claim') == ['stop reason == converged: holds']


def test_verdict_is_followed_by_what_to_try(ended):
    diagnosis = {'verdict': 'overfit', 'evidence': 'loss 2', 'try_next': ['a', 'b']}
    rows = conclusion(ended(diagnosis=diagnosis))
    assert texts(rows, 'verdict') == ['overfit: loss 2']
    assert texts(rows, 'try') == ['a', 'b']


def test_reason_of_stopping_is_shown(ended):
    stop = {'reason': 'patience', 'message': 'no better for 5 epochs', 'epoch': 3}
    rows = conclusion(ended(stop=stop))
    assert texts(rows, 'ended') == ['after 3 epochs, 1.2 s of training: no better for 5 epochs']


def test_one_epoch_is_singular(ended):
    assert texts(conclusion(ended(epochs=1)), 'ended') == ['after 1 epoch, 1.2 s of training']


def test_results_are_named_without_the_path_of_the_metric(ended):
    rows = conclusion(ended(test={'accuracy/top1': 97.5, 'single_label/f1-score': 0.5, 'x': [1]}))
    assert texts(rows, 'test result') == ['accuracy 97.5, single label f1-score 0.5']


def test_next_lesson_is_that_of_the_config(ended):
    config = CONFIGS / 'perceptron' / 'perceptron_xor.py'
    rows = conclusion(ended(config=str(config)))
    assert texts(rows, 'next') == ['mmlesson train mlp/linear_xor']
    assert texts(conclusion(ended('other')), 'next') == []


def test_command_of_the_next_lesson_can_be_pasted_into_a_shell(ended, tmp_path, monkeypatch):
    config = tmp_path / 'my lessons' / 'two.py'
    monkeypatch.setattr('mmlesson.runs.conclusion.next_lesson', lambda _: config)
    command = texts(conclusion(ended(config='one.py')), 'next')[0]
    assert shlex.split(command) == ['mmlesson', 'train', str(config)]


@pytest.mark.parametrize(
    ('metric', 'drawn', 'chosen'),
    [
        ('diagnosis/verdict', ('decision_regions', 'learning_curves'), 'learning_curves'),
        ('test/accuracy/top1', ('decision_regions', 'learning_curves'), 'decision_regions'),
        ('stop/reason', ('perceptron_mistakes', 'decision_regions'), 'perceptron_mistakes'),
        ('stop/reason', ('learning_curves', 'mistakes'), 'mistakes'),
        ('test/detection/AP', ('feature_maps', 'predictions'), 'predictions'),
        ('test/loss', (), None),
    ],
)
def test_figure_to_open_shows_what_the_lesson_claims(tmp_path, metric, drawn, chosen):
    (tmp_path / 'figures').mkdir()
    for name in drawn:
        (tmp_path / 'figures' / f'{name}.png').touch()
    found = figure_to_open(tmp_path, [{'metric': metric, 'op': '==', 'value': 'x'}])
    assert found == (None if chosen is None else tmp_path / 'figures' / f'{chosen}.png')


@pytest.mark.parametrize('claims', [3, 'text', {'a': 1}, None, [3], [{'metric': 'x'}]])
def test_claims_of_another_form_are_none(claims):
    assert parsed_claims(claims) == []
