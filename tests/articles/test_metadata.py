"""Headline, byline, dates, language and addresses in the shapes that real templates print."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml.html import document_fromstring

from aggregator.articles.bylines import clean_authors
from aggregator.articles.instants import EARLIEST, instant
from aggregator.articles.jsonld import LARGEST, read_linked
from aggregator.articles.languages import language_code
from tests.articles.support import PARAGRAPH, page, read
from tests.articles.timing import seconds

PUBLISHED = datetime(2026, 3, 4, 7, 15, tzinfo=UTC)


def linked(text):
    return f'<script type="application/ld+json">{text}</script>'


def node(**fields):
    return {
        "@type": "NewsArticle",
        "headline": "Bridge Opens",
        "datePublished": "2026-03-04T10:15:00+03:00",
        "author": {"name": "Ann Lee"},
    } | fields


JSON_LD = {
    "plain object": json.dumps(node()),
    "list": json.dumps([{"@type": "WebSite", "name": "x"}, node()]),
    "graph": json.dumps({"@context": "https://schema.org", "@graph": [{"@type": "Organization", "name": "Org"}, node()]}),
    "list of types": json.dumps(node(**{"@type": ["Article", "NewsArticle"]})),
    "kin": json.dumps(node(**{"@type": "ReportageNewsArticle"})),
    "posting": json.dumps(node(**{"@type": "BlogPosting"})),
    "main entity": json.dumps({"@type": "WebPage", "name": "Page", "mainEntity": node()}),
    "trailing comma": json.dumps(node())[:-1] + ",}",
    "line break in a string": json.dumps(node(description="a\nb")).replace("\\n", "\n"),
    "cdata": "//<![CDATA[\n" + json.dumps(node()) + "\n//]]>",
    "comment": "<!-- " + json.dumps(node()) + " -->",
    "semicolon": json.dumps(node()) + ";",
    "escaped": json.dumps(node()).replace('"', "&quot;"),
    "author as list of names": json.dumps(node(author=["Ann Lee"])),
    "author as list of objects": json.dumps(node(author=[{"@type": "Person", "name": "Ann Lee"}])),
    "author name as list": json.dumps(node(author={"@type": "Person", "name": ["Ann Lee"]})),
    "author by": json.dumps(node(author="By Ann Lee")),
}


@pytest.mark.parametrize("shape", JSON_LD)
def test_json_ld_is_read_in_every_shape(shape):
    found = read(page(f"<p>{PARAGRAPH}</p>", head=linked(JSON_LD[shape])))
    assert (found.headline, found.published_at, found.authors) == ("Bridge Opens", PUBLISHED, ("Ann Lee",))
    assert dict(found.sources)["published_at"] == "json_ld"


def test_a_block_that_no_parser_takes_still_gives_headline_and_date():
    broken = json.dumps(node())[:-1] + ', "x": "unquoted "inner" quotes"}'
    found = read(page(f"<p>{PARAGRAPH}</p>", head=linked(broken)))
    assert (found.headline, found.published_at) == ("Bridge Opens", PUBLISHED)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "{",
        "17",
        '"x"',
        '{"@type": null}',
        '{"@type": "NewsArticle", "author": 7, "headline": ["", {}]}',
        "x" * (LARGEST + 1),
    ],
)
def test_useless_json_ld_leaves_the_page_to_speak_for_itself(text):
    found = read(page(f"<p>{PARAGRAPH}</p>", head=linked(text)))
    assert found.headline == "Bridge Opens to Traffic"
    assert found.authors == ()


DATES = [
    ("2026-03-04T10:15:00+03:00", "2026-03-04T07:15:00", True),
    ("2026-03-04T10:15:00+0300", "2026-03-04T07:15:00", True),
    ("2026-03-04T10:15:00+03", "2026-03-04T07:15:00", True),
    ("2026-03-04 10:15:00 -05:00", "2026-03-04T15:15:00", True),
    ("2026-03-04T10:15Z", "2026-03-04T10:15:00", True),
    ("2026-03-04T10:15:30.123456Z", "2026-03-04T10:15:30", True),
    ("2026-03-04 10:15:00 UTC", "2026-03-04T10:15:00", True),
    ("Wed, 04 Mar 2026 10:15:00 +0300", "2026-03-04T07:15:00", True),
    ("1772619300", "2026-03-04T10:15:00", True),
    ("1772619300000", "2026-03-04T10:15:00", True),
    ("2026-03-04T10:15:00", "2026-03-04T10:15:00", False),
    ("2026-03-04", "2026-03-04T00:00:00", False),
]


@pytest.mark.parametrize(("text", "expected", "zoned"), DATES)
def test_moments_keep_time_of_day_and_zone(text, expected, zoned):
    assert instant(text) == (datetime.fromisoformat(expected).replace(tzinfo=UTC), zoned)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "0000-00-00",
        "2026-13-01",
        "1970-01-01T00:00:00Z",
        "2026-03-04T10:15:00+99:00",
        "99999999999999",
        "04/03/2026",
    ],
)
def test_what_is_no_moment_is_none(text):
    assert instant(text) is None


@given(st.text(max_size=80))
def test_no_text_breaks_the_date_reader(text):
    found = instant(text)
    assert found is None or (found[0] >= EARLIEST and found[0].tzinfo is UTC)


@given(st.datetimes(min_value=datetime(1990, 1, 2), max_value=datetime(2100, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_iso_moments_are_read_back(moment):
    found = instant(moment.isoformat())
    assert found == (moment.replace(microsecond=0), True)


def test_a_date_with_a_zone_beats_one_without():
    head = (
        linked(json.dumps(node(datePublished="2026-03-04T10:15:00")))
        + '<meta property="article:published_time" content="2026-03-04T10:15:00+03:00">'
    )
    found = read(page(f"<p>{PARAGRAPH}</p>", head=head))
    assert found.published_at == PUBLISHED
    assert dict(found.sources)["published_at"] == "meta"


def test_a_date_days_ahead_is_not_believed():
    head = linked(json.dumps(node(datePublished="2031-01-01T00:00:00Z"))) + '<meta name="date" content="2026-03-04T07:15:00Z">'
    assert read(page(f"<p>{PARAGRAPH}</p>", head=head)).published_at == PUBLISHED


def test_without_any_marked_date_the_visible_day_is_the_last_resort():
    found = read(page(f'<time datetime="2026-03-02">2 March 2026</time><p>{PARAGRAPH}</p>'))
    assert found.published_at == datetime(2026, 3, 2, tzinfo=UTC)
    assert dict(found.sources)["published_at"] == "trafilatura"


BYLINES = [
    (("By Ann Lee and Bob Ray",), ("Ann Lee", "Bob Ray")),
    (("Ann Lee; Bob Ray",), ("Ann Lee", "Bob Ray")),
    (("Von Anna Groß und Peter Maß",), ("Anna Groß", "Peter Maß")),
    (("Автор: Ирина Белова",), ("Ирина Белова",)),
    (("https://www.facebook.com/annlee",), ()),
    (("ann@example.org",), ()),
    (("Ann Lee", "Ann Lee"), ("Ann Lee",)),
    (("a sentence that is certainly not the name of anyone",), ()),
    (("12345", ""), ()),
]


@pytest.mark.parametrize(("texts", "names"), BYLINES)
def test_bylines_become_names(texts, names):
    assert clean_authors(texts) == names


def test_authors_are_never_invented():
    """trafilatura guesses an author on about half of the pages that name none; we do not ask it."""
    found = read(page(f"<p>{PARAGRAPH}</p><p class='author-bio'>Written by the staff of the city desk in the morning.</p>"))
    assert found.authors == ()


def test_byline_links_of_comments_do_not_count():
    body = f'<div><a rel="author" href="/a">Ann Lee</a></div><p>{PARAGRAPH}</p><ul class="c"><li><div><a rel="author" href="/x">Angry Reader</a></div></li></ul>'
    assert read(page(body)).authors == ("Ann Lee",)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("en", "en"),
        ("en-GB", "en"),
        ("en_US", "en"),
        ("zh-Hant-TW", "zh"),
        ("English", "en"),
        ("", ""),
        ("{lang}", ""),
        ("x" * 40, ""),
    ],
)
def test_language_codes(text, code):
    assert language_code(text) == code


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("/2026/bridge", "https://www.example.org/2026/bridge"),
        ("//www.example.org/b", "https://www.example.org/b"),
        ("javascript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("http://[broken", ""),
        ("", ""),
    ],
)
def test_canonical_addresses_are_absolute_http_or_nothing(link, expected):
    assert read(page(f"<p>{PARAGRAPH}</p>", head=f'<link rel="canonical" href="{link}">')).canonical_url == expected


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (
            '<meta property="og:title" content="Bridge Opens | The Post"><meta property="og:site_name" content="The Post">',
            "Bridge Opens",
        ),
        ('<meta property="og:title" content="Bridge Opens - at last">', "Bridge Opens - at last"),
        (linked(json.dumps(node(headline="Bridge Opens to…"))), "Bridge Opens to Traffic"),
        (linked(json.dumps(node(headline="Tom &amp; Jerry"))), "Tom & Jerry"),
    ],
)
def test_headlines_lose_the_site_name_and_are_completed(head, expected):
    assert read(page(f"<p>{PARAGRAPH}</p>", head=head)).headline == expected


@pytest.mark.parametrize(
    ("value", "free"), [(True, True), (False, False), ("False", False), ("http://schema.org/False", False), ("maybe", None)]
)
def test_the_paywall_mark(value, free):
    assert read(page(f"<p>{PARAGRAPH}</p>", head=linked(json.dumps(node(isAccessibleForFree=value))))).is_free is free


HEADLINES = {
    # name: (og:title, JSON-LD headline, h1, title, expected, source)
    "og first": (
        "Bridge opens at last",
        "Bridge opens: what drivers must know",
        "Bridge opens at last",
        "",
        "Bridge opens at last",
        "meta",
    ),
    "site's tail that og:site_name does not name": (
        "Bridge opens at last - Valley Times",
        "",
        "Bridge opens at last",
        "",
        "Bridge opens at last",
        "h1",
    ),
    "site's tail that only JSON-LD lacks": (
        "Bridge opens at last | News | Valley",
        "Bridge opens at last",
        "Valley",
        "",
        "Bridge opens at last",
        "json_ld",
    ),
    "a dash of its own": ("Bridge opens – but who may use it?", "", "Traffic", "", "Bridge opens – but who may use it?", "meta"),
    "cut": (
        "Bridge opens at last, two years later than…",
        "",
        "Bridge opens at last, two years later than planned",
        "",
        "Bridge opens at last, two years later than planned",
        "h1",
    ),
    "og is only the site": ("The Post", "Bridge opens at last", "Bridge opens at last", "", "Bridge opens at last", "json_ld"),
    "h1 only": ("", "", "Bridge opens at last", "Bridge opens at last | The Post", "Bridge opens at last", "h1"),
    "title only": ("", "", "", "Bridge opens at last | The Post", "Bridge opens at last", "title"),
    "entities": ("Tom &amp;amp; Jerry &quot;open&quot; bridge", "", "x", "", 'Tom &amp; Jerry "open" bridge', "meta"),
    "quotes as printed": ("„Brücke“ ist «offen», sagt ‘er’", "", "x", "", "„Brücke“ ist «offen», sagt ‘er’", "meta"),
}


@pytest.mark.parametrize("name", HEADLINES)
def test_the_headline_without_the_site_and_whole(name):
    og, ld, h1, title, expected, source = HEADLINES[name]
    head = (
        '<meta property="og:site_name" content="The Post">'
        + (f'<meta property="og:title" content="{og}">' if og else "")
        + (linked(json.dumps(node(headline=ld))) if ld else "")
    )
    html = f"<html><head><title>{title}</title>{head}</head><body><article>{f'<h1>{h1}</h1>' if h1 else ''}<p>{PARAGRAPH}</p></article></body></html>"
    found = read(html.encode())
    assert (found.headline, dict(found.sources)["headline"]) == (expected, source)


def test_a_printed_headline_that_differs_is_no_part_of_the_body():
    head = '<meta property="og:title" content="Bridge opens at last">' + linked(
        json.dumps(node(headline="Bridge opens: what drivers must know"))
    )
    found = read(
        page(f"<p>{PARAGRAPH}</p>" * 2 + f"<p>{PARAGRAPH[::-1]}</p>", headline="Bridge opens: what drivers must know", head=head)
    )
    assert found.headline == "Bridge opens at last"
    assert "drivers" not in found.body


TIMES = {
    # name: (head, body, published, source)
    "named as publication": ("", '<time class="entry-date published" datetime="2026-03-04T10:15:00+03:00"></time><time class="updated" datetime="2026-03-04T18:00:00+03:00"></time>', PUBLISHED, "time"),
    "itemprop": ("", '<span itemprop="datePublished" content="2026-03-04T10:15:00+03:00"></span>', PUBLISHED, "time"),
    "pubdate": ("", '<time pubdate datetime="2026-03-04T10:15:00+03:00"></time>', PUBLISHED, "time"),
    "other than the known update": ('<meta property="article:modified_time" content="2026-03-04T18:00:00Z">', '<time datetime="2026-03-04T10:15:00+03:00"></time>', PUBLISHED, "time"),
    "it is the known update": ('<meta property="article:modified_time" content="2026-03-04T07:15:00Z">', '<time class="byline__datetime" datetime="2026-03-04T10:15:00+03:00">4 March 2026</time>', datetime(2026, 3, 4, tzinfo=UTC), "trafilatura"),
    "nobody says what it is": ("", '<time datetime="2026-03-04T10:15:00+03:00">4 March 2026</time>', datetime(2026, 3, 4, tzinfo=UTC), "trafilatura"),
    "metas go first": ('<meta property="article:published_time" content="2026-03-03T10:00:00Z">', '<time class="published" datetime="2026-03-04T10:15:00+03:00"></time>', datetime(2026, 3, 3, 10, tzinfo=UTC), "meta"),
}  # fmt: skip


@pytest.mark.parametrize("name", TIMES)
def test_a_printed_time_counts_only_when_it_cannot_be_the_update(name):
    """The Moscow Times shows the moment of the update in its <time>."""
    head, body, published, source = TIMES[name]
    found = read(page(f"{body}<p>{PARAGRAPH}</p>", head=head))
    assert (found.published_at, dict(found.sources)["published_at"]) == (published, source)


def test_dates_of_publication_and_update_stay_apart():
    head = linked(json.dumps(node(dateModified="2026-03-04T18:30:00+03:00")))
    found = read(page(f"<p>{PARAGRAPH}</p>", head=head))
    assert (found.published_at, found.modified_at) == (PUBLISHED, datetime(2026, 3, 4, 15, 30, tzinfo=UTC))


@pytest.mark.parametrize("name", ["dateModified", "datePublished"])
def test_no_date_from_the_future_is_believed(name):
    found = read(page(f"<p>{PARAGRAPH}</p>", head=linked(json.dumps(node(**{name: "2027-01-01T00:00:00Z"})))))
    assert all(moment is None or moment.year == 2026 for moment in (found.published_at, found.modified_at))


def test_json_ld_in_many_blocks_is_bounded():
    block = "[" + ",".join(['{"@type": "Thing"}'] * 20_000) + "]"
    tree = document_fromstring(linked(block) * 10 + linked(json.dumps(node())))
    assert seconds(lambda: read_linked(tree)) < 1
    assert read_linked(document_fromstring(linked(block) + linked(json.dumps(node())))).headline == "Bridge Opens"
