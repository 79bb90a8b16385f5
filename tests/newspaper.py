"""A real newspaper on loopback: many outlets behind one port, told apart by the Host header, with scripted misbehaviour.

It runs in a thread of its own, so synchronous tests and subprocesses under test can use it:

    with Newspaper() as paper:
        outlet = paper.outlet("herald.example")
        outlet.add_article("Bridge opened", ["The bridge was opened.", "It is long."])
        fetch = paper.fetch_settings()        # pins the invented names to loopback and allows it
        outlet.script("/rss", Behaviour(status=503), Behaviour(status=503))  # two answers, then normal again
        ...
        assert [hit.path for hit in paper.hits("herald.example")] == ["/rss", "/rss"]
"""

import asyncio
import hashlib
import ssl
import threading
import time
from collections import Counter, defaultdict, deque
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from types import TracebackType
from typing import Self
from xml.sax.saxutils import escape, quoteattr

from aggregator.clock import Clock, SystemClock
from aggregator.settings import FetchSettings

_WORDS = {200: "OK", 301: "Moved Permanently", 302: "Found", 304: "Not Modified", 403: "Forbidden", 404: "Not Found"}
_HTML = "text/html; charset=utf-8"
_RSS = "application/rss+xml; charset=utf-8"
_ATOM = "application/atom+xml; charset=utf-8"
_EPOCH = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A request as it arrived. `at` is the monotonic clock at its first byte, `path` the request target byte for byte.

    `when`: the time by the newspaper's own clock, when it was given one.
    """

    host: str
    path: str
    headers: tuple[tuple[str, str], ...]
    at: float
    method: str = "GET"
    when: datetime = _EPOCH

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key == name.lower()), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """One scripted answer. Without `body`, what normally stands at the path is sent under the new status and headers.

    delay: seconds before the first byte. drip: (bytes, seconds) per piece of the body. endless: the body is repeated for
    ever, chunked. hang: nothing is ever answered. cut_after: the connection ends after so many bytes of the body, whose full
    length was announced. raw: these bytes are the whole answer, dripped when asked. then_close: the connection is closed after the answer.
    head_drip: seconds between the bytes of the head.
    """

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None
    content_type: str | None = None
    delay: float = 0.0
    drip: tuple[int, float] | None = None
    head_drip: float = 0.0
    endless: bool = False
    hang: bool = False
    cut_after: int | None = None
    raw: bytes | None = None
    then_close: bool = False


def redirect(location: str, status: int = 302) -> Behaviour:
    """Leads elsewhere."""
    return Behaviour(status=status, headers=(("Location", location),), body=b"")


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An article as the outlet prints it."""

    path: str
    title: str
    paragraphs: tuple[str, ...]
    published: datetime
    guid: str
    summary: str
    author: str
    updated: datetime | None = None


