r"""Apply the model of a run to images, arrays and tables.

The weights that the run tested are used, or else those of the best or the last checkpoint.
Images are converted to the size and the channels of the training data. They must also resemble it:
digits are bright on a dark background. A model that was trained on a table reads
other tables by the names of their columns; if they have the label, the accuracy is printed.

Example:
    python tools/deployment/predict.py work_dirs/cnn_digits my_digit.png
    python tools/deployment/predict.py work_dirs/cnn_digits folder/ more.npy \
        --out preds.csv --show-dir drawn/

Exit status: 0 success; 1 some inputs could not be read and are listed; 2 wrong usage.
"""

from __future__ import annotations

import argparse
import sys

from mmlesson.utils.cli import ToolParser, check_output_file, output_file


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = ToolParser(__doc__)
    parser.add_argument('run', metavar='RUN', help='folder of a run')
    parser.add_argument(
        'inputs',
        nargs='+',
        metavar='INPUT',
        help='image, folder, .npy, .npz, or table (.csv, .tsv, .parquet)',
    )
    parser.add_argument(
        '--out', type=output_file, metavar='FILE', help='.csv file for the predictions'
    )
    parser.add_argument('--show-dir', help='folder for drawings of the inputs, with predictions')
    parser.add_argument('--device', default='auto', help='auto, cpu, cuda, cuda:N or mps')
    return parser.parse_args()


def main() -> None:
    """Print or write the predictions of a run's model."""
    args = parse_args()
    from mmlesson.apis.inference import prediction_table
    from mmlesson.apis.inference.inferencer import Inferencer
    from mmlesson.errors import RunError

    if args.out:
        check_output_file('--out', args.out, ['.csv'])
    inferencer = Inferencer(args.run, device=args.device, show_progress=True)
    print(f'checkpoint: {inferencer.checkpoint}', file=sys.stderr)
    results = inferencer(args.inputs, show_dir=args.show_dir)
    predictions, failed = results['predictions'], results['failed']
    for note in results['notes']:
        print(f'note: {note}', file=sys.stderr)
    if args.out and predictions:
        prediction_table.write_csv(args.out, predictions, inferencer.classes)
        print(f'{len(predictions)} predictions in {args.out}')
    elif predictions:
        print(prediction_table.format_predictions(predictions))
    if results['accuracy'] is not None:
        print(f'accuracy on the rows with a label: {results["accuracy"]:.1f} %')
    if failed:
        total = len(predictions) + len(failed)
        raise RunError(prediction_table.format_failures(failed, total))


if __name__ == '__main__':
    from mmlesson.utils.cli import run_command

    sys.exit(run_command(main))
