"""Dates as feeds print them. Own stages over the raw text: feedparser is silently wrong for six common kinds
(MSK and other zones dropped, 2020/1/10 read as November, epoch seconds, Korean and Chinese dates) and knows no
Russian, Italian, French or Arabic month.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from aggregator.feeds.months import ARABIC_PAIRS, MONTHS
from aggregator.feeds.values import ZoneSource
from aggregator.feeds.zones import ZONES, country_offset, home_zones, region_offset
from aggregator.text import one_line

# No newspaper fed the web before; earlier years are defaults of broken software (1970, 1899, 0001).
EARLIEST_YEAR = 1995
LATEST_YEAR = 2100
MAX_RAW = 100
_TIME = r"(?P<h>\d{1,2})[:.h時시时](?P<mi>\d{1,2})(?:[:.分분](?P<s>\d{1,2})(?:[.,]\d{1,9})?)?[秒초分분]?"
_HALF = r"(?:\s*(?P<half>a\.?m\b\.?|p\.?m\b\.?|ص|م|π\.?μ\b\.?|μ\.?μ\b\.?))?"
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
_OFFSET = re.compile(r"(?:(?:utc|gmt|ut|z)\s*)?(?P<sign>[+-])\s?(?P<oh>\d{1,2}):?(?P<om>\d{2})?(?=$| [a-z]{1,5}$)")
_WEEKDAY_BEHIND = re.compile(r"(?<=[日일])\s*\D*?(?=\d)")
# With the vowel signs of Indic and Thai scripts, which are no letters to `re`.
_WORD = re.compile("(?:[^\\W\\d_]|[\u0300-\u036f\u0900-\u0903\u093a-\u094f\u0980-\u0983\u09bc-\u09d7\u0e31-\u0e4e])+")
# "오후 3:30", "下午3時": the half of the day before the clock.
_HALF_BEFORE = re.compile(r"(오전|上午|午前|凌晨|早上|오후|下午|午後|晚上)\s*(\d{1,2})(?=[:.時시时点])")
_AFTERNOON = frozenset({"오후", "下午", "午後", "晚上"})
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_NUMBER = re.compile(r"\d+")
_FILLER = frozenset({"uhr", "h", "hrs", "hours", "r", "г", "года", "год", "р", "року", "рік", "ч", "час", "น", "ore"})
_MONTH_FIRST_NOT = frozenset({"en-gb", "en-au", "en-nz", "en-ie", "en-in", "en-za", "en-sg", "en-ng", "en-ke", "en-pk"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Home:
    """Where the text was written."""

    language: str
    country: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """What a text says: the clock (as if it were UTC) and how far east it stands; None when no zone is printed."""

    clock: datetime
    offset: timedelta | None
    has_time: bool


def parse_date(raw: str, *, language: str = "", country: str = "") -> datetime | None:
    """An aware UTC time, or None when the text names no time that can be trusted. Never raises.

    Without a zone the text is taken as UTC. `language` (a BCP 47 tag) decides 06/09 and, with `country` (ISO 3166), homonymous
    zones; slashes that could be either way round in an unknown language give None rather than a guess.
    """
    found = _read(raw, language, country)
    return _within(found.clock - (found.offset or timedelta())) if found else None


def parse_date_zone(
    raw: str, *, language: str = "", country: str = "", zone_min: int | None = None
) -> tuple[datetime, ZoneSource] | None:
    """The same, and where the zone came from: the text, else the feed's habit (`zone_min` minutes east), else the only zone of the
    outlet's country, else UTC.
    """
    found = _read(raw, language, country)
    if found is None:
        return None
    if found.offset is not None:
        moment, source = found.clock - found.offset, ZoneSource.STATED
    elif zone_min is not None:
        moment, source = found.clock - timedelta(minutes=zone_min), ZoneSource.LEARNED
    elif (offset := country_offset(country, found.clock)) is not None:
        moment, source = found.clock - offset, ZoneSource.COUNTRY
    else:
        moment, source = found.clock, ZoneSource.ASSUMED
    return (moment, source) if _within(moment) else None


def clock_without_zone(raw: str, *, language: str = "") -> datetime | None:
    """The printed clock as if it were UTC, when the text has a time of day and no zone: what `zones.learn_zone` learns from."""
    found = _read(raw, language, "")
    return _within(found.clock) if found and found.offset is None and found.has_time else None


def _read(raw: str, language: str, country: str) -> _Read | None:
    if not raw or len(raw) > MAX_RAW:
        return None
    text, home = _plain(raw), _Home(language=language.lower().replace("_", "-"), country=country.upper())
    try:
        for stage in (_epoch, _numeric, _compact, _local, _named):
            if found := stage(text, home):
                return found
    except (ValueError, OverflowError):
        return None
    return None


def _within(moment: datetime) -> datetime | None:
    return moment if EARLIEST_YEAR <= moment.year <= LATEST_YEAR else None


def clamp(value: datetime | None, *, now: datetime, slack: timedelta) -> datetime | None:
    """The date, or None (meaning: when first seen) when it lies more than `slack` in the future."""
    return None if value is not None and value > now + slack else value


def _plain(raw: str) -> str:
    """Lower case, ASCII digits, ASCII minus, no text in brackets, no leading weekday comma."""
    text = one_line(raw).casefold()
    if "(" in text or "[" in text:
        text = _BRACKETS.sub(" ", text)
    if not text.isascii():
        text = text.replace("\u2212", "-").replace("i\u0307", "i").replace("\u060c", ",")
        digits = (str(unicodedata.digit(c)) if not c.isascii() and unicodedata.digit(c, -1) >= 0 else c for c in text)
        text = "".join(digits)
        for pair, month in ARABIC_PAIRS:
            text = text.replace(pair, month)
        text = _HALF_BEFORE.sub(_whole_day, text)
    return " ".join(text.split()).strip(" ,;")


def _whole_day(match: re.Match[str]) -> str:
    hour = int(match[2])
    return f" {hour % 12 + (12 if match[1] in _AFTERNOON else 0)}" if hour <= 12 else f" {hour}"


def _epoch(text: str, _: _Home) -> _Read | None:
    if not re.fullmatch(r"[0-9]{10}|[0-9]{13}", text):
        return None
    return _Read(clock=datetime.fromtimestamp(int(text[:10]), UTC), offset=timedelta(), has_time=True)


def _numeric(text: str, home: _Home) -> _Read | None:
    match = _NUMERIC.fullmatch(_WEEKDAY_BEHIND.sub(" ", text))
    return _built(match, (int(match["y"]), int(match["mo"]), int(match["d"])), home) if match else None


def _compact(text: str, home: _Home) -> _Read | None:
    match = _COMPACT.fullmatch(text)
    return _built(match, (int(match["y"]), int(match["mo"]), int(match["d"])), home) if match else None


def _local(text: str, home: _Home) -> _Read | None:
    match = _LOCAL.fullmatch(re.sub(r"^[^\W\d]+[.,]*\s+", "", text))
    if not match:
        return None
    one, other = int(match["a"]), int(match["b"])
    if match["sep"] == "/" and one <= 12:
        if other <= 12 and one != other and not home.language:
            return None
        if other > 12 or _month_first(home):
            one, other = other, one
    return _built(match, (_full_year(match["y"]), other, one), home)


def _month_first(home: _Home) -> bool:
    """Only American English does, and the Philippines; the outlet's country says it where the language leaves it open."""
    if home.language.partition("-")[0] != "en" or home.language in _MONTH_FIRST_NOT:
        return False
    return home.language != "en" or home.country in {"", "US", "PH"}


