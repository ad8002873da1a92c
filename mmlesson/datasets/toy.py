"""Toy datasets: points in the plane, generated from a seed."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mmlesson.datasets.array_dataset import Array, ArrayDataset
from mmlesson.datasets.splits import check_seed
from mmlesson.errors import ArgumentError, check_int, check_number
from mmlesson.registry import DATASETS

Points = npt.NDArray[np.float64]

MAX_CLASSES = 10_000
MAX_SAMPLES = 10**9
MAX_COORDINATE = 100.0  # of noise and margin; float32 resolves 1e-4 at this size


@dataclass(kw_only=True, eq=False)
class _ToyDataset(ArrayDataset):
    """Groups of points of equal size: an outline per group plus Gaussian noise.

    Args:
        num_samples: Number of points in all three splits together.
        noise: Standard deviation of the Gaussian noise on each coordinate, in [0, 100].
        data_seed: Seed of the noise.

    The other arguments are those of `ArrayDataset`.

    Shape:
        A batch: inputs float32 (N, 2), labels int64 (N,).
    """

    num_classes = 2

    num_samples: int = 400
    noise: float = 0.2
    data_seed: int = 0

    def __post_init__(self) -> None:
        """Check the arguments and generate the split."""
        owner = type(self).__name__
        check_int(owner, 'num_classes', self.num_classes, minimum=2)
        check_number(owner, 'num_classes', self.num_classes, maximum=MAX_CLASSES)
        check_int(owner, 'num_samples', self.num_samples, minimum=self.num_classes)
        check_number(owner, 'num_samples', self.num_samples, maximum=MAX_SAMPLES)
        groups = self.count_groups(self.num_classes)
        if self.num_samples % groups:
            raise ArgumentError(
                f'{owner}.num_samples must be a multiple of {groups}, so that every '
                f'group of points has the same size, got {self.num_samples}.'
            )
        check_number(owner, 'noise', self.noise, minimum=0, maximum=MAX_COORDINATE)
        check_seed(owner, 'data_seed', self.data_seed)
        self.classes = tuple(str(label) for label in range(self.num_classes))
        super().__post_init__()

    @staticmethod
    def count_groups(num_classes: int) -> int:
        """Return the number of groups of points, which the splits are stratified by."""
        return num_classes

    @classmethod
    def facts(cls, **arguments: Any) -> dict[str, Any]:
        """Return known facts about the points without generating them."""
        if (cls._load, cls._hold) != (_ToyDataset._load, _ToyDataset._hold):
            return super().facts(**arguments)  # a subclass may return other data
        classes = arguments.get('num_classes', cls.num_classes)
        samples = arguments.get('num_samples', cls.num_samples)
        known = {'num_classes': classes, 'input_shape': (2,), 'num_samples': samples}
        if 2 <= classes <= MAX_CLASSES and samples <= MAX_SAMPLES:  # else refused when built
            groups = cls.count_groups(classes)
            known['class_sizes'] = (samples // groups,) * groups
        return known

    def _load(self) -> tuple[Array, Array, Array]:
        rng = np.random.RandomState(self.data_seed)  # its stream is frozen across numpy versions
        num_groups = self.count_groups(self.num_classes)
        size = self.num_samples // num_groups
        clouds = [
            self._outline(group, size) + self.noise * self._draw_noise(rng, size)
            for group in range(num_groups)
        ]
        groups = np.repeat(np.arange(num_groups), size)
        return np.concatenate(clouds).astype(np.float32), self._label(groups), groups

    @abstractmethod
    def _outline(self, group: int, size: int) -> Points:
        """Return the points of a group without noise: (size, 2), or (2,) if all are equal."""

    def _draw_noise(self, rng: np.random.RandomState, size: int) -> Points:
        """Return noise of standard deviation 1, (size, 2)."""
        return rng.standard_normal((size, 2))

    def _label(self, groups: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return the label of each point, given its group."""
        return groups


@DATASETS.register_module()
@dataclass(kw_only=True, eq=False)
class Blobs(_ToyDataset):
    """Round clouds that straight lines separate with a known margin.

    Why it is here: a perceptron converges on it, and Novikoff's bound on the number of its updates
    needs a margin.

    The centres are evenly spaced on a circle around ``center``; two of them are opposite. Noise
    further than three standard deviations from its centre is drawn again. The circle is just wide
    enough for ``margin``: every two classes are separated by the bisector of their
    centres, and no point of either is closer to it than ``margin``. As all centres are equally
    far from ``center``, one linear map with an argmax classifies all points correctly. A larger
    ``noise`` makes the data harder: it increases the radius of the data relative to the margin.

    Args:
        num_classes: Number of clouds, 2 to 10,000.
        num_samples: Number of points in all three splits together, a multiple of ``num_classes``.
        noise: Standard deviation of a cloud before far points are drawn again, in [0, 100].
        margin: Smallest distance of a point from the line between two classes, half the gap
            between them, in [0.001, 100].
        center: Centre of the circle, two coordinates in [-100, 100]. A perceptron needs more
            updates the further the clouds are from the origin, as the bound grows.
        data_seed: Seed of the noise.

    The other arguments are those of `ArrayDataset`.

    References:
        Novikoff (1962), On convergence proofs on perceptrons.
    """

    reach = 3.0  # standard deviations; 1.1 % of a Gaussian in the plane is further out

    num_classes: int = 2
    noise: float = 0.3
    margin: float = 0.2
    center: Sequence[float] = (0.0, 0.0)

    def __post_init__(self) -> None:
        """Check the arguments and generate the split."""
        check_number('Blobs', 'margin', self.margin, minimum=1e-3, maximum=MAX_COORDINATE)
        if isinstance(self.center, str) or len(self.center) != 2:
            raise ArgumentError(f'Blobs.center must be two numbers, got {self.center!r}.')
        for value in self.center:
            check_number('Blobs', 'center', value, -MAX_COORDINATE, MAX_COORDINATE)
        super().__post_init__()

    def _outline(self, group: int, size: int) -> Points:
        # Neighbours on the circle are 2 * radius * sin(pi / classes) apart.
        radius = (self.reach * self.noise + self.margin) / np.sin(np.pi / self.num_classes)
        return np.asarray(self.center) + radius * _unit(group / self.num_classes)

    def _draw_noise(self, rng: np.random.RandomState, size: int) -> Points:
        drawn = super()._draw_noise(rng, size)
        while (far := np.linalg.norm(drawn, axis=1) > self.reach).any():
            drawn[far] = super()._draw_noise(rng, int(far.sum()))
        return drawn


