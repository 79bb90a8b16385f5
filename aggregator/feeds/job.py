"""`parse_feed` for a killable worker process: bytes in, bytes out, no pickles."""

from datetime import datetime

import msgspec

from aggregator.errors import NotAFeedError
from aggregator.feeds.parse import parse_feed
from aggregator.feeds.values import FeedKind, ParsedFeed
from aggregator.limits import DEFAULT_LIMITS, Limits
from aggregator.reasons import Reason


class ParseHeader(msgspec.Struct, frozen=True, kw_only=True):
    """What the worker needs beside the body. `url` is the final one; `country` and `zone_min` are for dates without a zone."""

    url: str
    content_type: str = ""
    kind: FeedKind = FeedKind.FEED
    country: str = ""
    zone_min: int | None = None
    now: datetime
    limits: Limits = DEFAULT_LIMITS
    seen: bytes = b""


class _Reply(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    feed: ParsedFeed | None = None
    reason: Reason | None = None
    detail: str = ""


def encode_header(
    *,
    url: str,
    content_type: str,
    kind: FeedKind = FeedKind.FEED,
    country: str = "",
    zone_min: int | None = None,
    now: datetime,
    limits: Limits = DEFAULT_LIMITS,
    seen: bytes = b"",
) -> bytes:
    """The header that `parse_job` takes."""
    return msgspec.json.encode(
        ParseHeader(
            url=url,
            content_type=content_type,
            kind=kind,
            country=country,
            zone_min=zone_min,
            now=now,
            limits=limits,
            seen=seen,
        )
    )


def parse_job(header: bytes, body: bytes) -> bytes:
    """Runs in the worker. A document that is no feed is an answer and not an error; `decode_parsed` tells them apart."""
    order = msgspec.json.decode(header, type=ParseHeader)
    try:
        feed = parse_feed(
            body,
            url=order.url,
            content_type=order.content_type,
            kind=order.kind,
            country=order.country,
            zone_min=order.zone_min,
            now=order.now,
            limits=order.limits,
            seen=order.seen,
        )
    except NotAFeedError as error:
        return msgspec.json.encode(_Reply(reason=error.reason, detail=error.detail))
    return msgspec.json.encode(_Reply(feed=feed))


def decode_parsed(data: bytes) -> ParsedFeed:
    """What `parse_job` replied. Raises NotAFeedError as `parse_feed` does, INTERNAL when the reply itself is broken."""
    try:
        reply = msgspec.json.decode(data, type=_Reply)
    except (msgspec.DecodeError, UnicodeError) as error:
        raise NotAFeedError(Reason.INTERNAL, f"the worker's reply cannot be read: {error}") from error
    if reply.feed is None:
        raise NotAFeedError(reply.reason or Reason.INTERNAL, reply.detail)
    return reply.feed
