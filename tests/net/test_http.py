"""The HTTP door against a real server on loopback: what it accepts, what it refuses, and that nothing hangs or gets through."""

import asyncio
import gc
import gzip
import hashlib
import random
import socket
import ssl
import time
import tracemalloc
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
import trustme

from aggregator.clock import ManualClock
from aggregator.errors import FetchError
from aggregator.limits import Limits
from aggregator.net.http import HttpDoor
from aggregator.net.values import Request
from aggregator.reasons import Reason
from aggregator.settings import FetchSettings
from tests.net.test_addresses import BAD
from tests.newspaper import Behaviour, Newspaper, OutletSite, redirect

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
CAP = 1 << 20


class FakeDns:
    """Invented answers, one after the other; the last one stays."""

    def __init__(self, **answers: list[tuple[str, ...]]) -> None:
        self._answers = {host.replace("_", "."): list(rows) for host, rows in answers.items()}

    async def resolve(self, host: str, port: int) -> tuple[str, ...]:
        rows = self._answers[host]
        return rows.pop(0) if len(rows) > 1 else rows[0]


def ask(url: str, **changes: object) -> Request:
    return replace(Request(url=url, raw_cap=CAP, decoded_cap=CAP, deadline=timedelta(seconds=5)), **changes)


@pytest.fixture
def outlet(newspaper: Newspaper) -> OutletSite:
    site = newspaper.outlet("herald.example")
    site.add_page("/page", b"<p>hello</p>")
    return site


@pytest.fixture
async def door(newspaper: Newspaper, outlet: OutletSite) -> AsyncIterator[HttpDoor]:
    async with HttpDoor(newspaper.fetch_settings(), Limits(), clock=ManualClock(NOW)) as opened:
        yield opened


async def refusal(door: HttpDoor, request: Request) -> FetchError:
    with pytest.raises(FetchError) as caught:
        await door.get(request)
    return caught.value


async def test_a_page_comes_with_everything_about_it(door, outlet, newspaper):
    url = outlet.url("/page")
    response = await door.get(ask(url, accept="text/html"))
    assert (response.status, response.body, response.url, response.final_url) == (200, b"<p>hello</p>", url, url)
    assert response.sha256 == hashlib.sha256(response.body).hexdigest()
    assert response.header("Content-Type") == "text/html; charset=utf-8"
    assert response.header("nothing") is None
    assert [(hop.url, hop.status, hop.location) for hop in response.hops] == [(url, 200, "")]
    sent = dict(newspaper.hits()[0].headers)
    assert sent == {
        "host": f"herald.example:{newspaper.port}",
        "user-agent": FetchSettings().user_agent,
        "accept": "text/html",
        "accept-encoding": "gzip, deflate",
    }


async def test_paths_are_requested_with_the_escapes_they_were_printed_with(door, outlet, newspaper):
    path = "/2026/%D0%BC%D0%B8%D1%80%2fx?q=%26a%3D1&utm=%20b+c"
    outlet.add_page(path, b"found")
    assert (await door.get(ask(outlet.url(path)))).body == b"found"
    assert newspaper.hits()[0].path == path


async def test_p51_the_request_is_exactly_these_bytes_also_on_a_kept_connection():
    """Nothing of the HTTP library's own is added, spelled anew or moved; validators go back byte for byte, cookies not at all."""
    asked: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while len(asked) < 2:
            asked.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(b"HTTP/1.1 200 OK\r\nSet-Cookie: id=1\r\nSet-Cookie: \xff\x01=;;\r\nContent-Length: 1\r\n\r\nx")
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    settings = FetchSettings(allow_networks=("127.0.0.1",), per_host_delay=timedelta(), user_agent="news/1")
    url = f"http://127.0.0.1:{port}/a/../%2e%2E/b|c//[d]'%zz%2f?q=%26%d0~&&x[]=%20+;"
    async with HttpDoor(settings, Limits()) as door:
        first = await door.get(ask(url, etag='W/"\xe9\t %22"', last_modified="yesterday,  about noon"))
        await door.get(ask(f"http://127.0.0.1:{port}"))
    server.close()
    head = f"Host: 127.0.0.1:{port}\r\nUser-Agent: news/1\r\nAccept: */*\r\nAccept-Encoding: gzip, deflate\r\n".encode()
    assert asked == [
        b"GET /a/../%2e%2E/b|c//[d]'%zz%2f?q=%26%d0~&&x[]=%20+; HTTP/1.1\r\n"
        + head
        + b'If-None-Match: W/"\xe9\t %22"\r\nIf-Modified-Since: yesterday,  about noon\r\n\r\n',
        b"GET / HTTP/1.1\r\n" + head + b"\r\n",
    ]
    assert first.headers == (("set-cookie", "id=1"), ("set-cookie", "\xff\x01=;;"), ("content-length", "1"))


