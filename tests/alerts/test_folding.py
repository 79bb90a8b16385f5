"""Folding: a reader is told a text once, and never loses a sentence that was not told."""

from datetime import UTC, datetime
from typing import Any

import pytest

from aggregator.alerts.folding import plan_alerts
from aggregator.alerts.plans import parse_plan, parse_quiet
from aggregator.alerts.values import AlertKind, PlannedAlert, SentToday, Subscription, ToldText
from aggregator.ids import AlertId, RecipientId, TopicId

NOW = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
FIRST = "The council met on Monday."
SECOND = "“It is the harbour’s bridge,” the mayor said."
THIRD = "Repairs cost 5 % more."
TOLD = f"Old bridge closed\n{FIRST} {SECOND} {THIRD}"


def subscription(**changes: Any) -> Subscription:
    values: dict[str, Any] = {
        "topic_id": TopicId(1),
        "topic_name": "Bridge",
        "recipient_id": RecipientId(1),
        "address": "desk@press.example",
        "plan": parse_plan("immediately", timezone="Europe/Amsterdam"),
    }
    return Subscription(**(values | changes))


def told(text: str = TOLD, *, alert: int = 9, topic: int = 1, recipient: int = 1) -> ToldText:
    return ToldText(alert_id=AlertId(alert), topic_id=TopicId(topic), recipient_id=RecipientId(recipient), text=text)


def plan(*subscriptions: Subscription, **changes: Any) -> tuple[PlannedAlert, ...]:
    values: dict[str, Any] = {
        "document_text": TOLD,
        "matched_sentences": (SECOND,),
        "kind": AlertKind.MATCH,
        "told": (told(),),
        "now": NOW,
    }
    return plan_alerts(subscriptions=subscriptions or (subscription(),), **(values | changes))


@pytest.mark.parametrize(
    ("why", "changes", "folded"),
    [
        ("the same sentence", {}, True),
        ("nobody was told yet", {"told": ()}, False),
        ("another topic was told", {"told": (told(topic=2),)}, False),
        ("another recipient was told", {"told": (told(recipient=2),)}, False),
        ("the first copy was trimmed before the sentence", {"told": (told(FIRST),)}, False),
        ("one of two sentences is new", {"matched_sentences": (SECOND, "The mayor resigned.")}, False),
        (
            "two sentences stood in two different alerts",
            {"matched_sentences": (FIRST, THIRD), "told": (told(FIRST), told(THIRD))},
            False,
        ),
        ("the second alert told it all", {"told": (told(FIRST, alert=8), told())}, True),
        ("straight quotes", {"matched_sentences": ('"It is the harbour\'s bridge", the mayor said',)}, True),
        ("no-break blanks", {"matched_sentences": (SECOND.replace(" ", "\u00a0"),)}, True),
        ("capitals", {"matched_sentences": (SECOND.upper(),)}, True),
        ("a ligature and full-width signs", {"matched_sentences": ("ｏｆﬁce",), "told": (told("the office closed"),)}, True),
        ("soft-hyphen-free ё", {"matched_sentences": ("Всё ещё закрыт",), "told": (told("Мост все еще закрыт."),)}, True),
        (
            "decomposed accents",
            {"matched_sentences": ("cafe\u0301 ferme\u0301",), "told": (told("Le café fermé rouvre."),)},
            True,
        ),
        ("a number changed", {"matched_sentences": ("Repairs cost 6 % more.",)}, False),
        ("a sign of money for a share", {"matched_sentences": ("Repairs cost 5 $ more.",)}, False),
        ("half a word is no word", {"matched_sentences": ("council met on Mon",)}, False),
        ("words in another order", {"matched_sentences": ("the mayor said it is the harbour's bridge",)}, False),
        ("a sentence of signs only says nothing", {"matched_sentences": ("***", SECOND)}, True),
        ("an agency line glued on", {"matched_sentences": ("大桥关闭。",), "told": (told("新华社电大桥关闭"),)}, True),
        ("no matched sentence, the same text", {"matched_sentences": ()}, True),
        ("no matched sentence, a text partly shared", {"matched_sentences": (), "told": (told(FIRST),)}, False),
        ("no matched sentence, short text told", {"matched_sentences": (), "document_text": "Old bridge closed"}, True),
        ("an edit is told even when its words stood before", {"kind": AlertKind.EDIT}, False),
        ("a completion that says nothing new", {"kind": AlertKind.COMPLETION}, True),
        ("a completion with a new sentence", {"kind": AlertKind.COMPLETION, "matched_sentences": ("A new pier opens.",)}, False),
    ],
)
def test_a_copy_is_folded_only_into_an_alert_that_told_every_matched_sentence(
    why: str, changes: dict[str, Any], folded: bool
) -> None:
    (planned,) = plan(**changes)
    assert planned.fold_into == (AlertId(9) if folded else None), why
    assert planned.slot is None


