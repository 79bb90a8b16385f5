"""Read one page: fetch it, extract the article in a worker, write page and extraction."""

import logging
from functools import partial

from aggregator.articles.job import decode_extraction, encode_header
from aggregator.articles.looks import led_away
from aggregator.articles.retries import NextTry, after_failed_read, after_fatal_read
from aggregator.articles.values import Extraction, Status
from aggregator.errors import Blame, FetchError, StoreError, WorkerError
from aggregator.feeds.urls import host_key
from aggregator.net.manners import rest
from aggregator.net.values import ACCEPT_PAGE, Request, Response
from aggregator.pipeline.context import Corridor, Event
from aggregator.pipeline.reach import AGAIN
from aggregator.pipeline.robots import permit
from aggregator.reasons import Reason
from aggregator.store import entries as store
from aggregator.store.feeds import rest_host
from aggregator.store.values import EntryToRead, RawPage

log = logging.getLogger(__name__)

EXTRACT_JOB = "aggregator.articles.job:extract_job"
READABLE = ("text/html", "application/xhtml+xml", "application/xml", "text/xml", "text/plain", "application/octet-stream")


async def read(corridor: Corridor, entry: EntryToRead) -> None:
    """One page, written in one transaction with what was read from it; a failure is written with its reason and next try."""
    shared = await corridor.db.look(store.sibling_reading, entry, now=corridor.clock.now()) if entry.has_sibling else None
    if shared is not None:
        final_url, extraction = shared
        await _record(corridor, entry, None, extraction, final_url)
        return
    if entry.resting_until is not None:
        detail = f"{entry.host_key} asked to be left alone until {entry.resting_until:%Y-%m-%d %H:%M} UTC"
        await _record_failure(corridor, entry, Reason.HTTP_429, detail)
        return
    response: Response | None = None
    try:
        response = await corridor.http.get(
            _request(corridor, entry), permit=partial(permit, corridor, entry) if entry.robots else None
        )
        corridor.reach.answered()
        _refuse_other_types(response)
        extraction = await _extract(corridor, entry, response)
        _refuse_other_pages(entry, response, extraction)
    except (FetchError, WorkerError) as error:
        ours = corridor.reach.fault_of_ours(entry.text.link, error, was_well=False)
        # Workers that do not start may not start for long: such a page is published with its summary in time, as any that fails.
        waits = ours in (Reason.OFFLINE, Reason.INTERRUPTED)
        if isinstance(error, FetchError):
            await _rest_host(corridor, entry, error)
        if ours and waits:
            await _wait(corridor, entry, ours)
        elif isinstance(error, WorkerError) and response is not None:
            await _record_death(corridor, entry, response, error)
        else:
            await _record_failure(corridor, entry, error.reason, error.detail)
        return
    except Exception as error:
        # A page that trips over a fault of this program is published with its summary, as one that could not be read.
        log.exception("read failed", extra={"subject": entry.text.link})
        await _record_failure(corridor, entry, Reason.INTERNAL, type(error).__name__)
        return
    try:
        await _record(corridor, entry, _raw(response), extraction, response.final_url)
    except StoreError:
        raise
    except Exception as error:
        log.exception("reading not stored", extra={"subject": entry.text.link})
        await _record_failure(corridor, entry, Reason.INTERNAL, type(error).__name__)


def _request(corridor: Corridor, entry: EntryToRead) -> Request:
    limits = corridor.settings.limits
    return Request(
        url=entry.text.link,
        accept=ACCEPT_PAGE,
        raw_cap=limits.page_raw,
        decoded_cap=limits.page_decoded,
        deadline=limits.page_deadline,
        proxy=entry.proxy,
        user_agent=entry.user_agent,
        cookies_file=entry.cookies_file,
    )


async def _rest_host(corridor: Corridor, entry: EntryToRead, error: FetchError) -> None:
    """What a server asks for holds for everything on its host, and over a restart."""
    pause = rest(error.reason, error.status, error.retry_after)
    if pause is not None:
        until = corridor.clock.now() + pause
        await corridor.db.run(rest_host, host_key(error.final_url or entry.text.link), until)


