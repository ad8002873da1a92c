"""Handlers of the page: the visitor's name, and mistakes as messages."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from html import escape
from typing import Any

import gradio as gr

from mmlesson.errors import UserError
from mmlesson.play.mistakes import PageError, SupersededError

QUIET: dict[str, Any] = {
    'show_progress': 'hidden',
    'api_visibility': 'private',
    'concurrency_limit': None,
}
"""Options of each event: no veil over the page, no public interface, visitors beside each other."""


def visitor_of(request: gr.Request) -> str:
    """Return the name of a visitor: one page in one browser window."""
    return str(request.session_hash)


def answering(
    handler: Callable[..., Iterator[Any]], words: Mapping[str, str]
) -> Callable[..., Iterator[Any]]:
    """Return a handler for Gradio.

    Args:
        handler: Generator of what the page shows, which takes the visitor and the values. A
            `UserError` of it becomes a message on the page, in its language if it is a `PageError`.
        words: Words of the page, see `texts`.
    """

    def answer(request: gr.Request, *values: Any) -> Iterator[Any]:
        has_answered = False
        try:
            for view in handler(visitor_of(request), *values):
                has_answered = True
                yield view
        except SupersededError:
            pass  # the page shows the other training
        except UserError as err:
            text = err.text(words) if isinstance(err, PageError) else str(err)
            raise gr.Error(escape(text, quote=False), print_exception=False) from None  # as HTML
        if not has_answered:
            yield gr.skip()  # without an answer, Gradio would empty the page

    answer.__annotations__ = {'request': gr.Request}  # Gradio looks for the class, not its name
    return answer
