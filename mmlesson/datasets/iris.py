"""Fisher's table of irises, shipped with the package."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmlesson.datasets.table import TableDataset
from mmlesson.registry import DATASETS

_FILE = Path(__file__).with_name('data') / 'iris.csv'


@DATASETS.register_module()
@dataclass(kw_only=True, eq=False)
class Iris(TableDataset):
    """150 irises of three species: length and width of sepal and petal, in centimetres.

    Why it is here: it is a `TableDataset` whose file is part of the package, so that the lesson on
    tables needs no download and no path. By default 'train' has 90 rows, 'val' and 'test' 30 each.

    The arguments are those of `TableDataset`.

    Example:
        >>> Iris('test').classes
        ('setosa', 'versicolor', 'virginica')

    References:
        Fisher (1936), The use of multiple measurements in taxonomic problems; UCI Machine Learning
        Repository, doi:10.24432/C56C76; CC BY 4.0.
    """

    path: str = str(_FILE)
    label: str = 'species'

    @classmethod
    def facts(cls, **arguments: Any) -> dict[str, Any]:
        """Return known facts about the irises without reading them."""
        if {'path', 'label', 'features'} & set(arguments):
            return super().facts(**arguments)
        sizes = (50, 50, 50)
        return {'num_classes': 3, 'input_shape': (4,), 'num_samples': 150, 'class_sizes': sizes}
