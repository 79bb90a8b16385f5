"""The demo's own material: what it promises to show is in its texts."""

from datetime import UTC, datetime

import pytest

from aggregator.demo import press
from aggregator.demo.edition import edition_of, load_outlets
from aggregator.feeds.parse import parse_feed
from aggregator.limits import DEFAULT_LIMITS

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def shown(outlet, number):
    return edition_of(outlet, number, base=f"http://{outlet.host}", started=NOW)


def test_three_languages_and_both_kinds_of_feed():
    outlets = load_outlets()
    assert {outlet.language for outlet in outlets} == {"en", "ru", "de"}
    assert {outlet.feed for outlet in outlets} == {"rss", "atom"}


def test_every_edit_changes_the_text_it_names():
    for outlet in load_outlets():
        for article in outlet.articles:
            assert all(before in article.text and after not in article.text for before, after in article.edits)


@pytest.mark.parametrize("outlet", [outlet for outlet in load_outlets() if not outlet.answer], ids=lambda outlet: outlet.host)
@pytest.mark.parametrize("number", [1, 2])
def test_the_feeds_can_be_read(outlet, number):
    articles = shown(outlet, number)
    document = press.feed(outlet, articles, base=f"http://{outlet.host}", now=NOW)
    parsed = parse_feed(
        document, content_type=press.KINDS[outlet.feed], url=f"http://{outlet.host}/feed", now=NOW, limits=DEFAULT_LIMITS
    )
    assert {entry.link for entry in parsed.entries} == {article.url for article in articles}


def test_all_words_of_a_page_hold_its_boxes_and_no_script():
    outlet = load_outlets()[0]
    first, second = shown(outlet, 1)[:2]
    words = press.all_words(press.page(outlet, first, second))
    for box in ("independent media", "small favor", "Most read", second.paragraphs[0]):
        assert box in words
    assert "NewsArticle" not in words


def test_the_bomb_is_small_until_it_is_unpacked():
    assert len(press.bomb()) < 100_000
