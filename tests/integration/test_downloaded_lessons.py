"""Lessons on MNIST and CIFAR, trained on small files: training, prediction, an honest refusal."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image
from tiny_data import labelled_images, write_cifar

from mmlesson.apis import Inferencer
from mmlesson.apis.analysis.report import report_page
from mmlesson.datasets import CIFAR10, MNIST
from mmlesson.errors import RunError
from mmlesson.runs.run import Run

SHORT = {'train_cfg__max_epochs': 1, 'device': 'cpu'}


def scores_of(results):
    return np.array([one['pred_scores'] for one in results['predictions']])


@pytest.mark.parametrize('lesson', ['mlp/mlp_mnist.py', 'cnn/cnn_fashion_mnist.py'])
def test_lesson_on_small_files_trains(train, lesson):
    summary = train(lesson, **SHORT)
    assert summary['status'] == 'completed'
    assert {name: split['size'] for name, split in summary['splits'].items()} == {
        'train': 100,
        'val': 20,
        'test': 40,
    }


def test_images_are_predicted_as_the_same_samples_of_mnist(train, tmp_path):
    train('cnn/cnn_mnist.py', **SHORT)
    images, _ = labelled_images(40, seed=40)  # those of the test split
    files = []
    for number, image in enumerate(images[:3]):
        files.append(tmp_path / f'{number}.png')
        Image.fromarray(image).save(files[-1])
    inferencer = Inferencer(tmp_path / 'run', device='cpu')
    from_files = scores_of(inferencer(files))
    samples = torch.stack([MNIST('test')[index]['inputs'] for index in range(3)])
    np.testing.assert_array_equal(from_files, scores_of(inferencer(samples)))
    np.testing.assert_array_equal(from_files, scores_of(inferencer(images[:3])))
    assert inferencer.classes == tuple('0123456789')
    assert 'test accuracy' in report_page(Run(tmp_path / 'run'))


def test_photos_are_predicted_as_the_same_samples_of_cifar(train, tmp_path, monkeypatch):
    from torchvision.datasets import CIFAR10 as OFFICIAL

    write_cifar(tmp_path / 'data', OFFICIAL, monkeypatch)
    monkeypatch.setenv('MMLESSON_DATA', str(tmp_path / 'data'))
    train('cnn/cnn_cifar10.py', **SHORT)
    sample = CIFAR10('test')[0]['inputs']
    pixels = (sample * 255).round().to(torch.uint8).permute(1, 2, 0).numpy()
    Image.fromarray(pixels).save(tmp_path / 'photo.png')
    inferencer = Inferencer(tmp_path / 'run', device='cpu')
    results = inferencer(tmp_path / 'photo.png')
    np.testing.assert_array_equal(scores_of(results), scores_of(inferencer(sample)))
    assert results['notes'] == []
    assert results['predictions'][0]['pred_class'] in CIFAR10.classes


def test_training_without_the_files_lists_them(build, tmp_path, monkeypatch):
    monkeypatch.setenv('MMLESSON_DATA', str(tmp_path / 'none'))
    runner = build('mlp/mlp_mnist.py', train_dataloader__dataset__download=False)
    with pytest.raises(RunError, match=r'(?s)MNIST is not on this machine.*train-images.*9\.9 MB'):
        runner.train()
