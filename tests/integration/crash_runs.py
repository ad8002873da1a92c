"""Kill real training, cut its checkpoints, fill its disk; then see whether anything was lost.

Example:
    python tests/integration/crash_runs.py kill --kills 50
    python tests/integration/crash_runs.py truncate --times 20
    python tests/integration/crash_runs.py disk-full

Each run is the command `python tools/train.py` in a process of its own. To spare the seconds that
importing torch takes, a server imports it once and forks a process for each; `--fresh` starts
Python anew each time. Exit status 0: nothing was lost; 1: something was.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import re
import resource
import runpy
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent

TRAIN = 'tools/train.py'
SAME = (
    *('weights_sha256', 'epochs', 'iterations', 'status', 'stop', 'best'),
    *('train', 'val', 'test', 'diagnosis'),
)
LIMIT_SECONDS = 300  # no run takes that long: whatever does hangs


@dataclass(frozen=True)
class Lesson:
    """A config, and the options that make it train for some seconds."""

    name: str
    config: str
    options: tuple[str, ...]


STOPPING = "{'type': 'EarlyStoppingHook', 'monitor': 'loss', 'patience': 40, 'min_delta': 0.002}"
LESSONS = (
    Lesson('perceptron', 'perceptron/perceptron_digits.py', ('train_cfg.max_epochs=200',)),
    Lesson('mlp', 'mlp/mlp_digits.py', ('train_cfg.max_epochs=120', 'param_scheduler.T_max=120')),
    Lesson('xor', 'mlp/mlp_xor.py', ('train_cfg.max_epochs=200',)),
    Lesson('cnn with dropout', 'cnn/cnn_digits.py', ()),
    Lesson(
        'early stopping',
        'mlp/mlp_moons.py',
        ('train_cfg.max_epochs=1000', f'custom_hooks=[{STOPPING}]'),
    ),
)


# -- commands ---------------------------------------------------------------------------------


def fork_server() -> multiprocessing.context.ForkServerContext:
    """Return the context whose processes are forked from one that has imported torch already."""
    context = multiprocessing.get_context('forkserver')
    context.set_forkserver_preload(['mmlesson.engine.command', 'mmpretrain.evaluation'])
    return context


class Command:
    """A tool of this project at work in a process of its own.

    Args:
        argv: The command line, from the tool's path on.
        logs: Path that standard output and error are written to, with '.out' and '.err' added.
        fresh: Start Python anew instead of forking one that has imported torch.
        file_limit: Bytes that no file of the process may exceed; more fails as on a full disk.
        before: Called in the process before the tool; for `fresh` it cannot be.
    """

    def __init__(
        self,
        argv: list[str],
        logs: Path,
        fresh: bool = False,
        file_limit: int | None = None,
        before: Callable[[], None] | None = None,
    ) -> None:
        self.argv = argv
        self._out = logs.with_name(f'{logs.name}.out')
        self._err = logs.with_name(f'{logs.name}.err')
        self.process: Any
        if fresh:
            with self._out.open('w') as out, self._err.open('w') as err:
                self.process = subprocess.Popen(
                    [sys.executable, *argv],
                    cwd=ROOT,
                    stdout=out,
                    stderr=err,
                    env={**os.environ, 'OMP_NUM_THREADS': '1'},
                )
            return
        files = (str(self._out), str(self._err))
        self.process = fork_server().Process(target=_become, args=(argv, files, file_limit, before))
        self.process.start()

    @property
    def status(self) -> int | None:
        """Exit status, negative for the signal that ended it, or None while it is at work."""
        if isinstance(self.process, subprocess.Popen):
            return self.process.poll()
        status: int | None = self.process.exitcode
        return status

    @property
    def out(self) -> str:
        """Standard output so far."""
        return self._out.read_text(encoding='utf-8') if self._out.exists() else ''

    @property
    def err(self) -> str:
        """Standard error so far."""
        return self._err.read_text(encoding='utf-8') if self._err.exists() else ''

    def send(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.status is None:
            os.kill(self.process.pid, number)

    def wait(self) -> int:
        """Return the exit status when it has ended."""
        self.wait_for(lambda: False)
        status = self.status
        if status is None:
            raise RuntimeError('A command without an exit status has not ended.')
        return status

    def wait_for(self, condition: Callable[[], bool], seconds: float = LIMIT_SECONDS) -> bool:
        """Wait until the condition holds or the command has ended; tell whether it is at work."""
        end = time.monotonic() + seconds
        while self.status is None and not condition():
            if time.monotonic() > end:
                self.send(signal.SIGKILL)
                raise TimeoutError(f'Nothing came of it in {seconds} s:\n{self.out}\n{self.err}')
            time.sleep(0.005)
        return self.status is None

    def still_works_after(self, seconds: float) -> bool:
        """Wait; tell whether the command is still at work then."""
        end = time.monotonic() + seconds
        return self.wait_for(lambda: time.monotonic() >= end)


def _become(
    argv: list[str],
    files: tuple[str, str],
    file_limit: int | None,
    before: Callable[[], None] | None,
) -> None:
    """Turn a forked process into the command: `python <argv>` in the project's folder."""
    import torch

    torch.set_num_threads(1)
    warnings.filterwarnings('ignore', 'Multi-processing start method')  # it is a fork that runs
    os.chdir(ROOT)
    for number, name in enumerate(files, 1):
        os.dup2(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    if file_limit is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (file_limit, file_limit))
    if before is not None:
        before()
    sys.argv = argv
    runpy.run_path(argv[0], run_name='__main__')


