"""What is taken from an item, and what is refused as a document."""

import os
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from feedparser.api import PREFERRED_XML_PARSERS
from hypothesis import given
from hypothesis import strategies as st

from aggregator.errors import NotAFeedError
from aggregator.feeds.parse import parse_feed
from aggregator.limits import DEFAULT_LIMITS
from aggregator.reasons import Reason
from tests.feeds.documents import NOW, URL, atom, item, parsed, rss

LAUGHS = '<!DOCTYPE r [<!ENTITY a0 "ha">' + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10)) + "]>"


def test_our_driver_is_the_one_feedparser_uses() -> None:
    assert PREFERRED_XML_PARSERS[0] == "aggregator.feeds.sax"


@pytest.mark.parametrize(
    ("items", "link"),
    [
        ("<item><title>x</title><link>https://example.org/a</link></item>", "https://example.org/a"),
        ("<item><title>x</title><link>\n https://example.org/a \n</link></item>", "https://example.org/a"),
        ("<item><title>x</title><link>/a?b=1&amp;c=2</link></item>", "https://feeds.example.org/a?b=1&c=2"),
        ("<item><title>x</title><guid>https://example.org/g</guid></item>", "https://example.org/g"),
        ("<item><title>x</title><link/><guid>https://example.org/g</guid></item>", "https://example.org/g"),
        ("<item><title>x</title><link></link><guid>https://example.org/g</guid></item>", "https://example.org/g"),
        ("<item><title>x</title><guid isPermaLink='false'>https://example.org/g</guid></item>", ""),
        ("<item><title>x</title><guid>tag:example.org,2021:7</guid></item>", ""),
        ("<item><title>x</title><link>javascript:alert(1)</link></item>", ""),
        (
            "<item><title>x</title><enclosure url='https://example.org/a.mp3' type='audio/mpeg'/></item>",
            "https://example.org/a.mp3",
        ),
        (
            (
                "<item><title>x</title><link>https://feedproxy.example/1</link>"
                "<feedburner:origLink>https://example.org/o</feedburner:origLink></item>"
            ),
            "https://example.org/o",
        ),
        ("<item xml:base='https://other.example/x/'><title>x</title><link>a</link></item>", "https://other.example/x/a"),
    ],
)
def test_link_of_an_rss_item(items: str, link: str) -> None:
    assert [entry.link for entry in parsed(rss(items)).entries] == [link]


@pytest.mark.parametrize(
    ("links", "link"),
    [
        ("<link href='https://example.org/a'/>", "https://example.org/a"),
        (
            "<link rel='self' href='https://example.org/s'/><link rel='alternate' href='https://example.org/a'/>",
            "https://example.org/a",
        ),
        ("<link rel='enclosure' href='https://example.org/e.jpg'/><link href='https://example.org/a'/>", "https://example.org/a"),
        (
            (
                "<link rel='alternate' type='application/pdf' href='https://example.org/p'/>"
                "<link rel='alternate' type='text/html' href='https://example.org/a'/>"
            ),
            "https://example.org/a",
        ),
        ("<link rel='replies' href='https://example.org/r'/>", ""),
        ("<link href='a'/>", "https://feeds.example.org/news/a"),
        ("<link xml:base='https://other.example/' href='a'/>", "https://other.example/a"),
    ],
)
def test_link_of_an_atom_entry(links: str, link: str) -> None:
    assert parsed(atom(f"<entry><id>urn:1</id><title>x</title>{links}</entry>")).entries[0].link == link


def test_relative_links_follow_the_address_that_answered() -> None:
    feed = parsed(rss("<item><title>x</title><link>/a</link></item>"), url="https://moved.example/rss")
    assert feed.entries[0].link == "https://moved.example/a"


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("<title>Tom &amp; Jerry</title>", "Tom & Jerry"),
        ("<title>Tom &amp;amp; Jerry</title>", "Tom & Jerry"),
        ("<title><![CDATA[Tom &amp; <b>Jerry</b>]]></title>", "Tom & Jerry"),
        ("<title>\n\t\tIndented\n\t</title>", "Indented"),
        ("<title></title><description>&lt;p&gt;" + "word " * 40 + "&lt;/p&gt;</description>", ("word " * 16).strip() + "…"),
        ("<title>&lt;script&gt;alert(1)&lt;/script&gt;News</title>", "News"),
        ("<title>News &#x1F6A2; &#0; &#x110000; &#99999999999;ship</title>", "News 🚢 ship"),
        ("<title>Bell\x07 and \x1bescape</title>", "Bell and escape"),
    ],
)
def test_titles_are_plain(title: str, expected: str) -> None:
    assert parsed(rss(f"<item>{title}<link>https://example.org/a</link></item>")).entries[0].title == expected


