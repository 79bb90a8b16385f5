"""Which addresses are one feed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.feeds.address import feed_key


@pytest.mark.parametrize(
    "spelling",
    [
        "https://news.example.org/rss",
        "https://NEWS.example.org/rss",
        "https://news.example.org:443/rss",
        "https://news.example.org/rss#top",
        " https://news.example.org/rss ",
    ],
)
def test_spellings_of_one_feed(spelling: str) -> None:
    assert feed_key(spelling) == "https://news.example.org/rss"


@pytest.mark.parametrize(
    "other",
    [
        "http://news.example.org/rss",
        "https://news.example.org:8443/rss",
        "https://news.example.org/rss?section=a",
        "https://news.example.org/RSS",
        "https://example.org/rss",
    ],
)
def test_other_feeds(other: str) -> None:
    assert feed_key(other) not in ("", "https://news.example.org/rss")


def test_no_address_has_no_key() -> None:
    assert feed_key("javascript:alert(1)") == ""
    assert feed_key("https://example.org") == "https://example.org/"
    assert feed_key("http://[2001:DB8::1]/rss") == "http://[2001:db8::1]/rss"


@given(st.text(max_size=80))
def test_a_key_is_its_own_key(text: str) -> None:
    key = feed_key(f"https://example.org/{text}")
    assert feed_key(key) == key
