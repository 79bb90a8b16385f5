"""Two readers of the same documents: from a tree when they are well-formed, through feedparser when not. They must agree."""

import warnings
from pathlib import Path

import pytest

from aggregator.errors import NotAFeedError
from aggregator.feeds import guard
from aggregator.feeds.encoding import to_text
from aggregator.feeds.html import plain_body, plain_title
from aggregator.feeds.raw import RawEntry
from aggregator.feeds.treefeed import read_tree_feed
from aggregator.feeds.xmlfeed import read_xml_feed
from aggregator.feeds.xmltree import read_tree
from tests.feeds.documents import URL, atom, item, rss, shared

# Where feedparser reads something else, and ours is right: (part of the file's name, field) with the reason.
BETTER = {
    ("derived-bare_ampersand", "title"): "feedparser's tolerant parser makes 'AT&T;' of 'AT&T'",
    ("pc_inpact", "images"): "an enclosure named url is not seen by feedparser",
    ("ndtv_news", "summary"): "feedparser takes the caption of the picture for the description",
    ("xakep", "author"): "feedparser cuts 'mailto:' out of the middle",
    ("feed_item_fallbacks", "author"): "a mail address behind the name, which is cut off one step later",
}


def trees() -> list[tuple[str, str]]:
    found = []
    for path in sorted(shared("data/feeds").iterdir()):
        if path.suffix != ".json":
            text = to_text(path.read_bytes(), "").lstrip("\ufeff \t\r\n\0")
            found.append((path.name, guard.prepared(text).text))
    return found


def told(entry: RawEntry) -> dict[str, object]:
    """What both must give: texts without markup, the link that is taken, dates as printed."""
    own = entry.summary if entry.summary != entry.content else ""
    return {
        "guid": entry.guid.strip(),
        "link": entry.links[:1],
        "media": entry.media[:1],
        "title": plain_title(entry.title),
        "title_is_text": entry.title_is_text,
        "author": plain_title(entry.author),
        "summary": plain_body(own) or plain_body(entry.content),
        "published": (entry.published or entry.updated).strip(),
        "images": entry.images[:1],
    }


def test_both_readers_say_the_same_of_every_well_formed_document() -> None:
    compared = 0
    unequal: dict[tuple[str, str], tuple[object, object]] = {}
    for name, text in trees():
        tree = read_tree(text, url=URL)
        if tree is None:
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ours, theirs = read_tree_feed(tree, limit=2000), read_xml_feed(text, limit=2000)
        assert len(ours.entries) == len(theirs.entries), name
        assert plain_title(ours.title) == plain_title(theirs.title), name
        assert (ours.home, ours.ttl, ours.archive) == (theirs.home, theirs.ttl, theirs.archive), name
        for one, other in zip(map(told, ours.entries), map(told, theirs.entries), strict=True):
            compared += 1
            unequal |= {(name, field): (one[field], other[field]) for field in one if one[field] != other[field]}
    assert compared > 1_500
    left = {
        place: pair for place, pair in unequal.items() if not any(place[0].startswith(n) and place[1] == f for n, f in BETTER)
    }
    assert left == {}


def test_nearly_every_document_is_read_the_quick_way() -> None:
    """Feedparser costs ten times as much; only what is cut off or mixed up may need it."""
    slow = [name for name, text in trees() if read_tree(text) is None]
    assert len(slow) <= 3, slow


@pytest.mark.parametrize(
    "body",
    [
        rss(item(1) + item(2)),
        rss(item(1), '<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="self" href="/self"/>'),
        atom("<entry><id>urn:1</id><title type='html'>&lt;b&gt;x&lt;/b&gt;</title><link href='/a'/></entry>"),
        atom(
            "<entry><id>urn:1</id><title type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>x <i>y</i></div></title></entry>"
        ),
        rss("<item><title>x</title><media:group><media:content url='/a.jpg' type='image/jpeg'/></media:group></item>"),
        (
            b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"><channel rdf:about="/c">'
            b'<title>c</title></channel><item rdf:about="https://example.org/a"><title>x</title><link>https://example.org/a</link></item>'
            b"</rdf:RDF>"
        ),
        (
            b'<feed version="0.3" xmlns="http://purl.org/atom/ns#"><title>c</title><entry><title mode="escaped" type="text/html">&lt;b&gt;x'
            b'</title><issued>2004-01-01T00:00:00Z</issued><link rel="alternate" type="text/html" href="/a"/></entry></feed>'
        ),
        b'<RSS version="0.91"><Channel><Item><Title>x</Title><Link>/a</Link></Item></Channel></RSS>',
        b'<rss version="2.0" xmlns="http://backend.userland.com/rss2"><channel><item><title>x</title></item></channel></rss>',
        b'<rss version="2.0" xmlns="http://example.org/own"><channel><item><title>x</title></item></channel></rss>',
    ],
)
def test_both_readers_agree_on_the_dialects(body: bytes) -> None:
    text = guard.prepared(body.decode()).text
    tree = read_tree(text)
    assert tree is not None
    ours, theirs = read_tree_feed(tree, limit=10), read_xml_feed(text, limit=10)
    assert len(ours.entries) == len(theirs.entries) >= 1
    assert [told(entry) for entry in ours.entries] == [told(entry) for entry in theirs.entries]


def test_element_of_an_unknown_module_is_not_the_items_own() -> None:
    extra = '<x:title xmlns:x="urn:x">No</x:title><x:link xmlns:x="urn:x">/no</x:link>'
    tree = read_tree(rss(f"<item>{extra}<title>Yes</title></item>").decode())
    assert tree is not None
    assert [(entry.title, entry.links) for entry in read_tree_feed(tree, limit=9).entries] == [("Yes", ())]


def test_documents_cut_in_the_middle_are_no_trees() -> None:
    for name, text in trees()[::6]:
        path = Path(name)
        assert read_tree(text[: len(text) // 2]) is None, path
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                assert read_xml_feed(text[: len(text) // 2], limit=9).entries is not None
            except NotAFeedError:
                assert len(text) < 4_000, path
