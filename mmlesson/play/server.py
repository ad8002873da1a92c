"""Web server of the playground."""

from __future__ import annotations

import os
import socket
import sys
import threading
import webbrowser
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from mmlesson.errors import RunError, UserError
from mmlesson.play.read_config import settings_of
from mmlesson.play.sessions import Sessions, warm_up
from mmlesson.play.settings import Settings
from mmlesson.play.texts import LANGUAGES, language_of

LOCAL = ('127.0.0.1', 'localhost', '::1')
MAX_UPLOAD = '2mb'

POLICY = (
    "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; "
    "connect-src 'self' data: blob:; form-action 'self'; frame-ancestors 'none'"
)
"""What the page may load: nothing from another server, and nobody may frame it."""


def import_gradio() -> None:
    """Import Gradio, with its statistics off.

    Raises:
        UserError: If it is not installed.
    """
    os.environ['GRADIO_ANALYTICS_ENABLED'] = 'False'
    # After each event, Gradio 6.31 (queueing.py:187) makes a table of the last 10,000 otherwise.
    os.environ['GRADIO_ANALYTICS_CACHE_FREQUENCY'] = str(sys.maxsize)
    os.environ.setdefault('HF_HUB_OFFLINE', '1')
    os.environ.setdefault('HF_HUB_DISABLE_TELEMETRY', '1')
    try:
        import gradio  # noqa: F401
    except ImportError as err:
        raise UserError(
            f"The playground needs Gradio ({err}). Install it: pip install 'mmlesson[play]'"
        ) from None


def build_app(
    settings: Settings,
    runs: Sequence[str | Path] = (),
    language: str | None = None,
    host: str = '127.0.0.1',
) -> Any:
    """Return the application: a page for each language, and ``/``, which chooses one.

    Args:
        settings: Settings at the start.
        runs: Folders of runs of images: one of classification, one of another task, or both.
        language: 'en' or 'zh'; None for that of the browser.
        host: Address that the server listens at.

    Raises:
        UserError: If Gradio is not installed, or a run cannot be used.
    """
    import_gradio()
    from mmlesson.play.page import build_page

    images, scenes = _explainers(runs)
    sessions = Sessions()
    app = _guarded_app(sessions, host)
    _add_choice(app, language)
    for name in LANGUAGES:
        page = build_page(name, sessions, settings, images, scenes)
        page.queue(default_concurrency_limit=16, max_size=64)
        _mount(app, page, f'/{name}', host)
    return app


def _explainers(runs: Sequence[str | Path]) -> tuple[Any, Any]:
    """Return the `ImageExplainer` and the `SceneExplainer` of runs, or None for those without one.

    Raises:
        UserError: If a run cannot be used, or two need the same part of the page.
    """
    found: dict[str, Any] = {}
    for run in runs:
        from mmlesson.play.images import ImageExplainer
        from mmlesson.play.scenes import SceneExplainer, is_of_scenes

        part = 'scenes' if is_of_scenes(run) else 'images'
        if part in found:
            raise UserError(
                f'--run takes one run for each part of the page; {run} is a second one.'
            )
        found[part] = SceneExplainer(run) if part == 'scenes' else ImageExplainer(run)
    return found.get('images'), found.get('scenes')


def _guarded_app(sessions: Sessions, host: str) -> Any:
    """Return an application without pages, which checks requests and ends all sessions."""
    from fastapi import FastAPI, Request
    from fastapi.responses import Response
    from starlette.middleware.trustedhost import TrustedHostMiddleware

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        warm_up()
        yield
        sessions.close_all()

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    if host in LOCAL:  # another name would be that of a page elsewhere that points here
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=[*LOCAL, '[::1]'])

    @app.middleware('http')
    async def guarded(
        request: Request, call_next: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        response = await call_next(request)
        response.headers['Content-Security-Policy'] = POLICY
        response.headers['Referrer-Policy'] = 'no-referrer'
        response.headers['X-Content-Type-Options'] = 'nosniff'
        return response

    return app


def _add_choice(app: Any, language: str | None) -> None:
    """Add ``/``, which leads to the page of the language, and an empty icon."""
    from fastapi import Request
    from fastapi.responses import RedirectResponse, Response

    async def choose(request: Request) -> Response:
        chosen = language or language_of(request.headers.get('accept-language', ''))
        return RedirectResponse(f'/{chosen}/')

    choose.__annotations__ = {'request': Request}  # FastAPI looks for the class, not its name
    app.get('/')(choose)
    app.get('/favicon.ico')(lambda: Response(status_code=204))


def _mount(app: Any, page: Any, path: str, host: str) -> None:
    import gradio as gr

    from mmlesson.play.page import CSS

    gr.mount_gradio_app(
        app,
        page,
        path,
        server_name=host,
        allowed_paths=[],
        show_error=False,
        max_file_size=MAX_UPLOAD,
        footer_links=[],
        ssr_mode=False,
        css=CSS,
        run_history=False,
        enable_monitoring=False,
        pwa=False,
    )


def serve(
    config: str, runs: Sequence[str], language: str | None, host: str, port: int, opens: bool
) -> None:
    """Serve the playground until Ctrl-C.

    Raises:
        UserError: If the config, a run or the address cannot be used.
    """
    settings = settings_of(config)
    with _listen(host, port) as listening:
        app = build_app(settings, runs, language, host)
        import uvicorn

        address = f'http://{host}:{listening.getsockname()[1]}/'
        print(f'Playground at {address} (Ctrl-C ends it)')
        if host not in LOCAL:
            print(f'note: everyone who reaches {host} can use it.')
        if opens:
            threading.Timer(1.0, webbrowser.open, [address]).start()
        server = uvicorn.Server(uvicorn.Config(app, log_level='warning'))
        server.run(sockets=[listening])


def _listen(host: str, port: int) -> socket.socket:
    """Return a socket at an address; if the port is taken, at one of the next ten.

    Raises:
        UserError: If there is no such port.
        RunError: If none is free, or the address is not of this machine.
    """
    if not 0 <= port <= 65535:
        raise UserError(f'--port must be from 0 to 65535, got {port}.')
    family = socket.AF_INET6 if ':' in host else socket.AF_INET
    failure: OSError | None = None
    for number in range(port, port + 10):
        listening = socket.socket(family, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((host, number))
        except (OSError, OverflowError) as err:
            listening.close()
            failure = err if isinstance(err, OSError) else OSError(str(err))
            continue
        return listening
    raise RunError(f'The playground cannot listen at {host}:{port}: {failure}. Set --port.')
