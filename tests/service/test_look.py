"""The verdict over a real database: what journal, outbox and lock of an installation make of it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from aggregator.alerts.values import MessageKind, MessageState
from aggregator.clock import ManualClock
from aggregator.reasons import Reason
from aggregator.service.screen import look_around
from aggregator.service.verdict import Level, Verdict
from aggregator.settings import Settings
from aggregator.store import journal, migrate
from aggregator.store.db import Database
from aggregator.store.happenings import Happening
from aggregator.store.lock import FileLock
from aggregator.store.status import overview
from aggregator.store.tables import feeds, outbox
from aggregator.store.topics import add_message
from tests.store import rows

NOW = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)
FIVE_MINUTES, DAYS = timedelta(minutes=5), timedelta(days=2)
AUTH = Reason.SMTP_AUTH


class Home:
    """An installation that polls one outlet for one topic, last five minutes ago."""

    def __init__(self, folder: Path) -> None:
        url = f"sqlite:///{folder / 'aggregator.db'}"
        migrate.upgrade(url)
        self.settings = Settings(config_dir=folder, data_dir=folder, database_url=url)
        self.database = Database(url)
        with self.database.write() as connection:
            rows.declare(connection, rows.outlet(), topics=(rows.topic(),), now=NOW - DAYS)
            polled = {"last_polled_at": NOW - FIVE_MINUTES, "due_at": NOW + DAYS}
            connection.execute(sa.update(feeds).values(**polled))

    def happened(self, *kinds: Happening, ago: timedelta) -> None:
        with self.database.write() as connection:
            for kind in kinds:
                journal.note(connection, kind, now=NOW - ago)

    def message(self, state: MessageState, reason: Reason | None, *, ago: timedelta) -> None:
        with self.database.write() as connection:
            add_message(
                connection, kind=MessageKind.ALERT, dedup_key="a", address="desk@example.org", recipient_id=None, topic_id=None,
                story_id=None, subject="Canal", due_at=NOW - ago, window_from=None, sender="alerts@example.org", now=NOW - ago,
            )  # fmt: skip
            connection.execute(sa.update(outbox).values(state=state, reason=reason))

    def verdict(self, *, held_by: str = "run") -> Verdict:
        if not held_by:
            return look_around(self.settings, clock=ManualClock(NOW)).verdict
        with FileLock(self.settings.data_dir / "aggregator.lock", command=held_by):
            return self.verdict(held_by="")


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    made = Home(tmp_path)
    yield made
    made.database.close()


@pytest.mark.parametrize(
    ("command", "works"), [("run", True), ("once", True), ("feeds poll", True), ("restore", False), ("migrate", False)]
)
def test_only_a_command_that_polls_counts_as_running(home: Home, command: str, works: bool):
    """`restore` and `migrate` hold the same lock, and nothing is polled meanwhile."""
    home.happened(Happening.STARTED, ago=DAYS)
    found = home.verdict(held_by=command)
    assert found.serving is works
    assert works or f"Not running: `{command}` holds the database" in found.words


# (what the journal tells, how long ago, is it "Working" when nothing holds the database and the last poll was five minutes ago?)
BETWEEN = {
    "cron alone": ((), DAYS, True),
    "cron after a service that was stopped": ((Happening.STARTED, Happening.STOPPED), DAYS, True),
    "cron after a service that was killed": ((Happening.STARTED, Happening.KILLED), DAYS, True),
    "cron after a restore of a running service's backup": ((Happening.STARTED, Happening.RESTORED), DAYS, True),
    "a service stopped a minute ago": ((Happening.STARTED, Happening.STOPPED), timedelta(minutes=1), False),
    "a service that died and nobody polls since": ((Happening.STARTED,), DAYS, False),
}


@pytest.mark.parametrize(("kinds", "ago", "works"), BETWEEN.values(), ids=BETWEEN)
def test_between_two_runs_of_once_it_works_also_when_run_ran_before(
    home: Home, kinds: tuple[Happening, ...], ago: timedelta, works: bool
):
    """And a service that ended, with no poll since, is not taken for a pause of cron."""
    home.happened(*kinds, ago=ago)
    found = home.verdict(held_by="")
    assert (found.good, "Not running" in found.words) == (works, not works)


# (state, reason, how long ago, level, words)
MAILS = {
    "refused log-in": (MessageState.HELD, AUTH, DAYS, Level.TROUBLE, "mails wait since Sat 28 Feb 14:30 UTC: the mail server refuses the user"),
    "no encryption": (MessageState.HELD, Reason.SMTP_TLS, DAYS, Level.TROUBLE, "but mails wait since"),
    "refused sender": (MessageState.HELD, Reason.SMTP_SENDER, DAYS, Level.TROUBLE, "but mails wait since"),
    "refused log-in a moment ago": (MessageState.HELD, AUTH, FIVE_MINUTES, Level.NOTE, "1 mail held"),
    "no mail server": (MessageState.HELD, Reason.NO_MAIL_SERVER, DAYS, Level.NOTE, "1 mail held"),
    "under way for days": (MessageState.CLAIMED, None, DAYS, Level.TROUBLE, "but mails wait since Sat 28 Feb"),
    "refused for good": (MessageState.DEAD, Reason.SMTP_RECIPIENT, DAYS, Level.NOTE, "1 mail refused for good in the last 3 days"),
    "refused for good last week": (MessageState.DEAD, Reason.SMTP_RECIPIENT, 4 * DAYS, Level.OK, "nothing waits"),
}  # fmt: skip


@pytest.mark.parametrize(("state", "reason", "ago", "level", "words"), MAILS.values(), ids=MAILS)
def test_mails_that_do_not_leave_are_in_the_verdict(
    home: Home, state: MessageState, reason: Reason | None, ago: timedelta, level: Level, words: str
):
    """What the relay refuses everybody for good is trouble, and so is a claim that never ends."""
    home.message(state, reason, ago=ago)
    found = home.verdict()
    assert words in found.words
    assert found.level is level


@pytest.mark.parametrize("later", [Happening.STARTED, Happening.STOPPED, Happening.KILLED, Happening.RESTORED])
@pytest.mark.parametrize("word", [Happening.DISK_LOW, Happening.OFFLINE])
def test_a_word_about_disk_or_network_ends_with_the_service_that_said_it(home: Home, word: Happening, later: Happening):
    """It may be months old, from a backup, or of a service that was killed; the next one looks for itself."""
    home.happened(word, ago=FIVE_MINUTES)
    with home.database.read() as connection:
        seen = overview(connection, now=NOW)
    assert (seen.disk_low_since or seen.offline_since) == NOW - FIVE_MINUTES
    home.happened(later, ago=FIVE_MINUTES)
    with home.database.read() as connection:
        seen = overview(connection, now=NOW)
    assert (seen.disk_low_since, seen.offline_since) == (None, None)
