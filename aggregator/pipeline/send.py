"""Send one message: render and freeze it, hand it to the relay, write what the relay said."""

import asyncio
import logging
from dataclasses import replace
from datetime import datetime

from aggregator.alerts.delivery import Verdict, after_refusal, as_problem, with_problem
from aggregator.alerts.render import render
from aggregator.alerts.values import Health, Letter, MessageState
from aggregator.errors import DeliveryError, StoreError
from aggregator.pipeline.context import Corridor, Event
from aggregator.reasons import Reason
from aggregator.settings import Settings
from aggregator.store import outbox as store
from aggregator.store.db import Connection
from aggregator.store.status import health
from aggregator.store.values import MessageToSend

log = logging.getLogger(__name__)

HEALTH_FOR_S = 10
# Between two tries to write what became of a message, beyond the store's own patience.
AGAIN_S = 2.0


async def send(corridor: Corridor, message: MessageToSend) -> MessageState | None:
    """One claimed message. Gives its new state, or None when another sender owns it by now."""
    try:
        frozen = message if message.mime else await _freeze(corridor, message)
        return None if frozen is None else await _hand_over(corridor, frozen)
    except StoreError:
        raise
    except Exception as error:
        # Whatever is wrong with this message, the next one goes out.
        log.exception("send failed", extra={"row": message.id})
        return await _refused(corridor, message, DeliveryError(Reason.INTERNAL, type(error).__name__))


async def _freeze(corridor: Corridor, message: MessageToSend) -> MessageToSend | None:
    now = corridor.clock.now()
    if corridor.health is None or not 0 <= now.timestamp() - corridor.health[0] < HEALTH_FOR_S:
        corridor.health = (now.timestamp(), await corridor.db.look(health, now=now))
    letter = await corridor.db.look(letter_for, message, corridor.health[1], settings=corridor.settings, now=now)
    rendered = render(letter)
    if rendered.problem:
        log.warning("render failed", extra={"row": message.id, "problem": rendered.problem})
    detail = as_problem(rendered.problem)
    owned = await corridor.db.run(store.freeze, message, subject=rendered.subject, mime=rendered.mime, detail=detail)
    return replace(message, mime=rendered.mime, detail=detail) if owned else None


async def _hand_over(corridor: Corridor, message: MessageToSend) -> MessageState | None:
    assert corridor.mail is not None
    assert message.mime is not None
    try:
        reply = await corridor.mail.send(corridor.settings.smtp.sender, message.address, message.mime)
    except DeliveryError as error:
        return await _refused(corridor, message, error)
    verdict = Verdict(state=MessageState.SENT, due_at=corridor.clock.now())
    return await _write(corridor, message, verdict, reason=None, detail=reply)


def letter_for(connection: Connection, message: MessageToSend, sources: Health, *, settings: Settings, now: datetime) -> Letter:
    """Everything the mail shows, as it is known now."""
    window = None if message.window_from is None else (message.window_from, message.due_at)
    return Letter(
        kind=message.kind,
        message_id=message.message_id,
        sender=settings.smtp.sender,
        address=message.address,
        timezone=store.zone_of(connection, message),
        items=store.load_items(connection, message.id),
        health=sources,
        references=store.thread_of(connection, message),
        window=window,
        public_url=settings.web.public_url,
        now=now,
    )


async def _refused(corridor: Corridor, message: MessageToSend, error: DeliveryError) -> MessageState | None:
    verdict = after_refusal(
        error.reason,
        code=error.code,
        words=error.detail,
        permanent_for_message=error.permanent_for_message,
        channel_down=error.channel_down,
        attempts=message.attempts,
        now=corridor.clock.now(),
    )
    if verdict.relay_down:
        corridor.relay_down_until = verdict.due_at.timestamp()
    return await _write(corridor, message, verdict, reason=error.reason, detail=error.detail)


async def _write(
    corridor: Corridor, message: MessageToSend, verdict: Verdict, *, reason: Reason | None, detail: str
) -> MessageState | None:
    words = with_problem(detail, message.detail)
    written = await _record(corridor, message, verdict, reason=reason, detail=words)
    if not written:
        log.warning("lease lost", extra={"row": message.id, "detail": words})
    corridor.listen(
        Event(stage="send", subject=message.address, reason=reason, detail=detail, count=int(verdict.state is MessageState.SENT))
    )
    return verdict.state if written else None


async def _record(corridor: Corridor, message: MessageToSend, verdict: Verdict, *, reason: Reason | None, detail: str) -> bool:
    """However long the database is away: an acceptance that is forgotten goes out twice. Only the end of the service ends this."""
    while True:
        now = corridor.clock.now()
        try:
            return await corridor.db.run(record, message, verdict, reason=reason, detail=detail, now=now)
        except StoreError as error:
            if not error.temporary:
                raise
            await asyncio.sleep(AGAIN_S)


def record(
    connection: Connection, message: MessageToSend, verdict: Verdict, *, reason: Reason | None, detail: str, now: datetime
) -> bool:
    """What became of a message, and of its address, in one transaction. False: another owns the row, nothing is written."""
    written = store.mark(
        connection,
        message,
        verdict.state,
        reason=reason,
        detail=detail,
        due_at=verdict.due_at,
        counts=verdict.counts,
        now=now,
    )
    if not written or not verdict.bounced or message.recipient_id is None:
        return written
    if store.count_bounce(connection, message.recipient_id, now=now):
        log.warning("address suppressed", extra={"address": message.address, "detail": detail})
    return True


def can_send(corridor: Corridor) -> bool:
    """Is there a relay, and does it not refuse everybody just now?"""
    return corridor.mail is not None and corridor.clock.now().timestamp() >= corridor.relay_down_until
