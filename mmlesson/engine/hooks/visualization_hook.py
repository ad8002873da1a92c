"""`VisualizationHook`: draws figures and animations during and after training."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmengine.dist import is_main_process

from mmlesson.engine.hooks.gradient_watch import GradientWatch
from mmlesson.engine.hooks.stage_hook import StagedHook
from mmlesson.engine.run_status import progress_of
from mmlesson.engine.runner_protocol import LessonRunnerLike
from mmlesson.errors import ArgumentError, check_choice, check_int, shorten
from mmlesson.registry import HOOKS
from mmlesson.runs.data_meta import names_in
from mmlesson.runs.summary import best_of
from mmlesson.visualization.figures.names import ANIMATION_NAMES, FIGURE_NAMES

if TYPE_CHECKING:
    from mmlesson.visualization.figures.frames import FrameStore
    from mmlesson.visualization.figures.weight_trajectory import WeightTrajectory
    from mmlesson.visualization.run_figures import RunFigures

FORMATS = ('svg', 'html', 'gif', 'mp4')
FEW_WEIGHTS = 10  # a model with at most this many weights is recorded at every step


@HOOKS.register_module()
class VisualizationHook(StagedHook):
    """Writes figures, and animations of them over the epochs, into ``figures/`` of a run's folder.

    Only rank 0 draws, without using random numbers. A command draws in a second process, beside
    training. If a figure fails, a warning with the cause is logged and training continues. The time
    that training waits for figures is logged.

    During training the hook records the norms of gradients (at the first step of each epoch) and
    weights and the share of dead units, as 'layers/…' scalars. It also saves the weights at up to
    150 steps (at most 8 MB) for the loss surface, in ``weight_path.npz``. An animation keeps up to
    ``max_frames`` frames, in ``film_snapshots/``; when it is full, every second frame is dropped. A
    frame costs a pass over a grid or the samples during training, and up to 60 ms to draw. Weights
    and frames survive a killed run, and a resumed run continues them.

    Args:
        figures: 'auto' for the learning curves and up to three that show most of a model of its
            kind, 'all' for all that fit the model, or names from `FIGURE_NAMES`; empty for none.
        films: Animations, names from `ANIMATION_NAMES`.
        interval: Number of epochs between drawings during training (in iteration-based training,
            iterations; drawn after a validation); 0 to draw only at the end.
        max_frames: Maximum number of frames of each animation.
        formats: Formats of the animations: 'html' (with a slider), 'gif', 'mp4' (requires ffmpeg);
            and 'svg' for figures, in addition to PNG.

    Raises:
        ArgumentError: If an argument is invalid.
    """

    priority = 'VERY_LOW'

    def __init__(
        self,
        figures: str | Sequence[str] = 'auto',
        films: Sequence[str] = (),
        interval: int = 0,
        max_frames: int = 60,
        formats: Sequence[str] = ('html', 'gif'),
    ) -> None:
        owner = 'VisualizationHook'
        check_int(owner, 'interval', interval, minimum=0)
        check_int(owner, 'max_frames', max_frames, minimum=2)
        if isinstance(figures, str) and figures not in ('auto', 'all'):
            raise ArgumentError(
                f"{owner}.figures must be 'auto', 'all' or a list of names, got "
                f'{shorten(figures)}. Write [{shorten(figures)}].'
            )
        self.automatic = figures == 'auto'
        self._skips = isinstance(figures, str)  # figures that do not apply
        self.figures = FIGURE_NAMES if isinstance(figures, str) else tuple(figures)
        self.films, self.formats = tuple(films), tuple(formats)
        for argument, names, known in (
            ('figures', self.figures, FIGURE_NAMES),
            ('films', self.films, ANIMATION_NAMES),
            ('formats', self.formats, FORMATS),
        ):
            for name in names:
                check_choice(owner, argument, name, known)
        self.interval, self.max_frames = interval, max_frames
        self._samples: dict[str, Any] = {}
        self.seconds = 0.0
        self._active = False
        self._warned: set[str] = set()
        self._follows_steps = False
        self._path: WeightTrajectory | None = None
        self._stores: dict[str, FrameStore] = {}
        self._gradients = GradientWatch()
        self._drawn: RunFigures | None = None

    def before_train(self, runner: LessonRunnerLike) -> None:
        """Read the samples to draw, and start recording the weights."""
        if not is_main_process() or not (self.figures or self.films):
            return
        with self._timed(), self._failures_logged(runner, 'The figures cannot be drawn'):
            # slow imports, made only when needed
            from mmlesson.visualization.figures.frames import FrameStore
            from mmlesson.visualization.figures.weight_trajectory import WeightTrajectory
            from mmlesson.visualization.run_figures import RunFigures

            warn = partial(self._warn, runner)
            count = len(self.figures) + len(self.films)
            self._drawn = RunFigures(self._folder(runner), self.formats, count, warn)
            self._read_split(runner, 'train')
            if runner.val_loop is not None:
                self._read_split(runner, 'val')
            run, resumed = Path(runner.work_dir), runner.status.resumed_from is not None
            model = runner.bare_model
            self._path = WeightTrajectory.load(run, runner.iter, model) if resumed else None
            has_path = self._path is not None
            self._path = self._path or WeightTrajectory.of(model)
            self._follows_steps = sum(p.numel() for p in model.parameters()) <= FEW_WEIGHTS
            until = self._step(runner) if resumed else -1
            most = self.max_frames
            self._stores = {name: FrameStore(run, name, most, until) for name in self.films}
            self._watch_gradients(runner)
            self._active = True
            if not has_path:  # a path that is continued gets no point at the interruption
                self._follow(runner)
            self._take_frames(runner)

    def _read_split(self, runner: LessonRunnerLike, name: str) -> None:
        from mmlesson.visualization.figures.context import MAX_EVAL_SAMPLES, MAX_SAMPLES, Samples

        most = MAX_SAMPLES if name == 'train' else MAX_EVAL_SAMPLES
        with self._failures_logged(runner, f'The {name} split was not read'):
            self._samples[name] = Samples.of(getattr(runner, f'{name}_dataloader'), most)

    def after_train_iter(
        self, runner: LessonRunnerLike, batch_idx: int, data_batch: Any = None, outputs: Any = None
    ) -> None:
        """Record the weights of a very small model at every step."""
        self._gradients.end_iteration()
        if self._active and self._follows_steps and self._path is not None:
            self._path.add(runner.bare_model, runner.iter + 1)

    def _follow(self, runner: LessonRunnerLike, last: bool = False) -> None:
        if self._path is not None:
            self._path.add(runner.bare_model, runner.iter, last)

    def at_train_metrics(self, runner: LessonRunnerLike) -> None:
        """Record the norms of the layers, and take a frame for each animation."""
        if not self._active:
            return
        with self._timed():
            self._note_layers(runner)
            if not self._follows_steps:
                self._follow(runner)
            self._take_frames(runner)
        if runner.val_loop is None:
            self._draw_if_due(runner)

    def _note_layers(self, runner: LessonRunnerLike) -> None:
        with self._failures_logged(runner, 'The state of the layers was not noted'):
            from mmlesson.visualization.figures.probes import layer_scalars

            inputs = self._context(runner).train.inputs
            scalars = layer_scalars(runner.bare_model, inputs, self._gradients.norms or {})
            place = {'epoch': runner.epoch, 'iter': runner.iter}
            runner.visualizer.add_scalars({**place, **scalars}, runner.iter)
            self._gradients.norms = None
            self._watch_gradients(runner)

    def after_val_epoch(
        self, runner: LessonRunnerLike, metrics: dict[str, float] | None = None
    ) -> None:
        """Draw all figures if a drawing is due."""
        if self._active:
            self._draw_if_due(runner)

    def _draw_if_due(self, runner: LessonRunnerLike) -> None:
        if self.interval and self._step(runner) % self.interval == 0:
            with self._timed():
                self._draw_all(runner)

    def before_save_checkpoint(self, runner: LessonRunnerLike, checkpoint: dict[str, Any]) -> None:
        """Write the weight trajectory, for a run that resumes from this checkpoint."""
        if self._active:
            with self._timed():
                self._save_path(runner)

    def _save_path(self, runner: LessonRunnerLike) -> None:
        with self._failures_logged(runner, 'The path of the weights was not written'):
            if self._path is not None:
                self._path.save(Path(runner.work_dir))

    def at_end(self, runner: LessonRunnerLike) -> None:
        """Draw all figures; after an interruption only the learning curves, to end soon.

        Nothing is drawn if one of several processes failed, since their launcher ends the others.
        """
        try:
            if self._active and (runner.status.failure is None or runner.world_size == 1):
                self._finish(runner)
        finally:
            if self._drawn is not None:
                self._drawn.close()
                self._drawn = None

    def _finish(self, runner: LessonRunnerLike) -> None:
        if getattr(runner, 'is_quiet', False):
            print('drawing figures ...', flush=True)
        if self._drawn is not None:
            self._drawn.hurry()
        with self._timed():
            if runner.interrupted_by is None:
                if not self._is_restored(runner):
                    self._follow(runner, last=True)
                self._save_path(runner)
            if runner.status.test_metrics is not None:
                self._read_split(runner, 'test')
            if runner.interrupted_by is None:
                if not self._is_restored(runner):
                    self._take_frames(runner, last=True)
                self._draw_all(runner)
            elif 'learning_curves' in self.figures:
                self._draw(runner, ['learning_curves'])
            self._wait(runner)
        training = getattr(runner.train_loop, 'train_seconds', 0.0)
        runner.logger.info(
            f'Figures took {self.seconds:.1f} s, training {training:.1f} s; they are in '
            f'{self._folder(runner)}'
        )

    def _is_restored(self, runner: LessonRunnerLike) -> bool:
        """Return whether older weights were restored, so that the last ones are not available."""
        status = runner.status
        is_last = status.restored_epoch in (None, self._step(runner))
        return status.restored_update is not None or not is_last

    def state_dict(self) -> dict[str, Any]:
        """Return the norms of the gradients of this epoch's first step, if it has begun."""
        return {'gradient_norms': self._gradients.norms}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue from what `state_dict` returned."""
        self._gradients.norms = state['gradient_norms']

    # -- drawing ------------------------------------------------------------------------------

    def _draw_all(self, runner: LessonRunnerLike) -> None:
        from mmlesson.visualization.figures.catalogue import MOST_TELLING, telling_figures

        self._wait(runner)  # for those of the last interval
        with self._failures_logged(runner, 'The figures cannot be drawn'):
            context = self._context(runner)
            for name, frames in self._stores.items():  # first, since they take longest
                if self._drawn is not None and len(frames) > 1:
                    self._drawn.animate(name, context, frames.items, step=runner.iter)
            if self.automatic:
                self._draw(runner, telling_figures(context), most=MOST_TELLING)
            else:
                self._draw(runner, self.figures)

    def _draw(
        self, runner: LessonRunnerLike, names: Iterable[str], most: int | None = None
    ) -> None:
        """Compute figures one by one, at most as many; each is drawn while the next is computed."""
        context, count = self._context(runner), 0
        for name in names:
            if self._drawn is not None and count != most:
                count += self._drawn.draw(name, context, step=runner.iter, optional=self._skips)

    def _wait(self, runner: LessonRunnerLike) -> None:
        """Wait until all figures are drawn; pass them to back ends such as TensorBoard."""
        add = getattr(runner.visualizer, 'add_figure_file', None)
        for job in self._drawn.finish() if self._drawn else ():
            if add is not None and 'png' in job.formats:
                with self._failures_logged(runner, f'The figure {job.path.name} was not recorded'):
                    add(job.path.name, job.path.with_name(f'{job.path.name}.png'), job.step)

    def _take_frames(self, runner: LessonRunnerLike, last: bool = False) -> None:
        from mmlesson.visualization.figures.animations import ANIMATIONS

        moment = self._step(runner)
        for name, frames in self._stores.items():
            with self._failures_logged(runner, f'The animation {name} was not drawn'):
                if frames.is_due(moment) or (last and moment not in frames):
                    frames.add(moment, ANIMATIONS[name].take(self._context(runner)))

    @contextmanager
    def _failures_logged(self, runner: LessonRunnerLike, what: str) -> Iterator[None]:
        try:
            yield
        except Exception as err:  # training continues whatever error a figure raises
            self._warn(runner, f'{what}: {type(err).__name__}: {err}')

    def _warn(self, runner: LessonRunnerLike, warning: str) -> None:
        if warning not in self._warned:  # each warning is logged once
            self._warned.add(warning)
            runner.logger.warning(warning)

    def _context(self, runner: LessonRunnerLike) -> Any:
        from mmlesson.visualization.figures.context import FigureContext

        filename = runner.cfg.filename
        best = best_of(getattr(hook, 'best', None) for hook in runner.hooks) or {}
        return FigureContext(
            model=runner.bare_model,
            run=Path(runner.work_dir),
            name=Path(filename).stem if filename else Path(runner.work_dir).name,
            splits=self._samples,
            **names_in(runner.dataset_meta),
            epoch=runner.status.restored_epoch or self._step(runner),
            update=runner.status.restored_update,
            pocket_val=runner.status.restored_val,
            by_epoch=progress_of(runner)[1] == 'epoch',
            best_epoch=best.get('epoch'),
            best_metric=best.get('metric') or '',
            stop=runner.status.stop,
            facts=runner.status.facts,
            path=self._path,
        )

    def _step(self, runner: LessonRunnerLike) -> int:
        return progress_of(runner)[0]

    def _folder(self, runner: LessonRunnerLike) -> Path:
        return Path(runner.work_dir) / 'figures'

    def _watch_gradients(self, runner: LessonRunnerLike) -> None:
        optimizer = getattr(runner.optim_wrapper, 'optimizer', None)
        if optimizer is not None:
            self._gradients.start(optimizer, partial(self._gradient_norms, runner))

    def _gradient_norms(self, runner: LessonRunnerLike) -> dict[str, float]:
        from mmlesson.visualization.figures.probes import layer_norms

        with self._failures_logged(runner, 'The gradients were not noted'):
            return layer_norms(runner.bare_model, of_gradients=True)
        return {}

    @contextmanager
    def _timed(self) -> Iterator[None]:
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds += time.perf_counter() - start