def _refuse_other_types(response: Response) -> None:
    kind = (response.header("content-type") or "").split(";")[0].strip().lower()
    if kind and kind not in READABLE:
        raise FetchError(Reason.WRONG_TYPE, kind[:100], status=response.status, final_url=response.final_url)
    if not response.body.strip():
        raise FetchError(Reason.EMPTY, "", status=response.status, final_url=response.final_url)


def _refuse_other_pages(entry: EntryToRead, response: Response, found: Extraction) -> None:
    """Where a published article stood: a page that says that it is gone must not take its place."""
    if not (entry.published and entry.was_read):
        return
    titles = tuple(title for title in (entry.shown, entry.text.title) if title)
    if away := led_away(entry.text.link, response.final_url, home=entry.home, found=found, titles=titles):
        raise FetchError(away, response.final_url, status=response.status, final_url=response.final_url)


async def _extract(corridor: Corridor, entry: EntryToRead, response: Response) -> Extraction:
    now, limits = corridor.clock.now(), corridor.settings.limits
    if known := await corridor.refusals.find(corridor.db, response.sha256, now):
        raise WorkerError(known.reason, f"{known.detail}; the same bytes are not tried again", blame=Blame.BYTES)
    header = encode_header(
        url=response.final_url,
        content_type=response.header("content-type") or "",
        feed=entry.text,
        now=now,
        limits=limits,
    )
    data = await corridor.workers.run(EXTRACT_JOB, header, response.body, wall=limits.page_extract_wall)
    return decode_extraction(data)


def _raw(response: Response) -> RawPage:
    return RawPage(
        url=response.url,
        final_url=response.final_url,
        status=response.status,
        # What a server sets may be a log-in, and is of no use to anybody here.
        headers=tuple(header for header in response.headers if header[0] != "set-cookie"),
        sha256=response.sha256,
        body=response.body,
    )


async def _record(corridor: Corridor, entry: EntryToRead, page: RawPage | None, extraction: Extraction, final_url: str) -> None:
    await corridor.db.run(
        store.record_reading, entry, page=page, extraction=extraction, final_url=final_url, now=corridor.clock.now()
    )
    corridor.listen(Event(stage="read", subject=entry.text.link, detail=extraction.status.value, count=1))


async def _wait(corridor: Corridor, entry: EntryToRead, reason: Reason) -> None:
    await corridor.db.run(store.wait, entry, until=corridor.clock.now() + AGAIN, reason=reason)
    corridor.listen(Event(stage="read", subject=entry.text.link, reason=reason))


async def _record_death(corridor: Corridor, entry: EntryToRead, response: Response, error: WorkerError) -> None:
    """A page that a worker died of is kept as evidence. When the bytes are to blame, the same would come of every other try:
    the article is published at once, and a feed's entry with the same link takes over that verdict.
    """
    now, page = corridor.clock.now(), _raw(response)
    if not await corridor.refusals.note(corridor.db, response.sha256, error, now):
        await _record_failure(corridor, entry, error.reason, error.detail, page=page)
        return
    status = Status.TIMEOUT if error.reason is Reason.WORKER_TIMEOUT else Status.FAILED
    extraction = Extraction(status=status, quality=0.0, extractor=corridor.refusals.extractor, detail=error.detail)
    after = after_fatal_read(published=entry.published, now=now)
    await _record_failure(corridor, entry, error.reason, error.detail, after=after, page=page, extraction=extraction)


async def _record_failure(
    corridor: Corridor,
    entry: EntryToRead,
    reason: Reason,
    detail: str,
    *,
    after: NextTry | None = None,
    page: RawPage | None = None,
    extraction: Extraction | None = None,
) -> None:
    now = corridor.clock.now()
    after = after or after_failed_read(
        reason, tries=entry.tries, published=entry.published, first_seen_at=entry.first_seen_at, now=now
    )
    await corridor.db.run(
        store.record_read_failure,
        entry,
        reason=reason,
        detail=detail,
        retry_at=after.retry_at,
        reread_at=after.reread_at,
        now=now,
        page=page,
        extraction=extraction,
    )
    corridor.listen(Event(stage="read", subject=entry.text.link, reason=reason, detail=detail))
