import csv

import numpy as np

from mmlesson.apis.inference.prediction_table import (
    format_failures,
    format_predictions,
    write_csv,
)

SCORES = np.random.default_rng(0).dirichlet([1, 1, 1], 2).astype(np.float32)
PREDICTIONS = [
    {
        'source': f'image_{number}.png',
        'pred_label': int(scores.argmax()),
        'pred_class': 'abc'[scores.argmax()],
        'pred_score': float(scores.max()),
        'pred_scores': scores.tolist(),
    }
    for number, scores in enumerate(SCORES)
]


def rows(file):
    with file.open(newline='') as lines:
        return list(csv.DictReader(lines))


def test_written_probabilities_are_bitwise_exact(tmp_path):
    write_csv(tmp_path / 'p.csv', PREDICTIONS, 'abc')
    read = [[row[f'score_{name}'] for name in 'abc'] for row in rows(tmp_path / 'p.csv')]
    np.testing.assert_array_equal(np.array(read, np.float32), SCORES)


def test_classes_without_a_name_are_numbered(tmp_path):
    write_csv(tmp_path / 'p.csv', PREDICTIONS, ['a'])
    assert list(rows(tmp_path / 'p.csv')[0])[-3:] == ['score_a', 'score_1', 'score_2']


def test_table_without_predictions_has_a_header(tmp_path):
    write_csv(tmp_path / 'p.csv', [], 'ab')
    text = (tmp_path / 'p.csv').read_text()
    assert text == 'source,pred_label,pred_class,pred_score,score_a,score_b\n'


def test_text_table_has_percentages():
    line = format_predictions(PREDICTIONS).splitlines()[1].split()
    first = PREDICTIONS[0]
    assert line[:3] == ['image_0.png', first['pred_class'], str(first['pred_label'])]
    assert line[3:] == [f'{100 * first["pred_score"]:.1f}', '%']


def test_failures_are_listed_with_their_reason():
    failed = [{'source': f'{name}.png', 'reason': 'it is empty.'} for name in 'ab']
    assert format_failures(failed, 3).splitlines() == [
        '2 of 3 inputs could not be read:',
        '  a.png: it is empty.',
        '  b.png: it is empty.',
    ]


def test_single_failure_takes_one_line():
    text = format_failures([{'source': 'a.png', 'reason': 'it is empty.'}], 3)
    assert text == '1 of 3 inputs could not be read: a.png: it is empty.'


def test_model_without_probabilities_has_no_column_of_them(tmp_path):
    plain = [{**given, 'pred_score': None, 'pred_scores': None} for given in PREDICTIONS]
    write_csv(tmp_path / 'p.csv', plain, 'abc')
    assert list(rows(tmp_path / 'p.csv')[0]) == ['source', 'pred_label', 'pred_class']
    assert '%' not in format_predictions(plain)
    assert 'probability' not in format_predictions(plain)