def train(
    lesson: Lesson, work_dir: Path, resume: bool = False, logs: Path | None = None, **how: Any
) -> Command:
    """Start training; ``logs`` is a folder for output, and ``how`` what `Command` takes."""
    logs = logs or work_dir.parent
    # Folders of starts are named by the second, which a forked process can be quicker than.
    while (work_dir / time.strftime('%Y%m%d_%H%M%S')).exists():
        time.sleep(0.02)
    argv = [TRAIN, f'configs/{lesson.config}', '--work-dir', str(work_dir), '--device', 'cpu']
    argv += ['--resume', 'auto'] if resume else []
    argv += ['--cfg-options', 'default_hooks.visualization=None', *lesson.options]
    starts = len(list(logs.glob(f'{work_dir.name}.*.out')))
    return Command(argv, logs / f'{work_dir.name}.{starts + 1}', **how)


# -- what a run says of itself ------------------------------------------------------------------


def has_begun(command: Command) -> bool:
    """Tell whether all is loaded, also what there was to resume, which comes last."""
    last = 'Resumed |Nothing to resume' if '--resume' in command.argv else 'val split:'
    return re.search(last, command.out) is not None


def epochs_finished(command: Command) -> int:
    """Return the last epoch that was trained and validated, by the log; 0 if there is none."""
    return max(map(int, re.findall(r'epoch (\d+)/\d+  train', command.out)), default=0)


def resumed_epoch(command: Command) -> int:
    """Return the epoch that the command went on from, by its log; 0 if from the beginning."""
    found = re.search(r'Resumed \S+ at epoch (\d+)', command.out)
    return int(found[1]) if found else 0


def summary(work_dir: Path) -> dict[str, Any]:
    """Return a run's summary."""
    read: dict[str, Any] = json.loads((work_dir / 'summary.json').read_text(encoding='utf-8'))
    return read


def checkpoint_names(work_dir: Path) -> set[str]:
    """Return the names of a run's checkpoints, temporary ones too."""
    return {file.name for file in work_dir.iterdir() if '.pth' in file.name}


def differences(work_dir: Path, reference: Path) -> list[str]:
    """Return what a run ended with that the uninterrupted one did not; empty if all is the same."""
    ours, theirs = summary(work_dir), summary(reference)
    found = [f'{key}: {ours[key]} for {theirs[key]}' for key in SAME if ours[key] != theirs[key]]
    best = (theirs['best'] or {}).get('checkpoint')
    if best and not _same_weights(work_dir / best, reference / best):
        found.append(f'{best} holds other weights')
    for name in sorted(checkpoint_names(work_dir) ^ checkpoint_names(reference)):
        found.append(f'{name} was {"left over" if (work_dir / name).exists() else "lost"}')
    return found


