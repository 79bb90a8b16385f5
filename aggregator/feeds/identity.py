"""How an entry is recognised again, and whether it changed.

An entry keeps every key it ever had. A link is stronger than a guid: guids are rebuilt by every move of a publishing system,
and reused by broken ones; one link under many guids is one entry, one guid on two links is two unless the title stayed.
Entries without a link go by their guid, until their feed is caught printing new guids for old entries; then, and for ever, by
title and day.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from aggregator.feeds.urls import url_key
from aggregator.feeds.values import ChangedEntry, EntryKey, IdentityPolicy, KeyKind, KnownEntry, ParsedEntry, ParsedFeed
from aggregator.ids import EntryId

_SCHEME = re.compile(r"^https?://(?:www\.)?", re.IGNORECASE)
# The BBC numbers its guids #0, #1 … with every edit of one article.
_EDIT_NUMBER = re.compile(r"#\d{1,3}$")
# A number long enough to be an article's and not a year.
_ARTICLE_NUMBER = re.compile(r"(?<!\d)\d{5,}(?!\d)")
# Shorter titles ("Weather", "Live blog") stand on many articles.
_TELLING_TITLE = 15
_REBUILT_LEAST = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """A document laid beside what is known. `rekeyed`: known and unchanged, but met under further keys. `policy`: from now on."""

    new: tuple[ParsedEntry, ...]
    changed: tuple[ChangedEntry, ...]
    rekeyed: tuple[ChangedEntry, ...]
    known: tuple[EntryId, ...]
    policy: IdentityPolicy = IdentityPolicy.GUID


def digest(*parts: str) -> str:
    """32 hex characters over the parts; the parts cannot run into each other."""
    sha = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "replace")
        sha.update(len(data).to_bytes(8, "big") + data)
    return sha.hexdigest()[:32]


def entry_keys(*, guid: str, link: str, title: str, published_at: datetime | None, home_url: str = "") -> tuple[EntryKey, ...]:
    """The keys of one entry, strongest first. A link to the home page names no entry; a title counts only without a link."""
    keys: list[EntryKey] = []
    guid = _EDIT_NUMBER.sub("", _SCHEME.sub("", guid.strip()))
    if guid:
        keys.append(EntryKey(kind=KeyKind.GUID, value=digest(guid)))
    place = _place(link, guid)
    if place and not _is_home(place, home_url):
        keys.append(EntryKey(kind=KeyKind.LINK, value=digest(place)))
    if not any(key.kind is KeyKind.LINK for key in keys) and (title or not keys):
        day = published_at.date().isoformat() if published_at else ""
        keys.append(EntryKey(kind=KeyKind.TEXT, value=digest(title.casefold(), day)))
    return tuple(keys)


def _place(link: str, guid: str) -> str:
    """The page, and the spot on it when the guid names the same spot: weblogs on one page and comment feeds live so."""
    _, _, fragment = link.partition("#")
    page = url_key(link)
    return f"{page}#{fragment}" if page and fragment and "#" not in page and guid.endswith(f"#{fragment}") else page


def _is_home(place: str, home_url: str) -> bool:
    return place == url_key(home_url) or place.find("/") == len(place) - 1


def entry_fingerprint(*, title: str, link: str, summary: str, content: str, updated_raw: str) -> str:
    """Changes exactly when the entry says something else: tracking parameters, guid and channel dates do not count."""
    return digest(title, url_key(link) or link, summary, content, updated_raw)


def feed_fingerprint(entries: Iterable[ParsedEntry]) -> str:
    """Over the entries only, whatever their order: a feed that prints the present time as its date stays the same."""
    return digest(*sorted(entry.fingerprint for entry in entries))


def settle(entries: Sequence[ParsedEntry]) -> tuple[ParsedEntry, ...]:
    """The entries of one document without repetitions, first one kept; a guid on several links and a title under several
    guids are no keys.
    """
    honest = _without_shared(_without_shared(entries, KeyKind.GUID, KeyKind.LINK), KeyKind.TEXT, KeyKind.GUID)
    seen: set[EntryKey] = set()
    kept: list[ParsedEntry] = []
    for entry in honest:
        if seen.isdisjoint(entry.keys):
            kept.append(entry)
        # Keys of a dropped repetition count too: a third entry may repeat only the second's.
        seen.update(entry.keys)
    return tuple(kept)


def _key(entry: ParsedEntry, kind: KeyKind) -> EntryKey | None:
    return next((key for key in entry.keys if key.kind is kind), None)


def _without_shared(entries: Sequence[ParsedEntry], weak: KeyKind, strong: KeyKind) -> Sequence[ParsedEntry]:
    """The entries without those weak keys that stand beside several strong ones."""
    beside: dict[EntryKey, set[EntryKey]] = {}
    for entry in entries:
        one, other = _key(entry, weak), _key(entry, strong)
        if one and other:
            beside.setdefault(one, set()).add(other)
    shared = {key for key, others in beside.items() if len(others) > 1}
    return [_without(entry, shared) for entry in entries] if shared else entries


def _without(entry: ParsedEntry, keys: set[EntryKey]) -> ParsedEntry:
    left = tuple(key for key in entry.keys if key not in keys)
    return replace(entry, keys=left) if left and len(left) < len(entry.keys) else entry


def match_entries(
    parsed: ParsedFeed,
    known: Mapping[EntryKey, KnownEntry],
    *,
    policy: IdentityPolicy = IdentityPolicy.GUID,
    older: Sequence[ParsedEntry] = (),
) -> Matched:
    """Which entries of the document (and of what `older` sources gave) are new, changed or known.

    `known` holds what the store has under any of their keys.
    """
    entries = settle((*parsed.entries, *older))
    if _guids_are_rebuilt(entries, known):
        policy = IdentityPolicy.TEXT
    new: list[ParsedEntry] = []
    changed: list[ChangedEntry] = []
    rekeyed: list[ChangedEntry] = []
    met: dict[EntryId, None] = {}
    for entry in entries:
        found = _find(entry, known, policy)
        if found is None:
            new.append(_without(entry, {key for key in entry.keys if key in known}))
        elif found.id not in met:
            met[found.id] = None
            if found.fingerprint != entry.fingerprint:
                changed.append(ChangedEntry(id=found.id, entry=entry))
            elif any(key not in known for key in entry.keys):
                rekeyed.append(ChangedEntry(id=found.id, entry=entry))
    return Matched(new=tuple(new), changed=tuple(changed), rekeyed=tuple(rekeyed), known=tuple(met), policy=policy)


def _guids_are_rebuilt(entries: Sequence[ParsedEntry], known: Mapping[EntryKey, KnownEntry]) -> bool:
    """Half or more of the entries known by their title, two at least, come word for word under guids that nobody has seen."""
    strangers = of_title = 0
    for entry in entries:
        guid, title = _key(entry, KeyKind.GUID), _key(entry, KeyKind.TEXT)
        held = known.get(title) if title else None
        if guid and held:
            of_title += 1
            strangers += guid not in known and held.fingerprint == entry.fingerprint
    return strangers >= _REBUILT_LEAST and strangers * 2 >= of_title


def _find(entry: ParsedEntry, known: Mapping[EntryKey, KnownEntry], policy: IdentityPolicy) -> KnownEntry | None:
    for kind in (KeyKind.LINK, KeyKind.GUID, KeyKind.TEXT):
        key = _key(entry, kind)
        held = known.get(key) if key else None
        if held is None:
            continue
        if kind is KeyKind.GUID and not (_same_place(held.link, entry.link) or _same_title(held, entry)):
            continue
        if kind is KeyKind.TEXT and policy is IdentityPolicy.GUID and _key(entry, KeyKind.GUID):
            continue
        return held
    return None


def _same_title(held: KnownEntry, entry: ParsedEntry) -> bool:
    """A feed that hangs a new session or campaign on every link keeps its guids and titles."""
    if held.title.casefold() != entry.title.casefold():
        return False
    one, other = (url_key(link).partition("?")[0] for link in (held.link, entry.link))
    return one == other or len(entry.title) >= _TELLING_TITLE


def _same_place(old: str, new: str) -> bool:
    """May one guid stand on both links? Yes if one is missing, they are equal, or only the words of the address changed."""
    if not old or not new:
        return True
    one, other = url_key(old), url_key(new)
    if one == other:
        return True
    host, _, path = one.partition("/")
    other_host, _, other_path = other.partition("/")
    numbers = set(_ARTICLE_NUMBER.findall(path))
    return host == other_host and bool(numbers) and numbers == set(_ARTICLE_NUMBER.findall(other_path))
