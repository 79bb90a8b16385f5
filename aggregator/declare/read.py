"""`outlets.toml` and `topics.toml`, read and checked: the first mistake is a ConfigError that names file, line, key and remedy."""

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from aggregator.alerts.addresses import parse_address
from aggregator.alerts.plans import parse_plan, parse_quiet, zone
from aggregator.declare import checks
from aggregator.declare.checks import Wrong
from aggregator.declare.sheet import Sheet, check_keys, nearest, read_sheet, short
from aggregator.declare.table import Table, tables
from aggregator.declare.values import Declared, DeclaredList, DeclaredOutlet, DeclaredRecipient, DeclaredTopic
from aggregator.errors import ConfigError, QueryError
from aggregator.feeds.address import feed_key
from aggregator.topics.canonical import caret
from aggregator.topics.parser import parse

_OUTLET = (
    *("id", "name", "url", "language", "country", "feeds", "proxy", "proxy_file", "user_agent"),
    *("cookies_file", "robots", "first_poll", "enabled", "tier", "learn_boilerplate"),
)
_TOPIC = ("id", "name", "query", "recipients", "deliver", "timezone", "enabled")
_RECIPIENT = ("address", "name", "timezone", "deliver", "quiet", "max_per_day", "enabled")
_LIST = ("name", "words")
_ID = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,98}[a-z0-9])?")
_LIST_NAME = re.compile(r"\w[\w-]{0,62}")
# The topics room refuses queries above this size anyway; here it keeps a pasted file out of the message.
_QUERY_CHARS = 20_000

Lists = Mapping[str, tuple[str, ...]]


def read_declared(config_dir: Path) -> Declared:
    """Everything the two files declare; a file that is absent declares nothing. ConfigError: the first mistake found.

    Relative `cookies_file` names become absolute, starting at the folder that holds `config_dir`.
    """
    if not config_dir.is_dir():
        raise ConfigError(
            short(config_dir),
            "there is no such folder",
            hint="Name one with --config DIR, or write a first one: aggregator init DIR",
        )
    outlets = read_sheet(config_dir / "outlets.toml")
    topics = read_sheet(config_dir / "topics.toml")
    base = config_dir.absolute().parent
    found = _read_topics(topics) if topics else Declared()
    return Declared(
        outlets=_read_outlets(outlets, base) if outlets else (),
        topics=found.topics,
        recipients=found.recipients,
        lists=found.lists,
    )


