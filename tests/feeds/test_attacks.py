"""Documents built to do harm: each ends in entries or a named reason within its limit, and nothing gets through.

The table of the specification (its section on attacks) and the parsing half of the fault table; what a worker's wall clock, memory
limit and the HTTP door must stop is tested where they live.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from aggregator.errors import NotAFeedError
from aggregator.feeds.parse import parse_feed
from aggregator.feeds.values import FeedKind
from aggregator.limits import DEFAULT_LIMITS
from aggregator.reasons import Reason
from tests.feeds.documents import NOW, URL, atom, item, parsed, rss

BOTH = (Reason.HOSTILE, Reason.NOT_A_FEED)


def laughs(levels: int, fan: int = 10, first: str = "ha") -> str:
    rest = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * fan}">' for n in range(1, levels))
    return f'<!DOCTYPE r [<!ENTITY a0 "{first}">{rest}]>'


def attributes(count: int) -> str:
    return " ".join(f'a{n}="1"' for n in range(count))


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """`refused`: the reasons it may end with; empty: it is read, and `check` says how."""

    name: str
    body: Callable[[], bytes]
    refused: tuple[Reason, ...] = ()
    seconds: float = 5.0


ATTACKS = [
    Attack(name="billion laughs", body=lambda: rss(item(title="&a9;"), head=laughs(10)), refused=BOTH),
    Attack(name="100,000 laughs", body=lambda: rss(item(title="&a5;"), head=laughs(6)), refused=BOTH),
    Attack(name="laughs in lower case", body=lambda: rss(item(title="&a9;"), head=laughs(10).replace("ENTITY", "entity"))),
    Attack(
        name="quadratic entity",
        body=lambda: rss(item(title="&a;" * 5000), head=f'<!DOCTYPE r [<!ENTITY a "{"A" * 115_000}">]>'),
        refused=BOTH,
    ),
    Attack(
        name="entity behind other entities", body=lambda: rss("&b;", head=laughs(3).replace("&a0;", "&a0;&a0;")), refused=BOTH
    ),
    Attack(name="parameter entities", body=lambda: rss(item(), head='<!DOCTYPE r [<!ENTITY % p "x"> %p; %p;]>')),
    Attack(
        name="entity of a file",
        body=lambda: rss(item(title="[&x;]"), head='<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/hosts">]>'),
    ),
    Attack(name="external DTD", body=lambda: rss(item(), head='<!DOCTYPE r SYSTEM "http://127.0.0.1:9/x.dtd">')),
    Attack(name="100,000 attributes", body=lambda: rss(f"<item {attributes(100_000)}/>"), refused=BOTH),
    Attack(name="60,000 attributes", body=lambda: rss(f"<item {attributes(60_000)}/>"), refused=BOTH),
    Attack(name="5,000 attributes a hundred times", body=lambda: rss(f"<item {attributes(5_000)}/>" * 100), refused=BOTH),
    Attack(name="300 attributes, broken", body=lambda: rss(f"&<item {attributes(300)}/><bad")),
    Attack(
        name="100,000 names of namespaces",
        body=lambda: rss("<item " + " ".join(f'xmlns:n{n}="u{n}"' for n in range(100_000)) + "/>"),
        refused=BOTH,
    ),
    Attack(
        name="255 names of namespaces a thousand times",
        body=lambda: rss(("<a " + " ".join(f'xmlns:n{n}="u{n}"' for n in range(255)) + "/>") * 1000),
    ),
    Attack(name="100,000 nested", body=lambda: rss("<a>" * 100_000), refused=BOTH),
    Attack(name="100,000 nested and closed", body=lambda: rss("<a>" * 100_000 + "</a>" * 100_000), refused=BOTH),
    Attack(name="items in items", body=lambda: rss("<item>" * 200 + "<title>x</title>" + "</item>" * 200)),
    Attack(name="2 MB of <", body=lambda: rss("<" * 2_000_000), refused=BOTH),
    Attack(name="2 MB of &", body=lambda: rss("&" * 2_000_000), refused=BOTH),
    Attack(name="900,000 of &", body=lambda: rss(item(title="&" * 900_000)), seconds=8),
    Attack(name="290,000 of <", body=lambda: rss(item() + "<" * 290_000), refused=BOTH),
    Attack(name="90,000 of <", body=lambda: rss(item() + "<" * 90_000), seconds=8),
    Attack(name="2 MB of ]]>", body=lambda: rss(item(title="]]>" * 700_000)), seconds=8),
    Attack(name="2 MB of open CDATA", body=lambda: rss("<![CDATA[" * 220_000), seconds=8),
    Attack(name="open comments", body=lambda: rss("<!--" * 500_000)),
    Attack(name="open declarations", body=lambda: rss(item() + "<?x " * 290_000), seconds=8),
    Attack(name="doctypes", body=lambda: b"<!DOCTYPE " * 200_000 + rss(item()), refused=BOTH),
    Attack(
        name="utf-7",
        body=lambda: rss(item(title="+ADw-script+AD4-"), head='<?xml version="1.0" encoding="utf-7"?>'),
        refused=BOTH,
    ),
    Attack(
        name="utf-7 by another name",
        body=lambda: rss(item(title="+ADw-script+AD4-"), head='<?xml version="1.0" encoding="unicode-1-1-utf-7"?>'),
        refused=(*BOTH,),
    ),
    Attack(
        name="10 MB of CDATA",
        body=lambda: rss(item(extra=f"<description><![CDATA[{'word ' * 2_000_000}]]></description>")),
        seconds=8,
    ),
    Attack(
        name="10,000 entries",
        body=lambda: rss("".join(item(n, f"<description>{'word ' * 40}</description>") for n in range(10_000))),
    ),
    Attack(name="100,000 entries", body=lambda: rss("<item><title>x</title></item>" * 90_000), seconds=8),
    *(
        Attack(name=f"author of {size} kB", body=lambda size=size: rss(item(extra=f"<author>{'a' * size * 1000}</author>")))
        for size in (8, 16, 100)
    ),
    Attack(name="author of dots", body=lambda: rss(item(extra=f"<author>{'a.' * 50_000}@{'b-' * 50_000}</author>"))),
    Attack(name="author of brackets", body=lambda: rss(item(extra=f"<author>x@y {'(' * 100_000}</author>"))),
    Attack(name="zero bytes", body=lambda: rss(item(title="Fer\0ry")) + b"\0" * 1_000_000),
    Attack(name="lone surrogates", body=lambda: rss(item(title="Ferry &#xD800;&#55357; runs"))),
    Attack(name="lone surrogates as bytes", body=lambda: rss(item()).replace(b"Ferry", b"Ferry \xed\xa0\xbd")),
    Attack(name="a date of 50,000 digits", body=lambda: rss(item(extra=f"<pubDate>{'9' * 50_000}</pubDate>"))),
    Attack(name="an address of 1 MB", body=lambda: rss(item(link="https://example.org/" + "a" * 1_000_000))),
    Attack(name="a guid of 1 MB", body=lambda: rss(item(guid="g" * 1_000_000))),
    Attack(name="100,000 links", body=lambda: rss("<item><title>x</title>" + "<link>/a</link>" * 100_000 + "</item>")),
    Attack(
        name="100,000 enclosures", body=lambda: rss("<item><title>x</title>" + "<enclosure url='/a.mp3'/>" * 100_000 + "</item>")
    ),
    Attack(name="deep JSON", body=lambda: b'{"items":' + b"[" * 500_000, refused=BOTH),
    Attack(
        name="JSON of 100,000 items",
        body=lambda: json.dumps(
            {"version": "jsonfeed", "title": "x", "items": [{"id": str(n)} for n in range(100_000)]}
        ).encode(),
    ),
    Attack(
        name="a number of a million digits", body=lambda: b'{"version":"jsonfeed","items":[{"id":' + b"9" * 1_000_000 + b"}]}"
    ),
    Attack(
        name="XHTML of one nested box",
        body=lambda: atom(
            f"<entry><id>1</id><title>x</title><content type='xhtml'>{'<div>' * 200}{'</div>' * 200}</content></entry>"
        ),
    ),
    Attack(name="40 prefixes nobody declared", body=lambda: rss(item() + "".join(f"<p{n}:a p{n}:b='1'/>" for n in range(40)))),
    Attack(
        name="100,000 prefixes nobody declared",
        body=lambda: rss(item() + "".join(f"<p{n}:a/>" for n in range(100_000))),
        seconds=8,
    ),
]


@pytest.mark.parametrize("attack", ATTACKS, ids=[attack.name for attack in ATTACKS])
def test_p64_attack_ends_in_bounded_time_with_entries_or_a_reason(attack: Attack) -> None:
    body = attack.body()
    started = time.process_time()
    try:
        entries = parsed(body).entries
    except NotAFeedError as error:
        assert error.reason in (attack.refused or BOTH)
        assert error.detail
    else:
        assert not attack.refused
        assert len(entries) <= DEFAULT_LIMITS.feed_entries
        for entry in entries:
            assert "<script" not in entry.title
            assert len(entry.title) <= 1_000 and len(entry.guid) <= 2_000 and len(entry.link) <= 4_096
            assert "\0" not in repr(entry)
            assert "localhost" not in entry.title
    assert time.process_time() - started < attack.seconds


MARKUP = [
    "<script>alert(1)</script>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&amp;lt;script&amp;gt;alert(1)&amp;lt;/script&amp;gt;",
    "<![CDATA[<img src=x onerror=alert(1)>]]>",
    "<![CDATA[<!--><img src=x onerror=alert(1)>-->]]>",
    '<![CDATA[<a href="java&#9;script:alert(1)">x</a>]]>',
    "<![CDATA[<svg><script>alert(1)</script></svg>]]>",
    "<![CDATA[<style>@import 'x'</style><form action=x><input></form>]]>",
    '<![CDATA[<iframe src="javascript:alert(1)">]]>',
]


@pytest.mark.parametrize("markup", MARKUP)
@pytest.mark.parametrize("broken", ["", "<bad"], ids=["well-formed", "broken"])
def test_no_markup_reaches_what_is_shown(markup: str, broken: str) -> None:
    """Titles, authors and summaries are text: a tag that survives unfolding is shown as letters, never as one more layer of markup."""
    extra = f"<author>{markup}</author><description>{markup}</description>"
    entry = parsed(rss(f"<item><title>News {markup}</title><link>https://example.org/a</link>{extra}</item>{broken}")).entries[0]
    for text in (entry.title, entry.author, entry.summary):
        assert "onerror" not in text or "<" not in text
        assert "<svg" not in text and "<iframe" not in text and "<style" not in text and "<form" not in text
        assert "javascript:" not in text
    assert entry.title.startswith("News")


@pytest.mark.parametrize(
    "scheme", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "vbscript:x", "\\\\host\\x", "https://user:pw@h/"]
)
def test_no_address_but_http_is_kept(scheme: str) -> None:
    inside = (
        f"<link>{scheme}</link><guid>{scheme}</guid><enclosure url='{scheme}' type='audio/mpeg'/>"
        f"<media:content url='{scheme}' medium='image'/><media:thumbnail url='{scheme}'/>"
    )
    feed = parsed(rss(f"<item><title>x</title>{inside}</item>", f"<link>{scheme}</link>"))
    entry = feed.entries[0]
    assert entry.link in {"", "https://feeds.example.org/"} or entry.link.startswith("https://feeds.example.org/")
    assert (entry.image_url, entry.is_media) == ("", False)


@pytest.mark.parametrize("kind", list(FeedKind))
@pytest.mark.parametrize("attack", ATTACKS[::4], ids=[attack.name for attack in ATTACKS[::4]])
def test_attacks_end_whatever_was_expected(kind: FeedKind, attack: Attack) -> None:
    body = attack.body()
    started = time.process_time()
    try:
        assert parse_feed(body, url=URL, kind=kind, now=NOW, limits=DEFAULT_LIMITS).entries is not None
    except NotAFeedError as error:
        assert error.reason in BOTH
    assert time.process_time() - started < attack.seconds
