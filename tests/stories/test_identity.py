"""The same article is recognised by guid, address, canonical address and text; another one is not."""

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.articles.compose import from_import
from aggregator.stories.copies import FEWEST_WORDS, content_key, words
from aggregator.stories.identity import aliases, content_hash, is_variant, same_article
from aggregator.stories.values import AliasKind
from aggregator.stories.versions import changed

URL = "https://www.example.org/2026/03/bridge-opens"
SEEN = datetime(2026, 3, 5, tzinfo=UTC)
LONG = " ".join(f"Word{number} stands here." for number in range(30))
SHORT = "Only a few words."


def article(headline="Bridge Opens", body=LONG, url=URL, canonical="", amp=""):
    made = from_import(
        url=url,
        headline=headline,
        body=body,
        published_at=SEEN,
        first_seen_at=SEEN,
        slack=timedelta(hours=2),
        canonical_url=canonical,
    )
    return replace(made, amp_url=amp)


def named(item, final_url=""):
    return {alias.value for alias in aliases(item, guid="", final_url=final_url) if alias.kind is AliasKind.CANONICAL}


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


VARIANTS = [
    "https://www.example.org/2026/03/bridge-opens/amp",
    "https://www.example.org/2026/03/bridge-opens/amp/",
    "https://www.example.org/2026/03/bridge-opens.amp",
    "https://www.example.org/amp/2026/03/bridge-opens",
    "https://www.example.org/2026/03/bridge-opens?outputType=amp",
    "https://www.example.org/2026/03/bridge-opens?amp=1",
    "https://www.example.org/2026/03/bridge-opens?print=1",
    "https://www.example.org/2026/03/bridge-opens/print",
    "https://m.example.org/2026/03/bridge-opens",
    "https://amp.example.org/2026/03/bridge-opens",
    "https://www-example-org.cdn.ampproject.org/c/s/www.example.org/2026/03/bridge-opens",
    "https://www-example-org.bing-amp.com/c/s/www.example.org/2026/03/bridge-opens/amp",
    "https://www.google.com/amp/s/www.example.org/2026/03/bridge-opens",
]


@pytest.mark.parametrize("url", VARIANTS)
def test_amp_print_and_mobile_addresses_are_the_articles_own(url):
    assert shares(article(), article(url=url), AliasKind.URL)
    assert not is_variant(article(), article(url=url))


def test_an_amp_cache_is_the_site_that_it_carries():
    there = article(url="https://www-example-org.cdn.ampproject.org/c/s/www.example.org/a/amp.php?id=7", canonical=URL)
    assert values(there)[AliasKind.CANONICAL] == values(article())[AliasKind.URL]
    elsewhere = article(url=URL, canonical="https://x.cdn.ampproject.org/c/s/other.example.net/2026/03/bridge")
    assert named(elsewhere) == set()


def test_the_amp_variant_that_a_page_names_is_remembered_on_the_same_site_only():
    assert named(article(amp="https://amp.example.org/stories/7")) == {"example.org/stories/7"}
    assert named(article(amp="https://amp.other.example.net/stories/7")) == set()
    assert named(article(amp="https://www.example.org/")) == set()


def test_the_end_of_a_redirect_is_remembered_and_the_canonical_of_its_site_counts():
    link = article(url="https://feeds.proxy.example/~r/7", canonical=URL)
    assert named(link) == set()
    assert named(link, final_url=URL + "?from=rss") == {"example.org/2026/03/bridge-opens"}
    assert named(article(), final_url="https://www.example.org/") == set()


OTHER = " ".join(f"Phrase {number} was said by somebody else." for number in range(30))
PAIRS = [
    ("the same text, a line more", article(), article(body=LONG + " Share this. Print this."), True),
    ("cut short", article(), article(headline="Bridge opens at last", body=LONG[: len(LONG) // 2]), True),
    ("a constant canonical", article(), article(headline="Mill burns", body=OTHER), False),
    ("a rubric of every day", article(headline="Morning briefing"), article(headline="Morning briefing", body=OTHER), False),
    (
        "briefs with one headline",
        article(body="The bridge is open again."),
        article(body="The bridge is open again, they say."),
        True,
    ),
    ("briefs of one rubric", article(body="Rain in the north."), article(body="Sun over all valleys today."), False),
    ("briefs with other headlines", article(body=SHORT), article(headline="Mill burns down", body=SHORT), False),
    ("an author in front", article(body=""), article(headline="Ada Abel: Bridge Opens", body=SHORT), True),
    ("nothing to compare", article(headline="", body=""), article(headline="", body=""), False),
]


@pytest.mark.parametrize(("held", "new", "same"), [pair[1:] for pair in PAIRS], ids=[pair[0] for pair in PAIRS])
def test_a_named_address_counts_when_the_texts_agree(held, new, same):
    assert same_article(held, new) is same
    assert same_article(new, held) is same


def test_texts_of_a_megabyte_are_compared_in_a_moment():
    started = time.perf_counter()
    same_article(article(body="word " * 200_000), article(body="a b c d e " * 100_000))
    assert time.perf_counter() - started < 5


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
