"""Image files, read as 8-bit images."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps, UnidentifiedImageError

from mmlesson.errors import UserError

# Pillow gives EPS files to Ghostscript, which would run what is in them.
FORMATS = ('BMP', 'GIF', 'ICO', 'JPEG', 'JPEG2000', 'PNG', 'PPM', 'TGA', 'TIFF', 'WEBP')

# What Pillow converts to grey and to RGB without loss of meaning.
_EIGHT_BITS = ('1', 'L', 'LA', 'P', 'PA', 'RGB', 'RGBA', 'RGBa', 'RGBX', 'CMYK', 'YCbCr', 'HSV')


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
        InputError: If it is no such file, is damaged, or its values have no known range.
    """
    if not file.is_file():
        raise InputError('it is no regular file.')
    try:
        with Image.open(file, formats=FORMATS) as opened:
            frames, kind = getattr(opened, 'n_frames', 1), opened.format
            image: Image.Image = ImageOps.exif_transpose(opened)
            image.load()
    except UnidentifiedImageError as err:
        raise InputError(f'it is no image that can be read ({", ".join(FORMATS)}).') from err
    except Exception as err:  # what a damaged file raises is up to Pillow's readers
        reason = (str(err).splitlines() or [type(err).__name__])[0].rstrip('.')
        raise InputError(f'it cannot be read: {reason}.') from err
    notes = ['of files with several images, the first is taken'] if frames > 1 else []
    if image.mode in _EIGHT_BITS:
        return image, notes
    return Image.fromarray(_to_8_bits(image, kind)), notes


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