@DATASETS.register_module()
class XOR(_ToyDataset):
    """Four clouds at (±1, ±1): label 1 where the signs differ, 0 where they agree.

    Why it is here: no linear model can learn it, but the smallest network can.

    Noise is clipped to ±0.5, so that every cloud stays in its quadrant. Moreover, of any four
    points, one from each cloud, every line misclassifies at least one, so a linear model
    misclassifies at least one complete cloud. The clouds have the same size in every split (strata
    are the corners), so the accuracy of a linear model is at most 75 % on every split.

    Args:
        num_samples: Number of points in all three splits together, a multiple of 4. With 4, no
            noise and ``split_ratio=(1, 0, 0)`` this is the truth table.
        noise: Standard deviation of the noise on each coordinate before clipping, in [0, 100].
        data_seed: Seed of the noise.

    The other arguments are those of `ArrayDataset`.

    References:
        Minsky, Papert (1969), Perceptrons.
    """

    corners = ((-1.0, -1.0), (-1.0, 1.0), (1.0, -1.0), (1.0, 1.0))
    clip = 0.5  # with more, a line could classify points of all four clouds correctly

    @staticmethod
    def count_groups(num_classes: int) -> int:
        """Return the number of corners."""
        return len(XOR.corners)

    def _outline(self, group: int, size: int) -> Points:
        return np.array(self.corners[group])

    def _draw_noise(self, rng: np.random.RandomState, size: int) -> Points:
        drawn = super()._draw_noise(rng, size)
        if self.noise == 0:
            return drawn
        return np.clip(drawn, -self.clip / self.noise, self.clip / self.noise)

    def _label(self, groups: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        signs_differ = np.array([x * y < 0 for x, y in self.corners])
        return signs_differ[groups].astype(np.int64)


@DATASETS.register_module()
class Moons(_ToyDataset):
    """Two interleaving half circles.

    Why it is here: the decision boundary must be curved, and a drawing shows how well a network
    fits it.

    Class 0 is (cos t, sin t), class 1 is (1 - cos t, 1/2 - sin t), for evenly spaced t in [0, pi].

    Args:
        num_samples: Number of points in all three splits together, a multiple of 2.
        noise: Standard deviation of the noise on each coordinate, in [0, 100]; the moons touch
            from about 0.15.
        data_seed: Seed of the noise.

    The other arguments are those of `ArrayDataset`.
    """

    def _outline(self, group: int, size: int) -> Points:
        upper = _unit(np.linspace(0, 0.5, size))
        return upper if group == 0 else np.array([1.0, 0.5]) - upper


@DATASETS.register_module()
@dataclass(kw_only=True, eq=False)
class Circles(_ToyDataset):
    """Concentric circles around the origin, one per class.

    Why it is here: the inner class is surrounded by the outer one, so that no line separates them.

    Class k of K is the circle of radius (k + 1) / K, at evenly spaced angles.

    Args:
        num_classes: Number of circles, 2 to 10,000; their radii are 1 / ``num_classes`` apart.
        num_samples: Number of points in all three splits together, a multiple of ``num_classes``.
        noise: Standard deviation of the noise on each coordinate, in [0, 100].
        data_seed: Seed of the noise.

    The other arguments are those of `ArrayDataset`.
    """

    num_classes: int = 2
    noise: float = 0.08

    def _outline(self, group: int, size: int) -> Points:
        circle = _unit(np.linspace(0, 1, size, endpoint=False))
        return (group + 1) / self.num_classes * circle


@DATASETS.register_module()
@dataclass(kw_only=True, eq=False)
class Spirals(_ToyDataset):
    """Arms that wind once around the origin.

    Why it is here: it is the hardest of the datasets in the plane, and shows the difference
    between a deep, wide network and a shallow, narrow one.

    Class k of K is the arm at distance t from the origin and angle k / K + t (in full turns), for
    evenly spaced t in [0.1, 1].

    Args:
        num_classes: Number of arms, 2 to 10,000; they are 1 / ``num_classes`` apart along a radius.
        num_samples: Number of points in all three splits together, a multiple of ``num_classes``.
        noise: Standard deviation of the noise on each coordinate, in [0, 100].
        data_seed: Seed of the noise.

    The other arguments are those of `ArrayDataset`.
    """

    start = 0.1  # at the origin itself all arms would meet

    num_classes: int = 2
    num_samples: int = 600
    noise: float = 0.02

    def _outline(self, group: int, size: int) -> Points:
        distance = np.linspace(self.start, 1, size)
        return distance[:, None] * _unit(group / self.num_classes + distance)


def _unit(turns: float | Points) -> Points:
    """Return the points of the unit circle at angles given in full turns, (..., 2)."""
    angle = 2 * np.pi * np.asarray(turns)
    return np.stack([np.cos(angle), np.sin(angle)], axis=-1)
