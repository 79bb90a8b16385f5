"""Dates as feeds print them. Own stages over the raw text: feedparser is silently wrong for six common kinds
(MSK and other zones dropped, 2020/1/10 read as November, epoch seconds, Korean and Chinese dates) and knows no
Russian, Italian, French or Arabic month.
"""

import re
import unicodedata
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from aggregator.feeds.months import ARABIC_PAIRS, MONTHS, ZONES, ZONES_BY_LANGUAGE
from aggregator.text import one_line

# No newspaper fed the web before; earlier years are defaults of broken software (1970, 1899, 0001).
EARLIEST_YEAR = 1995
LATEST_YEAR = 2100
MAX_RAW = 100
_TIME = r"(?P<h>\d{1,2})[:.h時시时](?P<mi>\d{1,2})(?:[:.分분](?P<s>\d{1,2})(?:[.,]\d{1,9})?)?[秒초分분]?"
_HALF = r"(?:\s*(?P<half>a\.?m\b\.?|p\.?m\b\.?|ص|م))?"
_ZONE = r"\s*(?P<zone>.*)"
_NUMERIC = re.compile(
    r"(?P<y>\d{4})\s*[-/.年년]\s*(?P<mo>\d{1,2})\s*[-/.月월]\s*(?P<d>\d{1,2})\s*[日일.]?"
    rf"(?:(?:\s*t\s*|[\s,]+|(?<=[日일]))(?:{_TIME}{_HALF}{_ZONE}))?"
)
_COMPACT = re.compile(
    r"(?P<y>\d{4})(?P<mo>\d{2})(?P<d>\d{2})(?:[t ](?P<h>\d{2}):?(?P<mi>\d{2}):?(?P<s>\d{2})?(?:[.,]\d{1,9})?" + _ZONE + ")?"
)
_LOCAL = re.compile(
    r"(?P<a>\d{1,2})(?P<sep>[-/.])(?P<b>\d{1,2})(?P=sep)(?P<y>\d{4}|\d{2})(?:[\s,]+" + _TIME + _HALF + _ZONE + ")?"
)
_CLOCK = re.compile(rf"(?<!\d){_TIME}(?!\d){_HALF}")
_OFFSET = re.compile(r"(?:(?:utc|gmt|ut|z)\s*)?(?P<sign>[+-])(?P<oh>\d{1,2}):?(?P<om>\d{2})?")
_REGION = re.compile(r"[a-z]+(?:/[a-z_-]+){1,2}")
_WORD = re.compile(r"[^\W\d_]+")
_NUMBER = re.compile(r"\d+")
_FILLER = frozenset({"uhr", "h", "hrs", "hours", "r", "г", "года", "год", "р", "року", "рік", "ч", "час", "น", "ore"})
_MONTH_FIRST_NOT = frozenset({"en-gb", "en-au", "en-nz", "en-ie", "en-in", "en-za", "en-sg", "en-ng", "en-ke", "en-pk"})


def parse_date(raw: str, *, language: str = "") -> datetime | None:
    """An aware UTC time, or None when the text names no time that can be trusted. Never raises.

    Without a zone the text is taken as UTC. `language` (a BCP 47 tag) decides 06/09 and homonymous zones; slashes that
    could be either way round in an unknown language give None rather than a guess.
    """
    if len(raw) > MAX_RAW:
        return None
    text, language = _plain(raw), language.lower().replace("_", "-")
    try:
        for stage in (_epoch, _numeric, _compact, _local, _named):
            if found := stage(text, language):
                return found if EARLIEST_YEAR <= found.year <= LATEST_YEAR else None
    except (ValueError, OverflowError):
        return None
    return None


def clamp(value: datetime | None, *, now: datetime, slack: timedelta) -> datetime | None:
    """The date, or None (meaning: when first seen) when it lies more than `slack` in the future."""
    return None if value is not None and value > now + slack else value


def _plain(raw: str) -> str:
    """Lower case, ASCII digits, ASCII minus, no text in brackets, no leading weekday comma."""
    text = re.sub(r"\([^()]*\)", " ", one_line(raw)).casefold().replace("\u2212", "-").replace("i\u0307", "i")
    text = "".join(
        str(unicodedata.digit(c)) if c.isdigit() and not c.isascii() and unicodedata.digit(c, -1) >= 0 else c for c in text
    )
    for pair, month in ARABIC_PAIRS:
        text = text.replace(pair, month)
    return " ".join(text.replace("\u060c", ",").split()).strip(" ,;")


def _epoch(text: str, _: str) -> datetime | None:
    if not re.fullmatch(r"[0-9]{10}|[0-9]{13}", text):
        return None
    return datetime.fromtimestamp(int(text[:10]), UTC)


