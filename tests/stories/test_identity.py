"""The same article is recognised by guid, address, canonical address and text; another one is not."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.articles.compose import from_import
from aggregator.stories.copies import FEWEST_WORDS, content_key, words
from aggregator.stories.identity import aliases, content_hash
from aggregator.stories.values import AliasKind
from aggregator.stories.versions import changed

URL = "https://www.example.org/2026/03/bridge-opens"
SEEN = datetime(2026, 3, 5, tzinfo=UTC)
LONG = " ".join(f"Word{number} stands here." for number in range(30))
SHORT = "Only a few words."


def article(headline="Bridge Opens", body=LONG, url=URL, canonical=""):
    return from_import(
        url=url,
        headline=headline,
        body=body,
        published_at=SEEN,
        first_seen_at=SEEN,
        slack=timedelta(hours=2),
        canonical_url=canonical,
    )


def values(item, guid="g-1"):
    return {alias.kind: alias.value for alias in aliases(item, guid=guid)}


def shares(one, other, kind):
    return values(one).get(kind, 1) == values(other).get(kind, 2)


def test_all_four_kinds_are_given():
    assert list(values(article(canonical=URL + "?utm_source=x"))) == [
        AliasKind.GUID,
        AliasKind.URL,
        AliasKind.CANONICAL,
        AliasKind.CONTENT,
    ]


def test_a_missing_guid_is_no_alias():
    assert AliasKind.GUID not in values(article(), guid="  ")


@pytest.mark.parametrize("url", [URL + "?utm_source=twitter.com", URL + "#comments", URL.replace("https", "http"), URL + "/"])
def test_addresses_of_one_page_are_one_alias(url):
    assert shares(article(), article(url=url), AliasKind.URL)


CANONICALS = [
    ("https://example.org/2026/03/bridge", True),
    ("https://m.example.org/2026/03/bridge", True),
    ("https://www.example.org/", False),
    ("https://www.example.org/index.html", False),
    ("https://other.example.net/2026/03/bridge", False),
    ("https://example.org.evil.net/2026/03/bridge", False),
    ("http://[broken", False),
    ("", False),
]


@pytest.mark.parametrize(("canonical", "counts"), CANONICALS)
def test_a_canonical_counts_on_the_same_site_and_below_the_home_page(canonical, counts):
    assert (AliasKind.CANONICAL in values(article(canonical=canonical))) is counts


def test_the_canonical_of_one_print_meets_the_address_of_the_other():
    there = article(url="https://www.example.org/amp/bridge?id=7", canonical=URL)
    assert values(there)[AliasKind.CANONICAL] == values(article())[AliasKind.URL]


CONTENTS = [
    (article(), article(headline="Another headline"), True),
    (article(), article(body=LONG.upper().replace(".", " ;")), True),
    (article(), article(body=LONG + " More."), False),
    (article(body=SHORT), article(body=SHORT), True),
    (article(body=SHORT), article(headline="Another headline", body=SHORT), False),
    (article(body="Ёлка"), article(body="елка"), True),
]


@pytest.mark.parametrize(("one", "other", "same"), CONTENTS)
def test_content_aliases(one, other, same):
    assert shares(one, other, AliasKind.CONTENT) is same


def test_an_article_without_words_has_no_content_alias():
    assert AliasKind.CONTENT not in values(article(headline="…", body="—"))


def test_overlong_guids_are_kept_as_digests():
    found = values(article(), guid="g" * 5_000)[AliasKind.GUID]
    assert len(found) <= 512
    assert found != values(article(), guid="g" * 5_001)[AliasKind.GUID]


CHANGES = [
    (article(), article(), False),
    (article(), article(body=LONG.replace(". ", ".\n")), False),
    (article(), article(headline="BRIDGE opens!"), False),
    (article(), article(body=LONG.replace("Word7 ", "Word8 ")), True),
    (article(), article(headline="Bridge Closes"), True),
    (article(headline="a b", body="c"), article(headline="a", body="b c"), True),
]


@pytest.mark.parametrize(("old", "new", "is_change"), CHANGES)
def test_a_version_is_new_when_a_word_changed(old, new, is_change):
    assert changed(old, new) is is_change
    assert (content_hash(old) != content_hash(new)) is is_change


def test_a_copy_is_found_whatever_the_headline_and_never_in_short_texts():
    assert content_key(article()) == content_key(
        article(headline="Elsewhere", url="https://other.example.net/x", body=LONG.replace(" ", "  "))
    )
    assert content_key(article(body=" ".join("w" * (n + 1) for n in range(FEWEST_WORDS - 1)))) is None
    assert content_key(article(body=" ".join("w" * (n + 1) for n in range(FEWEST_WORDS)))) is not None


def test_scripts_without_blanks_are_counted_by_character():
    assert len(words("新しい橋が開通")) == 7


@given(st.text(max_size=300), st.text(max_size=300), st.text(max_size=80))
def test_no_text_breaks_identity(headline, body, guid):
    item = article(headline=headline, body=body)
    found = aliases(item, guid=guid)
    assert all(0 < len(alias.value) <= 512 for alias in found)
    assert len(set(found)) == len(found)
    assert not changed(item, item)
