"""Values of the alerts room."""

from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum

from aggregator.ids import AlertId, ArticleId, RecipientId, StoryId, TopicId
from aggregator.topics.values import Position, Sentence


class AlertKind(StrEnum):
    MATCH = "match"
    EDIT = "edit"
    COMPLETION = "completion"


class MessageKind(StrEnum):
    ALERT = "alert"
    DIGEST = "digest"
    NOTICE = "notice"
    TEST = "test"


class MessageState(StrEnum):
    """`held`: waits for the operator or the relay as a whole; `retry`: waits for its next try; `dead`: refused for good."""

    PENDING = "pending"
    CLAIMED = "claimed"
    RETRY = "retry"
    HELD = "held"
    SENT = "sent"
    DEAD = "dead"
    CANCELLED = "cancelled"


class Every(StrEnum):
    """The rhythm of a delivery plan."""

    IMMEDIATELY = "immediately"
    MINUTES = "minutes"
    HOURLY = "hourly"
    DAILY = "daily"
    WEEKDAYS = "weekdays"
    WEEKLY = "weekly"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """When a recipient is told. `at` is local time in `timezone` (an IANA name); `weekday` 0 is Monday; `minutes` for MINUTES."""

    every: Every
    at: time | None = None
    weekday: int | None = None
    minutes: int | None = None
    timezone: str = "UTC"

    @property
    def immediate(self) -> bool:
        return self.every is Every.IMMEDIATELY


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """One recipient of one topic, with the plan that holds for the two together."""

    topic_id: TopicId
    topic_name: str
    recipient_id: RecipientId
    address: str
    plan: Plan
    quiet: tuple[time, time] | None = None
    max_per_day: int | None = None
    suppressed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldText:
    """The text of an alert that exists already in the same copy group: (topic, recipient) were told these words."""

    alert_id: AlertId
    topic_id: TopicId
    recipient_id: RecipientId
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SentToday:
    """How many immediate alerts a recipient was given since the local day began (`plans.day_start`)."""

    recipient_id: RecipientId
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedAlert:
    """The decision for one subscription. `fold_into` set: no message of its own. Else `slot` None: at once; else the digest slot (UTC).

    `suppressed`: the address bounced for good; the alert and its message are kept, the message is held with that reason.
    """

    topic_id: TopicId
    recipient_id: RecipientId
    address: str
    kind: AlertKind
    fold_into: AlertId | None
    slot: datetime | None
    plan_key: str
    suppressed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AlsoIn:
    """Another outlet that carries the same text."""

    outlet: str
    url: str
    first_seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertItem:
    """Everything one alert shows to its reader. The last three are links into our own page; empty: not shown.

    `withdrawn_at`: the outlet took the article away; `withdrawn_why` says in words how that showed.
    """

    alert_id: AlertId
    topic_name: str
    kind: AlertKind
    article_id: ArticleId
    story_id: StoryId
    headline: str
    url: str
    outlet: str
    tier: int
    published_at: datetime | None
    first_seen_at: datetime
    language: str
    position: Position
    sentences: tuple[Sentence, ...]
    matched_words: tuple[str, ...]
    why: str
    also_in: tuple[AlsoIn, ...] = ()
    partly_read: bool = False
    withdrawn_at: datetime | None = None
    withdrawn_why: str = ""
    copy_url: str = ""
    mute_url: str = ""
    wrong_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """Source health for the foot of every mail. `troubles` are full sentences, worst first."""

    outlets_total: int
    outlets_read: int
    troubles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A message to be written: one recipient, one or more alerts. `references` are Message-IDs of the story's earlier mails.

    `window`: from, to (UTC) of what a digest covers. `message_id` includes the angle brackets. `unsubscribe_url` carries the
    recipient's token; https makes it One-Click, empty leaves the mailto: alone. `subject` and `paragraphs` are those of a notice
    or test mail (empty: the template's own). `catch_up`: a digest of what was held while no mail could be sent.
    """

    kind: MessageKind
    message_id: str
    sender: str
    address: str
    timezone: str
    items: tuple[AlertItem, ...]
    health: Health
    references: tuple[str, ...] = ()
    window: tuple[datetime, datetime] | None = None
    list_id: str = ""
    public_url: str = ""
    now: datetime
    unsubscribe_url: str = ""
    subject: str = ""
    paragraphs: tuple[str, ...] = ()
    catch_up: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A finished mail. `mime` is what goes over the wire, CRLF line ends, ASCII only.

    `problem` is empty, or says why the plain fallback was written instead (for the log).
    """

    subject: str
    text: str
    mime: bytes
    problem: str = ""
