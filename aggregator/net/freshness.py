"""What an answer says about when to come again: validators as sent, and the time it declares itself fresh for."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from aggregator.feeds.moves import permanent_target
from aggregator.feeds.values import Answer
from aggregator.net.target import parse_target
from aggregator.net.values import Response

# Enough for every use here, and far from what a timedelta cannot hold.
_LONGEST = 10**9
_MAX_AGE = re.compile(r"(?:^|[,\s])max-age\s*=\s*\"?(\d{1,18})\"?", re.IGNORECASE)


def answer_of(response: Response, *, now: datetime) -> Answer:
    """Validators byte for byte; `max_age` from Cache-Control less Age, else from Expires (RFC 9111, 4.2.1); rubbish counts as absent."""
    return Answer(
        status=response.status,
        etag=response.header("etag"),
        last_modified=response.header("last-modified"),
        max_age=_fresh_for(response, now),
        body_sha=response.sha256 if response.status == 200 else None,
        asked=response.url,
        moved=_moved(response),
        host=parse_target(response.final_url).host,
    )


def _moved(response: Response) -> str:
    if len(response.hops) < 2:
        return ""
    return permanent_target(response.hops[0].url, ((hop.status, hop.location) for hop in response.hops if hop.location))


def _fresh_for(response: Response, now: datetime) -> timedelta | None:
    found = _MAX_AGE.search(response.header("cache-control") or "")
    if found:
        age = (response.header("age") or "").strip()
        seconds = min(int(found[1]), _LONGEST) - (int(age) if age.isascii() and age.isdigit() and len(age) <= 10 else 0)
        return timedelta(seconds=max(seconds, 0))
    try:
        expires = parsedate_to_datetime(response.header("expires") or "")
    except (ValueError, TypeError, OverflowError):
        return None
    return max((expires if expires.tzinfo else expires.replace(tzinfo=UTC)) - now, timedelta())
