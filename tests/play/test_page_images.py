import base64
import io

import numpy as np
import pytest
from PIL import Image

from mmlesson.errors import UserError
from mmlesson.play.images import Explanation
from mmlesson.play.page_images import decode_drawing, explanation_html
from mmlesson.play.texts import texts

START = 'data:image/png;base64,'


def address(image):
    stream = io.BytesIO()
    image.save(stream, 'PNG')
    return START + base64.b64encode(stream.getvalue()).decode()


def test_drawing_is_read():
    assert (
        decode_drawing(address(Image.new('RGB', (3, 2), 'red'))).tolist()
        == [[[255, 0, 0, 255]] * 3] * 2
    )


@pytest.mark.parametrize(
    ('text', 'match'),
    [
        ('file:///etc/passwd', 'must be a PNG'),
        (START + 'A' * 800_000, 'must be a PNG'),
        (START + '!!', 'cannot be read'),
        (START + base64.b64encode(b'GIF89a').decode(), 'cannot be read'),
        (address(Image.new('1', (3000, 3000))), 'pixels'),
        (address(Image.new('1', (1, 100_000))), '4,000 along each side'),
        (address(Image.new('1', (20_000, 10_000))), 'DecompressionBombError'),
    ],
)
def test_drawing_that_cannot_be_read_is_refused(text, match):
    with pytest.raises(UserError, match=match):
        decode_drawing(text)


def test_names_of_classes_are_escaped():
    image = np.zeros((1, 2, 2), np.float32)
    found = Explanation(image, np.array([0.9, 0.1]), None, {}, [(image, '<b>')])
    html = explanation_html(found, ('<i>', 'b'), texts('en'))
    assert '<b>' not in html
    assert 'data-class="&lt;i&gt;"' in html
    assert '90.0 %' in html
