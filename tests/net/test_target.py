"""Addresses as they are requested: escapes untouched, everything ambiguous refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.errors import FetchError
from aggregator.net.target import follow, parse_target
from aggregator.reasons import Reason


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://a.example", "http://a.example/"),
        ("  HTTPS://A.Example:443/x#frag ", "https://a.example/x"),
        ("http://a.example:8080/p?q=1", "http://a.example:8080/p?q=1"),
        ("http://a.example./p", "http://a.example/p"),
        ("http://a.example/%D0%9F%2f%20x?u=%26%3D", "http://a.example/%D0%9F%2f%20x?u=%26%3D"),
        (
            "http://a.example/новости?тема=мир",
            "http://a.example/%D0%BD%D0%BE%D0%B2%D0%BE%D1%81%D1%82%D0%B8?%D1%82%D0%B5%D0%BC%D0%B0=%D0%BC%D0%B8%D1%80",
        ),
        ("http://a.example/two words", "http://a.example/two%20words"),
        ("http://a.example/a;b,c:d@e!$'()*", "http://a.example/a;b,c:d@e!$'()*"),
        ("http://вести.example/", "http://xn--b1agj9af.example/"),
        ("http://президент.рф/", "http://xn--d1abbgf6aiiy.xn--p1ai/"),
        ("http://[2606:4700::1111]:8080/x", "http://[2606:4700::1111]:8080/x"),
        ("http://my_host.example/", "http://my_host.example/"),
        ("http://a.example?x=1", "http://a.example/?x=1"),
    ],
)
def test_requested_as(url, expected):
    assert parse_target(url).url == expected


@pytest.mark.parametrize(
    "url",
    [
        "", "x", "//a.example/", "ftp://a.example/", "file:///etc/passwd", "javascript:alert(1)", "data:text/html,x", "http://",
        "http:///path", "http://user@a.example/", "http://user:pw@a.example/", "http://good.example\\@evil.example/",
        "http://a.example\\b", "http://a.example/\\x", "http://a.example/\x00", "http://a.exa\tmple/", "http://a.example/\r\nX: y",
        "http://a.example:0/", "http://a.example:99999/", "http://a.example:x/", "http://[::1", "http://[zz]/", "http://a b.example/",
        "http://a..example/", "http://.example/", "http://-a.example/", "http://１２７。０。０。１/", "http://a.example%00/",
        "http://" + "a" * 300 + ".example/", "http://a.example/" + "x" * 9000, "http://a.example/\udc80", "http://[fe80::1%25eth0]/",
        "http://a.example／b/", "http://a.example#@b.example\\",
    ],
)  # fmt: skip
def test_refused(url):
    with pytest.raises(FetchError) as caught:
        parse_target(url)
    assert caught.value.reason is Reason.BAD_URL
    assert caught.value.detail.isprintable()


@pytest.mark.parametrize(
    ("base", "location", "expected"),
    [
        ("http://a.example/x/y", "z", "http://a.example/x/z"),
        ("http://a.example/x/y", "/z?q", "http://a.example/z?q"),
        ("http://a.example/x", "//b.example/z", "http://b.example/z"),
        ("https://a.example/x", "http://a.example/x", "http://a.example/x"),
        ("http://a.example/x", " https://b.example/two words ", "https://b.example/two%20words"),
        ("http://a.example/x?a", "?b", "http://a.example/x?b"),
        ("http://a.example:81/x", "#f", "http://a.example:81/x"),
    ],
)
def test_redirects_are_resolved(base, location, expected):
    assert follow(parse_target(base), location).url == expected


@pytest.mark.parametrize("location", ["file:///etc/passwd", "http://[", "gopher://x/", "http://u@h.example/"])
def test_redirects_to_nowhere_are_refused(location):
    with pytest.raises(FetchError):
        follow(parse_target("http://a.example/"), location)


@given(st.text(max_size=80))
def test_any_text_is_an_address_or_a_reason(text):
    for url in (text, "http://a.example/" + text, "http://" + text):
        try:
            target = parse_target(url)
        except FetchError as error:
            assert error.reason is Reason.BAD_URL
        else:
            assert parse_target(target.url) == target
            assert target.url.isascii()
