"""May this page be read? robots.txt is asked for once a day and kept; pages are subject to it, feeds are not."""

from datetime import timedelta

from aggregator.errors import FetchError
from aggregator.net.freshness import answer_of
from aggregator.net.robots import MAX_BYTES, product_token
from aggregator.net.target import Target, parse_target
from aggregator.net.values import Request
from aggregator.pipeline.context import Corridor
from aggregator.pipeline.permits import KEPT_UNUSED, LONGEST, SHORTEST, Verdict, after_refusal, settled, unknown
from aggregator.reasons import Reason
from aggregator.store import robots as store
from aggregator.store.robots import RobotsRow
from aggregator.store.values import EntryToRead

_PATIENCE = timedelta(seconds=20)


async def permit(corridor: Corridor, entry: EntryToRead, url: str) -> None:
    """Raises FetchError: ROBOTS when the server of `url` forbids it to us, another reason while that cannot be known."""
    target = parse_target(url)
    product = product_token(entry.user_agent or corridor.settings.fetch.user_agent)
    verdict = await _verdict(corridor, entry, target, product)
    if verdict.rules is None:
        raise verdict.error()
    corridor.http.slow_down(url, verdict.rules.crawl_delay)
    if not verdict.rules.allows(target.target):
        raise FetchError(Reason.ROBOTS, f"{target.scheme}://{target.authority}/robots.txt forbids it to {product or '*'}")


async def _verdict(corridor: Corridor, entry: EntryToRead, target: Target, product: str) -> Verdict:
    permits, clock = corridor.permits, corridor.clock
    origin = f"{target.scheme}://{target.host}:{target.port}"
    found = permits.recall(origin, product, clock.now())
    if found is not None:
        return found
    async with permits.alone(origin):
        found = permits.recall(origin, product, clock.now())
        if found is None:
            found = await _look(corridor, entry, target, origin, product)
            permits.remember(origin, product, found)
    return found


async def _look(corridor: Corridor, entry: EntryToRead, target: Target, origin: str, product: str) -> Verdict:
    """From the database while it holds, else from the server."""
    held = await corridor.db.look(store.held, origin)
    if held is not None:
        found = settled(held, product, corridor.clock.now())
        if found.holds(corridor.clock.now()):
            return found
    try:
        row: RobotsRow | None = await _fetch(corridor, entry, target, origin)
    except FetchError as error:
        now = corridor.clock.now()
        row = after_refusal(error, held, origin, now)
        if row is None:
            return unknown(error, held, product, now)
    assert row is not None
    await corridor.db.run(store.keep, row)
    now = corridor.clock.now()
    if corridor.permits.sweep_due(now):
        await corridor.db.run(store.forget, before=now - KEPT_UNUSED)
    return settled(row, product, now)


async def _fetch(corridor: Corridor, entry: EntryToRead, target: Target, origin: str) -> RobotsRow:
    request = Request(
        url=f"{target.scheme}://{target.authority}/robots.txt",
        accept="text/plain, */*;q=0.1",
        raw_cap=MAX_BYTES,
        decoded_cap=MAX_BYTES,
        deadline=_PATIENCE,
        proxy=entry.proxy,
        user_agent=entry.user_agent,
        cut=True,
    )
    response = await corridor.http.get(request)
    corridor.reach.answered()
    now = corridor.clock.now()
    wish = answer_of(response, now=now).max_age
    keeps = LONGEST if wish is None else min(max(wish, SHORTEST), LONGEST)
    body = response.body.decode("utf-8", "replace")
    return RobotsRow(origin=origin, status=response.status, body=body, fetched_at=now, expires_at=now + keeps)
