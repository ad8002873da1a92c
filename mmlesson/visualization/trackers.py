"""Back ends that record a run in TensorBoard, MLflow or Trackio, on local files.

Why they are here: mmengine 0.10.7 (visualization/vis_backend.py) begins a new record at each start.
These keep one record per work directory, which a resumed run continues.
"""

from __future__ import annotations

import json
import os
import uuid
from abc import abstractmethod
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from mmengine.config import Config
from mmengine.visualization.vis_backend import BaseVisBackend

from mmlesson.errors import UserError
from mmlesson.registry import VISBACKENDS
from mmlesson.utils.atomic_file import write_text

FILE_NAME = 'trackers.json'
"""File in the work directory with the identifier of the record of each tracker."""


class TrackerBackend(BaseVisBackend):
    """Back end with one record per work directory, opened at the first value.

    Args:
        save_dir: ``<work_dir>/<time>/vis_data``; set by the visualizer.
    """

    package = ''

    def __init__(self, save_dir: str) -> None:
        super().__init__(save_dir)
        self._config_text = ''
        self._is_open = False

    @property
    def work_dir(self) -> Path:
        """Work directory of the run."""
        return Path(self._save_dir).absolute().parents[1]

    @cached_property
    def experiment(self) -> Any:
        """Writer of the tracker."""
        try:
            writer = self._open()
        except ImportError as err:
            raise UserError(
                f'{type(self).__name__} needs {self.package}: pip install {self.package}'
            ) from err
        self._is_open = True
        return writer

    def add_config(self, config: Config, **_: Any) -> None:
        """Keep the config, which is recorded when the record is opened."""
        self._config_text = str(config.pretty_text)

    def add_scalar(self, name: str, value: Any, step: int = 0, **_: Any) -> None:
        """Record a number."""
        self.add_scalars({name: value}, step)

    def add_scalars(
        self, scalar_dict: dict[str, Any], step: int = 0, file_path: str | None = None, **_: Any
    ) -> None:
        """Record the numbers of a step."""
        self._write({name: float(value) for name, value in scalar_dict.items()}, step)

    def close(self) -> None:
        """End the record, if it has been opened."""
        if self._is_open:
            self._end()
            self._is_open = False
            self.__dict__.pop('experiment', None)

    def _init_env(self) -> None:
        """Do nothing; mmengine's base class asks for it."""

    @abstractmethod
    def _open(self) -> Any:
        """Return a writer that continues the record of the work directory, or begins it."""

    @abstractmethod
    def _write(self, scalars: Mapping[str, float], step: int) -> None: ...

    @abstractmethod
    def _end(self) -> None: ...

    def _identifier(self) -> str | None:
        """Return the identifier of the record of this work directory, or None."""
        found = self._identifiers().get(self.package)
        return found if isinstance(found, str) else None

    def _keep_identifier(self, identifier: str) -> str:
        text = json.dumps({**self._identifiers(), self.package: identifier}, indent=2)
        write_text(self.work_dir / FILE_NAME, text + '\n')
        return identifier

    def _identifiers(self) -> dict[str, Any]:
        file = self.work_dir / FILE_NAME
        try:
            known = json.loads(file.read_text()) if file.is_file() else {}
        except ValueError as err:
            raise UserError(f'{file} is damaged: {err}. Remove it to begin new records.') from err
        return known if isinstance(known, dict) else {}


