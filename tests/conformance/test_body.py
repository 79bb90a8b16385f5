"""Points 57 to 65: no body costs more than its limits, and what can be read of it is read."""

import gzip
import time
import zlib
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest
import zstandard

from tests.conformance.conftest import START
from tests.conformance.documents import item, numbered, rss
from tests.conformance.station import ALL
from tests.newspaper import Behaviour, Newspaper, OutletSite

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
MIB = 1024 * 1024


def carries(site: OutletSite, body: bytes, *headers: tuple[str, str], kind: str = "text/xml", **more) -> None:
    site.script("/rss", Behaviour(body=body, headers=headers, content_type=kind, **more), always=True)


def neighbour(newspaper: Newspaper) -> OutletSite:
    """Another outlet, that must be read on time whatever the first one sends."""
    other = newspaper.outlet("other.example")
    other.add_article("Other article", ["Text."])
    return other


def read_well(station) -> list[str]:
    """The headlines that came of it, and the feed is in order."""
    assert (station.trouble(), station.feed().failures) == ("", 0)
    return sorted(station.headlines())


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


@cache
def bomb(encoding: str) -> bytes:
    """120 MB of blanks, packed."""
    blanks = b" " * MIB
    if encoding == "zstd":
        packer = zstandard.ZstdCompressor().compressobj()
    else:
        packer = zlib.compressobj(6, wbits=31 if encoding == "gzip" else 15)
    return b"".join(packer.compress(blanks) for _ in range(120)) + packer.flush()


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "zstd"])
def test_p57_a_bomb_is_an_error_within_64_mb(desk, site, newspaper, encoding):
    carries(site, bomb(encoding), ("Content-Encoding", encoding))
    other = neighbour(newspaper)
    station = desk(site.feed_url, other.feed_url)
    before = resident()
    station.work()
    assert resident() - before < 64 * MIB
    assert station.feed("1").reason in ("too_large", "bad_encoding")
    assert station.feed("2").entries == 1


def test_p57_brotli_which_nobody_asked_for_is_an_error(desk, site, newspaper):
    """The start of a real bomb of 300 MB in brotli; how the rest goes does not matter."""
    carries(site, b"\xcb\xff\xff\xbf\x12\x00\x10\x2c\xf0\x20\xff\xff\x3f" * 40, ("Content-Encoding", "br"))
    station = desk(site.feed_url, neighbour(newspaper).feed_url)
    station.work()
    assert "br" not in (station.hits()[0].header("accept-encoding") or "").replace(" ", "").split(",")
    assert station.feed("1").reason == "bad_encoding"
    assert station.feed("2").entries == 1


@pytest.mark.parametrize("announced", [True, False])
def test_p58_reading_stops_at_the_cap(desk, site, newspaper, announced):
    """11 MB that are announced are not read; a stream without an end is left at the cap."""
    body = rss(*numbered(site.base, [1]))[:-6] + b"<!--" + b"x" * 11 * MIB
    carries(site, body if announced else b"<!--" + b"x" * MIB, endless=not announced)
    station = desk(site.feed_url, neighbour(newspaper).feed_url)
    before = resident()
    station.work()
    assert station.feed("1").reason == "too_large"
    assert resident() - before < 64 * MIB
    assert station.feed("2").entries == 1


def test_p59_a_drip_ends_at_the_deadline_and_holds_nobody_up(desk, site, newspaper):
    carries(site, rss(*numbered(site.base, [1])), drip=(1, 0.05))
    station = desk(site.feed_url, neighbour(newspaper).feed_url, settings='[limits]\nfeed_deadline = "1s"\n')
    started = time.monotonic()
    station.work()
    assert time.monotonic() - started < 3
    assert station.feed("1").reason == "timeout"
    assert station.feed("2").entries == 1


