"""Look again at the page of a published article: it stands as it was, it was edited, or it is gone."""

import logging
from dataclasses import replace
from datetime import datetime
from functools import partial
from urllib.parse import urlsplit

from aggregator.articles.looks import CONFIRM_AFTER, GONE, led_away, next_look
from aggregator.articles.values import Extraction
from aggregator.errors import FetchError, StoreError, WorkerError
from aggregator.net.values import Request, Response
from aggregator.pipeline.context import Corridor, Event
from aggregator.pipeline.read import _extract, _raw, _record, _refuse_other_types, _request, _rest_host, _wait
from aggregator.pipeline.robots import permit
from aggregator.pipeline.withdraw import withdraw
from aggregator.reasons import Reason
from aggregator.store import looks as store
from aggregator.store.db import Connection
from aggregator.store.pages import PageRow
from aggregator.store.values import EntryToRead

log = logging.getLogger(__name__)

# An outlet that is away for good is not asked every hour whether an article is.
MOST_LOOKS = 12


async def look(corridor: Corridor, entry: EntryToRead) -> None:
    """One page, asked for with the validators it came with. Bytes and texts that are known are not kept again; what cannot be read
    today says nothing about an article that we hold, unless it says that it is gone.
    """
    if entry.resting_until is not None:
        await _unclear(corridor, entry, Reason.HTTP_429)
        return
    try:
        await _look(corridor, entry)
    except (FetchError, WorkerError) as error:
        ours = corridor.reach.fault_of_ours(entry.text.link, error, was_well=False)
        if isinstance(error, FetchError):
            await _rest_host(corridor, entry, error)
        if ours in (Reason.OFFLINE, Reason.INTERRUPTED):
            # A look whose time passes meanwhile is made when there is a network again.
            await _wait(corridor, entry, ours)
        elif error.reason in GONE:
            await _gone(corridor, entry, error.reason, error.detail)
        else:
            await _unclear(corridor, entry, error.reason)
    except StoreError:
        raise
    except Exception:
        log.exception("look failed", extra={"subject": entry.text.link})
        await _unclear(corridor, entry, Reason.INTERNAL)


async def _look(corridor: Corridor, entry: EntryToRead) -> None:
    page, held = await corridor.db.look(store.held, entry.id)
    response = await corridor.http.get(
        _conditional(_request(corridor, entry), page), permit=partial(permit, corridor, entry) if entry.robots else None
    )
    corridor.reach.answered()
    if response.status == 304 or (page and (response.sha256, response.final_url) == (page.sha256, page.final_url)):
        await _stands(corridor, entry)
        return
    _refuse_other_types(response)
    await _judge(corridor, entry, response, await _extract(corridor, entry, response), held)


def _conditional(request: Request, page: PageRow | None) -> Request:
    """With the validators of the page as it came last, for the host that gave them."""
    if page is None:
        return request
    headers = dict(reversed(page.headers))
    host = urlsplit(page.final_url).hostname or ""
    return replace(request, etag=headers.get("etag"), last_modified=headers.get("last-modified"), validators_host=host)


async def _judge(corridor: Corridor, entry: EntryToRead, response: Response, found: Extraction, held: Extraction | None) -> None:
    titles = tuple(title for title in (entry.shown, entry.text.title, held.headline if held else "") if title)
    away = led_away(entry.text.link, response.final_url, home=entry.home, found=found, titles=titles)
    if away:
        await _gone(corridor, entry, away, response.final_url)
    elif found == held:
        await _stands(corridor, entry)
    elif found.status.trusted:
        await _record(corridor, entry, _raw(response), found, response.final_url)
    else:
        await _unclear(corridor, entry, Reason.NO_TEXT)


async def _stands(corridor: Corridor, entry: EntryToRead) -> None:
    await corridor.db.run(_found_as_it_was, entry, now=corridor.clock.now())
    corridor.listen(Event(stage="read", subject=entry.text.link, reason=Reason.UNCHANGED))


def _found_as_it_was(connection: Connection, entry: EntryToRead, *, now: datetime) -> None:
    at = next_look(first_seen_at=entry.first_seen_at, now=now)
    if store.finish(connection, entry, reason=None, detail="", at=at) and entry.withdrawn_at and entry.article_id:
        store.give_back(connection, entry.article_id, now=now)


async def _unclear(corridor: Corridor, entry: EntryToRead, reason: Reason) -> None:
    """What an earlier look found stays: a page that was gone and now times out is not back."""
    now = corridor.clock.now()
    at = next_look(first_seen_at=entry.first_seen_at, now=now, withdrawn_at=entry.withdrawn_at)
    if at is None and entry.reason in GONE and entry.withdrawn_at is None and entry.looks < MOST_LOOKS:
        at = now + CONFIRM_AFTER
    await corridor.db.run(store.finish, entry, reason=entry.reason, detail="", at=at)
    corridor.listen(Event(stage="read", subject=entry.text.link, reason=reason))


async def _gone(corridor: Corridor, entry: EntryToRead, why: Reason, detail: str) -> None:
    """Once may be a hiccup; a second look that finds the same is believed."""
    now = corridor.clock.now()
    told: int | None = 0
    if entry.withdrawn_at is not None:
        at = next_look(first_seen_at=entry.first_seen_at, now=now, withdrawn_at=entry.withdrawn_at)
        await corridor.db.run(store.finish, entry, reason=why, detail=detail, at=at)
    elif entry.reason not in GONE or entry.article_id is None:
        await corridor.db.run(store.finish, entry, reason=why, detail=detail, at=now + CONFIRM_AFTER)
    else:
        sender = corridor.settings.smtp.sender
        told = await corridor.db.run(withdraw, entry, entry.article_id, why, detail, sender=sender, now=now)
    corridor.listen(Event(stage="read", subject=entry.text.link, reason=why, count=told or 0))
