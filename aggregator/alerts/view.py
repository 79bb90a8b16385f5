"""A letter as its templates show it: every outside text cleaned, every link checked, every time local."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from urllib.parse import quote, urlsplit

from aggregator.alerts.digest import catch_up_subject, counted, digest_subject, sections
from aggregator.alerts.headers import header_text
from aggregator.alerts.plans import zone
from aggregator.alerts.values import AlertItem, AlertKind, AlsoIn, Health, Letter, MessageKind
from aggregator.errors import UsageError
from aggregator.text import one_line
from aggregator.topics.values import Position, Sentence

SUBJECT_MAX = 160
_TOPIC_MAX = 50
_HEADLINE_MAX = 300
_SENTENCE_MAX = 600
_SENTENCES = 8
_WORDS = 12
_TROUBLES = 8
_URL_MAX = 4_000
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_RTL = frozenset({"ar", "ckb", "dv", "fa", "he", "iw", "ks", "ps", "sd", "ug", "ur", "yi"})
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8}){0,3}")
# Blanks, controls and what separates an address from its surroundings; a backslash is a slash to browsers.
_NOT_IN_URL = re.compile(r'[\s\x00-\x20\x7f-\x9f\\<>"`{}|^\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]')
_PLACES = {
    Position.HEADLINE: "in the headline",
    Position.LEAD: "in the lead",
    Position.BODY: "in the text",
    Position.CAPTION: "in a caption",
    Position.METADATA: "by outlet, section or language",
}
_NOTES = {AlertKind.EDIT: "Changed since we told you.", AlertKind.COMPLETION: "The full text could be read by now."}


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A stretch of a sentence; `marked`: the topic asked for it."""

    text: str
    marked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """`url` is http(s), or empty: then only the text is shown."""

    text: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One alert. `shown_url` stands where `url` may not be a link; `host` is where the link really leads."""

    headline: str
    url: str
    shown_url: str
    host: str
    outlet: str
    when: str
    language: str
    direction: str
    note: str
    sentences: tuple[tuple[Piece, ...], ...]
    more_sentences: int
    also: tuple[tuple[Link, str], ...]
    found: str
    why: str
    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The whole mail as the templates see it."""

    subject: str
    stories: tuple[tuple[str, tuple[Story, ...]], ...]
    paragraphs: tuple[str, ...]
    window: str
    health: tuple[str, ...]
    address: str
    stop_url: str
    stop_mail: str


def page(letter: Letter, *, sender: str) -> Page:
    """Prepare a letter for its templates; `sender` is the bare address that takes unsubscriptions by mail."""
    where = _where(letter.timezone)
    parts = ((one_line(each.topic_name, _HEADLINE_MAX), each.items) for each in sections(letter.items))
    return Page(
        subject=subject(letter),
        stories=tuple((name, tuple(_story(item, where) for item in items)) for name, items in parts),
        paragraphs=tuple(text for text in map(one_line, letter.paragraphs) if text),
        window=_window(letter, where),
        health=_health(letter.health),
        address=one_line(letter.address),
        stop_url=safe_url(letter.unsubscribe_url),
        stop_mail=f"mailto:{quote(sender, safe='@')}?subject=unsubscribe",
    )


def subject(letter: Letter) -> str:
    """The subject line, at most 160 characters, safe for a header."""
    where = _where(letter.timezone)
    match letter.kind:
        case MessageKind.ALERT if letter.items:
            return _alert_subject(letter.items[0])
        case MessageKind.ALERT | MessageKind.DIGEST if letter.catch_up:
            since = letter.window[0] if letter.window else letter.now
            return header_text(catch_up_subject(letter.items, _day(since, where)), SUBJECT_MAX)
        case MessageKind.ALERT | MessageKind.DIGEST:
            return header_text(digest_subject(letter.items, _day(letter.now, where)), SUBJECT_MAX)
        case MessageKind.TEST | MessageKind.NOTICE:
            default = "[aggregator] Test mail" if letter.kind is MessageKind.TEST else "[aggregator] Notice"
            return header_text(letter.subject or default, SUBJECT_MAX)


def _alert_subject(item: AlertItem) -> str:
    others = len({also.outlet for also in item.also_in} - {item.outlet})
    tail = f" (+{counted(others, 'outlet', 'outlets')})" if others else ""
    change = ("Withdrawn: " if item.withdrawn_at else "Changed: ") if item.kind is AlertKind.EDIT else ""
    head = f"[{header_text(item.topic_name, _TOPIC_MAX)}] {change}"
    return header_text(f"{head}{header_text(item.headline, SUBJECT_MAX - len(head) - len(tail))}{tail}", SUBJECT_MAX)


def _story(item: AlertItem, where: tzinfo) -> Story:
    url = safe_url(item.url)
    language = item.language if _LANGUAGE.fullmatch(item.language) else ""
    return Story(
        headline=one_line(item.headline, _HEADLINE_MAX) or "(no headline)",
        url=url,
        shown_url=url or one_line(item.url, _HEADLINE_MAX),
        host=host_of(url),
        outlet=one_line(item.outlet, _HEADLINE_MAX),
        when=_when(item, where),
        language=language,
        # "auto" looks at the first letter: feeds often name the wrong language.
        direction="rtl" if language.lower().partition("-")[0] in _RTL else "auto",
        note=_note(item, where),
        sentences=tuple(pieces(each) for each in item.sentences[:_SENTENCES]),
        more_sentences=max(0, len(item.sentences) - _SENTENCES),
        also=tuple((_also(each), local_time(each.first_seen_at, where)) for each in item.also_in),
        found=_found(item),
        why=one_line(item.why, _SENTENCE_MAX),
        links=_own_links(item),
    )


