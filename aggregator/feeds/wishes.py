"""What a publisher wishes of those who poll, and where older entries are."""

import re
from datetime import timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from aggregator.feeds.raw import RawFeed
from aggregator.feeds.urls import safe_url

MAX_TTL = timedelta(days=7)
MAX_PAGE = 1_000
_PERIODS = {"hourly": 3600, "daily": 86_400, "weekly": 604_800, "monthly": 2_592_000, "yearly": 31_536_000}
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def time_to_live(raw: RawFeed) -> timedelta | None:
    """The publisher's wish: <ttl> in minutes, else the syndication module. Real feeds print 0.1, "always" and nothing there."""
    if re.fullmatch(r"[0-9]{1,6}", raw.ttl.strip()):
        minutes = int(raw.ttl)
        return min(timedelta(minutes=minutes), MAX_TTL) if minutes else None
    period = _PERIODS.get(raw.period.strip().lower())
    frequency = raw.frequency.strip() or "1"
    if period is None or not re.fullmatch(r"[0-9]{1,4}", frequency) or int(frequency) == 0:
        return None
    return min(timedelta(seconds=period / int(frequency)), MAX_TTL)


def skip_hours(printed: tuple[str, ...]) -> tuple[int, ...]:
    """Hours of the day, GMT; 24 is midnight as RSS 0.9x counted; what is no hour is ignored."""
    return tuple(sorted({int(hour) % 24 for hour in printed if re.fullmatch(r"[0-9]{1,2}", hour) and int(hour) <= 24}))


def skip_days(printed: tuple[str, ...]) -> tuple[int, ...]:
    """Days of the week, Monday is 0; what is no English day is ignored."""
    return tuple(sorted({_DAYS.index(day.lower()) for day in printed if day.lower() in _DAYS}))


def older_entries(raw: RawFeed, url: str) -> str:
    """The document with older entries: as RFC 5005 and JSON Feed name it, else the next page of a WordPress feed; "" for none."""
    found = safe_url(raw.archive, url) or _next_page(raw.generator, url)
    return "" if found == url else found


def _next_page(generator: str, url: str) -> str:
    if "wordpress" not in generator.lower() or not safe_url(url):
        return ""
    parts = urlsplit(url)
    try:
        query = parse_qsl(parts.query, keep_blank_values=True, max_num_fields=50)
    except ValueError:
        return ""
    page = next((value for name, value in query if name == "paged"), "1")
    if not re.fullmatch(r"[0-9]{1,4}", page) or int(page) >= MAX_PAGE:
        return ""
    kept = [(name, value) for name, value in query if name != "paged"]
    return urlunsplit(parts._replace(query=urlencode([*kept, ("paged", str(max(int(page), 1) + 1))]), fragment=""))
