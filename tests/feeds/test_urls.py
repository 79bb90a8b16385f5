"""Which addresses may be used, which are the same page, which host answers."""

import json
from urllib.parse import urljoin

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.feeds.urls import host_key, safe_url, url_key
from tests.feeds.documents import shared

BASE = "https://example.org/news/feed.xml"


@pytest.mark.parametrize(
    ("url", "base", "expected"),
    [
        ("https://example.org/a", "", "https://example.org/a"),
        ("HTTP://Example.org/A?b#c", "", "http://Example.org/A?b#c"),
        ("  https://example.org/a\n", "", "https://example.org/a"),
        ("https://example.org/two words", "", "https://example.org/two%20words"),
        ("/a", BASE, "https://example.org/a"),
        ("a", BASE, "https://example.org/news/a"),
        ("../a", BASE, "https://example.org/a"),
        ("//cdn.example.org/a", BASE, "https://cdn.example.org/a"),
        ("?p=1", BASE, "https://example.org/news/feed.xml?p=1"),
        ("https://example.org:8443/a", "", "https://example.org:8443/a"),
        ("http://[::1]:8000/a", "", "http://[::1]:8000/a"),
        ("https://example.org/новости", "", "https://example.org/новости"),
        ("", BASE, ""),
        ("a", "", ""),
        ("//example.org/a", "", ""),
        ("ftp://example.org/a", BASE, ""),
        ("javascript:alert(1)", BASE, ""),
        ("data:text/html,x", BASE, ""),
        ("file:///etc/passwd", BASE, ""),
        ("mailto:desk@example.org", BASE, ""),
        ("https://user@example.org/", "", ""),
        ("https://user:secret@example.org/", "", ""),
        ("https://example.org\\@evil.example/", "", ""),
        ("https://example.org/a\\b", "", ""),
        ("https://example.org/a\nb", "", ""),
        ("java\tscript:alert(1)", BASE, ""),
        ("https://example.org/\x00", "", ""),
        ("https:///a", "", ""),
        ("https://", "", ""),
        ("https://exa mple.org/", "", ""),
        ("https://example.org%2f@evil.example/", "", ""),
        ("https://example%2eorg/", "", ""),
        ("https://example.org:99999/", "", ""),
        ("https://example.org:x/", "", ""),
        ("https://example.org:0/", "", ""),
        ("https://[::1/", "", ""),
        ("https://example.org/" + "a" * 5000, "", ""),
    ],
)
def test_only_plain_absolute_web_addresses_come_out(url: str, base: str, expected: str) -> None:
    assert safe_url(url, base) == expected


def test_url_cases_of_the_shared_data() -> None:
    """Every case that can be decided from the addresses alone is decided as its author did."""
    lines = shared("data/copies/url_cases.jsonl").read_text(encoding="utf-8").splitlines()
    cases = [case for case in map(json.loads, lines) if not case["needs"]]
    wrong = [case for case in cases if (url_key(case["a"]) == url_key(case["b"])) != case["same"]]
    assert len(cases) > 60
    assert wrong == []


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://example.org/a-1/amp", "https://example.org/a-1", True),
        ("https://example.org/a-1/amp/print", "https://example.org/a-1", False),
        ("https://example.org/tag/print", "https://example.org/tag", False),
        ("https://example.org/x?copy=1", "https://example.org/x?copy=2", False),
        ("https://example.org/x?a=1&copy=2", "https://example.org/x?copy=2&a=1", True),
        ("https://example.org/?q=%CF%F3%F2", "https://example.org/?q=%D1%E8%F1", False),
        ("https://example.org/?q=a+b", "https://example.org/?q=a%20b", True),
        ("https://example.org/?q=a%2Bb", "https://example.org/?q=a+b", False),
        ("https://example.org/%2541", "https://example.org/A", False),
        ("https://example.org/cafe\u0301", "https://example.org/caf\u00e9", True),
        ("https://example.org/a?id=1", "https://example.org/a?id=2", False),
        ("https://example.org/a?hl=en", "https://example.org/a?hl=ru", False),
        ("https://example.org:8080/a", "https://example.org/a", False),
        ("https://пример.испытание/a", "https://xn--e1afmkfd.xn--80akhbyknj4f/a", True),
        ("https://m.example.org/a", "https://www.example.org/a", True),
        ("https://m.org/a", "https://org/a", False),
        ("http://127.0.0.1:8001/a", "http://127.0.0.1:8002/a", False),
        ("https://www.google.com/url?q=https://example.org/a&sa=U", "https://example.org/a", True),
        ("https://www.google.com/amp/s/example.org/a-1", "https://example.org/a-1", True),
        ("https://example.org/a/../b", "https://example.org/b", True),
        ("https://example.org/index.php?id=5", "https://example.org/?id=5", False),
    ],
)
def test_same_page_or_not(one: str, other: str, same: bool) -> None:
    assert (url_key(one) == url_key(other)) is same