def test_each_recipient_is_decided_alone_and_in_order() -> None:
    """A copy folds for the person who was told and alerts the one who was not."""
    second = subscription(recipient_id=RecipientId(2), address="two@press.example")
    planned = plan(subscription(), second)
    assert [(each.address, each.fold_into) for each in planned] == [("desk@press.example", 9), ("two@press.example", None)]


NIGHT = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
QUIET = parse_quiet("22:00-07:00")


@pytest.mark.parametrize(
    ("why", "deliver", "quiet", "maximum", "sent", "now", "slot", "key"),
    [
        ("at once", "immediately", None, None, 0, NOW, None, "immediately"),
        ("outside quiet hours", "immediately", QUIET, None, 0, NOW, None, "immediately"),
        (
            "at night: when quiet ends",
            "immediately",
            QUIET,
            None,
            0,
            NIGHT,
            "2026-11-24T06:00",
            "daily at 07:00 Europe/Amsterdam",
        ),
        ("under the maximum", "immediately", None, 3, 2, NOW, None, "immediately"),
        ("over the maximum", "immediately", None, 3, 3, NOW, "2026-11-24T07:00", "daily at 08:00 Europe/Amsterdam"),
        ("over it, with quiet hours", "immediately", QUIET, 3, 3, NOW, "2026-11-24T06:00", "daily at 07:00 Europe/Amsterdam"),
        ("never at once", "immediately", None, 0, 0, NOW, "2026-11-24T07:00", "daily at 08:00 Europe/Amsterdam"),
        ("a digest has its slot", "daily at 08:00", None, 1, 9, NOW, "2026-11-24T07:00", "daily at 08:00 Europe/Amsterdam"),
        (
            "a time asked for beats quiet",
            "daily at 06:00",
            QUIET,
            None,
            0,
            NIGHT,
            "2026-11-24T05:00",
            "daily at 06:00 Europe/Amsterdam",
        ),
        ("an hourly slot at night waits", "hourly", QUIET, None, 0, NIGHT, "2026-11-24T06:00", "daily at 07:00 Europe/Amsterdam"),
        ("an hourly slot by day", "hourly", QUIET, None, 0, NOW, "2026-11-23T09:00", "hourly Europe/Amsterdam"),
    ],
)
def test_quiet_hours_and_the_daily_maximum_move_alerts_to_one_digest(
    why: str, deliver: str, quiet: Any, maximum: int | None, sent: int, now: datetime, slot: str | None, key: str
) -> None:
    reader = subscription(plan=parse_plan(deliver, timezone="Europe/Amsterdam"), quiet=quiet, max_per_day=maximum)
    counts = (SentToday(recipient_id=RecipientId(1), count=sent), SentToday(recipient_id=RecipientId(2), count=99))
    (planned,) = plan(reader, told=(), now=now, sent_today=counts)
    assert planned.slot == (slot and datetime.fromisoformat(slot).replace(tzinfo=UTC)), why
    assert planned.plan_key == key


def test_the_maximum_counts_what_this_call_plans() -> None:
    both = (subscription(max_per_day=1), subscription(topic_id=TopicId(2), max_per_day=1))
    assert [each.slot is None for each in plan(*both, told=())] == [True, False]


def test_a_folded_alert_does_not_count() -> None:
    both = (subscription(max_per_day=1), subscription(topic_id=TopicId(2), max_per_day=1))
    assert [each.slot is None for each in plan(*both)] == [True, True]


def test_an_alert_to_a_suppressed_address_is_planned_and_says_so() -> None:
    (planned,) = plan(subscription(suppressed=True), told=())
    assert planned.suppressed