def _numeric(text: str, language: str) -> datetime | None:
    match = _NUMERIC.fullmatch(re.sub(r"(?<=[日일])\s*\D*?(?=\d)", " ", text))
    return _built(match, (int(match["y"]), int(match["mo"]), int(match["d"])), language) if match else None


def _compact(text: str, language: str) -> datetime | None:
    match = _COMPACT.fullmatch(text)
    return _built(match, (int(match["y"]), int(match["mo"]), int(match["d"])), language) if match else None


def _local(text: str, language: str) -> datetime | None:
    match = _LOCAL.fullmatch(re.sub(r"^[^\W\d]+[.,]*\s+", "", text))
    if not match:
        return None
    one, other = int(match["a"]), int(match["b"])
    if match["sep"] == "/" and one <= 12:
        if other <= 12 and one != other and not language:
            return None
        if other > 12 or _month_first(language):
            one, other = other, one
    return _built(match, (_full_year(match["y"]), other, one), language)


def _month_first(language: str) -> bool:
    return language.partition("-")[0] == "en" and language not in _MONTH_FIRST_NOT


def _named(text: str, language: str) -> datetime | None:
    """Day, month name and year in any order, weekday and small words around them, the clock and its zone anywhere."""
    clock = _CLOCK.search(text)
    date = text[: clock.start()] if clock else text
    zone = text[clock.end() :] if clock else ""
    # "12:00, 6 September 2021": the date stands behind the clock.
    if clock and not any(word in MONTHS for word in _WORD.findall(date)):
        date, zone = f"{date} {zone}", ""
    # "Mon Sep 6 12:00:00 MSK 2021": the year stands behind the zone.
    elif clock and (tail := re.search(r"(?:^|\s)(\d{4})$", zone)) and not re.search(r"\d{4}", date):
        date, zone = f"{date} {tail[1]}", zone[: tail.start()]
    months = [MONTHS[word] for word in _WORD.findall(date) if word in MONTHS]
    numbers = _NUMBER.findall(date)
    if not months or len(numbers) != 2:
        return None
    day, year = (numbers[1], numbers[0]) if len(numbers[0]) == 4 else (numbers[0], numbers[1])
    # The last month wins: "mar" is also Tuesday in French, Spanish and Italian.
    return _built(clock, (_full_year(year), months[-1], int(day)), language, zone)


def _full_year(digits: str) -> int:
    if len(digits) == 4:
        return int(digits)
    if len(digits) != 2:
        raise ValueError(digits)
    return int(digits) + (2000 if int(digits) < 70 else 1900)


def _built(match: re.Match[str] | None, date: tuple[int, int, int], language: str, zone: str = "") -> datetime | None:
    groups = match.groupdict() if match else {}
    hour, minute, second = (int(groups.get(name) or 0) for name in ("h", "mi", "s"))
    half = (groups.get("half") or "").replace(".", "")
    if half:
        hour = hour % 12 + (12 if half in {"pm", "م"} else 0)
    zone = (zone or groups.get("zone") or "").strip(" ,;.")
    days, hour = (1, 0) if (hour, minute, second) == (24, 0, 0) else (0, hour)
    local = datetime(*date, hour, minute, min(second, 59), tzinfo=UTC) + timedelta(days=days)
    offset = _offset(zone, local, language)
    return None if offset is None else local - offset


def _offset(zone: str, local: datetime, language: str) -> timedelta | None:
    """East of Greenwich; zero for no zone; None for words that are no zone we know, since dropping them would be a guess."""
    words = [word for word in zone.split() if word not in _FILLER]
    zone = " ".join(words)
    if not zone:
        return timedelta()
    at_home = ZONES_BY_LANGUAGE.get(language) or ZONES_BY_LANGUAGE.get(language.partition("-")[0], {})
    minutes = at_home.get(zone, ZONES.get(zone))
    if minutes is not None:
        return timedelta(minutes=minutes)
    # "+0300 msk", "+0200 cest": the number is right.
    if match := re.match(_OFFSET.pattern + r"(?=$| [a-z]{1,5}$)", zone):
        return _numeric_offset(match)
    return _region(zone, local) if _REGION.fullmatch(zone) else None


def _numeric_offset(match: re.Match[str]) -> timedelta | None:
    offset = timedelta(hours=int(match["oh"]), minutes=int(match["om"] or 0))
    if offset > timedelta(hours=14):
        return None
    return offset if match["sign"] == "+" else -offset


def _region(zone: str, local: datetime) -> timedelta | None:
    name = "/".join("_".join(part.capitalize() for part in piece.split("_")) for piece in zone.split("/"))
    try:
        return local.replace(tzinfo=ZoneInfo(name)).utcoffset()
    except (KeyError, ValueError, OSError):
        return None