def test_p59_a_head_that_drips_ends_at_the_deadline(desk, site):
    carries(site, rss(*numbered(site.base, [1])), head_drip=0.05)
    station = desk(site.feed_url, settings='[limits]\nfeed_deadline = "1s"\n')
    started = time.monotonic()
    station.work()
    assert time.monotonic() - started < 3
    assert station.feed("1").reason == "timeout"


def test_p60_a_body_that_breaks_off_is_an_error_and_leaves_no_validators(desk, site):
    body = rss(*numbered(site.base, range(40)))
    carries(site, body, ("ETag", '"half"'), cut_after=len(body) // 2)
    station = desk(site.feed_url)
    station.poll()
    assert station.feed().reason == "truncated"
    carries(site, body, ("ETag", '"whole"'))
    station.poll(2)
    assert [hit.header("if-none-match") for hit in station.hits()] == [None, None, '"whole"']
    assert (station.feed().failures, station.feed().entries) == (0, 40)


def test_p61_gzip_is_known_by_its_first_bytes_whatever_the_header_says(desk, site):
    body = rss(*numbered(site.base, [1, 2]))
    for number, (sent, headers) in enumerate(
        (
            (gzip.compress(body), ()),
            (gzip.compress(body), (("Content-Encoding", "gzip"),)),
            (body, (("Content-Encoding", "gzip"),)),
            (body, (("Content-Encoding", "deflate"),)),
        )
    ):
        path = f"/feed{number}"
        site.script(path, Behaviour(body=sent, headers=headers, content_type="application/xml"), always=True)
    station = desk(*(site.url(f"/feed{number}") for number in range(4)))
    station.work()
    assert [(feed.reason, feed.entries) for feed in station.feeds()] == [(None, 2)] * 4


@pytest.mark.parametrize("kind", ["text/html; charset=utf-8", "application/octet-stream", "text/plain", "image/png", "", "???"])
def test_p62_a_wrong_content_type_is_no_hindrance(desk, site, kind):
    carries(site, rss(*numbered(site.base, [1, 2])), kind=kind or " ")
    station = desk(site.feed_url)
    station.work()
    assert (station.feed().reason, station.feed().entries) == (None, 2)


WORDS = "Żółw kupił świeże jaja"
CYRILLIC = "Мэр открыл мост через реку"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (rss(item(CYRILLIC, "/1", "1"), encoding="windows-1251"), "text/xml; charset=utf-8"),
        (rss(item(CYRILLIC, "/1", "1")), "text/xml; charset=iso-8859-1"),
        (rss(item(CYRILLIC, "/1", "1")).replace(b"'utf-8'", b"'windows-1251'", 1), "text/xml; charset=utf-8"),
        (b"\xef\xbb\xbf" + rss(item(CYRILLIC, "/1", "1")).replace(b"'utf-8'", b"'iso-8859-1'", 1), "text/xml; charset=koi8-r"),
    ],
    ids=["header wrong", "header wrong the other way", "declaration wrong", "BOM against both"],
)
def test_p63_the_real_encoding_is_found_where_header_mark_and_declaration_disagree(desk, site, body, kind):
    carries(site, body, kind=kind)
    station = desk(site.feed_url, stages=ALL)
    station.work()
    assert read_well(station) == [CYRILLIC]


@pytest.mark.parametrize("encoding", ["iso-8859-2", "utf-16-le", "utf-16-be"])
def test_p63_an_encoding_named_only_by_the_header_or_only_by_the_document(desk, site, encoding):
    named = encoding.removesuffix("-le").removesuffix("-be")
    mark = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}.get(encoding, b"")
    text = rss(item(WORDS, "/1", "1")).decode()
    site.script("/only-header", Behaviour(
        body=mark + text.replace(" encoding='utf-8'", "").encode(encoding), content_type=f"text/xml; charset={named}"
    ))  # fmt: skip
    site.script("/only-document", Behaviour(
        body=mark + text.replace("'utf-8'", f"'{named}'").encode(encoding), content_type="application/octet-stream"
    ))  # fmt: skip
    station = desk(site.url("/only-header"), site.url("/only-document"), stages=ALL)
    station.work()
    assert [feed.reason for feed in station.feeds()] == [None, None]
    assert set(station.headlines()) == {WORDS}


