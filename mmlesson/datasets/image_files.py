"""Image files, read and converted to arrays, in training and in prediction in the same way."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps, UnidentifiedImageError

from mmlesson.errors import UserError

# Pillow gives EPS files to Ghostscript, which would run what is in them.
FORMATS = ('BMP', 'GIF', 'ICO', 'JPEG', 'JPEG2000', 'PNG', 'PPM', 'TGA', 'TIFF', 'WEBP')

# What Pillow converts to grey and to RGB without loss of meaning.
_EIGHT_BITS = ('1', 'L', 'LA', 'P', 'PA', 'RGB', 'RGBA', 'RGBa', 'RGBX', 'CMYK', 'YCbCr', 'HSV')


_GREY = ('1', 'L', 'LA', 'La', 'I', 'F')

_MAX_PIXELS = 89_478_485  # Pillow's own limit, above which it warns of a decompression bomb


class InputError(UserError):
    """An input cannot be read, or does not have the form of the training data."""


def open_image(file: Path) -> tuple[Image.Image, list[str]]:
    """Read an image, upright, 8 bits per channel.

    Values of 16 bits are divided by 257; floats are taken as 0 to 1.

    Args:
        file: A file in one of `FORMATS`.

    Returns:
        The image, and notes on how it was changed.

    Raises:
        InputError: If it is no such file, is damaged, has more than 89 million pixels, or its
            values have no known range.
    """
    if not file.is_file():
        raise InputError('it is no regular file.')
    try:
        with Image.open(file, formats=FORMATS) as opened:
            check_header(opened)
            frames, kind = getattr(opened, 'n_frames', 1), opened.format
            image: Image.Image = ImageOps.exif_transpose(opened)
            image.load()
    except InputError:
        raise
    except UnidentifiedImageError as err:
        raise InputError(f'it is no image that can be read ({", ".join(FORMATS)}).') from err
    except Exception as err:  # what a damaged file raises is up to Pillow's readers
        reason = (str(err).splitlines() or [type(err).__name__])[0].rstrip('.')
        raise InputError(f'it cannot be read: {reason}.') from err
    notes = ['of files with several images, the first is taken'] if frames > 1 else []
    if image.mode in _EIGHT_BITS:
        return image, notes
    return Image.fromarray(_to_8_bits(image, kind)), notes


def check_header(image: Image.Image) -> None:
    """Refuse an image that would fill the memory, before its pixels are decoded.

    Raises:
        InputError: If the image has more than 89 million pixels.
    """
    width, height = image.size
    if width * height > _MAX_PIXELS:
        raise InputError(
            f'it has {width} x {height} pixels, more than {_MAX_PIXELS:,}. Make it smaller.'
        )


def is_grey(image: Image.Image) -> bool:
    """Return whether the file of an image holds grey values; a palette counts as colours."""
    return image.mode.partition(';')[0] in _GREY


def fit_image(
    image: Image.Image, input_shape: Sequence[int]
) -> tuple[npt.NDArray[np.uint8], list[str]]:
    """Convert an image to the shape of a sample.

    What is transparent becomes black. Each new pixel is the mean of the pixels that it covers. The
    complete image is resized, and its aspect ratio is not kept: cropping would remove content, and
    a border would change the statistics and be a clue to the class where sizes go with classes.

    Args:
        image: As returned by `open_image`.
        input_shape: (C, H, W), C = 1 for grey and 3 for RGB.

    Returns:
        Pixels (C, H, W), 0 to 255, and notes on how the image was changed.
    """
    channels, height, width = input_shape
    mode = 'L' if channels == 1 else 'RGB'
    image, notes = _on_black(image)
    if image.mode != mode:
        notes.append(f'images in other colours are turned {"grey" if mode == "L" else "RGB"}')
        image = image.convert(mode)
    if image.size != (width, height):
        notes.append(f'images of other sizes are resized to {height} x {width}')
        image = image.resize((width, height), Image.Resampling.BOX)
    pixels = np.array(image, np.uint8)
    return (pixels[None] if channels == 1 else np.moveaxis(pixels, -1, 0)), notes


def _on_black(image: Image.Image) -> tuple[Image.Image, list[str]]:
    """Return an image on a black background, because transparent pixels may have any colour."""
    if not image.has_transparency_data:
        return image, []
    clear = image.convert('RGBA')
    is_opaque = clear.getchannel('A').getextrema() == (255, 255)
    ground = Image.new('RGBA', image.size, 'black')
    notes = [] if is_opaque else ['what is transparent in images is taken for black']
    return Image.alpha_composite(ground, clear).convert('RGB'), notes


def _to_8_bits(image: Image.Image, kind: str | None) -> npt.NDArray[np.uint8]:
    """Return the values of an image of 16 bits or of floats, 0 to 255.

    Args:
        image: As read.
        kind: Format of its file; Pillow also reads 16 bits of PNG and PPM files as mode 'I'.
    """
    values = np.asarray(image)
    if image.mode.startswith('I;16') or (image.mode == 'I' and kind in ('PNG', 'PPM')):
        scaled = values.astype(np.float64) / 257
    elif image.mode == 'F' and values.min() >= 0 and values.max() <= 1:  # NaN fails both
        scaled = values.astype(np.float64) * 255
    elif image.mode == 'F':
        raise InputError(f'its floats must be 0 to 1, got {values.min():g} to {values.max():g}.')
    else:
        raise InputError(
            f'its pixels are of the kind {image.mode!r}, whose range or colours are not known. '
            'Save it as RGB or grey, 8 or 16 bits per channel.'
        )
    return scaled.round().astype(np.uint8)
