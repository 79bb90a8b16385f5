"""Entry and page brought together, and the extraction's way over the worker's pipe."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from aggregator.articles.compose import compose, from_import
from aggregator.articles.extract import EXTRACTOR
from aggregator.articles.job import decode_extraction, encode_header, extract_job, warm_up
from aggregator.articles.values import BodySource, Dropped, Extraction, FeedText, Status
from aggregator.limits import Limits
from tests.articles.support import NOW, PARAGRAPH, URL, page, read

SLACK = timedelta(hours=2)
SEEN = datetime(2026, 3, 5, 12, 0, tzinfo=UTC)
FEED = FeedText(
    link=URL,
    title="Ann Lee: Bridge Opens",
    author="Ann Lee",
    summary="A bridge opened.",
    language="en-gb",
    published_at=datetime(2026, 3, 4, 7, 0, tzinfo=UTC),
)
PAGE = Extraction(
    status=Status.OK, quality=0.9, headline="Bridge Opens", authors=("Ann Lee", "Bob Ray"), published_at=datetime(2026, 3, 4, 9, 0, tzinfo=UTC),
    body=PARAGRAPH, captions="The bridge.", canonical_url=URL, sources=(("headline", "json_ld"), ("authors", "byline"), ("body", "page")),
)  # fmt: skip


def made(feed=FEED, extraction=PAGE):
    return compose(feed, extraction, url=URL, first_seen_at=SEEN, slack=SLACK)


def test_the_page_says_what_and_the_feed_says_when():
    article = made()
    assert (article.headline, article.body, article.body_source) == ("Bridge Opens", PARAGRAPH, BodySource.PAGE)
    assert article.published_at == FEED.published_at
    assert article.authors == ("Ann Lee", "Bob Ray")
    assert article.matched_body == PARAGRAPH
    assert dict(article.sources)["published_at"] == "feed"


BODIES = [
    (Status.OK, PARAGRAPH, "", BodySource.PAGE, PARAGRAPH),
    (Status.SUSPECT, PARAGRAPH, "", BodySource.PAGE, PARAGRAPH),
    (Status.PARTIAL, PARAGRAPH, "", BodySource.SUMMARY, FEED.summary),
    (Status.CONSENT_WALL, "We use cookies", "", BodySource.SUMMARY, FEED.summary),
    (Status.FAILED, "", PARAGRAPH * 3, BodySource.FEED, PARAGRAPH * 3),
    (Status.PARTIAL, "Stub.", PARAGRAPH * 3, BodySource.FEED, PARAGRAPH * 3),
    (Status.FAILED, "", "Too short to be the text.", BodySource.SUMMARY, FEED.summary),
]


@pytest.mark.parametrize(("status", "body", "content", "source", "seen"), BODIES)
def test_topics_see_only_a_body_that_can_be_trusted(status, body, content, source, seen):
    article = made(replace(FEED, content=content), replace(PAGE, status=status, body=body))
    assert (article.body_source, article.body, article.matched_body) == (source, seen, seen)


def test_without_a_page_the_feed_is_the_article():
    article = made(extraction=None)
    assert (article.headline, article.body, article.status) == ("Bridge Opens", FEED.summary, Status.FAILED)
    assert (article.authors, article.language, article.body_source) == (("Ann Lee",), "en", BodySource.SUMMARY)


@pytest.mark.parametrize("status", [Status.CONSENT_WALL, Status.SOFT_404, Status.NOT_ARTICLE, Status.BLOCKED])
def test_the_headline_of_a_wall_is_not_the_articles(status):
    assert made(extraction=replace(PAGE, status=status, headline="Before you continue")).headline == "Bridge Opens"


@pytest.mark.parametrize(
    ("title", "headline"),
    [
        ("Ann Lee: Bridge Opens", "Bridge Opens"),
        ("Putin: Bridge Opens", "Putin: Bridge Opens"),
        ("Ann Lee:", "Ann Lee:"),
        ("Bridge Opens", "Bridge Opens"),
        ("ANN LEE : Bridge: Opens", "Bridge: Opens"),
    ],
)
def test_the_author_in_front_of_a_feeds_title_is_no_headline(title, headline):
    """The Moscow Times prints "Author: Title" in its feed of everything; a speaker in front of a headline belongs to it."""
    assert made(replace(FEED, title=title), extraction=None).headline == headline


@pytest.mark.parametrize(
    ("ahead", "expected"),
    [(timedelta(hours=3), SEEN), (timedelta(hours=1), SEEN + timedelta(hours=1)), (timedelta(days=-3), SEEN - timedelta(days=3))],
)
def test_dates_from_the_future_become_the_moment_of_first_sight(ahead, expected):
    assert made(replace(FEED, published_at=SEEN + ahead)).published_at == expected


def test_an_imported_record_is_normalised_and_trusted():
    article = from_import(
        url=URL,
        headline=" Bridge\nOpens ",
        body="One\r\n\r\nTwo\u00ad",
        published_at=SEEN + timedelta(days=9),
        first_seen_at=SEEN,
        slack=SLACK,
        authors=("Ann  Lee", " "),
        quality=7,
    )
    assert (article.headline, article.body, article.authors) == ("Bridge Opens", "One\nTwo", ("Ann Lee",))
    assert (article.published_at, article.status, article.quality, article.matched_body) == (SEEN, Status.OK, 1.0, "One\nTwo")


def test_the_job_gives_what_the_function_gives():
    html = page(f"<p>{PARAGRAPH}</p><p>{PARAGRAPH[::-1]}</p><p>Contribute today</p>")
    header = encode_header(url=URL, content_type="text/html", feed=FEED, now=NOW)
    assert decode_extraction(extract_job(header, html)) == read(html, feed=FEED)


def test_a_header_without_the_optional_parts_is_enough():
    found = decode_extraction(extract_job(msgspec.json.encode({"url": URL, "now": NOW}), b""))
    assert (found.status, found.extractor) == (Status.FAILED, EXTRACTOR)


def test_limits_travel_with_the_job():
    header = encode_header(
        url=URL, content_type="", feed=None, now=NOW, limits=Limits(page_tags=2, page_deadline=timedelta(seconds=9))
    )
    assert "more than 2" in decode_extraction(extract_job(header, page("<p>x</p>"))).detail


def test_every_field_of_an_extraction_round_trips():
    full = replace(
        PAGE,
        modified_at=SEEN,
        is_free=False,
        dropped=(Dropped(text="x", reason="appeal"),),
        language="en",
        section="news",
        image_url=URL,
        detail="d",
        extractor="e",
    )
    assert decode_extraction(msgspec.json.encode(full)) == full


def test_warming_up_loads_the_word_lists():
    from trafilatura import external  # noqa: PLC0415 - the state under test is the module's

    warm_up()
    assert external.JT_STOPLIST
