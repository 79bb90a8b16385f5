"""Lists of feeds in and out: nothing is lost on the way, and no list costs more than its limits."""

import time
from dataclasses import replace
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.errors import NotAFeedError
from aggregator.feeds.opml import MAX_DEPTH, Subscription, read_opml, web_address, write_opml
from aggregator.limits import DEFAULT_LIMITS
from aggregator.reasons import Reason
from aggregator.text import one_line
from tests.feeds.documents import shared

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def read(body: bytes | str, **limits):
    return read_opml(body if isinstance(body, bytes) else body.encode(), limits=replace(DEFAULT_LIMITS, **limits))


def listed(outlines: str, head: str = "<head><title>Mine</title></head>") -> str:
    return f'<?xml version="1.0"?>\n<opml version="2.0">{head}<body>\n{outlines}\n</body></opml>'


def feed(number: int, more: str = "") -> str:
    return f"<outline type='rss' text='Outlet {number}' xmlUrl='https://o{number}.example/rss' {more}/>"


def refused(body: bytes | str, reason: Reason, **limits) -> str:
    with pytest.raises(NotAFeedError) as caught:
        read(body, **limits)
    assert caught.value.reason is reason
    return caught.value.detail


def test_titles_addresses_homes_languages_and_folders_are_read():
    text = listed(
        "<outline text='Europe'><outline text='East &amp; West'>"
        + feed(1, "title='First' htmlUrl='https://o1.example/' language='en_GB'")
        + "</outline></outline>"
        + feed(2)
    )
    found = read(text)
    assert found.title == "Mine"
    assert [replace(one, line=0) for one in found.feeds] == [
        Subscription(
            title="Outlet 1",
            url="https://o1.example/rss",
            home="https://o1.example/",
            language="en-gb",
            folder=("Europe", "East & West"),
        ),
        Subscription(title="Outlet 2", url="https://o2.example/rss"),
    ]
    assert found.skipped == ()


def test_all_feeds_of_the_real_list_come_back_as_they_went():
    body = shared("data/outlets.opml").read_bytes()
    found = read(body)
    assert (len(found.feeds), len({one.folder for one in found.feeds}), found.skipped) == (290, 26, ())
    original = [node.attrib for node in ET.fromstring(body).iter("outline") if node.get("xmlUrl")]
    assert [(one.title, one.url, one.home) for one in found.feeds] == [(a["text"], a["xmlUrl"], a["htmlUrl"]) for a in original]
    written = write_opml(found.feeds, title="x", now=NOW)
    again = read(written)
    assert [replace(one, line=0) for one in again.feeds] == [replace(one, line=0) for one in found.feeds]
    assert write_opml(again.feeds, title="x", now=NOW) == written


@pytest.mark.parametrize(
    ("outlines", "said"),
    [
        ("<outline text='A' xmlUrl='ftp://a.example/rss'/>", "line 3: 'A': 'ftp://a.example/rss' is no web address"),
        ("<outline text='A' xmlUrl='rss.xml'/>", "line 3: 'A': 'rss.xml' is no web address"),
        ("<outline text='A' xmlUrl='https://u:p@a.example/rss'/>", "no web address"),
        (f"{feed(1)}\n<outline text='B' xmlUrl='https://O1.example:443/rss#x'/>", "line 4: 'B': the same address as in line 3"),
        ("<outline text='Empty'></outline>", "line 3: 'Empty' has neither an address (xmlUrl) nor feeds inside"),
    ],
)
def test_what_cannot_be_used_is_named_with_its_line_and_skipped(outlines, said):
    found = read(listed(f"{outlines}\n{feed(9)}"))
    assert found.feeds[-1].url == "https://o9.example/rss"
    (skipped,) = found.skipped
    assert said in f"line {skipped.line}: {skipped.what}"


@pytest.mark.parametrize(
    ("title", "read_as"),
    [
        ("Caf&eacute; &amp; Bar", "Café & Bar"),
        ("This & That", "This & That"),
        ("R&D", "R&D"),
        ("&unknown; &#1;&#x20AC;", "&unknown; €"),
        ("a\x02b", "ab"),
        ("<![x", None),
    ],
)
def test_hand_written_text_is_read_as_it_was_meant(title, read_as):
    if read_as is None:
        assert "line 3" in refused(listed(f'<outline text="{title}" xmlUrl="https://a.example/"/>'), Reason.NOT_A_FEED)
        return
    text = listed(f'<outline text="{title}" xmlUrl="https://a.example/?a=1&b=2"/>')
    (one,) = read(text).feeds
    assert (one.title, one.url) == (read_as, "https://a.example/?a=1&b=2")


def test_names_of_elements_and_attributes_count_in_any_case():
    text = "<OPML><Body><Outline TEXT='F'><OUTLINE Title='A' XMLURL='https://a.example/rss' HTMLURL='https://a.example/'/></Outline></Body></OPML>"
    (one,) = read(text).feeds
    assert (one.title, one.home, one.folder) == ("A", "https://a.example/", ("F",))


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "windows-1251"])
def test_lists_are_read_in_their_encoding(codec):
    text = (
        f'<?xml version="1.0" encoding="{codec.removesuffix("-sig")}"?>'
        + listed("<outline text='Ведомости и газеты' xmlUrl='https://a.example/'/>")[22:]
    )
    assert read(text.encode(codec)).feeds[0].title == "Ведомости и газеты"