def hostile_documents() -> dict[str, bytes]:
    attributes = " ".join(f"a{n}='{n}'" for n in range(100_000))
    laughs = "<!DOCTYPE rss [<!ENTITY a0 'ha'>" + "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 6))
    script = "+ADw-script+AD4-alert(1)+ADw-/script+AD4-"
    return {
        "attributes": rss(f"<item {attributes}><title>Calm</title><link>/1</link></item>"),
        "laughs": rss(item("TITLE", "/1", "1")).replace(b"<rss", laughs.encode() + b"]><rss", 1).replace(b"TITLE", b"&a5;"),
        "external": rss(item("TITLE", "/1", "1"))
        .replace(b"<rss", b"<!DOCTYPE rss [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><rss", 1)
        .replace(b"TITLE", b"&x;"),
        "nesting": rss("<item>" + "<b>" * 100_000 + "</item>"),
        "utf-7": rss(item(f"{script} {CYRILLIC}", "/1", "1"), encoding="utf-7"),
        "angles": b"<?xml version='1.0'?><rss version='2.0'><channel>" + b"<" * 2 * MIB,
        "ampersands": b"<?xml version='1.0'?><rss version='2.0'><channel><title>" + b"&" * 2 * MIB,
        "markup in text": rss(item("<script>alert(1)</script>Calm & <b>quiet</b>", "/1", "1")),
    }  # fmt: skip


@pytest.mark.parametrize("name", hostile_documents())
def test_p64_a_hostile_document_costs_bounded_time_and_leaves_no_markup(desk, site, newspaper, name):
    carries(site, hostile_documents()[name])
    station = desk(site.feed_url, neighbour(newspaper).feed_url, stages=ALL)
    started = time.monotonic()
    station.work()
    assert time.monotonic() - started < 8
    titles = station.headlines()
    assert "Other article" in titles
    for title in titles:
        assert "<script" not in title
        assert "alert(1)</" not in title
        assert "root:" not in title
        assert len(title) < 2000


def broken_documents(base: str) -> dict[str, tuple[bytes, int]]:
    """Each with the number of entries that stand whole before (or beside) the defect."""
    ten = numbered(base, range(10), date=START)
    whole = rss(*ten)
    return {
        "blank lines first": (b"\r\n\r\n  \n" + whole, 10),
        "control characters": (whole.replace(b"Text 3.", b"Text \x00\x08\x1b 3."), 10),
        "nbsp": (whole.replace(b"Text 3.", b"Text&nbsp;3&mdash;or&hellip; so."), 10),
        "bare ampersand": (whole.replace(b"Text 3.", b"Fish & chips & AT&T"), 10),
        "ampersand in a link": (whole.replace(b"/story/3<", b"/story/3?a=1&b=2<"), 10),
        "cut in an item": (whole[: whole.index(b"Item 7")], 7),
        "cut in a tag": (whole[: whole.index(b"</channel>") + 5], 10),
        "tags that cross": (whole.replace(b"Text 8.", b"<b><i>Text</b></i>"), 10),
        "rubbish after the end": (whole + b"<script>track()</script>\n\x00\x00", 10),
        "bytes of another encoding": (whole.replace(b"Text 3.", b"caf\xe9 \xff"), 10),
        "no declaration and no end": (whole.split(b"?>", 1)[1][:-30], 10),
    }


@pytest.mark.parametrize("name", broken_documents("http://herald.example"))
def test_p65_what_stands_before_a_defect_is_kept(desk, site, name):
    body, entries = broken_documents(site.base)[name]
    carries(site, body)
    station = desk(site.feed_url)
    station.work()
    assert station.feed().entries >= entries
    assert station.feed().failures == 0