def _same_weights(one: Path, other: Path) -> bool:
    import torch

    first, second = (
        torch.load(file, map_location='cpu', weights_only=True)['state_dict']
        for file in (one, other)
    )
    return first.keys() == second.keys() and all(torch.equal(first[k], second[k]) for k in first)


# -- kills ------------------------------------------------------------------------------------


@dataclass
class Kill:
    """One SIGKILL and what became of it."""

    second: float
    finished: int
    progress: float
    resumed: int = -1
    differences: list[str] = field(default_factory=list)

    @property
    def lost(self) -> int:
        """Epochs that were trained and validated and must be so again."""
        return self.finished - self.resumed


@dataclass
class Reference:
    """An uninterrupted run."""

    lesson: Lesson
    work_dir: Path
    seconds: float

    @classmethod
    def of(cls, lesson: Lesson, folder: Path, fresh: bool = False) -> Reference:
        """Train without interruption, and see how long it takes."""
        work_dir = folder / lesson.name.replace(' ', '_')
        command = train(lesson, work_dir, fresh=fresh)
        command.wait_for(lambda: has_begun(command))
        start = time.monotonic()
        if command.wait() != 0:
            raise RuntimeError(f'{lesson.name} does not train:\n{command.out}\n{command.err}')
        return cls(lesson, work_dir, time.monotonic() - start)


def run_under_kills(
    reference: Reference, work_dir: Path, most: int, rng: random.Random, fresh: bool = False
) -> list[Kill]:
    """Train, kill and resume until a process ends by itself, or ``most`` kills are spent.

    Each process may be killed at any moment up to the duration of a whole run.
    """
    kills: list[Kill] = []
    whole = summary(reference.work_dir)['epochs']
    while True:
        command = train(reference.lesson, work_dir, resume=bool(kills), fresh=fresh)
        command.wait_for(lambda command=command: has_begun(command))
        second = rng.uniform(0, reference.seconds)
        is_killed = len(kills) < most and command.still_works_after(second)
        if is_killed:
            command.send(signal.SIGKILL)
        status = command.wait()
        if kills:
            kills[-1].resumed = resumed_epoch(command)
        if not is_killed:
            break
        finished = max(epochs_finished(command), resumed_epoch(command))
        kills.append(Kill(second, finished, finished / whole))
    wrong = [f'exit status {status}: {command.err[-300:]}'] if status != 0 else []
    for kill in kills:
        kill.differences = wrong or differences(work_dir, reference.work_dir)
    return kills


def kill_often(
    reference: Reference, wanted: int, rng: random.Random, fresh: bool = False
) -> list[Kill]:
    """Kill as many times as wanted, in as many runs as it takes, and print each kill."""
    kills: list[Kill] = []
    number = 0
    while len(kills) < wanted:
        number += 1  # a run can end before its first kill, so that a new one is needed all the same
        if number > 10 * wanted:
            raise RuntimeError(f'{len(kills)} kills in {number} runs: they end too soon.')
        work_dir = reference.work_dir.with_name(f'{reference.work_dir.name}_{number}')
        of_run = run_under_kills(reference, work_dir, wanted - len(kills), rng, fresh)
        _print_kills(of_run, reference.lesson, number)
        kills += of_run
    return kills


def kill_all(args: argparse.Namespace, folder: Path) -> bool:
    """Kill runs of every lesson; print each kill and a table."""
    total: dict[str, list[Kill]] = {}
    for index, lesson in enumerate(LESSONS):
        rng = random.Random(f'{args.seed} {lesson.name}')
        wanted = args.kills // len(LESSONS) + (index < args.kills % len(LESSONS))
        reference = Reference.of(lesson, folder, args.fresh)
        print(f'{lesson.name}: {reference.seconds:.1f} s without interruption', flush=True)
        kills = kill_often(reference, wanted, rng, args.fresh)
        total[lesson.name] = kills
    return _print_table(total)


def _print_kills(kills: list[Kill], lesson: Lesson, number: int) -> None:
    for kill in kills:
        end = '; '.join(kill.differences) or 'ended the same'
        print(
            f'{lesson.name}, run {number}: killed after {kill.second:.2f} s, {kill.finished} epochs'
            f' finished ({kill.progress:.0%}), resumed from {kill.resumed}; {end}',
            flush=True,
        )


