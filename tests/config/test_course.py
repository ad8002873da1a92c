import pytest
from paths import CONFIGS

from mmlesson.config.course import LESSONS, next_lesson

NO_LESSONS = {
    *('mlp/mlp_fsdp', 'mlp/mlp_folder', 'cnn/cnn_folder', 'mlp/mlp_table', 'mlp/linear_table'),
    *('mlp/mlp_mnist', 'cnn/cnn_mnist', 'cnn/cnn_fashion_mnist', 'cnn/cnn_cifar10'),
    'cnn/resnet18_cifar10',
}
"""Configs that show how to train at scale, on own data, or on data that are downloaded."""


def test_each_lesson_has_one_place_in_the_course():
    files = {
        file.relative_to(CONFIGS).with_suffix('').as_posix()
        for folder in ('perceptron', 'mlp', 'cnn', 'vision')
        for file in (CONFIGS / folder).glob('*.py')
    }
    assert sorted(LESSONS) == sorted(files - NO_LESSONS)


@pytest.mark.parametrize(
    ('lesson', 'following'),
    [
        ('perceptron/perceptron_xor.py', 'mlp/linear_xor.py'),
        ('mlp/fit_over.py', 'mlp/fit_stopped.py'),
        ('cnn/cnn_shifted.py', 'cnn/cnn_digits_augmented.py'),
        ('vision/moving_digits.py', None),
        ('mlp/mlp_fsdp.py', None),
    ],
)
def test_next_lesson_is_the_following_one_of_the_course(lesson, following):
    found = next_lesson(CONFIGS / lesson)
    assert found == (None if following is None else CONFIGS / following)


def test_copy_of_a_lesson_without_the_next_one_has_none(tmp_path):
    assert next_lesson(tmp_path / 'mlp' / 'mlp_xor.py') is None
