"""Send one message: render and freeze it, hand it to the relay, write what the relay said."""

import logging
from datetime import datetime, timedelta

from aggregator.alerts.delivery import after_refusal
from aggregator.alerts.render import render
from aggregator.alerts.values import Health, Letter, MessageState
from aggregator.errors import DeliveryError
from aggregator.pipeline.context import Corridor, Event
from aggregator.reasons import Reason
from aggregator.settings import Settings
from aggregator.store import outbox as store
from aggregator.store.db import Connection
from aggregator.store.status import health
from aggregator.store.values import MessageToSend

log = logging.getLogger(__name__)

HEALTH_FOR_S = 10


async def send(corridor: Corridor, message: MessageToSend) -> MessageState | None:
    """One claimed message. Gives its new state, or None when another sender owns it by now."""
    assert corridor.mail is not None
    mime = message.mime or await _freeze(corridor, message)
    if mime is None:
        return None
    try:
        reply = await corridor.mail.send(corridor.settings.smtp.sender, message.address, mime)
    except DeliveryError as error:
        return await _refused(corridor, message, error)
    except Exception as error:
        log.exception("send failed", extra={"row": message.id})
        fault = DeliveryError(Reason.INTERNAL, type(error).__name__)
        return await _refused(corridor, message, fault)
    return await _mark(corridor, message, MessageState.SENT, detail=reply)


async def _freeze(corridor: Corridor, message: MessageToSend) -> bytes | None:
    now = corridor.clock.now()
    if corridor.health is None or not 0 <= now.timestamp() - corridor.health[0] < HEALTH_FOR_S:
        corridor.health = (now.timestamp(), await corridor.db.look(health))
    letter = await corridor.db.look(letter_for, message, corridor.health[1], settings=corridor.settings, now=now)
    rendered = render(letter)
    if rendered.problem:
        log.warning("render failed", extra={"row": message.id, "problem": rendered.problem})
    owned = await corridor.db.run(store.freeze, message, subject=rendered.subject, mime=rendered.mime)
    return rendered.mime if owned else None


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
    now = corridor.clock.now()
    verdict = after_refusal(
        error.reason,
        permanent_for_message=error.permanent_for_message,
        channel_down=error.channel_down,
        attempts=message.attempts,
        now=now,
    )
    if verdict.relay_down:
        corridor.relay_down_until = (now + min(verdict.due_at - now, timedelta(minutes=5))).timestamp()
    if verdict.state is MessageState.DEAD and error.reason is Reason.SMTP_RECIPIENT and message.recipient_id is not None:
        await corridor.db.run(store.count_bounce, message.recipient_id, now=now)
    written = await corridor.db.run(
        store.mark,
        message,
        verdict.state,
        reason=error.reason,
        detail=error.detail,
        due_at=verdict.due_at,
        counts=verdict.counts,
        now=now,
    )
    corridor.listen(Event(stage="send", subject=message.address, reason=error.reason, detail=error.detail))
    return verdict.state if written else None


async def _mark(corridor: Corridor, message: MessageToSend, state: MessageState, *, detail: str) -> MessageState | None:
    now = corridor.clock.now()
    written = await corridor.db.run(store.mark, message, state, reason=None, detail=detail, due_at=now, counts=True, now=now)
    corridor.listen(Event(stage="send", subject=message.address, detail=detail, count=1))
    return state if written else None


def can_send(corridor: Corridor) -> bool:
    """Is there a relay, and does it not refuse everybody just now?"""
    return corridor.mail is not None and corridor.clock.now().timestamp() >= corridor.relay_down_until
