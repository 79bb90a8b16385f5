"""The status page and `/health`: what `run` shows on loopback. Reads only; the full page grows from here."""

import asyncio
import socket
import threading
from datetime import datetime

import uvicorn
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from aggregator.clock import Clock
from aggregator.errors import AggregatorError
from aggregator.reasons import Reason, explain
from aggregator.service.verdict import Setting, Verdict, judge, unusable
from aggregator.settings import WebSettings
from aggregator.store import archive, feeds, outbox, status, topics
from aggregator.store.db import Connection, Database
from aggregator.store.values import Overview

# Nothing is loaded from anywhere but here, nothing is framed, no script runs.
CSP = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
HEADERS = (
    (b"content-security-policy", CSP.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)
# Uvicorn waits 2 s for answers under way; on a busy machine the rest takes its time.
STOP_S = 15
LOCAL = ("localhost", "127.0.0.1", "[::1]")


class SafeHeaders:
    """Puts the security headers on every answer, errors included."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *HEADERS]
            await send(message)

        await self._app(scope, receive, with_headers)


def make_app(database: Database, settings: WebSettings, clock: Clock) -> Starlette:
    """The ASGI application over an open database."""
    pages = Environment(loader=PackageLoader("aggregator.web"), autoescape=True, undefined=StrictUndefined)
    pages.filters["when"] = _when
    pages.globals["explain"] = _explain
    pages.globals["now"] = clock.now

    async def front(_request: Request) -> Response:
        seen = await database.look(_seen, clock.now())
        return HTMLResponse(pages.get_template("status.html").render(**seen))

    async def health(_request: Request) -> Response:
        try:
            found = await database.look(status.overview, now=clock.now())
        except AggregatorError as error:
            told = unusable(error.message)
            return JSONResponse({"ok": False, "verdict": told.words, "error": error.message}, status_code=503)
        told = _judged(found, clock.now())
        return JSONResponse(_health(found, told), status_code=200 if told.serving else 503)

    async def style(_request: Request) -> Response:
        return Response(pages.get_template("page.css").render(), media_type="text/css")

    return Starlette(
        routes=[Route("/", front), Route("/health", health), Route("/static/page.css", style)],
        middleware=[Middleware(SafeHeaders), Middleware(TrustedHostMiddleware, allowed_hosts=_hosts(settings))],
    )


def _hosts(settings: WebSettings) -> list[str]:
    """The names under which the page may be asked for: against DNS rebinding."""
    public = settings.public_url.split("//")[-1].split("/")[0].rsplit(":", 1)[0]
    return [*LOCAL, *settings.hosts, *([public] if public else [])]


def _judged(found: Overview, now: datetime) -> Verdict:
    """The page is shown by `run` itself: the service runs."""
    return judge(found, Setting(running=True, now=now))


def _health(found: Overview, told: Verdict) -> dict[str, object]:
    """For monitors. `ok` is about the service: a dead outlet or mail server does not make it false."""
    return {
        "ok": told.serving,
        "verdict": told.words,
        "level": told.level.value,
        "outlets": found.outlets,
        "outlets_read": found.outlets_read,
        "feeds_due": found.feeds_due,
        "to_read": found.entries_to_read,
        "to_publish": found.entries_to_publish,
        "messages_waiting": sum(count for state, count in found.messages if state.value in ("pending", "retry")),
        "last_poll_at": found.last_poll_at.isoformat() if found.last_poll_at else None,
    }


def _seen(connection: Connection, now: datetime) -> dict[str, object]:
    found = status.overview(connection, now=now)
    return {
        "overview": found,
        "verdict": _judged(found, now),
        "feeds": feeds.list_feeds(connection),
        "topics": topics.list_topics(connection),
        "articles": archive.list_articles(connection, limit=30),
        "messages": outbox.list_messages(connection, limit=20),
    }


def _when(moment: datetime | None) -> str:
    return f"{moment:%d %b %H:%M} UTC" if moment else "never"


def _explain(reason: str | Reason | None) -> str:
    return explain(Reason(reason)) if reason else ""


def listen_on(address: str) -> socket.socket:
    """The listening socket of `host:port`. Raises AggregatorError when it is taken or not ours."""
    host, _, port = address.rpartition(":")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host.strip("[]"), int(port)))
    except OSError as error:
        listener.close()
        raise AggregatorError(
            f"the page cannot listen on {address}: {error.strerror}",
            hint='end the program that uses the port, or set another one: [web] listen = "127.0.0.1:8001"',
        ) from error
    listener.listen(128)
    return listener


async def accept_no_more(listener: socket.socket) -> None:
    """To be awaited before a server of asyncio is closed.

    A connection accepted in the very turn of the loop in which its server closes is dropped unclosed, and on Python 3.13 says so
    on stderr ("'NoneType' object is not iterable").
    """
    asyncio.get_running_loop().remove_reader(listener)
    await asyncio.sleep(0)


class _Server(uvicorn.Server):
    """Leaves no connection behind: one that is still being written to outlives uvicorn's own shutdown."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for listener in sockets or ():
            await accept_no_more(listener)
        await super().shutdown(sockets)
        for connection in list(self.server_state.connections):
            transport = connection.transport
            if transport is not None:
                transport.abort()
        await asyncio.sleep(0)


async def serve(app: Starlette, listener: socket.socket, stop: asyncio.Event) -> None:
    """Serve until `stop` is set, in a thread of its own: a page never waits for the pipeline, nor the pipeline for a page."""
    server = _Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=2))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="web", daemon=True)
    thread.start()
    try:
        await stop.wait()
    finally:
        server.should_exit = True
        await asyncio.to_thread(thread.join, STOP_S)
        listener.close()
