r"""Apply the model of a run, or its ONNX export, to images, arrays and tables.

The weights that the run tested are used, or else those of the best or the last checkpoint.
Images are converted to the size and the channels of the training data. They must also resemble it:
digits are bright on a dark background. A model that was trained on a table reads
other tables by the names of their columns; if they have the label, the accuracy is printed.
A detector prints the boxes in each image, in pixels of the image as it was resized.

Example:
    python tools/deployment/predict.py work_dirs/cnn_digits my_digit.png
    python tools/deployment/predict.py work_dirs/cnn_digits folder/ more.npy \
        --out preds.csv --show-dir drawn/
    python tools/deployment/predict.py work_dirs/cnn_digits folder/ --min-confidence auto
    find scans -name '*.png' | python tools/deployment/predict.py work_dirs/cnn_digits -
    python tools/deployment/predict.py cnn_digits.onnx my_digit.png
    python tools/deployment/predict.py work_dirs/detect_digits scans/ --out boxes.json

Exit status: 0 success; 1 some inputs could not be read and are listed; 2 wrong usage.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from mmlesson.utils.cli import ToolParser, check_output_file, output_file


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = ToolParser(__doc__)
    parser.add_argument('run', metavar='RUN', help='folder of a run, or its .onnx export')
    parser.add_argument(
        'inputs',
        nargs='+',
        metavar='INPUT',
        help='image, folder, pattern such as "*.png", .npy, .npz, table (.csv, .tsv, .parquet); '
        '- for a list of them on stdin, one per line',
    )
    parser.add_argument(
        '--out',
        type=output_file,
        metavar='FILE',
        help='.csv file for the predictions, or .json of objects',
    )
    parser.add_argument('--show-dir', help='folder for drawings of the inputs, with predictions')
    parser.add_argument(
        '--min-confidence',
        metavar='P|auto[:PERCENT]',
        help='say "unknown" below this probability; auto: 99 (or PERCENT) %% of the answers on the '
        'validation split are right; for a detector the smallest score of a box (default: 0.3)',
    )
    parser.add_argument('--device', default='auto', help='auto, cpu, cuda, cuda:N or mps')
    return parser.parse_args()


def is_export(name: str) -> bool:
    """Return whether this names an ONNX file, and not the folder of a run."""
    return Path(name).suffix.lower() == '.onnx'


def build_inferencer(args: argparse.Namespace) -> tuple[Any, dict[str, Any]]:
    """Return the inferencer of a run or, without importing torch, of an ONNX file; its options."""
    if not is_export(args.run):
        from mmlesson.apis.inference.inferencer import Inferencer
        from mmlesson.utils.garbage import exempt_imports

        exempt_imports()
        run = Inferencer(args.run, device=args.device, show_progress=True)
        return run, {'show_dir': args.show_dir, **score_option(args, run.task)}
    from mmlesson.apis.deployment.onnx_inferencer import OnnxInferencer
    from mmlesson.errors import UserError

    exported = OnnxInferencer(args.run, show_progress=True)
    flags = {'--show-dir': args.show_dir, '--device': args.device not in ('auto', 'cpu')}
    flag = next((name for name, is_given in flags.items() if is_given), None)
    if flag:
        raise UserError(f'{flag} needs the folder of a run, got the export {args.run}.')
    return exported, score_option(args, exported.task)


def score_option(args: argparse.Namespace, task: Any) -> dict[str, Any]:
    """Return the option of ``--min-confidence`` for a detector; none for a classifier."""
    if task.has_classes or args.min_confidence is None:
        return {}
    require_scores(task)
    return {'min_score': read_score(args.min_confidence)}


def require_scores(task: Any) -> None:
    """Refuse ``--min-confidence`` for a task whose results have no score of an object."""
    from mmlesson.errors import UserError

    if 'scores' not in task.results:
        raise UserError(f'--min-confidence needs scores, which {task.name} does not have.')


def read_score(text: str) -> float:
    """Return the smallest score of an object."""
    from mmlesson.errors import UserError

    try:
        return float(text)
    except ValueError:
        raise UserError(
            f'--min-confidence must be a number from 0 to 1 for a detector, got {text}.'
        ) from None


def abstain(args: argparse.Namespace, predictions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the predictions, those below ``--min-confidence`` as 'unknown'."""
    from mmlesson.apis.inference import abstention

    run = None
    if not is_export(args.run):
        from mmlesson.runs.run import Run

        run = Run(args.run)
    threshold = abstention.read_threshold(args.min_confidence, run)
    predictions = abstention.abstain(predictions, threshold.value)
    unknown = sum(item['pred_label'] == abstention.UNKNOWN_LABEL for item in predictions)
    print(
        f'min-confidence {threshold.value:.4g} ({threshold.source}): '
        f'{unknown} of {len(predictions)} unknown',
        file=sys.stderr,
    )
    return predictions


def read_inputs(names: list[str]) -> list[str]:
    """Return the inputs; '-' stands for the lines of stdin."""
    if '-' in names:
        sys.stdin.reconfigure(errors='surrogateescape')  # a name of a file may be no text
    lines = sys.stdin.read().splitlines() if '-' in names else []
    given = [line for line in lines if line.strip()]
    return [name for named in names for name in (given if named == '-' else [named])]


def print_objects(file: Path | None, predictions: list[dict[str, Any]]) -> None:
    """Print what was found in images, or write it to a file."""
    from mmlesson.apis.inference import object_table

    if file is None:
        print(object_table.format_objects(predictions))
        return
    object_table.write_objects(file, predictions)
    count = sum(len(one['objects']) for one in predictions)
    print(f'{count} objects of {len(predictions)} images in {file}')


def main() -> None:
    """Print or write the predictions of a run's model."""
    args = parse_args()
    from mmlesson.apis.inference import prediction_table
    from mmlesson.errors import RunError

    if args.out:
        check_output_file('--out', args.out, ['.csv', '.json'])
    inferencer, options = build_inferencer(args)
    finds_objects = not inferencer.task.has_classes
    if args.out and not finds_objects:
        check_output_file('--out', args.out, ['.csv'])
    print(f'checkpoint: {inferencer.checkpoint}', file=sys.stderr)
    results = inferencer(read_inputs(args.inputs), **options)
    predictions, failed = results['predictions'], results['failed']
    if args.min_confidence is not None and not finds_objects:
        predictions = abstain(args, predictions)
    for note in results['notes']:
        print(f'note: {note}', file=sys.stderr)
    if finds_objects and predictions:
        print_objects(args.out, predictions)
    elif args.out and predictions:
        prediction_table.write_csv(args.out, predictions, inferencer.classes)
        print(f'{len(predictions)} predictions in {args.out}')
    elif predictions:
        print(prediction_table.format_predictions(predictions))
    if results['accuracy'] is not None:
        whole = '' if args.min_confidence is None else ', unknown ones included'
        print(f'accuracy on the rows with a label{whole}: {results["accuracy"]:.1f} %')
    if failed:
        total = len(predictions) + len(failed)
        raise RunError(prediction_table.format_failures(failed, total))


if __name__ == '__main__':
    from mmlesson.utils.cli import run_command

    sys.exit(run_command(main))