def test_atom_text_title_keeps_its_angle_brackets() -> None:
    entry = atom("<entry><id>urn:1</id><title type='text'>if a &lt;b&gt; c</title></entry>")
    assert parsed(entry).entries[0].title == "if a <b> c"


LONG = "word " * 100


@pytest.mark.parametrize(
    ("texts", "summary", "content"),
    [
        ("<description>Short.</description>", "Short.", ""),
        (f"<description>{LONG}</description>", LONG.strip(), ""),
        (
            f"<description>Short.</description><content:encoded>&lt;p&gt;{LONG}&lt;/p&gt;</content:encoded>",
            "Short.",
            LONG.strip(),
        ),
        (f"<content:encoded>&lt;p&gt;{LONG}&lt;/p&gt;</content:encoded>", "", LONG.strip()),
        ("<content:encoded>&lt;p&gt;Short.&lt;/p&gt;</content:encoded>", "Short.", ""),
        ("<description>&lt;p&gt;One.&lt;/p&gt;&lt;p&gt;Two.&lt;/p&gt;</description>", "One.\nTwo.", ""),
        ("", "", ""),
    ],
)
def test_summary_and_content(texts: str, summary: str, content: str) -> None:
    entry = parsed(rss(item(extra=texts))).entries[0]
    assert (entry.summary, entry.content) == (summary, content)


@pytest.mark.parametrize(
    ("extra", "image"),
    [
        ("<media:content url='https://example.org/i.jpg' medium='image'/>", "https://example.org/i.jpg"),
        ("<media:content url='https://example.org/v.mp4' type='video/mp4'/>", ""),
        ("<media:thumbnail url='/t.png'/>", "https://feeds.example.org/t.png"),
        ("<enclosure url='https://example.org/e.png' type='image/png'/>", "https://example.org/e.png"),
        ("<enclosure url='https://example.org/e.mp3' type='audio/mpeg'/>", ""),
        ("<media:content url='javascript:x' medium='image'/>", ""),
    ],
)
def test_image(extra: str, image: str) -> None:
    assert parsed(rss(item(extra=extra))).entries[0].image_url == image


def test_other_fields_of_an_item() -> None:
    extra = "<dc:creator>Ann Reporter</dc:creator><pubDate>Mon, 02 Mar 2026 12:00:00 MSK</pubDate>"
    entry = parsed(rss(item(extra=extra), "<ttl>600</ttl>")).entries[0]
    assert (entry.author, entry.guid, entry.language) == ("Ann Reporter", "post-1", "en")
    assert entry.published_at == datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    assert entry.published_raw == "Mon, 02 Mar 2026 12:00:00 MSK"


def test_future_date_means_first_seen_and_stays_readable() -> None:
    entry = parsed(rss(item(extra="<pubDate>Mon, 02 Mar 2026 15:00:00 GMT</pubDate>"))).entries[0]
    assert entry.published_at is None
    assert entry.published_raw == "Mon, 02 Mar 2026 15:00:00 GMT"


@pytest.mark.parametrize(
    ("channel", "ttl"),
    [
        ("<ttl>30</ttl>", timedelta(minutes=30)),
        ("<ttl>999999</ttl>", timedelta(days=7)),
        ("<ttl>0</ttl>", None),
        ("<ttl>soon</ttl>", None),
        ("<ttl>-5</ttl>", None),
        ("<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>", timedelta(minutes=30)),
        ("<sy:updatePeriod>hourly</sy:updatePeriod>", timedelta(hours=1)),
        ("<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>0.1</sy:updateFrequency>", None),
        ("<sy:updatePeriod>always</sy:updatePeriod><sy:updateFrequency>1</sy:updateFrequency>", None),
        ("", None),
    ],
)
def test_ttl(channel: str, ttl: timedelta | None) -> None:
    assert parsed(rss(item(), channel)).ttl == ttl