@dataclass(slots=True)
class _Page:
    body: bytes
    content_type: str
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class OutletSite:
    """One outlet: its pages, its generated feeds `/rss` and `/atom`, its scripts.

    `validators`: ETag and Last-Modified are sent and heeded. `stuck`: a cache that says 304 to everything conditional.
    """

    host: str
    port: int
    name: str
    scheme: str = "http"
    items: list[Item] = field(default_factory=list)
    validators: bool = True
    stuck: bool = False
    changed: datetime = _EPOCH
    _pages: dict[str, _Page] = field(default_factory=dict)
    _scripts: dict[str, deque[Behaviour]] = field(default_factory=dict)
    _always: dict[str, Behaviour] = field(default_factory=dict)

    @property
    def base(self) -> str:
        return f"{self.scheme}://{self.host}:{self.port}"

    @property
    def feed_url(self) -> str:
        return self.url("/rss")

    @property
    def atom_url(self) -> str:
        return self.url("/atom")

    def url(self, path: str) -> str:
        return self.base + path

    def add_article(
        self,
        title: str,
        paragraphs: list[str] | tuple[str, ...],
        *,
        path: str = "",
        published: datetime | None = None,
        guid: str = "",
        summary: str | None = None,
        author: str = "Staff Writer",
        html: bytes | None = None,
    ) -> Item:
        """Prints an article: it is on a page and first in the feeds. `html` replaces the generated page."""
        number = len(self.items) + 1
        path = path or f"/news/{number}"
        item = Item(
            path=path,
            title=title,
            paragraphs=tuple(paragraphs),
            published=published or _EPOCH + timedelta(minutes=number),
            guid=guid or self.url(path),
            summary=(paragraphs[0][:200] if paragraphs else "") if summary is None else summary,
            author=author,
        )
        self.items.insert(0, item)
        self._print(item, html)
        return item

    def change_article(
        self, item: Item, *, title: str | None = None, paragraphs: list[str] | None = None, listed: bool = True
    ) -> Item:
        """Edits an article; `listed`: the feed shows the edit too (new `updated`), else only the page changes."""
        edited = replace(
            item,
            title=item.title if title is None else title,
            paragraphs=item.paragraphs if paragraphs is None else tuple(paragraphs),
            updated=(item.updated or item.published) + timedelta(minutes=10),
        )
        if listed:
            self.items[self.items.index(item)] = edited
        self._print(edited, None)
        return edited

    def add_page(self, path: str, body: bytes, content_type: str = _HTML, headers: tuple[tuple[str, str], ...] = ()) -> None:
        """Puts bytes at a path; the path may hold a query and escapes and is compared with the request byte for byte."""
        self._pages[path] = _Page(body, content_type, headers)

    def add_feed(self, path: str, body: bytes, content_type: str = _RSS) -> str:
        """Puts a ready feed document at a path and gives its URL."""
        self.add_page(path, body, content_type)
        return self.url(path)

    def script(self, path: str, *behaviours: Behaviour, always: bool = False) -> None:
        """The next answers at a path, one each; with `always` the one behaviour stays until the next `script`."""
        self._always.pop(path, None)
        self._scripts[path] = deque(() if always else behaviours)
        if always:
            self._always[path] = behaviours[0]

    def next_behaviour(self, path: str) -> Behaviour:
        scripted = self._scripts.get(path)
        return scripted.popleft() if scripted else self._always.get(path, Behaviour())

    def page(self, path: str) -> _Page | None:
        if path in self._pages:
            return self._pages[path]
        if path == "/rss":
            return _Page(self._rss(), _RSS, self._freshness())
        if path == "/atom":
            return _Page(self._atom(), _ATOM, self._freshness())
        return None

    def _print(self, item: Item, html: bytes | None) -> None:
        self.changed += timedelta(minutes=1)
        self.add_page(item.path, self._article_html(item) if html is None else html)

    def _freshness(self) -> tuple[tuple[str, str], ...]:
        return (("Last-Modified", format_datetime(self.changed, usegmt=True)),) if self.validators else ()

    def _article_html(self, item: Item) -> bytes:
        body = "\n".join(f"<p>{escape(text)}</p>" for text in item.paragraphs)
        page = (
            f"<!doctype html><html lang='en'><head><meta charset='utf-8'><title>{escape(item.title)} | {escape(self.name)}</title>"
            f"<link rel='canonical' href={quoteattr(self.url(item.path))}>"
            f"<meta property='og:type' content='article'><meta property='og:title' content={quoteattr(item.title)}>"
            f"<meta property='article:published_time' content='{item.published.isoformat()}'>"
            f"<meta name='author' content={quoteattr(item.author)}></head>"
            f"<body><header><nav><a href='/'>Home</a> <a href='/rss'>RSS</a></nav></header><main><article>"
            f"<h1>{escape(item.title)}</h1>\n{body}\n</article></main><footer><p>{escape(self.name)}</p></footer></body></html>"
        )
        return page.encode()

    def _rss(self) -> bytes:
        rows = "".join(
            f"<item><title>{escape(item.title)}</title><link>{escape(self.url(item.path))}</link>"
            f"<guid isPermaLink='false'>{escape(item.guid)}</guid><description>{escape(item.summary)}</description>"
            f"<dc:creator>{escape(item.author)}</dc:creator><pubDate>{format_datetime(item.published)}</pubDate>"
            + (f"<atom:updated>{item.updated.isoformat()}</atom:updated>" if item.updated else "")
            + "</item>\n"
            for item in self.items
        )
        head = (
            "<?xml version='1.0' encoding='utf-8'?>\n<rss version='2.0' xmlns:dc='http://purl.org/dc/elements/1.1/' "
            f"xmlns:atom='http://www.w3.org/2005/Atom'><channel><title>{escape(self.name)}</title><link>{self.base}/</link>"
            f"<description>{escape(self.name)}</description><language>en</language>\n"
        )
        return (head + rows + "</channel></rss>\n").encode()

    def _atom(self) -> bytes:
        rows = "".join(
            f"<entry><title>{escape(item.title)}</title><link href={quoteattr(self.url(item.path))}/><id>{escape(item.guid)}</id>"
            f"<author><name>{escape(item.author)}</name></author><summary>{escape(item.summary)}</summary>"
            f"<published>{item.published.isoformat()}</published><updated>{(item.updated or item.published).isoformat()}</updated>"
            "</entry>\n"
            for item in self.items
        )
        head = (
            f"<?xml version='1.0' encoding='utf-8'?>\n<feed xmlns='http://www.w3.org/2005/Atom' xml:lang='en'>"
            f"<title>{escape(self.name)}</title><id>{self.base}/</id><link href='{self.base}/'/>"
            f"<updated>{self.changed.isoformat()}</updated>\n"
        )
        return (head + rows + "</feed>\n").encode()


