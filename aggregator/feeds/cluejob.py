"""`page_clues` for a killable worker process: bytes in, bytes out, no pickles."""

import msgspec

from aggregator.errors import NotAFeedError
from aggregator.feeds.discover import PageClues, page_clues
from aggregator.limits import DEFAULT_LIMITS, Limits
from aggregator.reasons import Reason


class ClueHeader(msgspec.Struct, frozen=True, kw_only=True):
    """What the worker needs beside the body. `url` is the final one, `links` the Link headers as sent."""

    url: str
    content_type: str = ""
    links: tuple[str, ...] = ()
    limits: Limits = DEFAULT_LIMITS


def encode_order(*, url: str, content_type: str, links: tuple[str, ...], limits: Limits = DEFAULT_LIMITS) -> bytes:
    """The header that `clue_job` takes."""
    return msgspec.json.encode(ClueHeader(url=url, content_type=content_type, links=links, limits=limits))


def clue_job(header: bytes, body: bytes) -> bytes:
    """Runs in the worker. A page that is refused has no clues."""
    order = msgspec.json.decode(header, type=ClueHeader)
    try:
        found = page_clues(body, url=order.url, content_type=order.content_type, links=order.links, limits=order.limits)
    except NotAFeedError:
        found = PageClues()
    return msgspec.json.encode(found)


def decode_clues(data: bytes) -> PageClues:
    """What `clue_job` replied. Raises NotAFeedError INTERNAL when the reply itself is broken."""
    try:
        return msgspec.json.decode(data, type=PageClues)
    except (msgspec.DecodeError, UnicodeError) as error:
        raise NotAFeedError(Reason.INTERNAL, f"the worker's reply cannot be read: {error}") from error
