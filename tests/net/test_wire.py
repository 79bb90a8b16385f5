"""Plain answers are read by us and all others by h11: what both can read, both read alike."""

import asyncio

import h11
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from aggregator.errors import FetchError
from aggregator.net.pipe import Pipe
from aggregator.net.wire import Wire, _Plain, _Strict
from aggregator.reasons import Reason

ASKED = h11.Request(method=b"GET", target=b"/", headers=[(b"Host", b"herald.example")])
NAMES = [
    "Content-Length",
    "content-length",
    "Connection",
    "Transfer-Encoding",
    "ETag",
    "X-Cache",
    "Set-Cookie",
    "",
    "A B",
    "Ä",
    "X",
]
VALUES = [
    "0",
    "5",
    "05",
    "+5",
    "5, 5",
    "-1",
    "close",
    "keep-alive",
    "Keep-Alive",
    "chunked",
    "",
    " x ",
    "\tx\t",
    "a\x00b",
    "\xff\xe9",
    "a\rb",
]
LINE = st.tuples(st.sampled_from(NAMES), st.sampled_from([": ", ":", " : ", ""]), st.sampled_from(VALUES)).map("".join)
FIRST = st.sampled_from(
    [
        "HTTP/1.1 200 OK",
        "HTTP/1.1 200",
        "HTTP/1.1 200 ",
        "HTTP/1.1 304 Not Modified",
        "HTTP/1.1 204 x",
        "HTTP/1.1 404 é",
        "HTTP/1.1  200 OK",
        "HTTP/1.0 200 OK",
        "HTTP/1.1 20 OK",
        "HTTP/1.1 103 Hints",
        "HTTP/2 200",
        "http/1.1 200 OK",
        " HTTP/1.1 200",
    ]
)
ENDS = st.sampled_from(["\r\n", "\r\n", "\r\n", "\n", "\r"])
BODIES = st.sampled_from([b"", b"hello", b"hell", b"hello more", b"HTTP/1.1 200 OK\r\n\r\n", b"0\r\n\r\n"])


@st.composite
def answers(draw: st.DrawFn) -> bytes:
    lines = [draw(FIRST), *draw(st.lists(LINE, max_size=5))]
    head = "".join(line + draw(ENDS) for line in lines) + draw(ENDS)
    return head.encode("latin-1") + draw(BODIES)


def ended() -> Pipe:
    """A pipe whose server has said everything."""
    pipe = Pipe()
    pipe.ended = True
    return pipe


async def read(answer: _Plain | _Strict) -> tuple[bytes, bool]:
    """The body and whether it is whole."""
    body = b""
    try:
        while (piece := await answer.piece()) is not None:
            body += piece
    except h11.RemoteProtocolError:
        return body, False
    return body, True


async def compare(data: bytes) -> None:
    plain = _Plain.of(data, ended())
    if plain is None:
        return
    strict = _Strict(ended(), ASKED, data)
    assert (plain.status, plain.headers) == await strict.head()
    ours, theirs = await read(plain), await read(strict)
    assert ours == theirs
    assert not plain.complete() or (ours[1] and strict.complete() and plain.surplus == strict.surplus)


@settings(max_examples=1500, deadline=None)
@given(answers())
@example(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
@example(b'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\nETag: "a"\r\n\r\n')
@example(b"HTTP/1.1 204 \r\n\r\nhello")
def test_both_readers_agree(data: bytes) -> None:
    asyncio.run(compare(data))


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        b'HTTP/1.1 304 Not Modified\r\nETag: W/"\xe9\t "\r\nX:\r\n\r\n',
        b"HTTP/1.1 404\r\nContent-Length: 0\r\nConnection: Keep-Alive\r\n\r\n",
    ],
)
def test_plain_answers_are_taken_as_such(data: bytes) -> None:
    assert _Plain.of(data, ended()) is not None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n",
        b"HTTP/1.1 200 OK\r\n\r\nto the end",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n folded: 1\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length : 5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\nContent-Length: 5\n\nhello",
        b"HTTP/1.1 200 OK\r\nX: a\x00b\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 100 Continue\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    ],
    ids=range(12),
)
def test_whatever_is_odd_is_left_to_the_strict_reader(data: bytes) -> None:
    assert _Plain.of(data, ended()) is None


@pytest.mark.parametrize("target", [b"/a b", b"/\r\nX: 1", b"", b"/\xe9"])
async def test_a_request_line_is_never_broken_open(target: bytes) -> None:
    with pytest.raises(FetchError) as caught:
        await Wire(ended()).ask(b"GET", target, [(b"Host", b"x")])
    assert caught.value.reason is Reason.BAD_URL