def _note(item: AlertItem, where: tzinfo) -> str:
    partly = "Only the headline and the feed's summary could be read so far." if item.partly_read else ""
    changed = _withdrawn(item, item.withdrawn_at, where) if item.withdrawn_at else _NOTES.get(item.kind, "")
    return " ".join(text for text in (changed, partly) if text)


def _withdrawn(item: AlertItem, since: datetime, where: tzinfo) -> str:
    why = f" ({one_line(item.withdrawn_why, 80)})" if item.withdrawn_why else ""
    return f"Withdrawn by the outlet since {local_time(since, where)}{why}; our copy: article {item.article_id}."


def _also(also: AlsoIn) -> Link:
    return Link(text=one_line(also.outlet, _HEADLINE_MAX), url=safe_url(also.url))


def _found(item: AlertItem) -> str:
    words = [f"“{one_line(word, 80)}”" for word in item.matched_words[:_WORDS]]
    more = ["…"] if len(item.matched_words) > _WORDS else []
    return " ".join(text for text in (", ".join([*words, *more]), _PLACES[item.position]) if text)


def _own_links(item: AlertItem) -> tuple[Link, ...]:
    named = (("our copy", item.copy_url), ("mute this story", item.mute_url), ("wrong hit", item.wrong_url))
    return tuple(Link(text=text, url=safe_url(url)) for text, url in named if safe_url(url))


def safe_url(url: str) -> str:
    """The address if it may be a link in a mail: http(s), a host, no user name, nothing a reader or program could misread; else ""."""
    if len(url) > _URL_MAX or _NOT_IN_URL.search(url):
        return ""
    try:
        parts = urlsplit(url)
        named = parts.scheme in ("http", "https") and parts.hostname and "@" not in parts.netloc
    except ValueError:
        return ""
    return url if named else ""


def host_of(url: str) -> str:
    """The host a link leads to, without `www.`."""
    return (urlsplit(url).hostname or "").removeprefix("www.") if url else ""


def pieces(sentence: Sentence) -> tuple[Piece, ...]:
    """The sentence cut at its marks, cleaned piece by piece because marks count characters of the text as given.

    Marks that overlap or lie outside are put right; a sentence over 600 characters shows the part around its first mark.
    """
    text, cuts = sentence.text, _marks(sentence)
    begin, end = _shown_part(text, cuts)
    found, at = [Piece(text="… " if begin else "", marked=False)], begin
    for start, stop in cuts:
        if begin <= start and stop <= end:
            found += [Piece(text=_clean(text[at:start]), marked=False), Piece(text=_clean(text[start:stop]), marked=True)]
            at = stop
    found += [Piece(text=_clean(text[at:end]), marked=False), Piece(text=" …" if end < len(text) else "", marked=False)]
    return tuple(piece for piece in found if piece.text)


def _marks(sentence: Sentence) -> tuple[tuple[int, int], ...]:
    clear: list[tuple[int, int]] = []
    for start, end in sorted(sentence.marks):
        low, high = max(start, clear[-1][1] if clear else 0), min(end, len(sentence.text))
        if low < high:
            clear.append((low, high))
    return tuple(clear)


def _shown_part(text: str, marks: tuple[tuple[int, int], ...]) -> tuple[int, int]:
    if len(text) <= _SENTENCE_MAX:
        return 0, len(text)
    begin = max(0, (marks[0][0] if marks else 0) - _SENTENCE_MAX // 3)
    return begin, min(len(text), begin + _SENTENCE_MAX)


def _clean(text: str) -> str:
    # The bars keep blanks at the edges, which cleaning would strip.
    return one_line(f"|{text}|")[1:-1]


def _where(name: str) -> tzinfo:
    try:
        return zone(name)
    except UsageError:
        # A zone that a newer machine knew must not stop the mail; the times say UTC.
        return UTC


def _local(at: datetime, where: tzinfo) -> datetime:
    try:
        return at.astimezone(where)
    except OverflowError:
        return at


def _day(at: datetime, where: tzinfo) -> str:
    local = _local(at, where)
    return f"{_DAYS[local.weekday()]} {local.day} {_MONTHS[local.month - 1]}"


def local_time(at: datetime, where: tzinfo) -> str:
    """`Mon 23 Nov 2026, 09:12 CET`; English whatever the machine's locale is."""
    local = _local(at, where)
    name = local.tzname() or ""
    return f"{_day(at, where)} {local.year}, {local:%H:%M} {'UTC' if name[:1] in '+-' else ''}{name}"


def _when(item: AlertItem, where: tzinfo) -> str:
    if item.published_at is None:
        return f"first seen {local_time(item.first_seen_at, where)}"
    return local_time(item.published_at, where)


def _window(letter: Letter, where: tzinfo) -> str:
    if letter.window is None:
        return ""
    first, last = (local_time(at, where) for at in letter.window)
    return f"Covers {first} to {last}."


def _health(health: Health) -> tuple[str, ...]:
    """One line that says how far the silence can be trusted, then the troubles."""
    line = f"{health.outlets_read} of {counted(health.outlets_total, 'outlet', 'outlets')} read"
    shown = tuple(one_line(text, _HEADLINE_MAX).rstrip(".") for text in health.troubles[:_TROUBLES])
    more = len(health.troubles) - len(shown)
    return (line, *shown, f"and {counted(more, 'more trouble', 'more troubles')}") if more else (line, *shown)
