"""`PlaneHandlers`: what the buttons of the 2-D page do, without the page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from mmlesson.play.form import FIELDS, form_of_settings, settings_of_form
from mmlesson.play.frames import Frame
from mmlesson.play.mistakes import require_number
from mmlesson.play.painting import live_html, status_html
from mmlesson.play.playground_link import settings_of_link
from mmlesson.play.sessions import Session, Sessions
from mmlesson.play.written_config import config_text

SPLITS = ('train', 'val', 'test')
View = tuple[str, str, str]


class PlaneHandlers:
    """Handlers of the 2-D page.

    ``form`` is the shown splits, the text of the visitor's points, and a value for each of
    `FIELDS`. A view is the HTML of the network, the config, and the visitor's points as CSV.

    Args:
        sessions: Trainings of all visitors.
        words: Words of the page, see `texts`.
    """

    def __init__(self, sessions: Sessions, words: dict[str, str]) -> None:
        self._sessions = sessions
        self._words = words

    def train(self, visitor: str, speed: Any, *form: Any) -> Iterator[View]:
        """Train until the end or the pause, and yield a view for each frame."""
        require_number('speed', speed, 0, 10)
        session, view = self._prepared(visitor, form)
        session.run(float(speed))
        for frame in session.follow():
            yield self._live(session, frame, form[0]), *view

    def step(self, visitor: str, *form: Any) -> Iterator[View]:
        """Train for one epoch."""
        session, view = self._prepared(visitor, form)
        frame = session.step()
        yield self._live(session, frame, form[0]), *view

    def pause(self, visitor: str) -> Iterator[None]:
        """Pause after the present epoch; the handler of training then yields its last view."""
        session = self._sessions.get(visitor)
        if session is not None:
            session.pause()
        yield None

    def update(self, visitor: str, *form: Any) -> Iterator[View]:
        """Start again if the settings are not those of the present training.

        A field reports when it loses the focus as well, which must not end a training: that of
        the same settings, which a click on the next button may just have started.
        """
        text, csv = self._texts(form)
        present = self._sessions.get(visitor)
        session = self._sessions.provide(visitor, text, csv, restart_ended=False)
        if session is not present:
            yield self._live(session, session.frame, form[0]), text, csv

    def reset(self, visitor: str, *form: Any) -> Iterator[View]:
        """Start again, with the untrained network of the settings."""
        text, csv = self._texts(form)
        session = self._sessions.start(visitor, text, csv)
        yield self._live(session, session.frame, form[0]), text, csv

    def show(self, visitor: str, shown: Sequence[str]) -> Iterator[str]:
        """Draw other splits."""
        session = self._sessions.get(visitor)
        yield '' if session is None else self._live(session, session.frame, shown)

    def use_link(self, visitor: str, link: str) -> Iterator[tuple[Any, ...]]:
        """Return the value of each of `FIELDS` for a link, and a note on what it leaves out."""
        found = settings_of_link(str(link))
        note = self._words['ignored'].format(', '.join(map(as_code, found.ignored)))
        yield *form_of_settings(found.settings), note if found.ignored else ''

    def _prepared(self, visitor: str, form: Sequence[Any]) -> tuple[Session, tuple[str, str]]:
        """Return the visitor's training of these settings: the present one, or a new one."""
        text, csv = self._texts(form)
        return self._sessions.provide(visitor, text, csv), (text, csv)

    def _texts(self, form: Sequence[Any]) -> tuple[str, str]:
        _, points, *values = form
        settings, own = settings_of_form(values[: len(FIELDS)], str(points or ''))
        return config_text(settings), '' if own is None else own.csv

    def _live(self, session: Session, frame: Frame, shown: Sequence[str]) -> str:
        if session.plane is None:
            return f'<div class="live">{status_html(frame, self._words)}</div>'
        splits = [name for name in SPLITS if name in (shown or ())]
        return live_html(frame, session.plane, splits, self._words)


def as_code(text: str) -> str:
    """Return a text as a span of code in Markdown, in which no markup has effect."""
    return f'`{" ".join(text.replace("`", "´").split())}`'
