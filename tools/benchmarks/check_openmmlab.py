"""Check other OpenMMLab toolboxes: do they import, train, resume to the byte and stop early?

Example:
    python tools/benchmarks/check_openmmlab.py
    python tools/benchmarks/check_openmmlab.py mmdet mmseg --json openmmlab.json

Trains a small network of each toolbox on tiny data that is made on the spot, in processes of
tools/train.py: without an interruption, killed and resumed, and with early stopping. On one CPU
core that takes one to two minutes per toolbox. Exit status: 1 if a cell of the table is 'no'.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from mmlesson.utils.cli import ToolParser, check_output_file

TOOLS = Path(__file__).resolve().parents[1]


def parse_args() -> argparse.Namespace:
    """Return the command line, parsed."""
    parser = ToolParser(__doc__)
    parser.add_argument('toolboxes', nargs='*', metavar='TOOLBOX', help='default: all')
    parser.add_argument('--json', type=Path, metavar='FILE', help='write the table to a file too')
    parser.add_argument('--work-dir', type=Path, help='keep data and runs in this new folder')
    return parser.parse_args()


def check(names: list[str], work_dir: Path, file: Path | None) -> int:
    """Check the toolboxes, print and write the table, and return the exit status."""
    from dataclasses import asdict

    from mmlesson.apis.analysis import openmmlab_check as checks
    from mmlesson.utils.atomic_file import write_text

    toolboxes = checks.find_toolboxes(names)
    script = str(TOOLS / 'benchmarks/openmmlab/make_data.py')
    data = str(work_dir / 'data/openmmlab')
    subprocess.run([sys.executable, script, data], check=True, stdout=subprocess.DEVNULL)
    reports = []
    for toolbox in toolboxes:
        print(f'checking {toolbox.package} ...', file=sys.stderr, flush=True)
        reports.append(checks.check_toolbox(checks.ToolboxCheck(toolbox, TOOLS, work_dir)))
    print(checks.format_reports(reports))
    if file is not None:
        write_text(file, json.dumps([asdict(report) for report in reports], indent=2) + '\n')
    return int(any(report.reasons for report in reports))


def main() -> int:
    """Check in the folder that was named, or in a temporary one."""
    args = parse_args()
    if args.json is not None:
        check_output_file('--json', args.json, ['.json'])
    if args.work_dir is not None:
        from mmlesson.errors import UserError

        if args.work_dir.exists():
            raise UserError(f'--work-dir {args.work_dir} exists already. Choose a new folder.')
        return check(args.toolboxes, args.work_dir.absolute(), args.json)
    with tempfile.TemporaryDirectory() as folder:
        return check(args.toolboxes, Path(folder), args.json)


if __name__ == '__main__':
    from mmlesson.utils.cli import run_command

    sys.exit(run_command(main))
