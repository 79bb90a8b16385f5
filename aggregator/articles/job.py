"""Extraction as a job for a worker process that can be killed: bytes in, bytes out, no state kept between two jobs."""

from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

from aggregator.articles.extract import extract_page
from aggregator.articles.values import Extraction, FeedText
from aggregator.limits import DEFAULT_LIMITS, Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class JobHeader:
    """Everything about a page but its bytes."""

    url: str
    now: datetime
    content_type: str = ""
    feed: FeedText | None = None
    limits: Limits | None = None


_HEADER = msgspec.json.Decoder(JobHeader)
_EXTRACTION = msgspec.json.Decoder(Extraction)


def encode_header(*, url: str, content_type: str, feed: FeedText | None, now: datetime, limits: Limits | None = None) -> bytes:
    """The header that `extract_job` reads."""
    return msgspec.json.encode(JobHeader(url=url, content_type=content_type, feed=feed, now=now, limits=limits))


def extract_job(header: bytes, body: bytes) -> bytes:
    """Reads one page in the worker. A header that does not decode raises msgspec.DecodeError: that is a fault of the caller."""
    job = _HEADER.decode(header)
    limits = job.limits or DEFAULT_LIMITS
    found = extract_page(body, url=job.url, content_type=job.content_type, feed=job.feed, now=job.now, limits=limits)
    return msgspec.json.encode(found)


def decode_extraction(data: bytes) -> Extraction:
    """The other end of `extract_job`."""
    return _EXTRACTION.decode(data)


# Short and with a figure, so that the second reading and the stop word lists of the last fallback are reached.
_WARM_PAGE = b"<html><body><article><h1>Warm</h1><p>One short line to read.</p></article><div><p>Two.</p></div></body></html>"


def warm_up() -> None:
    """One tiny extraction: the word lists that the first page would wait almost a second for are loaded now."""
    extract_page(_WARM_PAGE, url="https://example.org/", feed=None, now=datetime(2000, 1, 1, tzinfo=UTC), limits=DEFAULT_LIMITS)
