"""Who is told, and who was told already: one alert per topic, recipient and text."""

import re
import unicodedata
from collections import Counter
from datetime import datetime, time

from aggregator.alerts.plans import in_quiet, next_slot, plan_key
from aggregator.alerts.values import AlertKind, Every, Plan, PlannedAlert, SentToday, Subscription, ToldText
from aggregator.ids import AlertId, RecipientId

# Han and kana are written without blanks: each sign counts as a word, so that a sentence is found behind a glued-on agency line.
_SIGNS = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
# Signs of money and share are words: "5 %" and "5 $" are different news; all other punctuation is typography.
_WORD = re.compile(rf"[{_SIGNS}]|[^\W_{_SIGNS}]+|[%‰$€£¥₽₴]")
_MARKS = re.compile("[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670]")
_MORNING = time(8)
# A topic without words of its own (only `outlet:` or `section:`) has no matched sentence to compare, so the text as a whole is.
# Five-word runs, four of five of them told: engineering choice; a reprint keeps nearly all, a partly shared text does not.
_RUN = 5
_SAME_TEXT = 0.8


def folded_words(text: str) -> tuple[str, ...]:
    """The words of a text as they are compared: no case, accents, punctuation, quotes, kinds of blank; ё is е."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return tuple(_WORD.findall(unicodedata.normalize("NFC", _MARKS.sub("", plain))))


def _line(words: tuple[str, ...]) -> str:
    return f" {' '.join(words)} "


def was_told(*, document_text: str, matched_sentences: tuple[str, ...], told_text: str) -> bool:
    """True when every matched sentence of a copy stood in a text that was told; without one, when (nearly) the whole text did."""
    told = _line(folded_words(told_text))
    sentences = [words for words in map(folded_words, matched_sentences) if words]
    if sentences:
        return all(_line(words) in told for words in sentences)
    return _share(folded_words(document_text), told) >= _SAME_TEXT


def _share(words: tuple[str, ...], told: str) -> float:
    known = tuple(told.split())
    if len(words) <= _RUN:
        return float(_line(words) in told)
    runs = {words[at : at + _RUN] for at in range(len(words) - _RUN + 1)}
    return len(runs & {known[at : at + _RUN] for at in range(len(known) - _RUN + 1)}) / len(runs)


def plan_alerts(
    *,
    document_text: str,
    matched_sentences: tuple[str, ...],
    subscriptions: tuple[Subscription, ...],
    kind: AlertKind,
    told: tuple[ToldText, ...],
    now: datetime,
    sent_today: tuple[SentToday, ...] = (),
) -> tuple[PlannedAlert, ...]:
    """One decision per subscription, in the order given, for one article and one topic.

    `document_text` is what was matched (headline, then body), `matched_sentences` whole sentences of it; `told` are the alerts
    that exist in the article's copy group. A told text suppresses only for its own topic and recipient, and only when every
    matched sentence stood in that one text. An `edit` is never folded: that the new words once stood elsewhere does not undo what
    its reader was told last.

    Immediate alerts inside quiet hours or over `max_per_day` go to `fallback_plan`. Alerts planned by this call count as sent;
    the caller adds them up over the topics of one article.
    """
    counts: Counter[RecipientId] = Counter()
    for sent in sent_today:
        counts[sent.recipient_id] += sent.count
    planned = []
    for each in subscriptions:
        into = None if kind is AlertKind.EDIT else _fold_into(each, told, document_text, matched_sentences)
        slot, key = (None, plan_key(each.plan)) if into is not None else _slot(each, now, counts[each.recipient_id])
        counts[each.recipient_id] += into is None and slot is None
        planned.append(_planned(each, kind, into, slot, key))
    return tuple(planned)


def _planned(each: Subscription, kind: AlertKind, into: AlertId | None, slot: datetime | None, key: str) -> PlannedAlert:
    return PlannedAlert(
        topic_id=each.topic_id,
        recipient_id=each.recipient_id,
        address=each.address,
        kind=kind,
        fold_into=into,
        slot=slot,
        plan_key=key,
        suppressed=each.suppressed,
    )


def _fold_into(each: Subscription, told: tuple[ToldText, ...], text: str, sentences: tuple[str, ...]) -> AlertId | None:
    for one in told:
        same_reader = (one.topic_id, one.recipient_id) == (each.topic_id, each.recipient_id)
        if same_reader and was_told(document_text=text, matched_sentences=sentences, told_text=one.text):
            return one.alert_id
    return None


def fallback_plan(subscription: Subscription) -> Plan:
    """The digest for immediate alerts that may not go out now: daily at the end of the quiet hours, else daily at 08:00.

    The end of quiet hours is the first moment the person allows, so nothing waits longer than asked; 08:00 is when press offices
    read their morning mail. One plan per person, so that a night's alerts and a day's surplus are one digest, and share it with
    topics that are delivered daily at that hour anyway.
    """
    end = subscription.quiet[1] if subscription.quiet else _MORNING
    return Plan(every=Every.DAILY, at=end, timezone=subscription.plan.timezone)


def _slot(each: Subscription, now: datetime, sent: int) -> tuple[datetime | None, str]:
    fallback = fallback_plan(each)
    if each.plan.immediate:
        if not _quiet(each, now) and (each.max_per_day is None or sent < each.max_per_day):
            return None, plan_key(each.plan)
        return next_slot(fallback, after=now), plan_key(fallback)
    slot = next_slot(each.plan, after=now)
    # A rhythm is not a wish for mail at night; a time of day is, and stays.
    if each.plan.every in (Every.HOURLY, Every.MINUTES) and _quiet(each, slot):
        return next_slot(fallback, after=slot), plan_key(fallback)
    return slot, plan_key(each.plan)


def _quiet(each: Subscription, at: datetime) -> bool:
    return each.quiet is not None and in_quiet(each.quiet, at=at, timezone=each.plan.timezone)
