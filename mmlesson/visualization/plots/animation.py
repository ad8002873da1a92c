"""Animations of a figure, as GIF, MP4, or an HTML page with a slider."""

from __future__ import annotations

import base64
import io
import logging
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from mmlesson.errors import RunError, check_int, check_number
from mmlesson.utils.atomic_file import atomic_path, write_text
from mmlesson.utils.bounded_history import BoundedHistory
from mmlesson.utils.html import render
from mmlesson.visualization.plots.array_checks import check_not_empty
from mmlesson.visualization.plots.blitting import StaticBackground

LAST_FRAME = 5  # times as long as the others, to show the final state
NEARLY_WHITE = 244  # of 255
_EVERY = 2  # rows and columns of the pixels from which the palette is chosen
_SPEED = 1  # PNG compression level, the fastest: a hundred frames take a few megabytes


class Animation:
    """Frames of a figure that is drawn repeatedly, up to a maximum number.

    At the maximum, every second frame is dropped, and from then on only every second one is due.
    A run of unknown length thus has evenly spaced frames, at a bounded cost in memory and time.

    Typical use::

        if animation.is_due():
            regions.update(probabilities, title=f'epoch {epoch}')
            animation.add(regions.figure, f'epoch {epoch}')

    Args:
        max_frames: Maximum number of frames, >= 2.
        title: Heading of the HTML page.
    """

    def __init__(self, max_frames: int = 100, title: str = 'Animation') -> None:
        check_int('Animation', 'max_frames', max_frames, minimum=2)
        self.title = title
        self._kept: BoundedHistory[tuple[bytes, str]] = BoundedHistory(max_frames)
        self._ground: StaticBackground | None = None
        self._moment = -1
        self._reduced: list[Image.Image] = []

    @property
    def captions(self) -> list[str]:
        """Caption of each frame."""
        return [caption for _, caption in self._kept.items]

    @property
    def _frames(self) -> list[bytes]:
        return [frame for frame, _ in self._kept.items]  # PNG: forty times smaller than pixels

    def is_due(self) -> bool:
        """Return whether to add a frame at this moment; call it once per moment."""
        self._moment += 1
        return self._kept.is_due(self._moment)

    def add(self, figure: Figure, caption: str) -> None:
        """Add the figure as the next frame, even if none is due (as for the last frame).

        The layout is fixed at the first frame, so that only the content changes.

        Args:
            figure: The same figure each time, or one of the same size.
            caption: Caption of the frame.
        """
        if self._ground is None or figure is not self._ground.figure:
            self._ground = StaticBackground(figure)
        pixels = self._ground.draw()
        file = io.BytesIO()
        Image.fromarray(pixels).save(file, 'PNG', compress_level=_SPEED)
        if self._moment < 0 or self._moment in self._kept.moments:  # `is_due` was not called
            self._moment += 1
        self._kept.add(self._moment, (file.getvalue(), caption))
        self._reduced = []

    def __len__(self) -> int:
        return len(self._kept)

    def save(self, path: Path, formats: Sequence[str]) -> list[Path]:
        """Write ``path`` with each of the endings 'html', 'gif' and 'mp4' that is asked for.

        Returns:
            The files written; without ffmpeg there is no 'mp4'.
        """
        written = []
        for kind in formats:
            file = path.with_name(f'{path.name}.{kind}')
            if getattr(self, f'save_{kind}')(file) is not False:
                written.append(file)
        return written

    def save_gif(self, path: str | Path, *, frame_seconds: float = 0.2) -> None:
        """Write an animated GIF that loops, with a pause at the last frame.

        Args:
            path: Output file.
            frame_seconds: Duration of a frame in seconds.

        Raises:
            ArgumentError: If there is no frame, or the duration is not in [0.02, 10].
        """
        self._check('save_gif', frame_seconds)
        images = self._in_few_colors()
        times = [int(1000 * frame_seconds)] * len(images)
        times[-1] *= LAST_FRAME
        with atomic_path(Path(path), flush=False) as temporary:
            images[0].save(
                temporary,
                'GIF',
                save_all=True,
                append_images=images[1:],
                duration=times,
                loop=0,
                optimize=False,  # a tenth of the time, a tenth to a half larger
            )

    def save_html(self, path: str | Path, *, frame_seconds: float = 0.2) -> None:
        """Write a self-contained HTML file with a slider.

        Args:
            path: Output file.
            frame_seconds: Duration of a frame in seconds during playback.

        Raises:
            ArgumentError: If there is no frame, or the duration is not in [0.02, 10].
        """
        self._check('save_html', frame_seconds)
        frames = []
        for image in self._in_few_colors():
            file = io.BytesIO()
            image.save(file, 'PNG')  # a fifth of the time of optimize=True, 4 % larger
            frames.append(base64.b64encode(file.getvalue()).decode())
        page = render(
            'mmlesson.visualization.plots',
            'animation.html.j2',
            title=self.title,
            frames=frames,
            captions=self.captions,
            milliseconds=int(1000 * frame_seconds),
        )
        write_text(Path(path), page, flush=False)

    def save_mp4(self, path: str | Path, *, frame_seconds: float = 0.2) -> bool:
        """Write an MP4 with the program ffmpeg; log a warning if it is not installed.

        Args:
            path: Output file.
            frame_seconds: Duration of a frame in seconds.

        Returns:
            Whether the file was written.

        Raises:
            ArgumentError: If there is no frame, or the duration is not in [0.02, 10].
            RunError: If ffmpeg fails; the message contains the last line of its output.
        """
        self._check('save_mp4', frame_seconds)
        ffmpeg = shutil.which('ffmpeg')
        if ffmpeg is None:
            _say_no_ffmpeg(path)
            return False
        with atomic_path(Path(path), flush=False) as temporary:
            done = subprocess.run(
                [
                    *(ffmpeg, '-y', '-loglevel', 'error', '-f', 'image2pipe', '-c:v', 'png'),
                    *('-framerate', f'{1 / frame_seconds:g}', '-i', '-', '-pix_fmt', 'yuv420p'),
                    # yuv420p requires an even width and height.
                    *('-vf', 'pad=ceil(iw/2)*2:ceil(ih/2)*2', '-movflags', '+faststart'),
                    *('-f', 'mp4', str(temporary)),
                ],
                input=b''.join([*self._frames, *[self._frames[-1]] * (LAST_FRAME - 1)]),
                capture_output=True,
                check=False,
            )
            if done.returncode:
                lines = done.stderr.decode(errors='replace').strip().splitlines() or ['no message']
                raise RunError(f'{path} was not written: ffmpeg failed. ({lines[-1]})')
        return True

    def _in_few_colors(self) -> list[Image.Image]:
        """Return the frames in 255 colours: a quarter of the size, with no visible difference.

        All frames share one palette, so that colours do not flicker; nearly white becomes white.
        They are computed once for all formats.
        """
        self._reduced = self._reduced or self._reduce()
        return self._reduced

    def _reduce(self) -> list[Image.Image]:
        images = [Image.open(io.BytesIO(frame)).convert('RGB') for frame in self._frames]
        shown = (images[i] for i in {0, len(images) // 2, -1})
        sample = np.concatenate([np.asarray(image)[::_EVERY, ::_EVERY] for image in shown])
        palette = Image.fromarray(sample).quantize(255)
        colors = np.array(palette.getpalette() or []).reshape(-1, 3)
        colors[colors.min(1) >= NEARLY_WHITE] = 255
        palette.putpalette(colors.ravel().tolist())
        return [image.quantize(palette=palette, dither=Image.Dither.NONE) for image in images]

    def _check(self, method: str, frame_seconds: float) -> None:
        check_not_empty(f'Animation.{method}', 'frames', self._frames)
        check_number(
            f'Animation.{method}', 'frame_seconds', frame_seconds, minimum=0.02, maximum=10
        )


def _say_no_ffmpeg(path: str | Path) -> None:
    from mmengine.logging import print_log  # slow, since it imports torch

    print_log(
        f'{path} was not written: the program ffmpeg is not installed. The GIF and the HTML file '
        'do not need it.',
        logger='current',
        level=logging.WARNING,
    )
