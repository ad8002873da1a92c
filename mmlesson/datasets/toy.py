"""Points in the plane, made from a seed: small enough to draw, each with one thing to teach."""

from __future__ import annotations

import inspect
from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from mmlesson.datasets.array_dataset import Array, ArrayDataset
from mmlesson.datasets.splits import DEFAULT_RATIO, check_seed
from mmlesson.errors import ArgumentError, check_int, check_number
from mmlesson.registry import DATASETS

Points = npt.NDArray[np.float64]

_LARGEST = 100.0  # of noise and margin: coordinates stay where float32 resolves 1e-4


class _ToyDataset(ArrayDataset):
    """Groups of points, equally many in each: an outline per group, and noise on top.

    Args:
        split: Which part to hold: 'train', 'val' or 'test'.
        num_samples: Points in all three splits together.
        noise: Standard deviation of the Gaussian noise on each coordinate, >= 0.
        data_seed: Seed of the noise, the only thing that is random.
        split_seed: Decides which sample goes where.
        split_ratio: Shares of train, val and test that sum to 1.
        fold: (k, n) for cross-validation, see `ArrayDataset`.

    Shape:
        A batch: inputs float32 (N, 2), labels int64 (N,).
    """

    num_classes = 2
    num_groups = 2

    def __init__(
        self,
        split: str = 'train',
        *,
        num_samples: int = 400,
        noise: float = 0.2,
        data_seed: int = 0,
        split_seed: int = 0,
        split_ratio: Sequence[float] = DEFAULT_RATIO,
        fold: Sequence[int] | None = None,
    ) -> None:
        owner = type(self).__name__
        check_int(owner, 'num_samples', num_samples, minimum=self.num_groups)
        if num_samples % self.num_groups:
            raise ArgumentError(
                f'{owner}.num_samples must be a multiple of {self.num_groups}, so that every '
                f'group of points has the same size, got {num_samples}.'
            )
        check_number(owner, 'noise', noise, minimum=0, maximum=_LARGEST)
        check_seed(owner, 'data_seed', data_seed)
        self.num_samples = num_samples
        self.noise = noise
        self.data_seed = data_seed
        self.classes = tuple(str(label) for label in range(self.num_classes))
        super().__init__(split, split_seed=split_seed, split_ratio=split_ratio, fold=fold)

    @classmethod
    def facts(cls, **arguments: Any) -> dict[str, Any]:
        """Return what is known of the points before they are made."""
        if (cls._load, cls._hold) != (_ToyDataset._load, _ToyDataset._hold):
            return super().facts(**arguments)  # a subclass may have made them anything
        samples = inspect.signature(cls).parameters['num_samples'].default
        return {
            'num_classes': arguments.get('num_classes', cls.num_classes),
            'input_shape': (2,),
            'num_samples': arguments.get('num_samples', samples),
        }

    def _load(self) -> tuple[Array, Array, Array]:
        rng = np.random.RandomState(self.data_seed)  # its stream is frozen across numpy versions
        size = self.num_samples // self.num_groups
        clouds = [
            self._outline(group, size) + self.noise * self._jitter(rng, size)
            for group in range(self.num_groups)
        ]
        groups = np.repeat(np.arange(self.num_groups), size)
        return np.concatenate(clouds).astype(np.float32), self._label(groups), groups

    @abstractmethod
    def _outline(self, group: int, size: int) -> Points:
        """Return the points of a group without noise; (size, 2), or (2,) when all are one."""

    def _jitter(self, rng: np.random.RandomState, size: int) -> Points:
        """Return what ``noise`` is multiplied by, (size, 2)."""
        return rng.standard_normal((size, 2))

    def _label(self, groups: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return the label of each point from the group that it is in."""
        return groups

    def _set_num_classes(self, num_classes: int) -> None:
        check_int(type(self).__name__, 'num_classes', num_classes, minimum=2)
        self.num_classes = self.num_groups = num_classes


@DATASETS.register_module()
class Blobs(_ToyDataset):
    """Round clouds that straight lines separate, with a margin that is known.

    Why it is here: a perceptron must end without a mistake on it, and Novikoff's bound on its
    updates needs a margin.

    The centres lie evenly on a circle around the origin; two of them are opposite. Noise is drawn
    again where it lies further than three standard deviations from its centre. The circle is made
    just wide enough for ``margin``. So every two classes have a line between them (the bisector of
    their centres) with no point of either nearer to it than ``margin``, and, as all centres are
    equally far from the origin, one linear map with an argmax tells all classes apart.

    Args:
        split: Which part to hold: 'train', 'val' or 'test'.
        num_samples: Points in all three splits together, a multiple of ``num_classes``.
        num_classes: Number of clouds, >= 2.
        noise: Standard deviation of a cloud before far points are drawn again, in [0, 100].
        margin: Least distance of any point from the line between two classes, that is half the
            gap between them, in [0.001, 100].
        data_seed: Seed of the noise.
        split_seed: Decides which sample goes where.
        split_ratio: Shares of train, val and test that sum to 1.
        fold: (k, n) for cross-validation, see `ArrayDataset`.

    References:
        Novikoff (1962), On convergence proofs on perceptrons.
    """

    reach = 3.0  # standard deviations: 1.1 % of a plane Gaussian lies further out

    def __init__(
        self,
        split: str = 'train',
        *,
        num_samples: int = 400,
        num_classes: int = 2,
        noise: float = 0.3,
        margin: float = 0.2,
        data_seed: int = 0,
        split_seed: int = 0,
        split_ratio: Sequence[float] = DEFAULT_RATIO,
        fold: Sequence[int] | None = None,
    ) -> None:
        check_number('Blobs', 'margin', margin, minimum=1e-3, maximum=_LARGEST)
        self._margin = margin
        self._set_num_classes(num_classes)
        super().__init__(
            split,
            num_samples=num_samples,
            noise=noise,
            data_seed=data_seed,
            split_seed=split_seed,
            split_ratio=split_ratio,
            fold=fold,
        )

    @property
    def margin(self) -> float:
        """Distance that each point keeps, at least, from the line between two classes."""
        return self._margin

    def _outline(self, group: int, size: int) -> Points:
        # Neighbours on the circle are 2 * radius * sin(pi / classes) apart.
        radius = (self.reach * self.noise + self.margin) / np.sin(np.pi / self.num_classes)
        return radius * _unit(group / self.num_classes)

    def _jitter(self, rng: np.random.RandomState, size: int) -> Points:
        drawn = super()._jitter(rng, size)
        while (far := np.linalg.norm(drawn, axis=1) > self.reach).any():
            drawn[far] = super()._jitter(rng, int(far.sum()))
        return drawn


@DATASETS.register_module()
class XOR(_ToyDataset):
    """Four clouds at (±1, ±1): label 1 where the signs differ, 0 where they agree.

    Why it is here: no linear model can learn it, and the smallest network can.

    Noise is clipped to ±0.5, so that no cloud leaves its quadrant, and more: of any four points,
    one from each cloud, a line always has one on its wrong side. A linear model therefore fails
    on the whole of some cloud. Clouds are equally large in every split (strata are the corners),
    so its accuracy is at most 75 %, on every split, exactly.

    Args:
        split: Which part to hold: 'train', 'val' or 'test'.
        num_samples: Points in all three splits together, a multiple of 4. With 4, no noise and
            ``split_ratio=(1, 0, 0)`` this is the truth table.
        noise: Standard deviation of the noise on each coordinate, before it is clipped.
        data_seed: Seed of the noise.
        split_seed: Decides which sample goes where.
        split_ratio: Shares of train, val and test that sum to 1.
        fold: (k, n) for cross-validation, see `ArrayDataset`.

    References:
        Minsky, Papert (1969), Perceptrons.
    """

    num_groups = 4
    corners = ((-1.0, -1.0), (-1.0, 1.0), (1.0, -1.0), (1.0, 1.0))
    clip = 0.5  # beyond it, a line can have points of all four clouds on their right sides

    def _outline(self, group: int, size: int) -> Points:
        return np.array(self.corners[group])

    def _jitter(self, rng: np.random.RandomState, size: int) -> Points:
        drawn = super()._jitter(rng, size)
        return (
            np.clip(drawn, -self.clip / self.noise, self.clip / self.noise) if self.noise else drawn
        )

    def _label(self, groups: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        signs_differ = np.array([x * y < 0 for x, y in self.corners])
        return signs_differ[groups].astype(np.int64)


@DATASETS.register_module()
class Moons(_ToyDataset):
    """Two half circles that reach into each other.

    Why it is here: the boundary has to bend, and one can see how well a network bends it.

    Class 0 is (cos t, sin t), class 1 is (1 - cos t, 1/2 - sin t), for t evenly in [0, pi].

    Args:
        split: Which part to hold: 'train', 'val' or 'test'.
        num_samples: Points in all three splits together, a multiple of 2.
        noise: Standard deviation of the noise on each coordinate; from about 0.15 the moons touch.
        data_seed: Seed of the noise.
        split_seed: Decides which sample goes where.
        split_ratio: Shares of train, val and test that sum to 1.
        fold: (k, n) for cross-validation, see `ArrayDataset`.
    """

    def _outline(self, group: int, size: int) -> Points:
        upper = _unit(np.linspace(0, 0.5, size))
        return upper if group == 0 else np.array([1.0, 0.5]) - upper


@DATASETS.register_module()
class Circles(_ToyDataset):
    """Rings around the origin, one inside the other.

    Why it is here: the inner class is surrounded, so that any line cuts through both.

    Class k of K is the circle of radius (k + 1) / K, at even angles.

    Args:
        split: Which part to hold: 'train', 'val' or 'test'.
        num_samples: Points in all three splits together, a multiple of ``num_classes``.
        num_classes: Number of rings, >= 2; they are 1 / ``num_classes`` apart.
        noise: Standard deviation of the noise on each coordinate.
        data_seed: Seed of the noise.
        split_seed: Decides which sample goes where.
        split_ratio: Shares of train, val and test that sum to 1.
        fold: (k, n) for cross-validation, see `ArrayDataset`.
    """

    def __init__(
        self,
        split: str = 'train',
        *,
        num_samples: int = 400,
        num_classes: int = 2,
        noise: float = 0.08,
        data_seed: int = 0,
        split_seed: int = 0,
        split_ratio: Sequence[float] = DEFAULT_RATIO,
        fold: Sequence[int] | None = None,
    ) -> None:
        self._set_num_classes(num_classes)
        super().__init__(
            split,
            num_samples=num_samples,
            noise=noise,
            data_seed=data_seed,
            split_seed=split_seed,
            split_ratio=split_ratio,
            fold=fold,
        )

    def _outline(self, group: int, size: int) -> Points:
        ring = _unit(np.linspace(0, 1, size, endpoint=False))
        return (group + 1) / self.num_classes * ring


@DATASETS.register_module()
class Spirals(_ToyDataset):
    """Arms that wind around the origin, once.

    Why it is here: the hardest of the plane sets; it tells deep and wide from shallow and narrow.

    Class k of K is the arm at distance t from the origin and angle k / K + t (in full turns), for
    t evenly in [0.1, 1].

    Args:
        split: Which part to hold: 'train', 'val' or 'test'.
        num_samples: Points in all three splits together, a multiple of ``num_classes``.
        num_classes: Number of arms, >= 2; they are 1 / ``num_classes`` apart, outwards.
        noise: Standard deviation of the noise on each coordinate.
        data_seed: Seed of the noise.
        split_seed: Decides which sample goes where.
        split_ratio: Shares of train, val and test that sum to 1.
        fold: (k, n) for cross-validation, see `ArrayDataset`.
    """

    start = 0.1  # at the origin itself all arms would be one point

    def __init__(
        self,
        split: str = 'train',
        *,
        num_samples: int = 600,
        num_classes: int = 2,
        noise: float = 0.02,
        data_seed: int = 0,
        split_seed: int = 0,
        split_ratio: Sequence[float] = DEFAULT_RATIO,
        fold: Sequence[int] | None = None,
    ) -> None:
        self._set_num_classes(num_classes)
        super().__init__(
            split,
            num_samples=num_samples,
            noise=noise,
            data_seed=data_seed,
            split_seed=split_seed,
            split_ratio=split_ratio,
            fold=fold,
        )

    def _outline(self, group: int, size: int) -> Points:
        distance = np.linspace(self.start, 1, size)
        return distance[:, None] * _unit(group / self.num_classes + distance)


def _unit(turns: float | Points) -> Points:
    """Return the points of the unit circle at angles given in full turns, (..., 2)."""
    angle = 2 * np.pi * np.asarray(turns)
    return np.stack([np.cos(angle), np.sin(angle)], axis=-1)