class Newspaper:
    """The server. All methods may be called from any thread while it runs.

    `clock`: dates the requests. `tls`: a server context; the addresses then begin with https. `port`: where it listens, 0 for any.
    `most_at_once`: host ("" for all) -> the most requests that were ever being answered together.
    """

    def __init__(self, *, clock: Clock | None = None, tls: ssl.SSLContext | None = None, port: int = 0) -> None:
        self.port = port
        self.log: list[Hit] = []
        self.most_at_once: Counter[str] = Counter()
        self._clock = clock or SystemClock()
        self._tls = tls
        self._busy: Counter[str] = Counter()
        self._outlets: dict[str, OutletSite] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="newspaper", daemon=True)
        self._ready = threading.Event()
        self._stop: asyncio.Event | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(10), "the newspaper did not start"
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)
        assert not self._thread.is_alive(), "the newspaper did not stop"

    def outlet(self, host: str, name: str = "") -> OutletSite:
        """The outlet under a host name, made at the first call."""
        if host not in self._outlets:
            scheme = "https" if self._tls else "http"
            name = name or host.partition(".")[0].title()
            self._outlets[host] = OutletSite(host=host, port=self.port, name=name, scheme=scheme)
        return self._outlets[host]

    def hits(self, host: str = "", path: str = "") -> list[Hit]:
        """The requests so far, of one host and path when named."""
        return [hit for hit in list(self.log) if host in ("", hit.host) and path in ("", hit.path)]

    def counts(self) -> dict[tuple[str, str], int]:
        """(host, path) -> number of requests."""
        found: dict[tuple[str, str], int] = defaultdict(int)
        for hit in list(self.log):
            found[hit.host, hit.path] += 1
        return dict(found)

    def resolve(self) -> tuple[tuple[str, str], ...]:
        """The `[fetch.resolve]` table of all outlets so far."""
        return tuple((host, "127.0.0.1") for host in self._outlets)

    def fetch_settings(self, **changes: object) -> FetchSettings:
        """Settings under which this newspaper can be read, without gaps unless asked for."""
        base = FetchSettings(resolve=self.resolve(), allow_networks=("127.0.0.0/8",), per_host_delay=timedelta())
        return replace(base, **changes)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        self._stop = asyncio.Event()
        server = await asyncio.start_server(self._accept, "127.0.0.1", self.port, limit=1 << 20, ssl=self._tls)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.sleep(0)  # transports close in the next round of the loop

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        self._tasks.add(task)
        try:
            while await self._answer_one(reader, writer):
                pass
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, asyncio.CancelledError):
            pass  # the client went away, or the newspaper closes: both are everyday
        finally:
            self._tasks.discard(task)
            # Encrypted ones would wait for the client's goodbye, longer than this server lives.
            waits = writer.transport.get_write_buffer_size() or writer.get_extra_info("sslcontext")
            writer.transport.abort() if waits else writer.close()

    async def _answer_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answers one request; True when the connection stays open for another."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        hit = replace(_parse(head), when=self._clock.now())
        self.log.append(hit)
        site = self._outlets.get(hit.host)
        if site is None:
            await _send(writer, 421, (), b"no such outlet here", Behaviour())
            return True
        behaviour = site.next_behaviour(hit.path)
        for host in (hit.host, ""):
            self._busy[host] += 1
            self.most_at_once[host] = max(self.most_at_once[host], self._busy[host])
        try:
            return await _act(writer, hit, site, behaviour)
        finally:
            self._busy.subtract((hit.host, ""))


