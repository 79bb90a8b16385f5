"""Authors: all who are named, nobody who is not; out of JSON-LD, metas, and the line under the headline."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml.html import document_fromstring

from aggregator.articles.bylines import clean_authors, is_name, is_outlet, outlet_names, read_byline
from aggregator.articles.compose import compose
from aggregator.articles.values import FeedText
from tests.articles.support import NOW, PARAGRAPH, URL, page, read
from tests.articles.timing import seconds

TEXT = f"<p>{PARAGRAPH}</p>"


def linked(author, **fields):
    node = {
        "@type": "NewsArticle",
        "headline": "Bridge Opens",
        "datePublished": "2026-03-04T08:00:00Z",
        "author": author,
    } | fields
    return f'<script type="application/ld+json">{json.dumps(node)}</script>'


TEXTS = [
    ("By Ann Lee, Bob Ray, and Carl Orff", ("Ann Lee", "Bob Ray", "Carl Orff")), ("By ANN LEE AND BOB RAY", ("ANN LEE", "BOB RAY")), ("Juan Pérez y Ana Gómez", ("Juan Pérez", "Ana Gómez")),
    ("José Ortega y Gasset", ("José Ortega y Gasset",)), ("Dan Brown dan Ani Sari", ("Dan Brown", "Ani Sari")), ("Marco Neri e Anna Bo", ("Marco Neri", "Anna Bo")), ("di Viviana Mazza", ("Viviana Mazza",)),
    ("Di Maria Angelo", ("Di Maria Angelo",)), ("Par Jean Dupont et Marie Curie", ("Jean Dupont", "Marie Curie")), ("Av Per Hansen og Kari Olsen", ("Per Hansen", "Kari Olsen")),
    ("Автор Ирина Белова", ("Ирина Белова",)), ("Текст: Иван Петров, Анна Ли", ("Иван Петров", "Анна Ли")), ("Kommentar von Jan Sellner", ("Jan Sellner",)), ("Analysis by Ann Lee", ("Ann Lee",)),
    ("배윤경 기자", ("배윤경",)), ("Chus del Pino, Martí Abad (Enviado especial)", ("Chus del Pino", "Martí Abad")), ("Tom Brown, Political Editor", ("Tom Brown",)), ("Martin Luther King, Jr.", ("Martin Luther King, Jr.",)),
    ("ann@example.org (Ann Lee)", ("Ann Lee",)), ("Ursula von der Leyen", ("Ursula von der Leyen",)), ("The Associated Press", ("The Associated Press",)), ("Reuters", ("Reuters",)),
    ("admin", ()), ("Editor", ()), ("example.org developer", ()), ("Редакция", ()), ("", ()), ("-", ()), ("42", ()),
]  # fmt: skip


@pytest.mark.parametrize(("text", "names"), TEXTS)
def test_texts_that_state_authors(text, names):
    assert clean_authors((text,)) == names


BYLINES = {
    "byline": ("<div class='byline'>By Ann Lee and Bob Ray</div>", ("Ann Lee", "Bob Ray")),
    "author span": ("<span class='article-author'>Von Anna Groß</span>", ("Anna Groß",)),
    "russian": ("<p class='document_authors'>Автор: Ирина Белова</p>", ("Ирина Белова",)),
    "links of co-authors": ("<div class='byline'>By <span><a class='byline__author__name'>Ann Lee</a></span> and <span><a class='byline__author__name'>Bob Ray</a></span></div>", ("Ann Lee", "Bob Ray")),
    "links without a common box": ("<div><a rel='author'>Ann Lee</a>, <a rel='author'>Bob Ray</a></div>", ("Ann Lee", "Bob Ray")),
    "itemprop": ("<span itemprop='author' itemscope><span itemprop='name'>Ann Lee</span></span>", ("Ann Lee",)),
    "name in two pieces": ("<div class='author'><b>Ann</b> <b>Lee</b></div>", ("Ann Lee",)),
    "role and date follow": ("<div class='byline'><span>By Ann Lee</span><span>Senior Reporter</span><time>June 26, 2026</time></div>", ("Ann Lee",)),
    "camel case": ("<div class='ArticleByline'>Ann Lee</div>", ("Ann Lee",)),
    "agency": ("<div class='byline'>By Reuters</div>", ("Reuters",)),
    "person and agency": ("<div class='byline'>By Ann Lee, Reuters</div>", ("Ann Lee", "Reuters")),
    "glued prefix": ("<div class='author'><span>by</span><a>Ann Lee</a></div>", ("Ann Lee",)),
    "unmarked line": ("<p>By Ann Lee and Bob Ray</p>", ("Ann Lee", "Bob Ray")),
    "korean": ("<dl class='author'><dt>배윤경 기자</dt></dl>", ("배윤경",)),
}  # fmt: skip


@pytest.mark.parametrize("name", BYLINES)
def test_bylines_as_pages_print_them(name):
    byline, names = BYLINES[name]
    found = read(page(byline + TEXT))
    assert (found.authors, dict(found.sources).get("authors")) == (names, "byline")


NOBODY = {
    "biography": "<div class='author-bio'>Ann Lee has covered ports since 2014.</div>",
    "comment": "<div class='comments'><div class='comment-author'>Angry Reader</div></div>",
    "photo credit": "<figure><figcaption><span class='author'>Carl Orff</span></figcaption></figure>",
    "teaser": "<div class='related'><span class='author'>Dora Fox</span></div>",
    "other article": "<article><h2>Other</h2><span class='author'>Dora Fox</span></article>",
    "sidebar": "<aside><a rel='author'>Dora Fox</a></aside>",
    "category": "<div class='author_container'>Politics</div>",
    "sentence": "<p class='byline'>Written by the staff of the city desk in the morning</p>",
    "account": "<a rel='author'>admin</a>",
    "lower case": "<a rel='author'>israel news</a>",
    "staff": "<div class='byline'>Post Staff</div>",
    "form": "<form><p class='comment-form-author'>Your Name</p></form>",
    "not a name": "<p>By the end of the year all ships will be electric</p>",
    "place": "<span class='author-location'>Los Gallardos</span>",
    "arabic section": "<div class='author_name'>منوعات</div>",
}


@pytest.mark.parametrize("name", NOBODY)
def test_nobody_is_invented(name):
    assert read(page(NOBODY[name] + TEXT)).authors == ()
    assert read(page(TEXT + NOBODY[name])).authors == ()


JSON_LD = {
    "reference into the graph": ({"@id": "#ann"}, ("Ann Lee",)),
    "references": ([{"@id": "#ann"}, {"@id": "#bob"}], ("Ann Lee", "Bob Ray")),
    "person and organisation": (
        [{"@type": "Person", "name": "Ann Lee"}, {"@type": "Organization", "name": "dpa"}],
        ("Ann Lee", "dpa"),
    ),
    "agency as organisation": ({"@type": "Organization", "name": "Associated Press"}, ("Associated Press",)),
    "the outlet as organisation": ({"@type": "NewsMediaOrganization", "name": "The Valley Post"}, ()),
    "the outlet and a person": (
        [{"@type": "Person", "name": "The Valley Post"}, {"@type": "Person", "name": "Ann Lee"}],
        ("Ann Lee",),
    ),
    "the outlet as its only person": ({"@type": "Person", "name": "Valley Post"}, ("Valley Post",)),
    "name and domain": ("Troy Smith, valleypost.example.com", ("Troy Smith",)),
    "byline key": ({"@type": "Person", "byline": "Ann Lee"}, ("Ann Lee",)),
    "typed as both": ({"@type": ["Person", "Organization"], "name": "Ann Lee"}, ("Ann Lee",)),
    "unknown reference": ({"@id": "#nobody"}, ()),
    "number": (7, ()),
    "nothing": (None, ()),
}
PEOPLE = '<script type="application/ld+json">{"@graph": [{"@type": "Person", "@id": "#ann", "name": "Ann Lee"}, {"@type": "Person", "@id": "#bob", "name": "Bob Ray"}]}</script>'
SITE = '<meta property="og:site_name" content="The Valley Post">'


@pytest.mark.parametrize("name", JSON_LD)
def test_authors_in_json_ld(name):
    author, names = JSON_LD[name]
    found = read(page(TEXT, head=SITE + linked(author, publisher={"@type": "Organization", "name": "The Valley Post"}) + PEOPLE))
    assert found.authors == names


@pytest.mark.parametrize(
    ("content", "names"),
    [
        ("Ann Lee", ("Ann Lee",)),
        ("Ann Lee, Bob Ray", ("Ann Lee", "Bob Ray")),
        ("The Valley Post", ()),
        ("gto", ()),
        ("admin", ()),
        ("https://www.facebook.com/annlee", ()),
        ("News", ()),
        ("Reuters", ("Reuters",)),
    ],
)
def test_authors_in_metas(content, names):
    assert read(page(TEXT, head=f'{SITE}<meta name="author" content="{content}">')).authors == names


def test_the_byline_completes_json_ld_that_names_the_first_author_only():
    byline = "<div class='byline'><a>Ann Lee</a> and <a>Bob Ray</a></div>"
    assert read(page(byline + TEXT, head=linked({"@type": "Person", "name": "Ann Lee"}))).authors == ("Ann Lee", "Bob Ray")
    assert read(page(byline + TEXT, head=linked({"@type": "Person", "name": "Carl Orff"}))).authors == ("Carl Orff",)


@pytest.mark.parametrize(
    ("name", "outlet"),
    [
        ("FOCUS online", True),
        ("Focus", True),
        ("focus.de", True),
        ("Stuttgarter Zeitung", False),
        ("Ann Lee", False),
        ("Focus Staff Reporter", False),
        ("Fo", False),
    ],
)
def test_the_outlets_own_names(name, outlet):
    assert is_outlet(name, outlet_names("FOCUS online", "focus")) is outlet


def test_the_feeds_author_is_cleaned_and_completed():
    extraction = read(page("<div class='byline'>By Ann Lee and Bob Ray</div>" + TEXT))
    for author, names in (
        ("by Ann Lee", ("Ann Lee", "Bob Ray")),
        ("ann@example.org (Ann Lee)", ("Ann Lee", "Bob Ray")),
        ("Carl Orff", ("Carl Orff",)),
        ("admin", ("Ann Lee", "Bob Ray")),
    ):
        assert (
            compose(
                FeedText(link=URL, title="Bridge", author=author), extraction, url=URL, first_seen_at=NOW, slack=NOW - NOW
            ).authors
            == names
        )


@given(st.text(max_size=300))
def test_no_text_breaks_the_reader_of_names(text):
    assert all(2 <= len(name) <= 80 for name in clean_authors((text,)))
    assert is_name(text) in (True, False)


HOSTILE = {
    "and": "and " * 250_000,
    "commas": ", " * 500_000,
    "brackets": "(" * 1_000_000,
    "prefixes": "by " * 300_000,
    "one word": "A" * 1_000_000,
    "blanks": " " * 1_000_000 + "x",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_megabyte_of_byline_costs_little(name):
    text = HOSTILE[name]
    assert seconds(lambda: (clean_authors((text,)), is_name(text), is_outlet(text[:5000], frozenset({"x"})))) < 2
    assert seconds(lambda: read(page(f"<div class='byline'>{text}</div>" + TEXT))) < 3


@pytest.mark.parametrize(
    "html",
    [
        "<div class='byline'>" * 200 + "<p class='author'>x1</p>" * 20_000,
        "<span class='author'>9</span>" * 30_000,
        "<i rel='author'>" * 20_000,
    ],
)
def test_thousands_of_marked_elements_cost_little(html):
    tree = document_fromstring("<h1>x</h1>" + html)
    assert seconds(lambda: read_byline(tree)) < 2