def _named(text: str, home: _Home) -> _Read | None:
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
    return _built(clock, (_full_year(year), months[-1], int(day)), home, zone)


def _full_year(digits: str) -> int:
    if len(digits) == 4:
        # Thailand counts from the Buddha.
        return int(digits) - 543 if 2400 < int(digits) < 2700 else int(digits)
    if len(digits) != 2:
        raise ValueError(digits)
    return int(digits) + (2000 if int(digits) < 70 else 1900)


def _built(match: re.Match[str] | None, date: tuple[int, int, int], home: _Home, zone: str = "") -> _Read | None:
    groups = match.groupdict() if match else {}
    hour, minute, second = (int(groups.get(name) or 0) for name in ("h", "mi", "s"))
    half = (groups.get("half") or "").replace(".", "")
    if half:
        hour = hour % 12 + (12 if half in {"pm", "م", "μμ"} else 0)
    days, hour = (1, 0) if (hour, minute, second) == (24, 0, 0) else (0, hour)
    clock = datetime(*date, hour, minute, min(second, 59), tzinfo=UTC) + timedelta(days=days)
    zone = " ".join(word for word in (zone or groups.get("zone") or "").strip(" ,;.").split() if word not in _FILLER)
    offset = _offset(zone, clock, home) if zone else None
    # Words that are no zone we know: dropping them would be a guess.
    return None if zone and offset is None else _Read(clock=clock, offset=offset, has_time=groups.get("h") is not None)


def _offset(zone: str, clock: datetime, home: _Home) -> timedelta | None:
    """East of Greenwich; None for words that are no zone."""
    minutes = home_zones(home.language, home.country).get(zone, ZONES.get(zone))
    if minutes is not None:
        return timedelta(minutes=minutes)
    # "+0300 msk", "+0200 cest": the number is right.
    if match := _OFFSET.match(zone):
        return _numeric_offset(match)
    return region_offset("/".join("_".join(part.capitalize() for part in piece.split("_")) for piece in zone.split("/")), clock)


def _numeric_offset(match: re.Match[str]) -> timedelta | None:
    offset = timedelta(hours=int(match["oh"]), minutes=int(match["om"] or 0))
    if offset > timedelta(hours=14):
        return None
    return offset if match["sign"] == "+" else -offset