def _print_table(total: dict[str, list[Kill]]) -> bool:
    print(f'\n{"lesson":<18}{"kills":>6}{"the same":>10}{"most lost":>11}  in each quarter')
    rows = [*total.items(), ('all', [kill for kills in total.values() for kill in kills])]
    for name, kills in rows:
        same = sum(not kill.differences for kill in kills)
        lost = max((kill.lost for kill in kills), default=0)
        quarters = [sum(min(int(4 * k.progress), 3) == q for k in kills) for q in range(4)]
        print(f'{name:<18}{len(kills):>6}{same:>10}{lost:>11}  {quarters}')
    kills = rows[-1][1]
    return bool(kills) and all(not kill.differences and kill.lost <= 1 for kill in kills)


# -- truncations --------------------------------------------------------------------------------


def cut_newest(work_dir: Path, rng: random.Random) -> tuple[str, int, int]:
    """Cut the file that ``last_checkpoint`` names; return its name, size and what is left of it."""
    name = (work_dir / 'last_checkpoint').read_text(encoding='utf-8').strip()
    size = (work_dir / name).stat().st_size
    left = rng.randrange(size)
    os.truncate(work_dir / name, left)
    return name, size, left


def truncate_one(
    reference: Reference, work_dir: Path, rng: random.Random, fresh: bool = False
) -> tuple[str, list[str]]:
    """Kill a run, cut its newest checkpoint, resume; return what was done and what went wrong."""
    first = train(reference.lesson, work_dir, fresh=fresh)
    first.wait_for(lambda: epochs_finished(first) > 2)  # then there are two checkpoints
    if first.still_works_after(rng.uniform(0, 0.9 * reference.seconds)):
        first.send(signal.SIGKILL)
    first.wait()
    name, size, left = cut_newest(work_dir, rng)
    others = {int(file.stem.split('_')[1]) for file in work_dir.glob('epoch_*.pth')}
    before = max(others - {int(Path(name).stem.split('_')[1])})
    second = train(reference.lesson, work_dir, resume=True, fresh=fresh)
    status = second.wait()
    done = f'{name} cut to {left} of {size} bytes, resumed from epoch {resumed_epoch(second)}'
    if status != 0:
        return done, [f'exit status {status}: {second.err[-300:]}']
    wrong = differences(work_dir, reference.work_dir)
    # The best checkpoint is a file of its own, and may be a whole one of the same epoch.
    if resumed_epoch(second) not in (before, int(Path(name).stem.split('_')[1])):
        wrong.append(f'epoch {before} was whole')
    if not re.search(rf'Skipped: .*{re.escape(name)}', second.out):
        wrong.append('the log does not say that it was skipped')
    return done, wrong


def truncate_all(args: argparse.Namespace, folder: Path) -> bool:
    """Cut the newest checkpoints of runs of every lesson; print each."""
    good = 0
    references = {lesson: Reference.of(lesson, folder, args.fresh) for lesson in LESSONS}
    for number in range(1, args.times + 1):
        lesson = LESSONS[number % len(LESSONS)]
        rng = random.Random(f'{args.seed} {number}')
        reference = references[lesson]
        work_dir = reference.work_dir.with_name(f'{reference.work_dir.name}_{number}')
        done, wrong = truncate_one(reference, work_dir, rng, args.fresh)
        good += not wrong
        print(f'{number} {lesson.name}: {done}; {"; ".join(wrong) or "ended the same"}', flush=True)
    print(f'\n{good} of {args.times} went on from the one before and ended the same')
    return good == args.times


# -- full disks ---------------------------------------------------------------------------------


