"""Time the perceptron rule against scikit-learn's `Perceptron`, in pairs.

Both see the same samples in the same order. With two classes their weights must be equal bit for
bit. With more, scikit-learn trains one perceptron per class, Kesler's construction all at once.
Two times are measured: of `Perceptron.train_step` on batches, and of the rule on the whole array.
The processor time of one thread is counted, so that other programs disturb little.

Example:
    python tools/benchmarks/perceptron.py --classes 2 10
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

from mmlesson.utils.cli import ToolParser


def make_data(samples: int, features: int, classes: int) -> tuple[Any, Any]:
    """Return ten noisy patterns, (N, D) float32, as MNIST has ten digits; labels modulo classes."""
    import numpy as np

    rng = np.random.default_rng(0)
    digits = rng.integers(0, 10, samples)
    patterns = rng.normal(scale=0.06, size=(10, features)).astype(np.float32)
    return patterns[digits] + rng.random((samples, features), dtype=np.float32), digits % classes


def seconds(work: Callable[[], Any]) -> tuple[float, Any]:
    """Return the processor time of a call, and its result."""
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


def competitors(classes: int, args: argparse.Namespace) -> list[Callable[[], Any]]:
    """Return training by our model, by the rule alone, and by scikit-learn; each gives weights."""
    import numpy as np
    import torch
    from sklearn.linear_model import Perceptron as SklearnPerceptron

    from mmlesson.models import Perceptron
    from mmlesson.models.perceptron import perceptron_pass

    inputs, labels = make_data(args.samples, args.features, classes)
    doubles = inputs.astype(np.float64)
    pairs = zip(
        *(torch.from_numpy(array).split(args.batch_size) for array in (inputs, labels)), strict=True
    )
    batches = [{'inputs': x, 'labels': y} for x, y in pairs]

    def steps() -> Any:
        model = Perceptron(args.features, classes)
        for _ in range(args.epochs):
            for batch in batches:
                model.train_step(batch, None)
        return model.weight.numpy()

    def rule() -> Any:
        weight = np.zeros((1 if classes == 2 else classes, args.features))
        bias = np.zeros(len(weight))
        for _ in range(args.epochs):
            perceptron_pass(weight, bias, inputs, labels, 1.0)
        return weight

    def theirs() -> Any:
        model = SklearnPerceptron(shuffle=False, tol=None, max_iter=args.epochs)
        return model.fit(doubles, labels).coef_

    return [steps, rule, theirs]


def measure(classes: int, args: argparse.Namespace) -> str:
    """Return the line of the table for a number of classes."""
    import numpy as np

    works = competitors(classes, args)
    results = [work() for work in works]  # not counted: the rule is compiled
    equal = np.array_equal(results[0], results[1])
    if classes == 2:
        equal = equal and np.array_equal(results[0], results[2])
    times = [[seconds(work)[0] for work in works] for _ in range(args.pairs)]
    middle = [1e3 * statistics.median(column) for column in zip(*times, strict=True)]
    ratios = [statistics.median(row[i] / row[2] for row in times) for i in (0, 1)]
    return (
        f'{classes} classes: train_step {middle[0]:.0f} ms, rule {middle[1]:.0f} ms, scikit-learn '
        f'{middle[2]:.0f} ms; ratios {ratios[0]:.2f} and {ratios[1]:.2f}; '
        f'weights {"equal" if equal else "DIFFER"}'
    )


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = ToolParser(__doc__)
    parser.add_argument(
        '--classes', nargs='+', default=['2', '10'], help='numbers of classes (default: 2 10)'
    )
    for name, default, text in (
        ('samples', 10_000, 'samples'),
        ('features', 784, 'features per sample'),
        ('batch-size', 64, 'samples per train_step'),
        ('epochs', 5, 'epochs of each run'),
        ('pairs', 7, 'number of pairs'),
    ):
        parser.add_argument(
            f'--{name}', type=int, default=default, help=f'{text} (default: {default})'
        )
    return parser.parse_args()


def main() -> None:
    """Print a line for each number of classes."""
    args = parse_args()
    from mmlesson.errors import check_int

    for name in ('samples', 'features', 'batch_size', 'epochs', 'pairs'):
        check_int('perceptron', f'--{name.replace("_", "-")}', getattr(args, name))
    numbers = [int(word) if word.isdecimal() else word for word in args.classes]
    for classes in numbers:
        check_int('perceptron', '--classes', classes, minimum=2)
    for classes in numbers:
        print(measure(classes, args), flush=True)


if __name__ == '__main__':
    from mmlesson.utils.cli import run_command

    sys.exit(run_command(main))
