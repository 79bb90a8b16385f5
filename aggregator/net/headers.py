"""Header values that decide something, read strictly: what is not understood is ignored, never guessed."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

_SECONDS = re.compile(r"[0-9]{1,10}(\.[0-9]{1,9})?")
# RFC 9110 5.5: visible characters, blanks and tabs, and bytes above 0x7F.
_FIELD_VALUE = re.compile("[\t\x20-\x7e\x80-\xff]*")


def parse_retry_after(value: str | None, *, now: datetime, cap: timedelta) -> timedelta | None:
    """Seconds, or an HTTP date in any of its three forms, as time from `now`, at most `cap`.

    None for garbage and for moments that have passed.
    """
    text = (value or "").strip()
    if _SECONDS.fullmatch(text):
        wanted = timedelta(seconds=min(float(text), cap.total_seconds()))
    else:
        moment = _http_date(text)
        wanted = min(moment - now, cap) if moment else timedelta()
    return wanted if wanted > timedelta() else None


def sendable(value: str | None) -> bytes | None:
    """A header value as bytes when it can go back to the server as it came (latin-1, no controls), else None."""
    if value and _FIELD_VALUE.fullmatch(value):
        return value.encode("latin-1")
    return None


def _http_date(text: str) -> datetime | None:
    # Three letters at least: the mail parser makes dates of bare numbers too.
    if not re.search("[A-Za-z]{3}", text) or len(text) > 100:
        return None
    try:
        moment = parsedate_to_datetime(text)
        # The asctime form has no zone and means UTC.
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError, TypeError, IndexError):
        return None
