"""Bodies are decoded within their caps, whatever the header says and however the bytes are cut into chunks."""

import gzip
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.errors import FetchError
from aggregator.net.decode import BodyDecoder
from aggregator.reasons import Reason

TEXT = b"<?xml version='1.0'?><rss>" + b"<item>news</item>" * 200 + b"</rss>"
BINARY = bytes(range(256)) * 40


def packed(data: bytes, level: int = 9) -> bytes:
    return gzip.compress(data, level, mtime=0)


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


DECODED = [
    (TEXT, "", TEXT),
    (TEXT, "identity", TEXT),
    (TEXT, "UTF-8", TEXT),
    (packed(TEXT), "gzip", TEXT),
    (packed(TEXT), "x-gzip", TEXT),
    (packed(TEXT), " GZIP ", TEXT),
    (packed(TEXT), "", TEXT),
    (packed(TEXT), "deflate", TEXT),
    (TEXT, "gzip", TEXT),
    (zlib.compress(TEXT), "deflate", TEXT),
    (raw_deflate(TEXT), "deflate", TEXT),
    (raw_deflate(BINARY), "deflate", BINARY),
    (packed(TEXT[:100]) + packed(TEXT[100:]), "gzip", TEXT),
    (packed(TEXT) + b"\0" * 50, "gzip", TEXT),
    (packed(TEXT) + b"\x1f", "gzip", TEXT),
    (zlib.compress(TEXT) + b"junk", "deflate", TEXT),
    (packed(b""), "gzip", b""),
    (b"", "gzip", b""),
    (b"", "deflate", b""),
    (b"", "", b""),
    (b"\x1f\x8b", "", b"\x1f\x8b"),
    (b"x", "gzip", b"x"),
    (zlib.compress(TEXT), "", zlib.compress(TEXT)),
]
REFUSED = [
    (packed(TEXT)[:-9], "gzip", Reason.TRUNCATED),
    (packed(TEXT)[:-1], "gzip", Reason.TRUNCATED),
    (packed(TEXT)[:12], "", Reason.TRUNCATED),
    (zlib.compress(TEXT)[:-1], "deflate", Reason.TRUNCATED),
    (raw_deflate(BINARY)[:-3], "deflate", Reason.TRUNCATED),
    (packed(TEXT) + packed(TEXT)[:20], "gzip", Reason.TRUNCATED),
    (b"\x1f\x8b\x08" + b"\0" * 7 + b"\x07" * 60, "gzip", Reason.BAD_ENCODING),
    (packed(TEXT)[:-8] + b"\0" * 8, "gzip", Reason.BAD_ENCODING),
    (packed(packed(TEXT)), "gzip, gzip", Reason.BAD_ENCODING),
    (TEXT, "gzip, deflate", Reason.BAD_ENCODING),
    (TEXT, "br", Reason.BAD_ENCODING),
    (TEXT, "zstd", Reason.BAD_ENCODING),
    (packed(b"a") * 1001, "gzip", Reason.BAD_ENCODING),
    (b"x" * ((1 << 20) + 1), "", Reason.TOO_LARGE),
    (packed(b"x" * ((1 << 20) + 1)), "gzip", Reason.TOO_LARGE),
    (zlib.compress(b"\0" * (1 << 24), 9), "deflate", Reason.TOO_LARGE),
]


def decode(body: bytes, encoding: str = "", *, step: int = 1000, raw_cap: int = 1 << 20, decoded_cap: int = 1 << 20) -> bytes:
    decoder = BodyDecoder(encoding, raw_cap=raw_cap, decoded_cap=decoded_cap)
    for start in range(0, len(body), step):
        decoder.feed(body[start : start + step])
    return decoder.finish()


@pytest.mark.parametrize("step", [1, 2, 3, 7, 1000, 100_000])
@pytest.mark.parametrize(("body", "encoding", "expected"), DECODED, ids=range(len(DECODED)))
def test_decoded(body, encoding, expected, step):
    assert decode(body, encoding, step=step) == expected


def test_plain_text_under_a_deflate_header_is_taken_as_it_is():
    assert decode(TEXT, "deflate") == TEXT


@pytest.mark.parametrize(("body", "encoding", "reason"), REFUSED, ids=range(len(REFUSED)))
def test_refused_with_its_reason(body, encoding, reason):
    with pytest.raises(FetchError) as caught:
        decode(body, encoding)
    assert caught.value.reason is reason


def test_raw_bytes_have_their_own_cap():
    with pytest.raises(FetchError) as caught:
        decode(b"x" * 1001, raw_cap=1000)
    assert caught.value.reason is Reason.TOO_LARGE
    assert decode(b"x" * 1000, raw_cap=1000, decoded_cap=1000) == b"x" * 1000


def test_a_bomb_costs_no_more_than_its_cap():
    """256 MiB of zeros in one 260 kB chunk: stopped at 1 MiB, with memory of the same order."""
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    bomb = b"".join(packer.compress(b"\0" * (1 << 20)) for _ in range(256)) + packer.flush()
    running = tracemalloc.is_tracing()
    tracemalloc.start()
    tracemalloc.reset_peak()
    before = tracemalloc.get_traced_memory()[0]
    try:
        with pytest.raises(FetchError):
            decode(bomb, "gzip", step=len(bomb), raw_cap=8 << 20)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        if not running:
            tracemalloc.stop()
    assert peak - before < 8 << 20


@given(st.binary(max_size=300), st.sampled_from(["", "gzip", "deflate", "gzip, gzip", "br", "\x00"]), st.integers(1, 50))
def test_any_bytes_give_a_body_or_a_reason(body, encoding, step):
    try:
        assert isinstance(decode(body, encoding, step=step), bytes)
    except FetchError as error:
        assert error.reason in (Reason.TRUNCATED, Reason.BAD_ENCODING)


@given(st.binary(max_size=3000), st.integers(1, 500))
def test_what_was_packed_comes_out_however_it_is_cut(body, step):
    assert decode(packed(body), "gzip", step=step) == body
    assert decode(zlib.compress(body), "deflate", step=step) == body
