from dataclasses import replace

from mmlesson.apis.deployment.description import Description, InputDescription
from mmlesson.apis.deployment.model_card import card_of, write_card
from mmlesson.runs.run import Run
from mmlesson.tasks import DETECTION


def card_text(run, folder, **changes):
    inputs = InputDescription('Digits', (1, 8, 8), 1 / 16, (0.0, 1.0))
    weights = Run(run).summary['weights_sha256']
    description = Description('mlp_digits', ('0', '1'), 'probabilities', weights, inputs)
    file = card_of(folder / 'a.onnx')
    write_card(file, Run(run), replace(description, **changes), ['latency: 1 ms'])
    return file.read_text()


def test_card_has_data_metrics_seed_limits_and_licence(run, tmp_path):
    text, summary = card_text(run, tmp_path), Run(run).summary
    assert f'val accuracy/top1: {summary["val"]["accuracy/top1"]:.4g}' in text
    assert summary['splits']['train']['sha256'] in text
    assert f'Seed: {summary["seed"]}' in text
    for part in ('1 x 8 x 8', 'CC BY 4.0', 'latency: 1 ms', 'were not calibrated'):
        assert part in text


def test_metrics_of_other_weights_are_marked(run, tmp_path):
    assert 'the exported weights are others' in card_text(run, tmp_path, weights_sha256='0')


def test_card_of_another_task_does_not_describe_a_classifier(run, tmp_path):
    inputs = InputDescription('DigitCanvas', (1, 48, 48), 1 / 255, (0.0, 1.0))
    description = Description('detect_digits', ('0', '1'), 'scores', 'x', inputs)
    file = card_of(tmp_path / 'a.pth')
    write_card(file, Run(run), description, task=DETECTION)
    text = file.read_text()
    assert 'A model of detection, trained with mmlesson by the config detect_digits.' in text
    assert 'CC BY 4.0' in text
    for part in ('classifier', 'one of its classes', 'rank the classes'):
        assert part not in text