def test_json_feed() -> None:
    body = (
        '\ufeff{"version": "https://jsonfeed.org/version/1.1", "title": "Post", "home_page_url": "https://example.org/",'
        '"items": [{"id": 5, "url": "/a", "title": "Ferry &amp; bus", "content_html": "<p>x</p>", "authors": [{"name": "Ann"}],'
        '"date_published": "2026-03-01T00:00:00Z", "image": "https://example.org/i.png"}, 7, {"id": [], "url": {}}]}'
    ).encode()
    feed = parsed(body)
    assert (feed.title, len(feed.entries)) == ("Post", 1)
    first = feed.entries[0]
    assert (first.guid, first.link, first.title, first.summary) == ("5", "https://feeds.example.org/a", "Ferry & bus", "x")
    assert (first.author, first.image_url) == ("Ann", "https://example.org/i.png")


@pytest.mark.parametrize(
    ("declared", "codec", "header"),
    [
        ("utf-8", "utf-8", "text/xml"),
        ("utf-8", "utf-8", "text/xml; charset=iso-8859-1"),
        ("iso-8859-1", "utf-8", "application/xml"),
        ("utf-8", "cp1252", "application/xml"),
        ("iso-8859-1", "cp1252", "text/xml"),
        ("utf-8", "cp1252", "text/html; charset=iso-8859-1"),
        ("utf-16", "utf-16", "application/rss+xml; charset=utf-8"),
        ("utf-16", "utf-16-be", ""),
        ("no-such-codec", "utf-8", "text/plain; charset=zlib"),
    ],
)
def test_bytes_are_believed_before_declarations(declared: str, codec: str, header: str) -> None:
    head = f'<?xml version="1.0" encoding="{declared}"?>'
    body = rss(item(title="Café déjà vu – naïve"), head=head).decode().encode(codec)
    assert parsed(body, content_type=header).entries[0].title == "Café déjà vu – naïve"


@pytest.mark.parametrize("defect", ["&nbsp;", "AT&T", "<b>", "\x0c", "</item2>", "&undefined;"])
def test_items_before_and_after_a_defect_are_kept(defect: str) -> None:
    assert len(parsed(rss(item(1) + item(2, f"<description>{defect}</description>") + item(3))).entries) == 3


def test_leading_rubbish_and_a_missing_end_are_forgiven() -> None:
    body = b"\n\n \n" + rss(item(1) + item(2))[:-20]
    assert len(parsed(body).entries) == 2


def test_no_more_entries_than_the_limit() -> None:
    limits = replace(DEFAULT_LIMITS, feed_entries=3)
    feed = parse_feed(rss("".join(item(n) for n in range(9))), url=URL, now=NOW, limits=limits)
    assert [entry.guid for entry in feed.entries] == ["post-0", "post-1", "post-2"]


def test_feed_without_items_is_a_feed() -> None:
    assert parsed(rss("")).entries == ()


HOSTILE_AND_FOREIGN = [
    ("nothing", b"", Reason.EMPTY),
    ("blanks", b" \n\t" * 1000, Reason.EMPTY),
    ("zero bytes", b"\0" * 100_000, Reason.EMPTY),
    ("web page", b"<!DOCTYPE html><html><body>log in</body></html>", Reason.NOT_A_FEED),
    ("large web page", b"<html>" + b"<p>text <b>x</b></p>" * 60_000, Reason.NOT_A_FEED),
    ("web page that mentions a feed", b"<!doctype html><title>x</title><rss>", Reason.NOT_A_FEED),
    ("words", b"Service temporarily unavailable", Reason.NOT_A_FEED),
    ("sitemap", b"<urlset><url><loc>https://example.org</loc></url></urlset>", Reason.NOT_A_FEED),
    ("JSON", b'{"error": "no"}', Reason.NOT_A_FEED),
    ("JSON list", b'[{"items": []}]', Reason.NOT_A_FEED),
    ("broken JSON", b'{"version": "https://jsonfeed.org/version/1", "items": [', Reason.NOT_A_FEED),
    ("deep JSON", b'{"items":' + b"[" * 500_000, Reason.NOT_A_FEED),
    ("random", os.urandom(500_000), Reason.NOT_A_FEED),
    ("utf-7", b'<?xml version="1.0" encoding="UTF-7"?>' + rss("<item><title>+ADw-script+AD4-</title></item>"), Reason.HOSTILE),
    ("billion laughs", rss("<item><title>&a9;</title></item>", head=LAUGHS), Reason.HOSTILE),
    ("100,000 laughs", rss("<item><title>&a5;</title></item>", head=LAUGHS), Reason.HOSTILE),
    ("quadratic", rss(f"<item>{'&a;' * 5000}</item>", head=f'<!DOCTYPE r [<!ENTITY a "{"A" * 115_000}">]>'), Reason.HOSTILE),
    ("100,000 attributes", rss("<item " + " ".join(f'a{n}="1"' for n in range(100_000)) + "/>"), Reason.HOSTILE),
    (
        "1,000 entities",
        rss("", head="<!DOCTYPE r [" + "".join(f'<!ENTITY e{n} "x">' for n in range(1000)) + "]>"),
        Reason.HOSTILE,
    ),
    ("300 attributes", rss("<item " + " ".join(f'a{n}="1"' for n in range(300)) + "/>"), Reason.HOSTILE),
    (
        "many attributes on many elements",
        rss("&bad" + ("<item " + " ".join(f'a{n}="1"' for n in range(5000)) + "/>") * 40),
        Reason.HOSTILE,
    ),
    ("100,000 nested", rss("<a>" * 100_000), Reason.HOSTILE),
    ("2 MB of <", rss("<" * 2_000_000), Reason.HOSTILE),
    ("2 MB of &", rss("&" * 2_000_000), Reason.HOSTILE),
    ("open comments", rss("<!--" * 1_000_000), Reason.HOSTILE),
]


