"""Random augmentation of whole batches of images, on the device of the model, through kornia."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any

import torch
from torch import Tensor

from mmlesson.errors import ArgumentError, check_int, check_number
from mmlesson.registry import MODELS, in_own_scope


class BatchAugment:
    """Applies augmentations in order, each drawn anew for each image.

    The draws come from torch's global generator on the CPU, whose state a checkpoint holds, so a
    resumed run draws what an uninterrupted one does. kornia is imported with the first batch, since
    that takes more than a second.

    Args:
        augments: Configs of `Augmentation` classes, as in ``[dict(type='Shift', pixels=1)]``.

    Shape:
        (N, C, H, W) float32, and the same again. New pixels are 0.

    Raises:
        ArgumentError: If kornia is not installed, an augmentation is unknown, or inputs are no
            images.
    """

    def __init__(self, augments: Sequence[dict[str, Any]]) -> None:
        if find_spec('kornia') is None:
            raise ArgumentError('augment needs kornia. Install it with: pip install kornia')
        self._augments: list[Augmentation] = []
        for config in augments:
            built: Any = MODELS.build(in_own_scope(config)) if isinstance(config, dict) else config
            if not isinstance(built, Augmentation):
                raise ArgumentError(
                    "augment must be a list of augmentations such as dict(type='Shift', pixels=1), "
                    f'got {type(built).__name__}.'
                )
            self._augments.append(built)
        self._modules: dict[tuple[int, int], list[Any]] = {}

    def __call__(self, images: Tensor) -> Tensor:
        """Return the augmented images."""
        if images.ndim != 4:
            raise ArgumentError(
                f'augment needs images (N, C, H, W), got shape {tuple(images.shape)}. Remove '
                'data_preprocessor.augment.'
            )
        height, width = images.shape[2:]
        if (height, width) not in self._modules:
            built = [augment.build(height, width) for augment in self._augments]
            self._modules[height, width] = built
        # In half precision, the coordinates of a warp would be off by whole pixels.
        with torch.no_grad(), torch.autocast(images.device.type, enabled=False):
            for module in self._modules[height, width]:
                images = module(images)
        return images


class Augmentation(ABC):
    """Base of augmentations: arguments, from which kornia's module is built for an image size."""

    @abstractmethod
    def build(self, height: int, width: int) -> Any:
        """Return a function of images, (N, C, height, width), that keeps their shape."""


@MODELS.register_module()
class Affine(Augmentation):
    """Rotates, shifts and scales each image in one step, with bilinear interpolation.

    One step blurs less than three in a row.

    Args:
        degrees: Largest rotation, in either direction.
        pixels: Largest shift along each axis, in either direction; a fraction of a pixel counts.
        scale: Smallest and largest magnification.
        shear: Largest shear in degrees, in either direction.
        p: Probability of changing an image.
    """

    def __init__(
        self,
        degrees: float = 0.0,
        pixels: float = 0.0,
        scale: Sequence[float] = (1.0, 1.0),
        shear: float = 0.0,
        p: float = 1.0,
    ) -> None:
        owner = type(self).__name__
        check_number(owner, 'degrees', degrees, 0, 180)
        check_number(owner, 'pixels', pixels, 0, 10_000)
        _check_range(owner, 'scale', scale, 0.01, 100)
        check_number(owner, 'shear', shear, 0, 89)
        check_number(owner, 'p', p, 0, 1)
        self._degrees, self._pixels, self._scale = float(degrees), pixels, tuple(map(float, scale))
        self._shear, self._p = float(shear), float(p)

    def build(self, height: int, width: int) -> Any:
        """Return kornia's ``RandomAffine``."""
        from kornia.augmentation import RandomAffine

        if self._pixels > min(height, width):
            raise ArgumentError(
                f'{type(self).__name__}.pixels must be at most the size of the images, '
                f'{height} x {width}, got {self._pixels}.'
            )
        return RandomAffine(
            degrees=self._degrees,
            translate=(self._pixels / width, self._pixels / height) if self._pixels else None,
            scale=self._scale if self._scale != (1.0, 1.0) else None,
            shear=self._shear or None,
            p=self._p,
        )


@MODELS.register_module()
class Shift(Affine):
    """Shifts each image.

    Args:
        pixels: Largest shift along each axis, in either direction.
        p: Probability of changing an image.
    """

    def __init__(self, pixels: float = 1.0, p: float = 1.0) -> None:
        super().__init__(pixels=pixels, p=p)


@MODELS.register_module()
class Rotation(Affine):
    """Rotates each image about its centre.

    Args:
        degrees: Largest rotation, in either direction.
        p: Probability of changing an image.
    """

    def __init__(self, degrees: float = 10.0, p: float = 1.0) -> None:
        super().__init__(degrees=degrees, p=p)


