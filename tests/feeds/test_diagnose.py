"""What is said of a feed: the form of real documents, and remarks that never fail and always read well."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.errors import NotAFeedError
from aggregator.feeds.diagnose import Level, Look, form_of, remarks, usable
from aggregator.feeds.telling import Told, newest, signature, told
from aggregator.feeds.values import Answer, FeedKind
from aggregator.reasons import Reason
from tests.feeds.documents import NOW, URL, atom, item, parsed, rss
from tests.feeds.test_documents import documents


@pytest.mark.parametrize(
    ("body", "sent", "form"),
    [
        (rss(item()), "", ("RSS 2.0", "utf-8", "")),
        (b"\xef\xbb\xbf<?xml version='1.0'?><rss version='0.91'>", "", ("RSS 0.91", "utf-8", "")),
        (atom(""), "text/xml; charset=ISO-8859-1", ("Atom 1.0", "iso-8859-1", "iso-8859-1")),
        (b"<feed version='0.3' xmlns='http://purl.org/atom/ns#'>", "", ("Atom 0.3", "utf-8", "")),
        (b"<rdf:RDF xmlns='http://purl.org/rss/1.0/'>", "", ("RSS 1.0", "utf-8", "")),
        (b"<rdf:RDF xmlns='http://my.netscape.com/rdf/simple/0.9/'>", "", ("RSS 0.90", "utf-8", "")),
        (b'{"version": "https://jsonfeed.org/version/1.1"}', "", ("JSON Feed 1.1", "utf-8", "")),
        (b"<!-- <rss> --><html>", "", ("web page", "utf-8", "")),
        (b"<urlset>", "", ("sitemap", "utf-8", "")),
        (b"<sitemapindex>", "", ("sitemap index", "utf-8", "")),
        (b"\x1f\x8bxx", "", ("sitemap (gzip)", "undeclared", "")),
        ("<?xml version='1.0' encoding='windows-1251'?><rss version='2.0'>Да".encode("cp1251"), "", ("RSS 2.0", "windows-1251", "windows-1251")),
        ("<?xml version='1.0' encoding='utf-8'?><rss version='2.0'>Да".encode("cp1251"), "", ("RSS 2.0", "undeclared", "utf-8")),
        ("<?xml version='1.0'?><rss version='2.0'>Да".encode("utf-16"), "", ("RSS 2.0", "utf-16", "")),
        (b"", "", ("unknown", "utf-8", "")),
    ],
)  # fmt: skip
def test_form_and_encoding_are_read_from_the_bytes(body, sent, form):
    found = form_of(body, sent)
    assert (found.name, found.encoding, found.declared) == form


def look(**parts: object) -> Look:
    values: dict[str, object] = {"url": URL, "final_url": URL, "kind": FeedKind.FEED, "now": NOW, "took": timedelta(seconds=1)}
    return Look(**(values | parts))  # type: ignore[arg-type]


def test_every_real_document_is_named_and_spoken_of() -> None:
    for path in documents():
        body = path.read_bytes()
        form = form_of(body, "")
        try:
            feed, refusal = parsed(body), None
        except NotAFeedError as error:
            feed, refusal = None, error
        said = remarks(
            look(
                form=form, feed=feed, reason=refusal and refusal.reason, detail=refusal.detail if refusal else "", size=len(body)
            )
        )
        assert form.name != "unknown" or feed is None, path.name
        assert usable(said) == (feed is not None), (path.name, said)
        assert all(remark.what and "\n" not in remark.what for remark in said)


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_is_a_problem_in_words(reason):
    (said,) = remarks(look(reason=reason, detail="so it was"))
    assert (said.level, usable((said,))) == (Level.PROBLEM, False)
    assert "so it was" in said.what


@given(
    st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=365 * 20)),
    st.integers(0, 10**9),
    st.lists(st.tuples(st.sampled_from([301, 302, 303, 307, 308]), st.just("http://elsewhere.example/")), max_size=5),
    st.sampled_from([None, True, False]),
)
def test_no_look_is_beyond_words(span, size, hops, flag):
    feed = parsed(rss(item(1, "<pubDate>2024-01-01T00:00:00Z</pubDate>"), "<ttl>5</ttl>"))
    said = remarks(
        look(
            took=span, size=size, hops=tuple(hops), feed=feed, form=form_of(rss(item()), "text/html"), content_type="text/html",
            answer=Answer(status=200, etag="x" if flag else None, max_age=span), honoured=flag, pages_allowed=flag, poll_after=span,
        )
    )  # fmt: skip
    assert usable(said)
    assert {remark.about for remark in said} >= {"answer", "document", "type", "entries", "validators", "next poll"}


def test_how_much_a_feed_prints_goes_by_most_of_its_entries():
    long, short = "<description>" + "Wheat left the port. " * 100 + "</description>", "<description>Short.</description>"
    assert told(parsed(rss(item(1, long) + item(2, long) + item(3, short)))) is Told.FULL
    assert told(parsed(rss(item(1, long) + item(2, short) + item(3, short)))) is Told.SUMMARY
    assert told(parsed(rss(item(1, short) + item(2) + item(3)))) is Told.TITLES
    assert told(parsed(rss(""))) is Told.TITLES


def test_two_forms_of_one_feed_have_one_signature_and_sections_another():
    one, other = parsed(rss(item(1) + item(2))), parsed(rss(item(2, "<description>x</description>") + item(1)))
    assert signature(one) == signature(other) != signature(parsed(rss(item(1))))
    assert newest(one) is None
