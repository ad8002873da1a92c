import re

import pytest

from mmlesson.errors import ArgumentError
from mmlesson.visualization.figures.captions import CAPTIONS, LANGUAGES, caption_of
from mmlesson.visualization.figures.names import FIGURE_NAMES
from mmlesson.visualization.figures.on_request import EXTRA_FIGURES

FILES = {'layer_norms': ('gradient_norms', 'weight_norms')}
OF_SEVERAL_RUNS = ['loss_paths']


@pytest.mark.parametrize('language', LANGUAGES)
def test_each_figure_has_a_caption(language):
    files = [file for name in (*FIGURE_NAMES, *EXTRA_FIGURES) for file in FILES.get(name, (name,))]
    files += OF_SEVERAL_RUNS
    assert [file for file in files if not caption_of(file, language)] == []
    assert set(CAPTIONS) == set(files)


@pytest.mark.parametrize('captions', CAPTIONS.values())
def test_caption_is_a_sentence_in_its_language(captions):
    english, chinese = captions
    assert english.endswith('.')
    assert not re.search(r'[\u4e00-\u9fff]', english)
    assert chinese.endswith('。')
    assert re.search(r'[\u4e00-\u9fff]', chinese)


def test_file_of_a_numbered_layer_has_the_caption_of_all():
    assert caption_of('neurons_2') == caption_of('neurons')


def test_other_file_has_no_caption():
    assert caption_of('my_picture') == ''


def test_unknown_language_is_refused():
    with pytest.raises(ArgumentError, match='language'):
        caption_of('weights', 'fr')