async def test_own_user_agent_and_none_that_breaks_the_request(door, outlet, newspaper):
    await door.get(ask(outlet.url("/page"), user_agent="special/2"))
    await door.get(ask(outlet.url("/page"), user_agent="bad\r\nX-Injected: 1"))
    assert [hit.header("user-agent") for hit in newspaper.hits()] == ["special/2", FetchSettings().user_agent]
    assert all(hit.header("x-injected") is None for hit in newspaper.hits())


async def test_p1_validators_go_back_as_they_came_and_give_304(door, outlet, newspaper):
    outlet.add_article("One", ["Text."])
    first = await door.get(ask(outlet.feed_url))
    again = await door.get(ask(outlet.feed_url, etag=first.header("etag"), last_modified=first.header("last-modified")))
    assert (first.status, again.status, again.body) == (200, 304, b"")
    sent = newspaper.hits()[-1]
    assert sent.header("if-none-match") == first.header("etag")
    assert sent.header("if-modified-since") == first.header("last-modified")


async def test_p50_no_cookies_and_no_referer_are_ever_sent(door, outlet, newspaper):
    outlet.script("/go", redirect(outlet.url("/page")))
    outlet.script("/page", Behaviour(headers=(("Set-Cookie", "id=1; Path=/"),)))
    await door.get(ask(outlet.url("/go")))
    await door.get(ask(outlet.url("/page")))
    assert len(newspaper.hits()) == 3
    assert all(hit.header("cookie") is None and hit.header("referer") is None for hit in newspaper.hits())


