from dataclasses import replace

from mmlesson.apis.deployment.description import Description, InputDescription
from mmlesson.apis.deployment.model_card import card_of, write_card
from mmlesson.runs.run import Run


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
