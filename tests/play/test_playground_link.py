import pytest

from mmlesson.errors import UserError
from mmlesson.play.playground_link import settings_of_link

PAGE = 'https://playground.tensorflow.org/#'


def test_link_becomes_settings():
    link = (
        'activation=relu&batchSize=12&dataset=spiral&learningRate=0.3&regularization=L2'
        '&regularizationRate=0.001&noise=25&networkShape=6,3&seed=0.42&percTrainData=70'
        '&showTestData=false&x=true&y=true&problem=classification&discretize_hide=true'
    )
    found = settings_of_link(PAGE + link)
    data, network, training = found.settings.data, found.settings.network, found.settings.training
    assert (data.dataset, data.noise, data.train_percent) == ('Spirals', 0.05, 70)
    assert (network.hidden_sizes, network.activation) == ((6, 3), 'ReLU')
    assert (training.optimizer, training.lr, training.weight_decay) == ('SGD', 0.3, 0.001)
    assert (training.batch_size, training.seed) == (12, 42)
    assert found.ignored == ()


def test_what_a_link_leaves_out_has_the_default_of_the_playground():
    settings = settings_of_link(PAGE + 'x=true').settings
    assert settings.network.hidden_sizes == (4, 2)
    assert settings.network.activation == 'Tanh'
    assert settings.data.dataset == 'Circles'
    assert (settings.training.lr, settings.training.batch_size) == (0.03, 10)


@pytest.mark.parametrize('dataset', ['circle', 'xor', 'gauss'])
def test_points_of_a_link_without_noise_are_spread_as_in_the_playground(dataset):
    quiet = settings_of_link(f'{PAGE}dataset={dataset}&noise=0').settings.data.noise
    noisy = settings_of_link(f'{PAGE}dataset={dataset}&noise=50').settings.data.noise
    assert 0 < quiet < noisy <= 1


def test_unknown_parameters_are_listed():
    link = 'regularization=L1&regularizationRate=0.1&xTimesY=true&problem=regression&what=ever'
    found = settings_of_link(PAGE + link)
    assert found.ignored == (
        'regularization=L1', 'xTimesY=true', 'problem=regression', 'what=ever',
        'regularizationRate=0.1',
    )  # fmt: skip
    assert found.settings.training.weight_decay == 0


@pytest.mark.parametrize(
    ('link', 'match'),
    [
        ('https://example.org/#activation=relu', 'Paste a link'),
        ('https://playground.tensorflow.org/', 'Paste a link'),
        ('', 'Paste a link'),
        ('http://[', 'Paste a link'),
        (PAGE + 'activation=softmax', 'activation must be one of'),
        (PAGE + 'learningRate=fast', 'learningRate must be a number'),
        (PAGE + 'networkShape=4,x', 'whole numbers'),
        (PAGE + 'batchSize=1e400', 'batchSize must be a number'),
    ],
)
def test_link_that_cannot_be_used_is_refused(link, match):
    with pytest.raises(UserError, match=match):
        settings_of_link(link)