async def test_environment_proxies_are_ignored(door, outlet, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    assert (await door.get(ask(outlet.url("/page")))).status == 200


async def test_a_new_connection_is_made_when_the_kept_one_was_closed(door, outlet, newspaper):
    for _ in range(3):
        outlet.script("/page", Behaviour(body=b"x", then_close=False), Behaviour(raw=b""))
        assert (await door.get(ask(outlet.url("/page")))).body == b"x"
        outlet.script("/page", Behaviour(raw=b""), Behaviour(body=b"y"))
        assert (await door.get(ask(outlet.url("/page")))).body == b"y"


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        (Behaviour(status=401), Reason.HTTP_401),
        (Behaviour(status=403), Reason.HTTP_403),
        (Behaviour(status=404), Reason.HTTP_404),
        (Behaviour(status=410), Reason.HTTP_410),
        (Behaviour(status=429), Reason.HTTP_429),
        (Behaviour(status=418), Reason.HTTP_4XX),
        (Behaviour(status=500), Reason.HTTP_5XX),
        (Behaviour(status=503), Reason.HTTP_5XX),
        (Behaviour(status=599), Reason.HTTP_5XX),
        (Behaviour(status=600), Reason.HTTP_OTHER),
        (Behaviour(status=999), Reason.HTTP_OTHER),
        (Behaviour(status=202), Reason.HTTP_OTHER),
        (Behaviour(status=206), Reason.HTTP_OTHER),
        (Behaviour(status=226), Reason.HTTP_OTHER),
        (Behaviour(status=300), Reason.HTTP_OTHER),
        (Behaviour(status=302), Reason.HTTP_OTHER),
        (Behaviour(status=304), Reason.NOT_MODIFIED_UNASKED),
        (redirect("file:///etc/passwd"), Reason.BAD_URL),
        (redirect("http://user@herald.example/"), Reason.BAD_URL),
        (redirect("http://[::1/"), Reason.BAD_URL),
        (Behaviour(body=b"x" * (CAP + 1)), Reason.TOO_LARGE),
        (Behaviour(endless=True, body=b"x" * 9999), Reason.TOO_LARGE),
        (Behaviour(body=gzip.compress(b"\0" * 50_000_000), headers=(("Content-Encoding", "gzip"),)), Reason.TOO_LARGE),
        (Behaviour(body=gzip.compress(b"\0" * 50_000_000)), Reason.TOO_LARGE),
        (Behaviour(body=b"x", headers=(("Content-Encoding", "br"),)), Reason.BAD_ENCODING),
        (Behaviour(body=b"x", headers=(("Content-Encoding", "gzip, gzip"),)), Reason.BAD_ENCODING),
        (Behaviour(body=b"x" * 5000, cut_after=100), Reason.TRUNCATED),
        (Behaviour(body=gzip.compress(bytes(range(256)))[:-9], headers=(("Content-Encoding", "gzip"),)), Reason.TRUNCATED),
        (Behaviour(raw=b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel"), Reason.TRUNCATED),
        (Behaviour(raw=b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n"), Reason.TRUNCATED),
        (Behaviour(raw=b"SSH-2.0-OpenSSH_9.7\r\n"), Reason.PROTOCOL),
        (Behaviour(raw=b"HTTP/1.1 200 OK\r\nBad Header\r\n\r\n"), Reason.PROTOCOL),
        (Behaviour(raw=b""), Reason.PROTOCOL),
        (Behaviour(raw=b"HTTP/1.1 200 OK\r\nX: " + b"x" * 5_000_000 + b"\r\n\r\n"), Reason.PROTOCOL),
        (Behaviour(raw=b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200_000 + b"\r\n"), Reason.PROTOCOL),
        (Behaviour(raw=b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello"), Reason.PROTOCOL),
        (Behaviour(raw=b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello"), Reason.PROTOCOL),
        (Behaviour(raw=b"HTTP/1.1 102 Processing\r\n\r\n" * 50_000), Reason.PROTOCOL),
    ],
    ids=range(38),
)  # fmt: skip
async def test_every_unusable_answer_has_its_reason(door, outlet, behaviour, reason):
    outlet.script("/bad", behaviour, always=True)
    error = await refusal(door, ask(outlet.url("/bad")))
    assert error.reason is reason
    assert error.final_url == outlet.url("/bad")
    assert error.detail.isprintable()
    if behaviour.status >= 400:
        assert error.status == behaviour.status
    if behaviour.status != 429:
        assert (await door.get(ask(outlet.url("/page")))).status == 200, "the door works on"


@pytest.mark.parametrize(
    "behaviour",
    [
        Behaviour(hang=True),
        Behaviour(body=b"x" * 100, drip=(1, 0.1)),
        Behaviour(body=b"x", head_drip=0.1),
        Behaviour(delay=5),
    ],
    ids=["hang", "slow body", "slow head", "late"],
)
async def test_p59_the_deadline_is_total(door, outlet, behaviour):
    outlet.script("/slow", behaviour)
    started = time.monotonic()
    error = await refusal(door, ask(outlet.url("/slow"), deadline=timedelta(seconds=0.8)))
    assert error.reason in (Reason.TIMEOUT, Reason.TRUNCATED)
    assert time.monotonic() - started < 3
    assert (await door.get(ask(outlet.url("/page")))).status == 200


async def test_the_deadline_counts_over_redirects(door, outlet):
    outlet.script("/1", replace(redirect("/2"), delay=0.4))
    outlet.script("/2", replace(redirect("/3"), delay=0.4))
    outlet.script("/3", Behaviour(body=b"late", delay=0.4))
    assert (await refusal(door, ask(outlet.url("/1"), deadline=timedelta(seconds=1)))).reason is Reason.TIMEOUT


@pytest.mark.parametrize(
    ("behaviour", "body"),
    [
        (Behaviour(status=203, body=b"x"), b"x"),
        (Behaviour(status=204, body=b""), b""),
        (Behaviour(status=205, body=b""), b""),
        (Behaviour(body=b""), b""),
        (Behaviour(body=gzip.compress(b"news"), headers=(("Content-Encoding", "gzip"),)), b"news"),
        (Behaviour(body=gzip.compress(b"news")), b"news"),
        (Behaviour(body=b"news", headers=(("Content-Encoding", "gzip"),)), b"news"),
        (Behaviour(raw=b"HTTP/1.0 200 OK\r\n\r\nold style"), b"old style"),
        (Behaviour(raw=b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"), b"ok"),
        (Behaviour(body=b"big head", headers=tuple((f"X-{n}", "y" * 900) for n in range(90))), b"big head"),
    ],
    ids=range(10),
)
async def test_usable_answers(door, outlet, behaviour, body):
    outlet.script("/page", behaviour)
    assert (await door.get(ask(outlet.url("/page")))).body == body


@pytest.mark.parametrize(
    ("status", "header", "expected"),
    [
        (503, "120", timedelta(minutes=2)),
        (429, "Mon, 02 Mar 2026 12:10:00 GMT", timedelta(minutes=10)),
        (429, "99999999", timedelta(days=7)),
        (503, "-1", None),
        (503, "soon", None),
        (403, "60", timedelta(minutes=1)),
    ],
)
async def test_p24_p25_p27_p28_retry_after_is_read(door, outlet, status, header, expected):
    outlet.script("/busy", Behaviour(status=status, headers=(("Retry-After", header),)))
    assert (await refusal(door, ask(outlet.url("/busy")))).retry_after == expected


async def test_p24_retry_after_keeps_the_whole_host_alone(door, outlet, newspaper):
    outlet.script("/busy", Behaviour(status=429, headers=(("Retry-After", "600"),)))
    await refusal(door, ask(outlet.url("/busy")))
    error = await refusal(door, ask(outlet.url("/page")))
    assert (error.reason, len(newspaper.hits())) == (Reason.HTTP_429, 1)
    assert error.retry_after is not None
    assert timedelta(seconds=590) < error.retry_after <= timedelta(seconds=600)
    other = newspaper.outlet("other.example")
    other.add_page("/page", b"x")
    async with HttpDoor(newspaper.fetch_settings(), Limits()) as fresh:
        assert (await fresh.get(ask(other.url("/page")))).status == 200


async def test_p26_a_bare_429_rests_the_host_for_an_hour(door, outlet, newspaper):
    outlet.script("/busy", Behaviour(status=429))
    assert (await refusal(door, ask(outlet.url("/busy")))).retry_after is None
    error = await refusal(door, ask(outlet.url("/page")))
    assert (error.reason, len(newspaper.hits())) == (Reason.HTTP_429, 1)
    assert error.retry_after is not None
    assert timedelta(minutes=59) < error.retry_after <= timedelta(hours=1)


async def test_a_redirect_that_says_when_is_followed_then(door, outlet, newspaper):
    soon, late = (Behaviour(status=302, headers=(("Location", "/page"), ("Retry-After", wish))) for wish in ("0.5", "600"))
    outlet.script("/go", soon, late)
    assert (await door.get(ask(outlet.url("/go")))).body == b"<p>hello</p>"
    first, second = newspaper.hits()
    assert second.at - first.at > 0.4
    error = await refusal(door, ask(outlet.url("/go")))
    assert (error.reason, error.status, error.retry_after) == (Reason.HTTP_429, 302, timedelta(minutes=10))
    assert (await refusal(door, ask(outlet.url("/page")))).reason is Reason.HTTP_429
    assert len(newspaper.hits()) == 3


async def test_redirects_are_followed_and_recorded(door, outlet, newspaper):
    other = newspaper.outlet("other.example")
    outlet.script("/1", redirect("/2", 301))
    outlet.script("/2", redirect(outlet.url("/новое"), 308))
    outlet.script("/%D0%BD%D0%BE%D0%B2%D0%BE%D0%B5", redirect("page?x=1#frag", 303))
    outlet.add_page("/page?x=1", b"end")
    response = await door.get(ask(outlet.url("/1")))
    assert response.final_url == outlet.url("/page?x=1")
    assert [hop.status for hop in response.hops] == [301, 308, 303, 200]
    assert response.hops[0].location == outlet.url("/2")
    assert other.host not in {hit.host for hit in newspaper.hits()}


async def test_raw_utf8_in_a_location_is_understood(door, outlet):
    location = "/мир".encode()
    outlet.script("/1", Behaviour(raw=b"HTTP/1.1 302 Found\r\nLocation: " + location + b"\r\nContent-Length: 0\r\n\r\n"))
    outlet.add_page("/%D0%BC%D0%B8%D1%80", b"peace")
    assert (await door.get(ask(outlet.url("/1")))).body == b"peace"


@pytest.mark.parametrize(
    "body",
    [
        gzip.compress(b"\0" * 300_000_000, 9),
        gzip.compress(b"<item>" * 40_000_000, 9),
        gzip.compress(gzip.compress(b"\0" * 300_000_000, 9)),
        zlib.compress(b"\0" * 300_000_000, 9),
    ],
    ids=["zeros", "items", "twice", "deflate"],
)
async def test_p57_a_bomb_costs_little_memory_and_others_go_on(door, outlet, body):
    outlet.script("/bomb", Behaviour(body=body, headers=(("Content-Encoding", "deflate" if body[0] == 0x78 else "gzip"),)))
    gc.collect()
    tracemalloc.start()
    try:
        request = ask(outlet.url("/bomb"), raw_cap=8 << 20, decoded_cap=10 << 20)
        if body[0] == 0x78 or len(body) > 10_000:
            assert (await refusal(door, request)).reason is Reason.TOO_LARGE
        else:
            assert len((await door.get(request)).body) < 1 << 20, "one layer is the server's, the other a file"
        assert tracemalloc.get_traced_memory()[1] < 32 << 20
    finally:
        tracemalloc.stop()
    assert (await door.get(ask(outlet.url("/page")))).status == 200


@pytest.mark.parametrize("announced", [True, False])
async def test_p58_eleven_mebibytes_are_not_read_to_their_end(door, outlet, announced):
    body = random.Random(1).randbytes(11 << 20)
    headers = () if announced else (("Transfer-Encoding", "identity"), ("Connection", "close"))
    outlet.script("/big", Behaviour(body=body, headers=headers, then_close=not announced))
    error = await refusal(door, ask(outlet.url("/big"), raw_cap=8 << 20, decoded_cap=10 << 20))
    assert error.reason in (Reason.TOO_LARGE, Reason.PROTOCOL)
    assert (await door.get(ask(outlet.url("/page")))).status == 200


async def test_p58_a_body_may_be_cut_at_its_cap_where_that_is_asked_for(door, outlet):
    for body, headers in ((b"x" * 50_000, ()), (gzip.compress(b"x" * 50_000), (("Content-Encoding", "gzip"),))):
        outlet.script("/big", Behaviour(body=body, headers=headers))
        request = ask(outlet.url("/big"), raw_cap=10_000, decoded_cap=10_000, cut=True)
        assert (await door.get(request)).body == b"x" * 10_000
    outlet.script("/big", Behaviour(body=b"xx"))
    assert (await door.get(ask(outlet.url("/big"), cut=True))).body == b"xx"


async def test_p60_a_body_cut_off_is_no_document(door, outlet):
    outlet.script("/rss", Behaviour(body=b"<rss>" * 1000, cut_after=1000, headers=(("ETag", '"a"'),)))
    error = await refusal(door, ask(outlet.url("/rss")))
    assert (error.reason, error.status) == (Reason.TRUNCATED, None)


async def test_p61_compression_nobody_asked_for_and_a_header_that_lies(door, outlet):
    outlet.script("/rss", Behaviour(body=gzip.compress(b"<rss/>")))
    assert (await door.get(ask(outlet.url("/rss")))).body == b"<rss/>"
    outlet.script("/rss", Behaviour(body=b"<rss/>", headers=(("Content-Encoding", "gzip"),)))
    assert (await door.get(ask(outlet.url("/rss")))).body == b"<rss/>"


async def test_a_million_tiny_chunks_end_with_the_deadline_and_hold_nobody_up(newspaper, outlet):
    other = newspaper.outlet("other.example")
    other.add_page("/", b"x")
    outlet.script("/chunks", Behaviour(raw=b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 700_000))
    async with HttpDoor(newspaper.fetch_settings(), Limits()) as door:
        hostile = asyncio.create_task(refusal(door, ask(outlet.url("/chunks"), deadline=timedelta(seconds=2))))
        await asyncio.sleep(0.2)
        slowest = 0.0
        while not hostile.done():
            started = time.monotonic()
            await door.get(ask(other.url("/")))
            slowest = max(slowest, time.monotonic() - started)
            await asyncio.sleep(0.05)
        assert (await hostile).reason in (Reason.TIMEOUT, Reason.TRUNCATED)
    assert slowest < 1.5


@pytest.mark.parametrize("last", [0, 5, 6, 99])
async def test_p41_five_redirects_and_no_more(door, outlet, newspaper, last):
    for number in range(last):
        outlet.script(f"/{number}", redirect(f"/{number + 1}"))
    outlet.add_page(f"/{last}", b"end")
    if last <= 5:
        assert (await door.get(ask(outlet.url("/0")))).body == b"end"
        return
    assert (await refusal(door, ask(outlet.url("/0")))).reason is Reason.TOO_MANY_REDIRECTS
    assert len(newspaper.hits()) == 6


async def test_p41_a_redirect_circle_ends(door, outlet):
    outlet.script("/a", redirect("/b"), always=True)
    outlet.script("/b", redirect("/a"), always=True)
    assert (await refusal(door, ask(outlet.url("/a")))).reason is Reason.TOO_MANY_REDIRECTS


async def test_validators_stay_with_their_host(newspaper):
    first, other = newspaper.outlet("first.example"), newspaper.outlet("other.example")
    first.script("/feed", redirect(other.url("/feed")))
    first.script("/here", redirect("/there"))
    for site, path in ((other, "/feed"), (first, "/there")):
        site.add_page(path, b"x")
    async with HttpDoor(newspaper.fetch_settings(), Limits()) as door:
        for path in ("/feed", "/here"):
            await door.get(ask(first.url(path), etag='"a"', last_modified="b"))
    assert [(hit.host, hit.path, hit.header("if-none-match")) for hit in newspaper.hits()] == [
        ("first.example", "/feed", '"a"'),
        ("other.example", "/feed", None),
        ("first.example", "/here", '"a"'),
        ("first.example", "/there", '"a"'),
    ]


async def test_p43_private_addresses_are_refused_without_a_connection(newspaper, outlet):
    settings = replace(newspaper.fetch_settings(), allow_networks=())
    async with HttpDoor(settings, Limits()) as door:
        for url in (outlet.url("/page"), f"http://127.0.0.1:{newspaper.port}/", f"http://[::ffff:127.0.0.1]:{newspaper.port}/"):
            assert (await refusal(door, ask(url))).reason is Reason.BLOCKED_ADDRESS
    assert newspaper.hits() == []


@pytest.mark.parametrize("spelling", ["127.1", "2130706433", "0x7f000001", "0177.0.0.1", "0", "localhost"])
async def test_odd_spellings_of_loopback_are_refused(newspaper, spelling):
    async with HttpDoor(FetchSettings(per_host_delay=timedelta()), Limits()) as door:
        error = await refusal(door, ask(f"http://{spelling}:{newspaper.port}/"))
    assert error.reason in (Reason.BLOCKED_ADDRESS, Reason.DNS)
    assert newspaper.hits() == []


@pytest.mark.parametrize("address", BAD)
async def test_a_name_at_a_bad_address_is_refused(address):
    dns = FakeDns(bad_example=[(address,)], mixed_example=[("93.184.216.34", address)])
    async with HttpDoor(FetchSettings(per_host_delay=timedelta()), Limits(), resolver=dns) as door:
        for host in ("bad.example", "mixed.example"):
            assert (await refusal(door, ask(f"http://{host}/"))).reason is Reason.BLOCKED_ADDRESS


async def test_p43_redirects_to_private_addresses_are_refused(newspaper, door, outlet):
    for target in ("http://169.254.169.254/latest/meta-data/", "http://10.0.0.1/", "http://[::1]/"):
        outlet.script("/go", redirect(target))
        error = await refusal(door, ask(outlet.url("/go")))
        assert (error.reason, error.final_url) == (Reason.BLOCKED_ADDRESS, target)


async def test_a_rebinding_name_is_checked_at_every_connect(newspaper):
    newspaper.outlet("rebind.example").add_page("/", b"x")
    newspaper.outlet("rebind.example").script("/", Behaviour(body=b"x", then_close=True), always=True)
    dns = FakeDns(rebind_example=[("127.0.0.1",), ("10.0.0.1",)])
    async with HttpDoor(newspaper.fetch_settings(), Limits(), resolver=dns) as door:
        url = f"http://rebind.example:{newspaper.port}/"
        assert (await door.get(ask(url))).status == 200
        assert (await refusal(door, ask(url))).reason is Reason.BLOCKED_ADDRESS


async def test_the_next_address_is_tried_when_one_does_not_answer(newspaper, outlet):
    dns = FakeDns(herald_example=[("127.0.0.77", "127.0.0.1")])
    async with HttpDoor(newspaper.fetch_settings(), Limits(), resolver=dns) as door:
        assert (await door.get(ask(outlet.url("/page")))).status == 200


async def test_names_that_do_not_exist_and_ports_nobody_listens_on(newspaper):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    settings = newspaper.fetch_settings(resolve=(("closed.example", "127.0.0.1"),))
    async with HttpDoor(settings, Limits(), resolver=None) as door:
        assert (await refusal(door, ask(f"http://closed.example:{port}/"))).reason is Reason.CONNECT
        assert (await refusal(door, ask("http://no-such-name.invalid/"))).reason is Reason.DNS


async def test_bad_addresses_are_refused_before_anything_else(door, newspaper):
    for url in ("", "ftp://herald.example/", "http://u:p@herald.example/", "http://herald.example\\@evil.example/"):
        assert (await refusal(door, ask(url))).reason is Reason.BAD_URL
    assert newspaper.hits() == []


async def test_cancelling_a_fetch_leaves_the_door_usable(door, outlet):
    outlet.script("/hang", Behaviour(hang=True), always=True)
    for _ in range(60):
        task = asyncio.create_task(door.get(ask(outlet.url("/hang"))))
        await asyncio.sleep(0.005)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert (await door.get(ask(outlet.url("/page")))).status == 200


async def test_a_slow_host_does_not_hold_back_others(newspaper):
    slow, quick = newspaper.outlet("slow.example"), newspaper.outlet("quick.example")
    slow.script("/", Behaviour(hang=True), always=True)
    quick.add_page("/", b"x")
    async with HttpDoor(newspaper.fetch_settings(concurrency=2), Limits()) as door:
        waiting = [asyncio.create_task(door.get(ask(slow.url("/")))) for _ in range(20)]
        await asyncio.sleep(0.1)
        started = time.monotonic()
        assert (await door.get(ask(quick.url("/")))).status == 200
        assert time.monotonic() - started < 1
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)


async def test_p48_starts_at_one_host_keep_their_gap_redirects_included(newspaper):
    site, elsewhere = newspaper.outlet("www.herald.example"), newspaper.outlet("feeds.herald.example")
    for number in range(3):
        site.add_page(f"/{number}", b"x")
    site.script("/go", redirect(elsewhere.url("/rss")))
    elsewhere.add_page("/rss", b"x")
    urls = [site.url("/0"), site.url("/1"), site.url("/2"), site.url("/go"), elsewhere.url("/rss")]
    async with HttpDoor(newspaper.fetch_settings(per_host_delay=timedelta(seconds=0.3)), Limits()) as door:
        await asyncio.gather(*(door.get(ask(url, deadline=timedelta(seconds=1))) for url in urls))
    starts = [hit.at for hit in newspaper.hits()]
    assert len(starts) == 6
    assert all(later - earlier > 0.2 for earlier, later in pairwise(starts))


@asynccontextmanager
async def tls_server(certificate: trustme.LeafCert) -> AsyncIterator[int]:
    """Answers every request with the name that the TLS handshake asked for."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    names: list[str | None] = []
    context.sni_callback = lambda connection, name, _: names.append(name)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        body = str(names[-1]).encode()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


async def test_tls_asks_for_the_host_not_the_address_and_verifies_it():
    authority = trustme.CA()
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    settings = FetchSettings(
        resolve=(("good.example", "127.0.0.1"), ("wrong.example", "127.0.0.1")),
        allow_networks=("127.0.0.1",),
        per_host_delay=timedelta(),
    )
    async with tls_server(authority.issue_cert("good.example")) as port:
        async with HttpDoor(settings, Limits(), tls=trusting) as door:
            assert (await door.get(ask(f"https://good.example:{port}/"))).body == b"good.example"
            assert (await refusal(door, ask(f"https://wrong.example:{port}/"))).reason is Reason.TLS
        async with HttpDoor(settings, Limits()) as stranger:
            assert (await refusal(stranger, ask(f"https://good.example:{port}/"))).reason is Reason.TLS


async def test_plain_http_on_a_tls_address_is_a_tls_error():
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with HttpDoor(FetchSettings(allow_networks=("127.0.0.1",)), Limits()) as door:
        assert (await refusal(door, ask(f"https://127.0.0.1:{port}/"))).reason is Reason.TLS
    server.close()
