"""Fixtures of several test files: the real lessons, made small."""

from __future__ import annotations

import gc
import json
import os
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from _pytest.doctest import DoctestModule
from crash_runs import fork_server
from external import skip_without_programs
from paths import ROOT

from mmlesson.utils.cli import FEW_COLLECTIONS

# Before torch is imported. Two processes of tests that have two threads each on two cores would
# wait for each other; the commands that tests start inherit it.
os.environ.setdefault('OMP_NUM_THREADS', '1')

gc.set_threshold(*FEW_COLLECTIONS)


class FilesWithExamples:
    """Collects the examples of docstrings: a file without any need not be imported for that."""

    @pytest.hookimpl(wrapper=True)
    def pytest_collect_file(self, file_path: Path) -> Iterator[Any]:
        """Leave out the collector of examples."""
        found = yield
        if file_path.suffix == '.py' and b'>>>' not in file_path.read_bytes():
            return [one for one in found if not isinstance(one, DoctestModule)]
        return found


def pytest_configure(config: pytest.Config) -> None:
    """Register what is for the files of the package, too, for which a conftest is not."""
    config.pluginmanager.register(FilesWithExamples())


def pytest_collection_finish() -> None:
    """Keep what is imported by now out of the search for garbage, which takes half a second."""
    gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip the tests whose programs are not installed here."""
    for item in items:
        skip_without_programs(item)


@pytest.fixture
def build(tmp_path: Path) -> Callable[..., Any]:
    """Return a function that builds the runner of a real lesson, in a folder of its own."""
    from mmlesson.config import load_config
    from mmlesson.engine.build import build_runner

    def build_lesson(lesson: str, name: str = 'run', resume: bool = False, **options: Any) -> Any:
        config = load_config(ROOT / 'configs' / lesson)
        config.merge_from_dict(
            {'device': 'cpu', 'log_level': 'WARNING', 'work_dir': str(tmp_path / name)}
        )
        silent = {'type': 'VisualizationHook', 'figures': [], 'films': []}  # figures take seconds
        config.merge_from_dict({'default_hooks.visualization': silent})
        changes = deepcopy(options)  # merging takes `_delete_` out of what it is given
        config.merge_from_dict({key.replace('__', '.'): value for key, value in changes.items()})
        config.resume = resume
        return build_runner(config)

    return build_lesson


@pytest.fixture
def train(build: Callable[..., Any]) -> Callable[..., dict[str, Any]]:
    """Return a function that trains a real lesson and gives its summary."""

    def train_lesson(*args: Any, **options: Any) -> dict[str, Any]:
        runner = build(*args, **options)
        runner.train()
        summary: dict[str, Any] = json.loads((Path(runner.work_dir) / 'summary.json').read_text())
        return summary

    return train_lesson


@pytest.fixture
def forked_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the workers of a sweep be forked; those that users start import torch anew."""
    monkeypatch.setattr('mmlesson.apis.experiments.workers.get_context', lambda _: fork_server())


@pytest.fixture(scope='module')
def frozen_objects() -> None:
    """Keep what there is out of the search for garbage: mmengine's datasets search once each."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def default_scope() -> Iterator[None]:
    """Start each test without a default scope, whatever the tests before it have set."""
    from mmengine.registry import DefaultScope

    DefaultScope._instance_dict.clear()
    yield
    DefaultScope._instance_dict.clear()


@pytest.fixture(scope='session', autouse=True)
def data_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Let $MMLESSON_DATA be a folder with small files for the lessons on MNIST."""
    from tiny_data import write_mnist

    folder = tmp_path_factory.mktemp('data')
    for name in ('MNIST', 'FashionMNIST'):
        write_mnist(folder, name)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv('MMLESSON_DATA', str(folder))
        yield folder
