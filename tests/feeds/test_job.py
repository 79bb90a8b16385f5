"""The parse job of the worker process: bytes in, bytes out, nothing lost on the way."""

from dataclasses import replace

import pytest

from aggregator.errors import NotAFeedError
from aggregator.feeds.job import decode_parsed, encode_header, parse_job
from aggregator.limits import DEFAULT_LIMITS
from aggregator.reasons import Reason
from tests.feeds.documents import NOW, URL, item, parsed, rss

HEADER = encode_header(url=URL, content_type="application/xml", now=NOW)


def test_feed_survives_the_pipe() -> None:
    body = rss(item(1, "<pubDate>2026-03-01T00:00:00Z</pubDate><description>Ünï 🚢</description>") + item(2), "<ttl>30</ttl>")
    assert decode_parsed(parse_job(HEADER, body)) == parsed(body)


def test_header_may_be_written_by_hand() -> None:
    header = b'{"url": "https://example.org/f", "content_type": "", "now": "2026-03-02T12:00:00Z"}'
    assert len(decode_parsed(parse_job(header, rss(item()))).entries) == 1


def test_limits_go_through_the_header() -> None:
    header = encode_header(url=URL, content_type="", now=NOW, limits=replace(DEFAULT_LIMITS, feed_entries=1))
    assert len(decode_parsed(parse_job(header, rss(item(1) + item(2)))).entries) == 1


@pytest.mark.parametrize(
    ("body", "reason"),
    [(b"", Reason.EMPTY), (b"<html>", Reason.NOT_A_FEED), (b'<?xml version="1.0" encoding="utf-7"?><rss/>', Reason.HOSTILE)],
)
def test_refusals_come_back_as_the_same_error(body: bytes, reason: Reason) -> None:
    with pytest.raises(NotAFeedError) as caught:
        decode_parsed(parse_job(HEADER, body))
    assert caught.value.reason is reason
    assert caught.value.detail


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"{}", b'{"feed": 5}', b'{"reason": "no such reason"}', b"\xff"])
def test_broken_replies_are_our_own_fault(data: bytes) -> None:
    with pytest.raises(NotAFeedError) as caught:
        decode_parsed(data)
    assert caught.value.reason is Reason.INTERNAL
