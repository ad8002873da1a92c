from types import SimpleNamespace

import pytest
import torch
from PIL import Image

from mmlesson.engine.hooks import PredictionHook
from mmlesson.errors import ArgumentError, UserError


class Log(list):
    def info(self, text):
        self.append(text)


def make_runner():
    dataset = SimpleNamespace(metainfo={'classes': ('a', 'b')})
    return SimpleNamespace(
        model=torch.nn.Identity(),
        test_dataloader=SimpleNamespace(dataset=dataset),
        world_size=1,
        logger=Log(),
    )


def outputs(count):
    score = torch.tensor([0.3, 0.7])
    return [{'gt_label': 0, 'pred_label': 1, 'pred_score': score} for _ in range(count)]


def test_pages_of_a_hundred_images_are_written(tmp_path):
    hook, runner = PredictionHook(str(tmp_path / 'new')), make_runner()
    hook.after_test_iter(runner, 0, {'inputs': torch.zeros(101, 1, 4, 4)}, outputs(101))
    hook.after_test(runner)
    names = sorted(file.name for file in (tmp_path / 'new').iterdir())
    assert names == ['predictions_1.png', 'predictions_2.png']
    heights = []
    for name in names:
        with Image.open(tmp_path / 'new' / name) as image:
            heights.append(image.size[1])
    assert heights[0] > 7 * heights[1]
    assert '101 predictions' in runner.logger[0]


def test_maximum_number_of_images_is_drawn(tmp_path):
    hook, runner = PredictionHook(str(tmp_path), max_pictures=3), make_runner()
    for step in range(2):
        hook.after_test_iter(runner, step, {'inputs': torch.zeros(2, 1, 4, 4)}, outputs(2))
    hook.after_test(runner)
    assert '3 predictions' in runner.logger[0]


def test_vectors_cannot_be_drawn(tmp_path):
    hook = PredictionHook(str(tmp_path))
    with pytest.raises(UserError, match='--show-dir draws'):
        hook.after_test_iter(make_runner(), 0, {'inputs': torch.zeros(2, 4)}, outputs(2))


def test_wrong_number_is_refused(tmp_path):
    with pytest.raises(ArgumentError, match=r'max_pictures must be an int >= 1, got 0'):
        PredictionHook(str(tmp_path), max_pictures=0)