def slug_of(name: str) -> str:
    """A stable id for a name: its Latin letters and digits; a digest is added when that loses letters (Cyrillic, CJK, length)."""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFC", name).casefold())
    plain = "".join(c for c in folded if not unicodedata.combining(c))
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    if slug and len(slug) <= 80 and not any(c.isalnum() and not c.isascii() for c in plain):
        return slug
    mark = hashlib.sha256(folded.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{slug[:80].strip('-') or 'n'}-{mark}"


def _read_outlets(sheet: Sheet, base: Path) -> tuple[DeclaredOutlet, ...]:
    check_keys(sheet, sheet.values, (), ("outlets",), what="block")
    blocks = tables(sheet, "outlets", _OUTLET)
    outlets = tuple(_outlet(table, base) for table in blocks)
    _distinct(blocks, tuple(o.name.casefold() for o in outlets), "name", "name of an outlet")
    _distinct(blocks, tuple(o.slug for o in outlets), "id", "id of an outlet")
    _distinct_feeds(blocks, outlets)
    return outlets


def _outlet(table: Table, base: Path) -> DeclaredOutlet:
    name = table.need("name", partial(checks.some_text, limit=200))
    return DeclaredOutlet(
        slug=table.get("id", _slug, slug_of(name)),
        name=name,
        url=table.get("url", checks.web_address, ""),
        language=table.get("language", checks.language, ""),
        country=table.get("country", checks.country, ""),
        feeds=table.need("feeds", _feeds),
        proxy=table.secret("proxy", checks.proxy, base, ""),
        user_agent=table.get("user_agent", checks.some_text, ""),
        cookies_file=table.get("cookies_file", partial(_cookies, base=base), ""),
        robots=table.get("robots", checks.flag, default=True),
        first_poll=table.get("first_poll", partial(checks.choice, allowed=("silent", "alert")), ""),
        enabled=table.get("enabled", checks.flag, default=True),
        tier=table.get("tier", partial(checks.whole, least=1, most=9), 2),
        learn_boilerplate=table.get("learn_boilerplate", checks.flag, default=True),
    )


def _feeds(value: object) -> tuple[str, ...]:
    return tuple(checks.web_address(url) for url in checks.texts(value, empty=False))


def _cookies(value: object, *, base: Path) -> str:
    path = base / Path(checks.path(value)).expanduser()
    if not path.is_file():
        raise Wrong(f"there is no file {path}", hint="Relative names start beside the configuration folder.")
    return str(path)


def _slug(value: object) -> str:
    found = checks.some_text(value)
    if not _ID.fullmatch(found):
        raise Wrong(
            f"cannot be {checks.show(found)}", hint="Allowed: small letters a-z, digits, and . _ - between them, at most 100."
        )
    return found


def _distinct(blocks: tuple[Table, ...], words: tuple[str, ...], key: str, what: str) -> None:
    """Two blocks with one name would take turns overwriting each other's row."""
    seen: dict[str, Table] = {}
    for table, word in zip(blocks, words, strict=True):
        if word in seen:
            first = seen[word].sheet.origin(*seen[word].trail, key)
            raise table.error(
                key,
                f"the same {what} as at {first}: {checks.show(table.values.get(key, word))}",
                hint="Give one of them another, or remove it.",
            )
        seen[word] = table


def _distinct_feeds(blocks: tuple[Table, ...], outlets: tuple[DeclaredOutlet, ...]) -> None:
    seen: dict[str, str] = {}
    for table, outlet in zip(blocks, outlets, strict=True):
        for feed in outlet.feeds:
            key = feed_key(feed)
            if key in seen:
                raise table.error(
                    "feeds", f"{checks.show(feed)} stands already at {seen[key]}", hint="A feed belongs to one outlet, once."
                )
            seen[key] = f'"{outlet.name}"'


def _read_topics(sheet: Sheet) -> Declared:
    check_keys(sheet, sheet.values, (), ("topics", "recipients", "lists"), what="block")
    lists = _read_lists(sheet)
    people = _read_recipients(sheet)
    blocks = tables(sheet, "topics", _TOPIC)
    words = {item.name: item.words for item in lists}
    topics = tuple(_topic(table, words, people) for table in blocks)
    _distinct(blocks, tuple(t.name.casefold() for t in topics), "name", "name of a topic")
    _distinct(blocks, tuple(t.slug for t in topics), "id", "id of a topic")
    known = {person.address for person in people}
    others = dict.fromkeys(address for topic in topics for address in topic.recipients if address not in known)
    return Declared(
        topics=topics, lists=lists, recipients=people + tuple(DeclaredRecipient(address=address) for address in others)
    )


def _read_lists(sheet: Sheet) -> tuple[DeclaredList, ...]:
    blocks = tables(sheet, "lists", _LIST)
    lists = tuple(DeclaredList(name=table.need("name", _list_name), words=table.need("words", _words)) for table in blocks)
    _distinct(blocks, tuple(item.name for item in lists), "name", "name of a list")
    for table, item in zip(blocks, lists, strict=True):
        try:
            parse(f"@{item.name}", {item.name: item.words})
        except QueryError as error:
            raise table.error("words", error.problem, hint=error.hint) from None
    return lists


def _list_name(value: object) -> str:
    found = checks.some_text(value)
    if not _LIST_NAME.fullmatch(found):
        raise Wrong(f"cannot be {checks.show(found)}", hint="Allowed: letters, digits, _ and -; queries use it as @name.")
    return found


def _words(value: object) -> tuple[str, ...]:
    return checks.texts(value, empty=False)


def _read_recipients(sheet: Sheet) -> tuple[DeclaredRecipient, ...]:
    blocks = tables(sheet, "recipients", _RECIPIENT)
    people = tuple(_recipient(table) for table in blocks)
    _distinct(blocks, tuple(p.address.casefold() for p in people), "address", "address")
    named = tuple((table, p.name.casefold()) for table, p in zip(blocks, people, strict=True) if p.name)
    _distinct(tuple(table for table, _ in named), tuple(name for _, name in named), "name", "name of a recipient")
    return people


def _recipient(table: Table) -> DeclaredRecipient:
    timezone = table.get("timezone", _timezone, "UTC")
    return DeclaredRecipient(
        address=table.need("address", _address),
        name=table.get("name", partial(checks.some_text, limit=200), ""),
        timezone=timezone,
        deliver=table.get("deliver", partial(_deliver, timezone=timezone), "immediately"),
        quiet=table.get("quiet", _quiet, ""),
        max_per_day=table.get("max_per_day", _per_day, None),
        enabled=table.get("enabled", checks.flag, default=True),
    )


def _topic(table: Table, lists: Lists, people: tuple[DeclaredRecipient, ...]) -> DeclaredTopic:
    name = table.need("name", partial(checks.some_text, limit=200))
    timezone = table.get("timezone", _timezone, "")
    return DeclaredTopic(
        slug=table.get("id", _slug, slug_of(name)),
        name=name,
        query=table.need("query", partial(_query, lists=lists)),
        recipients=table.need("recipients", partial(_addresses, people=people)),
        deliver=table.get("deliver", partial(_deliver, timezone=timezone or "UTC"), ""),
        timezone=timezone,
        enabled=table.get("enabled", checks.flag, default=True),
    )


def _query(value: object, *, lists: Lists) -> str:
    """A query may have several lines; it is kept as it was written, so that error columns fit."""
    if not isinstance(value, str):
        raise Wrong(
            f"must be a text in quotes, not {checks.show(value)}",
            hint="Single quotes keep the double ones: query = '\"war crimes\"'.",
        )
    if len(value) > _QUERY_CHARS:
        raise Wrong(f"is longer than {_QUERY_CHARS:,} characters")
    try:
        parse(value, lists)
    except QueryError as error:
        raise Wrong(error.message, hint="\n".join(part for part in (caret(error), error.hint) if part)) from None
    return value.strip()


def _address(value: object) -> str:
    return parse_address(checks.some_text(value))


def _addresses(value: object, *, people: tuple[DeclaredRecipient, ...]) -> tuple[str, ...]:
    found = tuple(_whose(word, people) for word in checks.texts(value, empty=False))
    if again := checks.first_repeated(address.casefold() for address in found):
        raise Wrong(f"names {again} twice", hint="One recipient gets one mail: remove one of them.")
    return found


def _whose(word: str, people: tuple[DeclaredRecipient, ...]) -> str:
    """The address behind a recipient's name, or the address itself, spelt as its `[[recipients]]` block spells it."""
    for person in people:
        if person.name and person.name.casefold() == word.casefold():
            return person.address
    if "@" not in word:
        names = [person.name for person in people if person.name]
        folded = {name.casefold(): name for name in names}
        guess = folded.get(nearest(word, folded), "")
        did = f'Did you mean "{guess}"? ' if guess else ""
        raise Wrong(
            f"names {checks.show(word)}, who is no recipient",
            hint=f"{did}Write a mail address, or the name of a [[recipients]] block.",
        )
    address = parse_address(word)
    return next((person.address for person in people if person.address.casefold() == address.casefold()), address)


def _timezone(value: object) -> str:
    found = checks.some_text(value)
    zone(found)
    return found


def _deliver(value: object, *, timezone: str) -> str:
    found = checks.some_text(value)
    parse_plan(found, timezone=timezone)
    return found


def _quiet(value: object) -> str:
    found = checks.some_text(value)
    parse_quiet(found)
    return found


def _per_day(value: object) -> int | None:
    return checks.whole(value, least=1, most=10_000)