@pytest.mark.parametrize(
    ("body", "reason"), [row[1:] for row in HOSTILE_AND_FOREIGN], ids=[row[0] for row in HOSTILE_AND_FOREIGN]
)
def test_refused_by_name_and_soon(body: bytes, reason: Reason) -> None:
    started = time.process_time()
    with pytest.raises(NotAFeedError) as caught:
        parsed(body)
    assert caught.value.reason is reason
    assert caught.value.detail
    assert time.process_time() - started < 5


SLOW = [
    ("nested where the tolerant parser reads", rss("<item><title>x</title></item>&bad" + "<a>" * 90_000)),
    ("90,000 of <", rss("<item><title>x</title>" + "<" * 90_000)),
    ("10,000 entries", rss("".join(item(n, f"<description>{'word ' * 40}</description>") for n in range(10_000)))),
    (
        "unclosed quotes in a text",
        rss("<item><title>x</title><description><![CDATA[" + '<a "' * 200_000 + "]]></description></item>"),
    ),
    ("inline XHTML", atom(f"<entry><id>1</id><content type='xhtml'><div>{'<b>x</b>' * 140_000}</div></content></entry>")),
    ("dates without end", rss(f"<item><title>x</title><pubDate>{'Mon, ' * 500_000}</pubDate></item>")),
    ("one data: address", rss(item(extra=f'<media:content url="data:image/png;base64,{"A" * 300_000}" medium="image"/>'))),
]


@pytest.mark.parametrize("body", [row[1] for row in SLOW], ids=[row[0] for row in SLOW])
def test_expensive_documents_end_in_bounded_time(body: bytes) -> None:
    started = time.process_time()
    assert len(parsed(body).entries) <= DEFAULT_LIMITS.feed_entries
    assert time.process_time() - started < 8


@pytest.mark.parametrize(
    "head",
    [
        '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/hostname">]>',
        '<!DOCTYPE r SYSTEM "http://127.0.0.1:1/x.dtd">',
        '<!DOCTYPE r [<!ENTITY % p SYSTEM "http://127.0.0.1:1/x.dtd"> %p;]>',
        '<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://my.netscape.com/publish/formats/rss-0.91.dtd">',
    ],
)
def test_nothing_outside_the_document_is_read(head: str) -> None:
    entry = parsed(rss(item(title="Ferry [&x;]"), head=head)).entries[0]
    assert entry.title in {"Ferry [&x;]", "Ferry []"}


@given(st.binary(max_size=300), st.text(max_size=40))
def test_any_bytes_give_a_feed_or_a_named_refusal(body: bytes, content_type: str) -> None:
    for document in (body, b"<rss><channel>" + body, b'{"items":[' + body):
        try:
            assert parsed(document, content_type=content_type).entries is not None
        except NotAFeedError as error:
            assert error.reason in {Reason.EMPTY, Reason.NOT_A_FEED, Reason.HOSTILE}