async def _act(writer: asyncio.StreamWriter, hit: Hit, site: OutletSite, behaviour: Behaviour) -> bool:
    await asyncio.sleep(behaviour.delay)
    if behaviour.hang:
        await asyncio.sleep(3600)
    if behaviour.raw is not None:
        await _pieces(writer, behaviour.raw, behaviour.drip or (len(behaviour.raw) or 1, 0.0))
        return False
    page = site.page(hit.path)
    status, body, headers = _content(page, behaviour, hit, site)
    await _send(writer, status, headers, body, behaviour)
    return not (behaviour.then_close or behaviour.endless or behaviour.cut_after is not None)


def _content(
    page: _Page | None, behaviour: Behaviour, hit: Hit, site: OutletSite
) -> tuple[int, bytes, tuple[tuple[str, str], ...]]:
    if behaviour.body is not None:
        page = _Page(behaviour.body, behaviour.content_type or (page.content_type if page else _HTML))
    elif page is None and behaviour.status == 200:
        return 404, b"<html><body><h1>Not found</h1></body></html>", (("Content-Type", _HTML), *behaviour.headers)
    page = page or _Page(b"", _HTML)
    etag = f'"{hashlib.sha256(page.body).hexdigest()[:20]}"'
    fresh: tuple[tuple[str, str], ...] = (("ETag", etag),) if site.validators and behaviour.status in (200, 304) else ()
    headers = (("Content-Type", behaviour.content_type or page.content_type), *fresh, *page.headers, *behaviour.headers)
    stuck = site.stuck and bool(hit.header("if-none-match") or hit.header("if-modified-since"))
    if stuck or (behaviour.status == 200 and behaviour.body is None and site.validators and _matches(hit, etag, page)):
        return 304, b"", headers
    return behaviour.status, b"" if behaviour.status == 304 else page.body, headers


def _matches(hit: Hit, etag: str, page: _Page) -> bool:
    """If-None-Match goes before If-Modified-Since, which counts only when it is our own text back again."""
    asked = hit.header("if-none-match")
    if asked is not None:
        return asked == etag
    since = hit.header("if-modified-since")
    return since is not None and ("Last-Modified", since) in page.headers


async def _send(
    writer: asyncio.StreamWriter, status: int, headers: tuple[tuple[str, str], ...], body: bytes, behaviour: Behaviour
) -> None:
    named = {name.lower() for name, _ in headers}
    lines = [f"HTTP/1.1 {status} {_WORDS.get(status, 'Status')}", *(f"{name}: {value}" for name, value in headers)]
    if behaviour.endless:
        lines.append("Transfer-Encoding: chunked")
    elif "content-length" not in named and "transfer-encoding" not in named and status not in (204, 304):
        lines.append(f"Content-Length: {len(body)}")
    if behaviour.then_close:
        lines.append("Connection: close")
    await _trickle(writer, ("\r\n".join(lines) + "\r\n\r\n").encode(), behaviour.head_drip)
    if behaviour.endless:
        await _forever(writer, body or b"<p>and so on</p>" * 4096)
    elif behaviour.drip is not None:
        await _pieces(writer, body, behaviour.drip)
    else:
        writer.write(body[: behaviour.cut_after])
    await writer.drain()


async def _pieces(writer: asyncio.StreamWriter, data: bytes, drip: tuple[int, float]) -> None:
    size, seconds = drip
    for start in range(0, len(data), size):
        writer.write(data[start : start + size])
        await writer.drain()
        await asyncio.sleep(seconds)


async def _trickle(writer: asyncio.StreamWriter, head: bytes, seconds: float) -> None:
    if not seconds:
        writer.write(head)
        return
    for byte in head:
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(seconds)


async def _forever(writer: asyncio.StreamWriter, piece: bytes) -> None:
    while True:
        writer.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        await writer.drain()


def _parse(head: str) -> Hit:
    first, *rest = head.rstrip("\r\n").split("\r\n")
    method, target = first.split(" ")[:2]
    headers = tuple((name.strip().lower(), value.strip()) for name, _, value in (line.partition(":") for line in rest))
    host = next((value for name, value in headers if name == "host"), "")
    host = host.rpartition(":")[0] if ":" in host else host
    return Hit(host=host, path=target, headers=headers, at=time.monotonic(), method=method)