@contextmanager
def small_disk(folder: Path, kilobytes: int) -> Iterator[Path]:
    """Mount a file system of a given size; it is gone afterwards."""
    place = folder / f'disk_{kilobytes}'
    place.mkdir()
    mount = ['mount', '-t', 'tmpfs', '-o', f'size={kilobytes}k', 'tmpfs', str(place)]
    done = subprocess.run(mount, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise PermissionError(
            'disk-full needs the right to mount a tmpfs, which this user has not: '
            f'{done.stderr.strip()}. Run it as root.'
        )
    try:
        yield place
    finally:
        subprocess.run(['umount', '-l', str(place)], check=True)


def after_full_disk(command: Command, work_dir: Path) -> list[str]:
    """Return what a run on a disk that fills up did wrong."""
    import torch

    status, lines = command.wait(), command.err.splitlines()
    wrong = [] if status == 1 else [f'exit status {status}']
    if 'Traceback' in command.out + command.err:
        wrong.append('a traceback')
    if len(lines) != 1 or not lines[0].startswith('error: ') or 'No space left' not in lines[0]:
        wrong.append(f'{len(lines)} lines on stderr: {command.err[-400:]}')
    name = (work_dir / 'last_checkpoint').read_text(encoding='utf-8').strip()
    epoch = torch.load(work_dir / name, weights_only=True)['meta']['epoch']
    if epoch < epochs_finished(command) - 1:
        wrong.append(f'the newest checkpoint is of epoch {epoch}')
    if any(file.endswith('.tmp') for file in checkpoint_names(work_dir)):
        wrong.append('a temporary file was left over')
    return wrong


def fill(disk: Path) -> None:
    """Take all the room that is left."""
    with (disk / 'balloon').open('wb', buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            return


def disk_full_all(args: argparse.Namespace, folder: Path) -> bool:
    """Train on disks that fill up: by the run's own checkpoints, and by something else."""
    lesson = LESSONS[1]
    reference = Reference.of(lesson, folder, args.fresh)
    size = max(file.stat().st_size for file in reference.work_dir.glob('*.pth')) // 1024
    good = True
    for title, room in (('checkpoints fill the disk', 5 * size // 2), ('others do', 20 * size)):
        with small_disk(folder, room) as disk:
            work_dir = disk / 'run'
            command = train(lesson, work_dir, logs=folder, fresh=args.fresh)
            if title == 'others do':
                command.wait_for(lambda command=command: epochs_finished(command) > 9)
                fill(disk)
            wrong = after_full_disk(command, work_dir)
            (disk / 'balloon').unlink(missing_ok=True)
            print(f'{title}, {room} KiB: {"; ".join(wrong) or "as it should be"}')
            print(f'  stderr: {command.err.strip()[:400]}', flush=True)
            shutil.copytree(work_dir, folder / f'after_{room}')
        after = folder / f'after_{room}'  # where there is room
        status = train(lesson, after, resume=True, fresh=args.fresh).wait()
        left = differences(after, reference.work_dir) if status == 0 else [f'status {status}']
        print(f'  with room again: {"; ".join(left) or "ended the same"}', flush=True)
        good = good and not wrong and not left
    return good


# -- command line -------------------------------------------------------------------------------


def main() -> int:
    """Do what the command line asks."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument('--fresh', action='store_true', help='start Python anew for each run')
    common.add_argument('--seed', type=int, default=0, help='seed of moments and bytes')
    common.add_argument('--keep', type=Path, help='keep all runs in this new folder')
    kinds = parser.add_subparsers(dest='kind', required=True)
    kill = kinds.add_parser('kill', parents=[common], help='SIGKILL at random moments')
    kill.add_argument('--kills', type=int, default=50)
    kill.set_defaults(run=kill_all)
    cut = kinds.add_parser('truncate', parents=[common], help='cut the newest checkpoint')
    cut.add_argument('--times', type=int, default=20)
    cut.set_defaults(run=truncate_all)
    disk = kinds.add_parser('disk-full', parents=[common], help='fill a small disk; as root')
    disk.set_defaults(run=disk_full_all)
    args = parser.parse_args()
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix='crash_runs_') as temporary:
        if args.keep:
            args.keep.mkdir(parents=True)
        try:
            good = args.run(args, args.keep or Path(temporary))
        except PermissionError as err:
            print(f'error: {err}', file=sys.stderr)
            return 2
    print(f'{"good" if good else "BAD"}, {time.monotonic() - start:.0f} s')
    return 0 if good else 1


if __name__ == '__main__':
    sys.exit(main())
