"""Bounded decoding of a response body: raw and decoded bytes are capped while they arrive, whatever one chunk would unfold to.

HTTP libraries hand out what a whole raw chunk decodes to: 32 kB became 1 GiB in the measurement behind this file. Only gzip and
deflate are asked for, and every step here gives out at most 64 KiB.
"""

import zlib
from typing import Final, Protocol

from aggregator.errors import FetchError
from aggregator.reasons import Reason

_STEP: Final = 64 * 1024
_GZIP_MAGIC: Final = b"\x1f\x8b\x08"
_SNIFF: Final = len(_GZIP_MAGIC)
# A member of a gzip file costs a new decoder; real files have one, log rotators a handful.
_MAX_MEMBERS: Final = 1_000
_GZIP_NAMES: Final = frozenset({"gzip", "x-gzip"})
_UNSUPPORTED: Final = frozenset({"br", "zstd", "compress", "x-compress", "dcb", "dcz"})


class _Inflater(Protocol):
    """The part of zlib's decompression object that is used."""

    @property
    def eof(self) -> bool: ...
    @property
    def unconsumed_tail(self) -> bytes: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = 0, /) -> bytes: ...


class BodyDecoder:
    """Takes raw chunks with `feed`, gives the decoded body from `finish`. Both raise FetchError.

    `encoding` is the Content-Encoding header as sent. What the bytes are goes before what the header says: gzip is recognised
    without a header, and a plain body under a gzip header is taken as it is; servers do both.
    TOO_LARGE: a cap was passed; BAD_ENCODING: stacked, unsupported or corrupt; TRUNCATED: the stream has no end.
    """

    def __init__(self, encoding: str, *, raw_cap: int, decoded_cap: int) -> None:
        self._deflate = _declared(encoding) == "deflate"
        self._raw_cap = raw_cap
        self._decoded_cap = decoded_cap
        self._raw = 0
        self._head = b""
        self._started = False
        self._inflater: _Inflater | None = None
        self._plain_if_corrupt = False
        self._members = 0
        self._pending = b""
        self._done = False
        self._out = bytearray()

    def feed(self, chunk: bytes) -> None:
        """Takes the next raw bytes, of too many those up to the cap."""
        room = self._raw_cap - self._raw
        self._raw += len(chunk)
        if len(chunk) <= room:
            self._feed(chunk)
            return
        self._feed(chunk[:room])
        raise _too_large(self._raw_cap)

    def _feed(self, chunk: bytes) -> None:
        if self._started:
            self._take(chunk)
            return
        self._head += chunk
        if len(self._head) >= _SNIFF:
            self._start()

    def finish(self) -> bytes:
        """The whole decoded body; the raw stream has ended."""
        if not self._started:
            self._start()
        if self._inflater is not None and not self._inflater.eof and self._raw:
            raise FetchError(Reason.TRUNCATED, f"the compressed body ends after {self._raw} bytes without its end mark")
        return bytes(self._out)

    @property
    def taken(self) -> bytes:
        """What was decoded so far; after TOO_LARGE the body up to its cap."""
        return bytes(self._out) if self._started else self._head

    def _start(self) -> None:
        self._started = True
        head, self._head = self._head, b""
        if head.startswith(_GZIP_MAGIC):
            self._open_member()
        elif self._deflate and _zlib_header(head):
            self._inflater = zlib.decompressobj(zlib.MAX_WBITS)
        elif self._deflate and head:
            self._inflater = zlib.decompressobj(-zlib.MAX_WBITS)
            self._plain_if_corrupt = True
        self._take(head)

    def _open_member(self) -> None:
        self._members += 1
        if self._members > _MAX_MEMBERS:
            raise FetchError(Reason.BAD_ENCODING, f"more than {_MAX_MEMBERS} gzip members")
        self._inflater = zlib.decompressobj(16 + zlib.MAX_WBITS)

    def _take(self, data: bytes) -> None:
        if self._done:
            return
        if self._inflater is None:
            self._keep(data)
            return
        try:
            self._inflate(data)
        except zlib.error as error:
            # Raw deflate has no header to recognise it by: text under a deflate header fails in its first bytes.
            if not self._plain_if_corrupt:
                raise FetchError(Reason.BAD_ENCODING, f"the compressed body is corrupt: {error}") from error
            self._inflater = None
            self._out.clear()
            self._keep(data)
        self._plain_if_corrupt = False

    def _inflate(self, data: bytes) -> None:
        inflater = self._inflater
        if inflater is not None and inflater.eof:
            data = self._pending + data
            inflater = self._next_member(data)
        while inflater is not None:
            piece = inflater.decompress(data, _STEP)
            self._keep(piece)
            if inflater.eof:
                data = inflater.unused_data
                inflater = self._next_member(data)
                continue
            data = inflater.unconsumed_tail
            # A full step may leave output inside zlib although all input was consumed.
            if not data and len(piece) < _STEP:
                return

    def _next_member(self, rest: bytes) -> _Inflater | None:
        """After the end of a stream: another gzip member follows at once, or the rest is padding and is dropped."""
        if self._members and rest.startswith(_GZIP_MAGIC):
            self._open_member()
            return self._inflater
        self._pending = rest if self._members and _GZIP_MAGIC.startswith(rest) else b""
        self._done = not self._members or bool(rest and not self._pending)
        return None

    def _keep(self, piece: bytes) -> None:
        if len(self._out) + len(piece) > self._decoded_cap:
            self._out += piece[: self._decoded_cap - len(self._out)]
            raise _too_large(self._decoded_cap)
        self._out += piece


def _declared(header: str) -> str:
    """The one compression a Content-Encoding header names, "" for none. Names that are no compression (`UTF-8`) are ignored."""
    names = [name.strip().lower() for name in header.split(",")]
    known = [name for name in names if name in _GZIP_NAMES or name == "deflate" or name in _UNSUPPORTED]
    if len(known) > 1:
        raise FetchError(Reason.BAD_ENCODING, f"compressed {len(known)} times over: {header[:80]}")
    if known and known[0] in _UNSUPPORTED:
        raise FetchError(Reason.BAD_ENCODING, f"compressed with {known[0]}, which was not asked for")
    return known[0] if known else ""


def _zlib_header(head: bytes) -> bool:
    """RFC 1950: method 8, and the first two bytes as a number are a multiple of 31."""
    return len(head) > 1 and head[0] & 0x0F == 8 and (head[0] << 8 | head[1]) % 31 == 0


def _too_large(cap: int) -> FetchError:
    return FetchError(Reason.TOO_LARGE, f"more than {cap} bytes")
