"""Feeds on loopback for the benchmark of polling: many of them behind a hundred invented hosts, in a process of their own.

Plain and quick on purpose: answers lie ready, packed with gzip as news feeds are. Every feed lists 30 entries, newest first, with a
summary, an author, a category and a few hundred characters of HTML; a new edition prints three more at its head.
"""

import asyncio
import gzip
import hashlib
import multiprocessing
import multiprocessing.connection
import threading
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from types import TracebackType
from typing import Self
from xml.sax.saxutils import escape

from tests.newsroom import Desk, News

HOSTS = 100
LISTED = 30
PRINTED = 3
_POOL = 400
_START = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom"><channel>'
)


@dataclass(slots=True)
class _Feed:
    """`printed` entries in all, the last 30 of which are listed; the two answers as they go over the wire."""

    number: int
    printed: int = LISTED
    etag: bytes = b""
    full: bytes = b""
    same: bytes = b""


@dataclass(slots=True)
class _Shop:
    """Everything the server answers from."""

    feeds: dict[str, _Feed]
    pool: list[tuple[str, str, str, str]]
    asked: Counter[int] = field(default_factory=Counter)
    size: int = 0
    port: int = 0


def host_of(number: int) -> str:
    """The host of a feed: a hundred registrable domains."""
    return f"paper{number % HOSTS}.example"


def path_of(number: int) -> str:
    return f"/section/{number // HOSTS}/rss.xml"


class Press:
    """The server's process. Ends with the block, or with this process."""

    def __init__(self, feeds: int) -> None:
        self._feeds = feeds
        self._pipe, self._theirs = multiprocessing.Pipe()
        self._process = multiprocessing.get_context("spawn").Process(target=_serve, args=(self._theirs, feeds), daemon=True)
        self.port = 0
        self.document_size = 0

    def __enter__(self) -> Self:
        self._process.start()
        self._theirs.close()
        self.port, self.document_size = self._pipe.recv()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._pipe.close()
        self._process.join(10)

    def urls(self) -> list[str]:
        return [f"http://{host_of(number)}:{self.port}{path_of(number)}" for number in range(self._feeds)]

    def print_edition(self) -> None:
        """Three new entries at the head of every feed."""
        self._pipe.send("print")
        self._pipe.recv()

    def asked(self) -> dict[int, int]:
        """Status -> answers since the last time."""
        self._pipe.send("asked")
        return dict(self._pipe.recv())


def _serve(pipe: multiprocessing.connection.Connection, feeds: int) -> None:
    desk = Desk(4)
    shop = _Shop(feeds={}, pool=[_texts(desk.article()) for _ in range(_POOL)])
    ready = threading.Event()
    threading.Thread(target=lambda: asyncio.run(_listen(shop, ready)), daemon=True).start()
    ready.wait()
    for number in range(feeds):
        feed = _Feed(number)
        _set(shop, feed)
        shop.feeds[f"{host_of(number)}{path_of(number)}"] = feed
    pipe.send((shop.port, shop.size // max(feeds, 1)))
    while True:
        try:
            order = pipe.recv()
        except EOFError:
            return
        if order == "print":
            for feed in shop.feeds.values():
                feed.printed += PRINTED
                _set(shop, feed)
            pipe.send("printed")
        else:
            counted, shop.asked = shop.asked, Counter()
            pipe.send(counted)


def _texts(news: News) -> tuple[str, str, str, str]:
    """Title, summary and content of an article, ready to be set, and its writer."""
    body = "".join(f"<p>{escape(text)}</p>" for text in news.paragraphs[:2])
    content = f'<figure><img src="/images/{len(body)}.jpg" alt=""/></figure>{body}'
    return escape(news.title), escape(news.paragraphs[0][:200]), content, f"Writer {len(news.body) % 40}"


def _set(shop: _Shop, feed: _Feed) -> None:
    """Sets the document of a feed in type and packs its two answers."""
    base = f"http://{host_of(feed.number)}:{shop.port}"
    items = []
    for count in range(feed.printed, feed.printed - LISTED, -1):
        title, summary, content, writer = shop.pool[(feed.number * 37 + count) % _POOL]
        link = f"{base}/section/{feed.number // HOSTS}/{count}"
        items.append(
            f"<item><title>{title} ({count})</title><link>{link}</link><guid isPermaLink='false'>{link}</guid>"
            f"<dc:creator>{writer}</dc:creator><category>News</category>"
            f"<pubDate>{format_datetime(_START + timedelta(minutes=count))}</pubDate>"
            f"<description>{summary}</description><content:encoded><![CDATA[{content}]]></content:encoded></item>\n"
        )
    dated = format_datetime(_START + timedelta(minutes=feed.printed), usegmt=True)
    channel = f"<title>Paper {feed.number}</title><link>{base}/</link><description>News</description><language>en</language>"
    body = f"{_HEAD}{channel}<lastBuildDate>{dated}</lastBuildDate>{''.join(items)}</channel></rss>".encode()
    shop.size += len(body) if feed.printed == LISTED else 0
    packed = gzip.compress(body, 6, mtime=0)
    feed.etag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'.encode()
    fresh = b"Server: press\r\nETag: " + feed.etag + b"\r\nLast-Modified: " + dated.encode() + b"\r\nVary: Accept-Encoding\r\n"
    feed.full = (
        b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml; charset=utf-8\r\nContent-Encoding: gzip\r\n"
        + fresh
        + f"Content-Length: {len(packed)}\r\n\r\n".encode()
        + packed
    )
    feed.same = b"HTTP/1.1 304 Not Modified\r\n" + fresh + b"\r\n"


class _Connection(asyncio.Protocol):
    """Answers one request after the other; whoever sends no matching validator gets the whole document."""

    def __init__(self, shop: _Shop) -> None:
        self._shop = shop
        self._data = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._data += data
        while b"\r\n\r\n" in self._data:
            head, _, self._data = self._data.partition(b"\r\n\r\n")
            self._transport.write(self._answer(head))

    def _answer(self, head: bytes) -> bytes:
        first, *lines = head.split(b"\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(b":") for line in lines)}
        host = headers.get(b"host", b"").partition(b":")[0]
        feed = self._shop.feeds.get((host + first.split(b" ")[1]).decode("latin-1"))
        if feed is None or b"gzip" not in headers.get(b"accept-encoding", b""):
            self._shop.asked[400] += 1
            return b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"
        same = headers.get(b"if-none-match") == feed.etag
        self._shop.asked[304 if same else 200] += 1
        return feed.same if same else feed.full


async def _listen(shop: _Shop, ready: threading.Event) -> None:
    server = await asyncio.get_running_loop().create_server(lambda: _Connection(shop), "127.0.0.1", 0, backlog=1000)
    shop.port = server.sockets[0].getsockname()[1]
    ready.set()
    await server.serve_forever()
