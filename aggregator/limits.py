"""Every bound the program keeps, in one table. Sizes in bytes, times as timedelta. All can be set under `[limits]`."""

from dataclasses import dataclass
from datetime import timedelta

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Defaults: design table of the flow, from measurements on hostile input."""

    feed_raw: int = 8 * MIB
    feed_decoded: int = 10 * MIB
    feed_entries: int = 2_000
    feed_deadline: timedelta = timedelta(seconds=25)
    feed_parse_wall: timedelta = timedelta(seconds=10)
    page_raw: int = 3 * MIB
    page_decoded: int = 5 * MIB
    page_tags: int = 150_000
    page_deadline: timedelta = timedelta(seconds=40)
    page_extract_wall: timedelta = timedelta(seconds=10)
    worker_memory: int = 1024 * MIB
    worker_cpu: timedelta = timedelta(seconds=20)
    worker_jobs: int = 500
    redirects: int = 5
    retry_after_max: timedelta = timedelta(days=7)
    backoff_max: timedelta = timedelta(hours=24)
    future_date_slack: timedelta = timedelta(hours=2)
    opml_bytes: int = 5_000_000
    opml_feeds: int = 2_000
    lease: timedelta = timedelta(seconds=120)
    mail_lease: timedelta = timedelta(seconds=1500)
    smtp_connect: timedelta = timedelta(seconds=15)
    smtp_command: timedelta = timedelta(seconds=60)
    smtp_data: timedelta = timedelta(seconds=600)
    smtp_total: timedelta = timedelta(seconds=660)
    once_max_time: timedelta = timedelta(minutes=15)
    stop_grace: timedelta = timedelta(seconds=20)
    disk_free: int = 200 * MIB
    store_patience: timedelta = timedelta(seconds=60)


DEFAULT_LIMITS = Limits()
