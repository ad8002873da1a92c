"""Damages of a run's side files, and the readers that must stand them."""

from __future__ import annotations

import json
import random
import shutil
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mmlesson.apis.analysis.report import report_page
from mmlesson.apis.analysis.run_comparison import format_comparison, group_runs
from mmlesson.apis.analysis.stopping_replay import replay_run
from mmlesson.errors import UserError
from mmlesson.runs.checkpoint import newest_whole
from mmlesson.runs.run import Run
from mmlesson.visualization.figures.frames import FrameStore
from mmlesson.visualization.figures.weight_trajectory import WeightTrajectory

FILM = 'decision_regions'


def replay(folder: Path) -> str:
    """Replay one rule."""
    options = {'rule': None, 'patience': [3], 'min_delta': [0.0], 'min_delta_mode': 'abs'}
    options |= {'criterion': ['patience', 'GL', 'PQ'], 'alpha': None, 'strip': 5, 'up_strips': [3]}
    options |= dict.fromkeys(('baseline', 'stopping_threshold', 'divergence_threshold', 'out'))
    return replay_run(
        Namespace(run=folder, monitor='loss', start_from=0, ignore_non_finite=True, **options)
    )


READERS: dict[str, Callable[[Path], Any]] = {
    'summary': lambda folder: Run(folder).summary,
    'checkpoint_to_apply': lambda folder: Run(folder).checkpoint_to_apply,
    'report': lambda folder: report_page(Run(folder)),
    'comparison': lambda folder: format_comparison(group_runs([Run(folder)], 'loss'), 'loss'),
    'replay': replay,
    'resume': newest_whole,
    'trajectory': WeightTrajectory.load,
    'frames': lambda folder: FrameStore(folder, FILM, 60).items,
}


def side_files(folder: Path) -> dict[str, Path]:
    """Return the side files of a run, by a short name."""
    return {
        'pointer': folder / 'last_checkpoint',
        'summary': folder / 'summary.json',
        'scalars': next(folder.glob('*/vis_data/scalars.json')),
        'path': folder / 'weight_path.npz',
        'frame': sorted((folder / 'film_snapshots' / FILM).glob('*.npz'))[0],
    }


def as_folder(file: Path) -> None:
    """Replace a file by a folder."""
    file.unlink()
    file.mkdir()


def as_link(file: Path) -> None:
    """Replace a file by a link that leads to itself."""
    file.unlink()
    file.symlink_to(file)


def content(data: bytes) -> Callable[[Path], None]:
    """Return a damage that replaces the content."""
    return lambda file: (file.unlink(), file.write_bytes(data))[0]


DAMAGES: dict[str, Callable[[Path], None]] = {
    'missing': Path.unlink,
    'folder': as_folder,
    'link': as_link,
    'empty': content(b''),
    'not UTF-8': content(b'\xff\xfe\x00\x80'),
    'list': content(b'[1, 2]\n{}'),
    'null': content(b'null\n{}'),
    'number': content(b'3\n{}'),
    'deep': content(b'{"epoch": ' + b'[' * 100_000 + b'\n{}'),
    'digits': content(
        b'{"epoch": 1, "epochs": 1' + b'0' * 400 + b', "val/loss": 1' + b'0' * 400 + b'}\n{}'
    ),
    'NaN': content(
        b'{"epoch": NaN, "epochs": NaN, "train_seconds": NaN, "val/loss": Infinity}\n{}'
    ),
    'types': content(
        json.dumps(
            dict.fromkeys(('status', 'epochs', 'best', 'stop', 'splits', 'epoch'), 'x')
        ).encode()
    ),
}

VALUES = [None, True, -1, 0, 3, 1e300, 10**400, float('nan'), 'x', '', [], [1], {}, {'a': 1}]


def mutate_json(file: Path, rng: random.Random) -> None:
    """Replace or remove one value somewhere in a line of JSON."""
    lines = file.read_text().splitlines() if file.name == 'scalars.json' else [file.read_text()]
    at = rng.randrange(len(lines))
    node = tree = json.loads(lines[at])
    while True:
        key = rng.choice(list(node))
        inner = node[key]
        if not (isinstance(inner, dict) and inner) or rng.random() < 0.3:
            break
        node = inner
    if rng.random() < 0.2:
        del node[key]
    else:
        node[key] = rng.choice(VALUES)
    lines[at] = json.dumps(tree)
    file.write_text('\n'.join(lines) + '\n')


def mutate_bytes(file: Path, rng: random.Random) -> None:
    """Flip bits, cut, repeat or insert."""
    data = bytearray(file.read_bytes())
    place = rng.randrange(len(data))
    kind = rng.randrange(4)
    if kind == 0:
        for _ in range(rng.randint(1, 8)):
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    elif kind == 1:
        del data[place:]
    elif kind == 2:
        data[place:place] = rng.randbytes(rng.randint(1, 50))
    else:
        del data[place : place + rng.randint(1, 50)]
    file.write_bytes(data)


def attack(whole: Path, scratch: Path, rng: random.Random) -> tuple[str, list[str]]:
    """Damage one file of a copy of a run at random; return what was done, and what failed."""
    shutil.rmtree(scratch, ignore_errors=True)
    shutil.copytree(whole, scratch)
    name, file = rng.choice(list(side_files(scratch).items()))
    is_json = name in ('summary', 'scalars')
    mutation = mutate_json if is_json and rng.random() < 0.6 else mutate_bytes
    mutation(file, rng)
    return f'{mutation.__name__} of {name}', failures(scratch)


def failures(folder: Path) -> list[str]:
    """Return the readers that end otherwise than with an answer or one line for a user."""
    found = []
    for reader, read in READERS.items():
        try:
            read(folder)
        except UserError as err:
            if '\n' in str(err) or len(str(err)) > 1000:
                found.append(f'{reader}: {str(err)[:200]}')
        except Exception as err:
            found.append(f'{reader}: {type(err).__name__}: {str(err)[:200]}')
    return found