@MODELS.register_module()
class Flip(Augmentation):
    """Mirrors each image with a probability.

    Args:
        horizontal: Whether left and right are exchanged, or else top and bottom.
        p: Probability of mirroring an image.
    """

    def __init__(self, horizontal: bool = True, p: float = 0.5) -> None:
        if not isinstance(horizontal, bool):
            raise ArgumentError(f'Flip.horizontal must be True or False, got {horizontal!r}.')
        check_number('Flip', 'p', p, 0, 1)
        self._horizontal, self._p = horizontal, float(p)

    def build(self, height: int, width: int) -> Any:
        """Return kornia's flip."""
        from kornia.augmentation import RandomHorizontalFlip, RandomVerticalFlip

        return (RandomHorizontalFlip if self._horizontal else RandomVerticalFlip)(p=self._p)


@MODELS.register_module()
class Crop(Augmentation):
    """Pads each image with zeros, and cuts a window of its own size out of it, in whole pixels.

    Args:
        padding: Pixels added on each side.
        p: Probability of changing an image.

    References:
        He, Zhang, Ren, Sun (2016), arXiv:1512.03385, section 4.2.
    """

    def __init__(self, padding: int = 4, p: float = 1.0) -> None:
        check_int('Crop', 'padding', padding)
        check_number('Crop', 'p', p, 0, 1)
        self._padding, self._p = padding, float(p)

    def build(self, height: int, width: int) -> Any:
        """Return kornia's ``RandomCrop``."""
        from kornia.augmentation import RandomCrop

        return RandomCrop((height, width), padding=self._padding, p=self._p)


@MODELS.register_module()
class Erasing(Augmentation):
    """Sets a random rectangle of each image to zero.

    Args:
        scale: Smallest and largest area, as fractions of the image.
        ratio: Smallest and largest ratio of the sides.
        p: Probability of changing an image.

    References:
        Zhong, Zheng, Kang, Li, Yang (2020), Random erasing data augmentation, arXiv:1708.04896.
    """

    def __init__(
        self,
        scale: Sequence[float] = (0.02, 0.33),
        ratio: Sequence[float] = (0.3, 3.3),
        p: float = 0.5,
    ) -> None:
        _check_range('Erasing', 'scale', scale, 0, 1)
        _check_range('Erasing', 'ratio', ratio, 0.01, 100)
        check_number('Erasing', 'p', p, 0, 1)
        self._scale, self._ratio = tuple(map(float, scale)), tuple(map(float, ratio))
        self._p = float(p)

    def build(self, height: int, width: int) -> Any:
        """Return kornia's ``RandomErasing``."""
        from kornia.augmentation import RandomErasing

        return RandomErasing(scale=self._scale, ratio=self._ratio, p=self._p)


@MODELS.register_module()
class Elastic(Augmentation):
    """Distorts each image by a smooth random field of displacements, as in handwriting.

    Args:
        pixels: Typical largest displacement.
        sigma: Width of the Gaussian that smooths the field, in pixels.
        p: Probability of changing an image.

    References:
        Simard, Steinkraus, Platt (2003), doi:10.1109/ICDAR.2003.1227801.
    """

    def __init__(self, pixels: float = 1.0, sigma: float = 2.0, p: float = 1.0) -> None:
        check_number('Elastic', 'pixels', pixels, 0, 10_000)
        check_number('Elastic', 'sigma', sigma, 0.1, 1000)
        check_number('Elastic', 'p', p, 0, 1)
        self._pixels, self._sigma, self._p = float(pixels), float(sigma), float(p)

    def build(self, height: int, width: int) -> Any:
        """Return kornia's ``RandomElasticTransform``."""
        from kornia.augmentation import RandomElasticTransform

        # kornia smooths uniform noise in [-1, 1], whose deviation then is 1 / (sigma sqrt(12 pi)),
        # and adds it to coordinates that run from -1 to 1. Two deviations are the typical largest.
        spread = 1 / (self._sigma * (12 * torch.pi) ** 0.5)
        alpha = [self._pixels / (2 * spread) * 2 / side for side in (width, height)]
        size = 2 * int(2 * self._sigma + 1) + 1
        return RandomElasticTransform(
            kernel_size=(size, size),
            sigma=(self._sigma, self._sigma),
            alpha=(alpha[0], alpha[1]),
            padding_mode='zeros',
            p=self._p,
        )


def _check_range(owner: str, name: str, value: Any, minimum: float, maximum: float) -> None:
    if not isinstance(value, list | tuple) or len(value) != 2 or not value[0] <= value[1]:
        raise ArgumentError(f'{owner}.{name} must be (smallest, largest), got {value!r}.')
    for number in value:
        check_number(owner, name, number, minimum, maximum)
