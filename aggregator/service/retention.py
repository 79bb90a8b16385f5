"""What the owner does not want kept: the bytes of old pages. A batch at a time, so that nobody waits for it."""

import logging
from datetime import timedelta

from aggregator.pipeline.context import Corridor
from aggregator.store import pages

log = logging.getLogger(__name__)

# A page has 30 KB compressed: a batch frees 6 MB, and its transaction takes milliseconds.
BATCH = 200
# The first run after the setting was shortened lets go of many; the rest waits for the next look.
MOST_BATCHES = 50
EVERY = timedelta(hours=1)


async def let_go(doors: Corridor) -> int:
    """Empty the raw pages that are older than `retention.raw_pages`; gives how many. Raises StoreError."""
    keep = doors.settings.retention.raw_pages
    if keep is None:
        return 0
    gone = 0
    for _ in range(MOST_BATCHES):
        done = await doors.db.attempt(pages.empty_older, before=doors.clock.now() - keep, limit=BATCH)
        gone += done
        if done < BATCH:
            break
    if gone:
        log.info("raw pages let go", extra={"pages": gone})
    return gone