@VISBACKENDS.register_module()
class TensorBoardBackend(TrackerBackend):
    """Records a run in ``<work_dir>/tensorboard``; show it by ``tensorboard --logdir work_dirs``.

    What an interrupted start recorded after the checkpoint is hidden when the run is resumed.
    """

    package = 'tensorboard'
    _first_step: int | None = None

    def add_image(self, name: str, image: npt.NDArray[Any], step: int = 0, **_: Any) -> None:
        """Record an image, (H, W, 3) uint8."""
        self.experiment.add_image(name, image, step, dataformats='HWC')

    def _open(self) -> Any:
        from torch.utils.tensorboard import SummaryWriter

        folder = self.work_dir / 'tensorboard'
        is_resumed = any(folder.glob('events.*'))
        writer = SummaryWriter(str(folder), purge_step=self._first_step if is_resumed else None)
        writer.add_text('config', self._config_text)
        return writer

    def _write(self, scalars: Mapping[str, float], step: int) -> None:
        if self._first_step is None:
            self._first_step = step
        for name, value in scalars.items():
            self.experiment.add_scalar(name, value, step)

    def _end(self) -> None:
        self.experiment.close()
        self._first_step = None  # a figure that is added later is not a new start


@VISBACKENDS.register_module()
class MLflowBackend(TrackerBackend):
    """Records a run in MLflow, without its global active run.

    Args:
        tracking_uri: Folder, or URI of a database or server; None for ``<work_dir>/mlruns``.
        experiment: Name of the experiment, which groups runs.
        save_dir: Set by the visualizer.
    """

    package = 'mlflow-skinny'

    def __init__(
        self, save_dir: str, tracking_uri: str | None = None, experiment: str = 'mmlesson'
    ) -> None:
        super().__init__(save_dir)
        self._uri, self._name = tracking_uri, experiment
        self._run_id = ''

    def add_image(self, name: str, image: npt.NDArray[Any], step: int = 0, **_: Any) -> None:
        """Record an image, (H, W, 3) uint8."""
        client = self.experiment
        client.log_image(self._run_id, np.asarray(image), artifact_file=f'figures/{name}.png')

    def _open(self) -> Any:
        # MLflow 3 refuses folders unless this is set; our default needs no database.
        os.environ.setdefault('MLFLOW_ALLOW_FILE_STORE', 'true')
        from mlflow import MlflowClient

        uri = self._uri or str(self.work_dir / 'mlruns')
        client = MlflowClient(uri if '://' in uri else Path(uri).absolute().as_uri())
        known = self._identifier()
        if known is None:
            found = client.get_experiment_by_name(self._name)
            group = found.experiment_id if found else client.create_experiment(self._name)
            known = client.create_run(group, run_name=self.work_dir.name).info.run_id
            self._keep_identifier(known)
        self._run_id = known
        client.update_run(known, status='RUNNING')
        client.log_text(known, self._config_text, 'config.py')
        return client

    def _write(self, scalars: Mapping[str, float], step: int) -> None:
        client = self.experiment
        for name, value in scalars.items():
            client.log_metric(self._run_id, name, value, step=step)

    def _end(self) -> None:
        self.experiment.set_terminated(self._run_id)


@VISBACKENDS.register_module()
class TrackioBackend(TrackerBackend):
    """Records a run in Trackio's local database; show it by ``trackio show``.

    The database is in the folder ``$TRACKIO_DIR``, or else in the cache of Hugging Face.

    Args:
        project: Name of the project, which groups runs.
        save_dir: Set by the visualizer.
    """

    package = 'trackio'

    def __init__(self, save_dir: str, project: str = 'mmlesson') -> None:
        super().__init__(save_dir)
        self._project = project

    def add_image(self, name: str, image: npt.NDArray[Any], step: int = 0, **_: Any) -> None:
        """Record an image, (H, W, 3) uint8."""
        import trackio

        self.experiment.log({name: trackio.Image(np.asarray(image))}, step=step)

    def _open(self) -> Any:
        import trackio

        new = f'{self.work_dir.name}-{uuid.uuid4().hex[:8]}'  # other folders may have this name
        return trackio.init(
            project=self._project,
            name=self._identifier() or self._keep_identifier(new),
            config={'config': self._config_text},
            resume='allow',
            embed=False,
            auto_log_gpu=False,
            auto_log_cpu=False,
        )

    def _write(self, scalars: Mapping[str, float], step: int) -> None:
        self.experiment.log(dict(scalars), step=step)

    def _end(self) -> None:
        self.experiment.finish()
