import hashlib

import numpy as np
import pytest
import torch

from mmlesson.apis import Inferencer
from mmlesson.apis.deployment.publish import publish_model
from mmlesson.errors import UserError
from mmlesson.runs.run import Run


def test_published_file_is_named_by_its_hash_and_predicts_the_same(run, tmp_path):
    file = publish_model(run, tmp_path)
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    assert file.name == f'mlp_digits-{digest[:8]}.pth'
    assert (tmp_path / f'{file.name}.md').is_file()
    assert set(torch.load(file, weights_only=True)) == {'meta', 'state_dict'}
    sample = np.full((8, 8), 5, np.uint8)
    (expected,) = Inferencer(run, device='cpu')(sample)['predictions']
    (found,) = Inferencer(Run(run).config_file, file, device='cpu')(sample)['predictions']
    assert found == expected
    with pytest.raises(UserError, match='these weights are published'):
        publish_model(run, tmp_path)


def test_model_card_of_missing_weights_is_not_overwritten(run, tmp_path):
    file = publish_model(run, tmp_path)
    card = tmp_path / f'{file.name}.md'
    file.unlink()
    card.write_text('edited')
    with pytest.raises(UserError, match='exists already, without its weights'):
        publish_model(run, tmp_path)
    assert card.read_text() == 'edited'
    assert list(tmp_path.iterdir()) == [card]
