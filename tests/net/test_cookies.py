"""Cookie files: what is sent where, and that a file that is none is named without its secrets."""

import os
import re
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from aggregator.clock import ManualClock
from aggregator.errors import FetchError
from aggregator.limits import Limits
from aggregator.net.cookies import CookieFiles, cookie_header, parse_cookies
from aggregator.net.http import HttpDoor
from aggregator.net.target import parse_target
from aggregator.net.values import Request
from aggregator.reasons import Reason
from tests.newspaper import Behaviour, Newspaper, redirect

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SOON, PAST = int((NOW + timedelta(hours=1)).timestamp()), int((NOW - timedelta(hours=1)).timestamp())


def line(domain: str = "herald.example", *, sub: bool = False, path: str = "/", secure: bool = False, expires: int = 0) -> str:
    return f"{domain}\t{str(sub).upper()}\t{path}\t{str(secure).upper()}\t{expires}\tid\ts3cret"


def sent(text: str, url: str) -> str | None:
    header = cookie_header(parse_cookies(text, name="file"), parse_target(url), now=NOW, name="file")
    return None if header is None else header.decode()


@pytest.mark.parametrize(
    ("text", "url", "goes"),
    [
        (line(), "http://herald.example/", True),
        (line(), "http://www.herald.example/", False),
        (line(), "http://notherald.example/", False),
        (line("Herald.Example"), "http://herald.example/", True),
        (line(".herald.example", sub=True), "http://herald.example/", True),
        (line(".herald.example", sub=True), "http://www.herald.example/", True),
        (line(".herald.example", sub=True), "http://evilherald.example/", False),
        (line(".herald.example"), "http://www.herald.example/", False),
        (line(path="/news"), "http://herald.example/news", True),
        (line(path="/news"), "http://herald.example/news/1?x=/", True),
        (line(path="/news"), "http://herald.example/newsroom", False),
        (line(path="/news/"), "http://herald.example/news/1", True),
        (line(path="/news/"), "http://herald.example/?/news/", False),
        (line(secure=True), "http://herald.example/", False),
        (line(secure=True), "https://herald.example/", True),
        (line(expires=SOON), "http://herald.example/", True),
        (line(expires=PAST), "http://herald.example/", False),
        ("#HttpOnly_" + line(), "http://herald.example/", True),
        ("# " + line(), "http://herald.example/", False),
        ("\ufeff# Netscape HTTP Cookie File\n\n".replace("\ufeff", "") + line(), "http://herald.example/", True),
        (line().replace("\t0\t", "\t0.5\t").replace("0.5", "-1"), "http://herald.example/", True),
    ],
)
def test_a_cookie_goes_where_its_line_says(text, url, goes):
    assert sent(text, url) == ("id=s3cret" if goes else None)


def test_longer_paths_go_first_and_an_empty_value_may_have_lost_its_tab():
    text = (
        "h.example\tFALSE\t/\tFALSE\t0\ta\t1\nh.example\tFALSE\t/x\tFALSE\t0\tb\t2 with blanks\nh.example\tFALSE\t/\tFALSE\t0\tc"
    )
    assert sent(text, "http://h.example/x") == "b=2 with blanks; a=1; c="


@pytest.mark.parametrize(
    "text",
    [
        '[{"name": "id", "value": "s3cret"}]',
        "id=s3cret; other=1",
        line().replace("\t", " "),
        line().replace("FALSE", "maybe", 1),
        line().replace("\t0\t", "\ttomorrow\t"),
        line(path="news"),
        line(domain=""),
        line() + "\r\x0bX-Injected: 1",
        line().replace("s3cret", "s3cret; Path=/"),
        line().replace("s3cret", "s3cret\x01"),
        line().replace("s3cret", "s3crét"),
        line().replace("\tid\t", "\ti d\t"),
        line() + "\tmore",
    ],
)
def test_a_line_that_is_none_is_named_without_what_it_says(text):
    with pytest.raises(FetchError) as caught:
        parse_cookies("# first\n" + text, name="/etc/cookies.txt")
    assert caught.value.reason is Reason.COOKIES
    assert re.match(r"/etc/cookies\.txt: line [234]: a cookie file ", caught.value.detail)
    assert "s3cr" not in str(caught.value)


def test_too_many_cookies_for_one_request():
    text = "\n".join(f"h.example\tFALSE\t/\tFALSE\t0\tn{number}\t{'v' * 100}" for number in range(100))
    with pytest.raises(FetchError, match="8192 bytes of cookies"):
        sent(text, "http://h.example/")
    assert sent(text, "http://other.example/") is None


def test_a_file_is_read_at_use_and_again_when_it_changed(tmp_path: Path):
    file, files = tmp_path / "cookies.txt", CookieFiles()
    with pytest.raises(FetchError, match="No such file") as caught:
        files.cookies(str(file))
    assert caught.value.reason is Reason.COOKIES
    file.write_text("\ufeff" + line() + "\r\n")
    assert files.cookies(str(file))[0].value == "s3cret"
    assert files.cookies(str(file)) is files.cookies(str(file))
    file.write_text(line().replace("s3cret", "n3w"))
    os.utime(file, (time.time() + 5, time.time() + 5))
    assert files.cookies(str(file))[0].value == "n3w"
    assert "n3w" not in repr(files.cookies(str(file)))


@pytest.mark.parametrize("content", [b"\xff\xfe\x00\x01", b"x" * (1 << 21)])
def test_files_that_hold_something_else(tmp_path: Path, content: bytes):
    file = tmp_path / "cookies.txt"
    file.write_bytes(content)
    with pytest.raises(FetchError) as caught:
        CookieFiles().cookies(str(file))
    assert caught.value.reason is Reason.COOKIES
    with pytest.raises(FetchError, match="Is a directory"):
        CookieFiles().cookies(str(tmp_path))


async def test_cookies_stay_at_home_and_set_cookie_is_ignored(newspaper: Newspaper, tmp_path: Path):
    home, other = newspaper.outlet("www.herald.example"), newspaper.outlet("news.herald.example")
    home.script("/go", redirect(other.url("/there")))
    other.script("/there", redirect(home.url("/back")))
    home.script("/back", Behaviour(body=b"x", headers=(("Set-Cookie", "id=new; Path=/"),)))
    home.script("/near", redirect("/page"))
    home.add_page("/page", b"x")
    file = tmp_path / "cookies.txt"
    file.write_text(line(".herald.example", sub=True))
    async with HttpDoor(newspaper.fetch_settings(), Limits(), clock=ManualClock(NOW)) as door:
        asked = Request(
            url=home.url("/go"), raw_cap=9999, decoded_cap=9999, deadline=timedelta(seconds=5), cookies_file=str(file)
        )
        await door.get(asked)
        await door.get(replace(asked, url=home.url("/near")))
        await door.get(replace(asked, url=home.url("/page"), cookies_file=""))
    assert [(hit.path, hit.header("cookie")) for hit in newspaper.hits()] == [
        ("/go", "id=s3cret"),
        ("/there", None),
        ("/back", None),
        ("/near", "id=s3cret"),
        ("/page", "id=s3cret"),
        ("/page", None),
    ]
