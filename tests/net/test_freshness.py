"""Validators and freshness as an answer declares them."""

from datetime import UTC, datetime, timedelta

import pytest

from aggregator.net.freshness import answer_of
from aggregator.net.values import Response

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def response(**headers: str) -> Response:
    pairs = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Response(
        url="http://u.example/", final_url="http://u.example/", status=200, headers=pairs, body=b"", hops=(), sha256="ab"
    )


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"cache_control": "max-age=1800"}, 1800),
        ({"cache_control": "public, MAX-AGE = 60"}, 60),
        ({"cache_control": "s-maxage=60"}, None),
        ({"cache_control": "max-age=1800", "age": "1500"}, 300),
        ({"cache_control": "max-age=10", "age": "1500"}, 0),
        ({"cache_control": "max-age=10", "age": "soon"}, 10),
        ({"cache_control": "no-cache"}, None),
        ({"cache_control": "max-age=99999999999999"}, 10**9),
        ({"expires": "Sun, 01 Mar 2026 12:30:00 GMT"}, 1800),
        ({"expires": "Sun, 01 Mar 2026 11:30:00 GMT"}, 0),
        ({"expires": "0"}, None),
        ({"expires": "garbage, 99 Foo 20260 99:99"}, None),
        ({}, None),
    ],
)
def test_how_long_an_answer_is_fresh(headers: dict[str, str], seconds: int | None) -> None:
    expected = None if seconds is None else timedelta(seconds=seconds)
    assert answer_of(response(**headers), now=NOW).max_age == expected


def test_validators_are_kept_byte_for_byte() -> None:
    answer = answer_of(response(etag='W/"a b"', last_modified="Mon, 6 Sep 2021 1:2:3 +0000"), now=NOW)
    assert (answer.etag, answer.last_modified, answer.body_sha) == ('W/"a b"', "Mon, 6 Sep 2021 1:2:3 +0000", "ab")
