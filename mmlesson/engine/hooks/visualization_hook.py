"""Draws what a run has learned, when it ends and while it trains."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from mmengine.dist import is_main_process
from mmengine.hooks import Hook

from mmlesson.engine.summary import best_of
from mmlesson.errors import ArgumentError, check_choice, check_int
from mmlesson.registry import HOOKS

FIGURE_NAMES = (
    *('learning_curves', 'decision_regions', 'neurons', 'hidden_space', 'confusion_matrix'),
    *('class_bars', 'mistakes', 'weights', 'feature_maps', 'saliency', 'layer_norms'),
    *('dead_units', 'perceptron_lines', 'perceptron_mistakes', 'loss_surface'),
)
FILM_NAMES = ('decision_regions', 'neurons', 'hidden_space', 'weights')
FORMATS = ('html', 'gif', 'mp4')
FEW_WEIGHTS = 10  # of a model so small that its path is followed step by step


@HOOKS.register_module()
class VisualizationHook(Hook):
    """Writes figures, and films of them over the epochs, into ``figures/`` of a run's folder.

    On the first process alone, and without a random number. A figure that fails logs a warning
    with its cause, and training goes on. The time of all this is logged apart from training's.

    While it trains it notes norms of gradients (of the first step of each epoch) and weights, and
    dead units, under 'layers/…' among the scalars, and the weights at up to 150 moments for the
    loss surface, in ``weight_path.npz``. A film keeps at most ``max_frames`` snapshots: when it is
    full every second one is dropped. A frame costs one pass over a grid or the samples while it
    trains, and up to 60 ms when it is drawn. The snapshots of a run that was killed are lost: its
    films begin where it was resumed.

    Args:
        figures: 'auto' for all that fit the model, or names from `FIGURE_NAMES`; empty for none.
        films: Names from `FILM_NAMES`.
        interval: Epochs (iterations, in iteration-based training: validations) between drawings of
            all this while it trains; 0 for the end alone.
        max_frames: Of each film.
        formats: Of films: 'html' (with a slider), 'gif', 'mp4' (needs the program ffmpeg).

    Raises:
        ArgumentError: If a name is unknown.
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
        if isinstance(figures, str) and figures != 'auto':
            raise ArgumentError(
                f"{owner}.figures must be 'auto' or a list of names, got {figures!r}. "
                f'Write [{figures!r}].'
            )
        self.automatic = figures == 'auto'
        self.figures = FIGURE_NAMES if self.automatic else tuple(figures)
        self.films, self.formats = tuple(films), tuple(formats)
        for argument, names, known in (
            ('figures', self.figures, FIGURE_NAMES),
            ('films', self.films, FILM_NAMES),
            ('formats', self.formats, FORMATS),
        ):
            for name in names:
                check_choice(owner, argument, name, known)
        self.interval, self.max_frames = interval, max_frames
        self.seconds = 0.0
        self._active = False

    def before_train(self, runner: Any) -> None:
        """Read the samples that will be drawn, and begin to follow the weights."""
        self._active = is_main_process() and bool(self.figures or self.films)
        if not self._active:
            return
        with self._timed():
            # matplotlib: only a run that draws pays for the import
            from mmlesson.engine.subject import Samples
            from mmlesson.engine.weight_path import WeightPath
            from mmlesson.visualization.thinning import Thinned

            self._samples = {'train': Samples.of(runner.train_dataloader)}
            if runner.val_loop is not None:
                self._samples['val'] = Samples.of(runner.val_dataloader)
            self._path = WeightPath.load(Path(runner.work_dir), runner.iter) or WeightPath()
            self._path.add(runner.bare_model, runner.iter)
            count = sum(p.numel() for p in runner.bare_model.parameters())
            self._follows_steps = count <= FEW_WEIGHTS
            self._shots = {name: Thinned[Any](self.max_frames) for name in self.films}
            self._gradient_norms: dict[str, float] | None = None
            self._watch_gradients(runner)
            self._take_shots(runner)

    def after_train_iter(
        self, runner: Any, batch_idx: int, data_batch: Any = None, outputs: Any = None
    ) -> None:
        """Follow the weights of a very small model step by step."""
        if self._active and self._follows_steps:
            self._path.add(runner.bare_model, runner.iter + 1)

    def at_train_metrics(self, runner: Any) -> None:
        """Note the state of the layers."""
        if not self._active:
            return
        with self._timed():
            from mmlesson.models.observation import dead_units, layer_norms

            inputs = self._samples['train'].inputs[:500]
            noted = {
                'gradient_norm': self._gradient_norms or {},
                'weight_norm': layer_norms(runner.bare_model),
                'dead_units': {
                    f'hidden layer {number}': share
                    for number, share in enumerate(dead_units(runner.bare_model, inputs), 1)
                },
            }
            scalars = {
                f'layers/{kind}/{layer}': value
                for kind, layers in noted.items()
                for layer, value in layers.items()
            }
            place = {'epoch': runner.epoch, 'iter': runner.iter}
            runner.visualizer.add_scalars({**place, **scalars}, runner.iter)
            self._gradient_norms = None
            if not self._follows_steps:
                self._path.add(runner.bare_model, runner.iter)

    def after_val_epoch(self, runner: Any, metrics: dict[str, float] | None = None) -> None:
        """Take a snapshot for each film; draw all, if it is time to."""
        if not self._active or runner.val_loop is None:
            return
        with self._timed():
            self._take_shots(runner)
            if self.interval and self._step(runner) % self.interval == 0:
                self._draw_all(runner)

    def at_end(self, runner: Any) -> None:
        """Draw all; of a run that was interrupted the learning curves alone, to end soon."""
        if not self._active:
            return
        with self._timed():
            self._path.add(runner.bare_model, runner.iter, last=True)
            self._path.save(Path(runner.work_dir))
            if runner.test_metrics is not None:
                from mmlesson.engine.subject import Samples

                self._samples['test'] = Samples.of(runner.test_dataloader)
            if runner.interrupted_by is None:
                self._draw_all(runner)
            elif 'learning_curves' in self.figures:
                self._draw_figure(runner, self._subject(runner), 'learning_curves')
        training = getattr(runner.train_loop, 'train_seconds', 0.0)
        runner.logger.info(
            f'Pictures took {self.seconds:.1f} s, training {training:.1f} s; they are in '
            f'{self._folder(runner)}'
        )

    # -- drawing ------------------------------------------------------------------------------

    def _draw_all(self, runner: Any) -> None:
        subject = self._subject(runner)
        for name in self.figures:
            self._draw_figure(runner, subject, name)
        for name in self.films:
            if len(self._shots[name]) > 1:
                with self._failures_logged(runner, f'film {name}'):
                    self._draw_film(runner, subject, name)

    def _draw_figure(self, runner: Any, subject: Any, name: str) -> None:
        from mmlesson.engine.figures import FIGURES
        from mmlesson.engine.subject import NotApplicableError
        from mmlesson.visualization import save_figure

        with self._failures_logged(runner, f'figure {name}'):
            try:
                figures = FIGURES[name](subject)
            except NotApplicableError:
                if self.automatic:
                    return
                raise
            for file, figure in figures.items():
                add = getattr(runner.visualizer, 'add_figure', None)
                if add is not None:
                    add(file, figure, runner.iter, self._folder(runner))
                else:  # a visualizer of mmengine's own
                    save_figure(figure, self._folder(runner) / file)

    def _draw_film(self, runner: Any, subject: Any, name: str) -> None:
        from mmlesson.engine.films import FILMS

        film = FILMS[name].draw(subject, self._shots[name].items)
        file = self._folder(runner) / f'{name}_film'
        if 'html' in self.formats:
            film.save_html(
                file.with_suffix('.html'), title=f'{subject.name}: {name.replace("_", " ")}'
            )
        if 'gif' in self.formats:
            film.save_gif(file.with_suffix('.gif'))
        if 'mp4' in self.formats:
            film.save_mp4(file.with_suffix('.mp4'))

    def _take_shots(self, runner: Any) -> None:
        from mmlesson.engine.films import FILMS

        due = [name for name in self.films if self._shots[name].is_due()]
        for name in due:
            subject = self._subject(runner)
            with self._failures_logged(runner, f'film {name}'):
                caption = f'{subject.step_label} {subject.epoch}'
                self._shots[name].add((caption, FILMS[name].take(subject)))

    @contextmanager
    def _failures_logged(self, runner: Any, what: str) -> Iterator[None]:
        try:
            yield
        except Exception as err:
            runner.logger.warning(f'The {what} was not drawn: {type(err).__name__}: {err}')

    # -- what is drawn ------------------------------------------------------------------------

    def _subject(self, runner: Any) -> Any:
        from mmlesson.engine.subject import Subject

        by_epoch = runner.epoch > 0 or 'Epoch' in type(runner.train_loop).__name__
        filename = runner.cfg.filename
        return Subject(
            model=runner.bare_model,
            run=Path(runner.work_dir),
            name=Path(filename).stem if filename else Path(runner.work_dir).name,
            splits=self._samples,
            classes=tuple(map(str, (runner.dataset_meta or {}).get('classes') or ())),
            epoch=runner.restored_epoch or self._step(runner),
            by_epoch=by_epoch,
            best_epoch=(best_of(runner) or {}).get('epoch'),
            stop=runner.stop,
            facts=runner.facts,
            path=self._path,
        )

    def _step(self, runner: Any) -> int:
        return cast(int, runner.epoch or runner.iter)

    def _folder(self, runner: Any) -> Path:
        return Path(runner.work_dir) / 'figures'

    def _watch_gradients(self, runner: Any) -> None:
        """Look at the gradients of the first step of each epoch, right before they are used."""
        from mmlesson.models.observation import layer_norms

        optimizer = getattr(runner.optim_wrapper, 'optimizer', None)

        def look(*_: Any) -> None:
            if self._gradient_norms is None:
                self._gradient_norms = layer_norms(runner.bare_model, of_gradients=True)

        if optimizer is not None:
            optimizer.register_step_pre_hook(look)

    @contextmanager
    def _timed(self) -> Iterator[None]:
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds += time.perf_counter() - start
