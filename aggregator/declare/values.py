"""What the files of `config/` declare, what the database holds of it, and the plan between the two."""

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Literal

# The word in the column `origin` of rows that came from files.
FROM_FILE = "file"


def _digest(value: object) -> str:
    content = json.dumps(asdict(value), ensure_ascii=True, sort_keys=True)  # type: ignore[call-overload]
    return hashlib.sha256(content.encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredOutlet:
    """A publisher and its feeds. `proxy`, `user_agent`, `cookies_file` (absolute), `first_poll` are "" when the general setting holds.

    `tier` 1 stands first in digests; 2 is the ordinary one. `learn_boilerplate`: blocks that repeat over its articles are left out.
    """

    slug: str
    name: str
    url: str = ""
    language: str = ""
    country: str = ""
    feeds: tuple[str, ...]
    proxy: str = ""
    user_agent: str = ""
    cookies_file: str = ""
    robots: bool = True
    first_poll: str = ""
    enabled: bool = True
    tier: int = 2
    learn_boilerplate: bool = True

    @property
    def digest(self) -> str:
        """Changes when, and only when, something declared changes."""
        return _digest(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredTopic:
    """A watched query. `recipients` are addresses; `deliver` and `timezone` are "" when the recipient's own hold."""

    slug: str
    name: str
    query: str
    recipients: tuple[str, ...]
    deliver: str = ""
    timezone: str = ""
    enabled: bool = True

    @property
    def digest(self) -> str:
        """Changes when, and only when, something declared changes."""
        return _digest(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredRecipient:
    """A person's address and plan. `quiet` is "" or as "22:00-07:00"; an address that only a topic names has all defaults."""

    address: str
    name: str = ""
    timezone: str = "UTC"
    deliver: str = "immediately"
    quiet: str = ""
    max_per_day: int | None = None
    enabled: bool = True

    @property
    def slug(self) -> str:
        """Recipients are known by their address."""
        return self.address

    @property
    def digest(self) -> str:
        """Changes when, and only when, something declared changes."""
        return _digest(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredList:
    """Words that queries use by name."""

    name: str
    words: tuple[str, ...]
    enabled: bool = True

    @property
    def slug(self) -> str:
        """Lists are known by their name."""
        return self.name

    @property
    def digest(self) -> str:
        """Changes when, and only when, something declared changes."""
        return _digest(self)


DeclaredRow = DeclaredOutlet | DeclaredTopic | DeclaredRecipient | DeclaredList


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """Everything `outlets.toml` and `topics.toml` say. `recipients` holds every address a topic names."""

    outlets: tuple[DeclaredOutlet, ...] = ()
    topics: tuple[DeclaredTopic, ...] = ()
    recipients: tuple[DeclaredRecipient, ...] = ()
    lists: tuple[DeclaredList, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownRow:
    """A row of the database. `paused_by`: "" (it runs), "file" or "person"."""

    slug: str
    origin: str
    digest: str = ""
    paused_by: str = ""

    @property
    def enabled(self) -> bool:
        return not self.paused_by


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Everything the database holds of the four nouns; lists have no pause."""

    outlets: tuple[KnownRow, ...] = ()
    topics: tuple[KnownRow, ...] = ()
    recipients: tuple[KnownRow, ...] = ()
    lists: tuple[KnownRow, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What is to be done to the rows of one noun, by slug, in file order.

    `add`, `change`: write the declared value (`change` never touches who paused the row). `pause`, `resume`: by the files.
    `left`: rows of that name were made by people at run time and stay theirs. `paused_by_person`: declared, running in the
    files, and still paused because a person paused it.
    """

    noun: Literal["outlet", "topic", "recipient", "list"]
    add: tuple[str, ...] = ()
    change: tuple[str, ...] = ()
    pause: tuple[str, ...] = ()
    resume: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    paused_by_person: tuple[str, ...] = ()
    running: int = 0

    @property
    def empty(self) -> bool:
        """Nothing to write."""
        return not (self.add or self.change or self.pause or self.resume)

    @property
    def too_drastic(self) -> bool:
        """Would more than 30 % of the running rows be paused? Below four rows one edit is always more than that."""
        return self.running >= _FEW and len(self.pause) > _DRASTIC * self.running


# 30 % is the design's figure: a half-written or lost file pauses more, an ordinary edit fewer.
_DRASTIC = 0.30
_FEW = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Declared files against known rows, noun by noun."""

    outlets: Changes
    topics: Changes
    recipients: Changes
    lists: Changes

    @property
    def nouns(self) -> tuple[Changes, ...]:
        return (self.outlets, self.topics, self.recipients, self.lists)

    @property
    def empty(self) -> bool:
        """Nothing to write."""
        return all(changes.empty for changes in self.nouns)

    @property
    def too_drastic(self) -> bool:
        """Refused without --force: it looks like a lost or half-written file."""
        return self.outlets.too_drastic or self.topics.too_drastic