@pytest.mark.parametrize(
    "url",
    ["", "   ", "mailto:a@example.org", "javascript:alert(1)", "ftp://example.org/a", "tag:example.org,2021:1", "https://[::1"],
)
def test_what_is_no_web_address_has_no_key(url: str) -> None:
    assert url_key(url) == ""


def test_distinct_real_addresses_keep_distinct_keys() -> None:
    """No two documents of the shared copies data with different addresses fall together, apart from the scheme and www."""
    urls: set[str] = set()
    for line in shared("data/copies/story_docs.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        urls.update(value.strip() for value in row.values() if isinstance(value, str) and value.startswith("http"))
    by_key: dict[str, set[str]] = {}
    for url in urls:
        by_key.setdefault(url_key(url), set()).add(url.partition("://")[2].removeprefix("www.").rstrip("/"))
    assert {key: found for key, found in by_key.items() if len(found) > 1} == {}


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://www.bbc.co.uk/news", "bbc.co.uk"),
        ("https://feeds.bbci.co.uk/x", "bbci.co.uk"),
        ("https://WWW.Example.org.:443/", "example.org"),
        ("https://alice.blogspot.com/", "alice.blogspot.com"),
        ("http://127.0.0.1:8001/a", "127.0.0.1:8001"),
        ("http://127.0.0.1/a", "127.0.0.1:80"),
        ("https://[::1]/a", "::1:443"),
        ("http://localhost:8000/", "localhost"),
        ("https://новости.пример.рф/", "xn--e1afmkfd.xn--p1ai"),
        ("nonsense", ""),
        ("https://[::1", ""),
    ],
)
def test_host_of_manners(url: str, expected: str) -> None:
    assert host_key(url) == expected


URLISH = st.text(alphabet=st.sampled_from("aA1m.w/%2Ff?&=#:;@[]-_!~+amp ьé\u0301\\index.phtml"), max_size=60)


@given(st.one_of(st.text(max_size=200), URLISH.map("https://example.org/{}".format), URLISH.map("https://{}".format)))
def test_key_is_idempotent_and_never_raises(text: str) -> None:
    key = url_key(text)
    assert url_key(key) == key


@given(st.text(max_size=200), st.text(max_size=50))
def test_safe_url_never_raises_and_is_stable(text: str, base: str) -> None:
    found = safe_url(text, base)
    assert found == "" or safe_url(found) == found
    assert isinstance(host_key(text), str)


PIECES = ["/", "..", ".", "?", "#", "a", "b=1", "//", ":80", "%20", ";x", "é", "/./", "/../", "~"]


@given(st.lists(st.sampled_from(PIECES), max_size=9).map("".join))
def test_absolute_addresses_are_taken_as_joining_would_leave_them(rest: str) -> None:
    url = f"https://example.org/{rest}"
    assert safe_url(url, "https://base.example/q/r?s") == urljoin("https://base.example/q/r?s", url)