def test_outlines_without_a_name_open_no_folder_and_feeds_may_hold_feeds():
    text = listed(f"<outline>{feed(1)}<outline text='A' xmlUrl='https://a.example/'>{feed(2)}</outline></outline>")
    assert [one.folder for one in read(text).feeds] == [(), (), ()]


@pytest.mark.parametrize(
    ("body", "reason", "said"),
    [
        (b"", Reason.EMPTY, "empty"),
        (b" \n ", Reason.EMPTY, "empty"),
        (b"not xml", Reason.NOT_A_FEED, "line 1"),
        (b"<html><body></body></html>", Reason.NOT_A_FEED, "<html>"),
        (b"<opml><body><outline text='a'>", Reason.NOT_A_FEED, "no proper XML"),
        (b"<!DOCTYPE opml [<!ENTITY a 'b'>]><opml><body/></opml>", Reason.HOSTILE, "entities"),
        (b"<opml><body>" + b"<outline text='a'>" * (MAX_DEPTH + 1), Reason.HOSTILE, "deeper than 20"),
        (
            b"<opml><body><outline " + b"".join(b"a%d='' " % n for n in range(100)) + b"/></body></opml>",
            Reason.HOSTILE,
            "attributes",
        ),
        (b"<?xml version='1.0' encoding='utf-7'?><opml/>", Reason.HOSTILE, "utf-7"),
        (b"x" * 5_000_001, Reason.TOO_LARGE, "5,000,000 bytes"),
    ],
)
def test_what_is_no_list_or_built_to_do_harm_is_refused_with_the_reason(body, reason, said):
    assert said in refused(body, reason)


def test_folders_may_be_nested_as_deep_as_the_limit():
    text = listed("<outline text='a'>" * (MAX_DEPTH - 1) + feed(1) + "</outline>" * (MAX_DEPTH - 1))
    assert len(read(text).feeds[0].folder) == MAX_DEPTH - 1


def test_more_feeds_than_the_limit_are_refused_and_as_many_are_not():
    text = listed("".join(feed(number) for number in range(11)))
    assert "more than 10 feeds" in refused(text, Reason.TOO_LARGE, opml_feeds=10)
    assert len(read(text, opml_feeds=11).feeds) == 11


@pytest.mark.parametrize(
    "body",
    [
        b"<opml><body>" + b"<outline text='a'/>" * 250_000,
        b"<opml><body><outline " + b"".join(b"a%d='' " % n for n in range(400_000)) + b"/></body></opml>",
        b"<opml><body>" + b"<" * 4_000_000,
        b"&" * 4_900_000,
        b"<opml><!--" + b"-" * 4_900_000,
        b"<opml><body>" + b"&amp;" * 900_000,
        b"<opml><head><title>" + b"x" * 4_900_000 + b"</title></head></opml>",
        b"<?xml " * 800_000,
    ],
    ids=["outlines", "attributes", "brackets", "ampersands", "dashes", "entities", "title", "declarations"],
)
def test_hostile_lists_cost_bounded_time(body):
    started = time.process_time()
    try:
        found = read(body)
    except NotAFeedError:
        found = None
    assert found is None or len(found.title) <= 500
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("feed://a.example/rss", "http://a.example/rss"),
        ("feed:https://a.example/rss", "https://a.example/rss"),
        ("feed://https://a.example/rss", "https://a.example/rss"),
        ("  https://a.example/a b ", "https://a.example/a%20b"),
        ("a.example", ""),
        ("javascript:alert(1)", ""),
    ],
)
def test_addresses_are_taken_as_people_write_them(text, url):
    assert web_address(text) == url


NAMES = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cf", "Cs", "Zl", "Zp")), min_size=1, max_size=40).map(
    lambda text: " ".join(text.split())
)


@given(
    st.lists(
        st.tuples(NAMES.filter(bool), st.lists(NAMES.filter(bool), max_size=4)),
        max_size=8,
    )
)
def test_every_list_that_was_written_is_read_back(rows):
    """Whatever stands in titles and folders; both in the order of the folders, in which a second writing changes nothing."""
    feeds = [
        Subscription(title=title, url=f"https://o{n}.example/rss", folder=tuple(folder)) for n, (title, folder) in enumerate(rows)
    ]
    written = write_opml(feeds, title="t", now=NOW)
    ET.fromstring(written.encode())
    found = read(written)
    assert {one.url: (one_line(one.title), tuple(map(one_line, one.folder))) for one in found.feeds} == {
        one.url: (one_line(one.title), tuple(map(one_line, one.folder))) for one in feeds
    }
    again = write_opml(found.feeds, title="t", now=NOW)
    assert write_opml(read(again).feeds, title="t", now=NOW) == again
