import pytest

from mmlesson.config.component_tree import ConfigTree
from mmlesson.config.loss_checks import check_losses


def found(loss, head='ClassificationHead'):
    head = {'type': head, 'num_classes': 2, 'loss': {'type': loss}}
    model = {'type': 'Classifier', 'backbone': {'type': 'MLP', 'in_features': 2}, 'head': head}
    return [(one.path, one.message) for one in check_losses(ConfigTree({'model': model}, None))]


@pytest.mark.parametrize('head', ['ClassificationHead', 'BinaryHead'])
@pytest.mark.parametrize(
    ('loss', 'arguments'),
    [
        ('CosineSimilarityLoss', 'pred, target, mask'),
        ('CrossCorrelationLoss', 'cross_correlation_matrix'),
    ],
)
def test_loss_without_a_value_per_sample_is_found(head, loss, arguments):
    ((path, message),) = found(f'mmpretrain.{loss}', head)
    assert path == 'model.head.loss.type'
    assert message == (
        f'{loss}.forward must have an argument reduction or reduction_override, with which '
        f'validation asks for the loss of each sample, got {arguments}.'
    )


@pytest.mark.parametrize(
    'loss', ['CrossEntropyLoss', 'HingeLoss', 'mmpretrain.FocalLoss', 'mmpretrain.SeesawLoss']
)
def test_loss_with_a_value_per_sample_is_fine(loss):
    assert found(loss) == []


def test_loss_of_a_head_of_mmpretrain_is_its_own_matter():
    assert found('mmpretrain.CosineSimilarityLoss', 'mmpretrain.LinearClsHead') == []


def test_unknown_loss_is_reported_elsewhere():
    assert found('NoSuchLoss') == []
