"""The verdict: one line of words for every state an installation can be in, and what monitors make of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from aggregator.alerts.values import MessageState
from aggregator.feeds.values import FeedState
from aggregator.reasons import Reason
from aggregator.service.verdict import Level, Setting, judge, unusable
from aggregator.store.values import OutletTrouble, Overview, Unsent

NOW = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)
AGO = NOW - timedelta(minutes=28)
RUNNING = Setting(running=True, now=NOW)
STOPPED = Setting(running=False, now=NOW)
SERVER = Setting(running=None, now=NOW)

WELL = Overview(
    outlets=38, outlets_read=38, feeds=40, feeds_due=0, troubles=(), warnings=(), entries_to_read=0, entries_to_publish=0, articles=900,
    articles_today=70, stories=600, topics=3, matches_today=4, messages=((MessageState.SENT, 9),), oldest_waiting_at=None,
    last_poll_at=NOW - timedelta(minutes=1), overdue_since=None, oldest_work_at=None, hours=(3,) * 24, stories_today=50,
    unsent=None, held_since=None, started_at=NOW - timedelta(days=3), offline_since=None, disk_low_since=None, backup_at=None,
    journal=(), size=1,
)  # fmt: skip


def trouble(reason: Reason = Reason.HTTP_403) -> OutletTrouble:
    return OutletTrouble(outlet="Meduza", state=FeedState.FAILING, reason=reason, detail="", since=None, next_poll_at=None)


REFUSED = Unsent(since=AGO, reason=Reason.SMTP_AUTH, detail="535 no")
LONG_AGO = NOW - timedelta(hours=30)

# (what differs from an installation that is well, where the look is taken, words, level, the service does its work)
TABLE = {
    "well": ({}, RUNNING, "Working: 38 of 38 outlets read, nothing waits", Level.OK, True),
    "one dead outlet is no trouble": (
        {"outlets_read": 37, "troubles": (trouble(),)}, RUNNING, "Working: 37 of 38 outlets read, nothing waits", Level.OK, True,
    ),
    "work under way": (
        {"entries_to_read": 1, "entries_to_publish": 2, "oldest_work_at": AGO}, RUNNING, "waiting: 1 page, 2 articles", Level.OK, True,
    ),
    "stopped": ({}, STOPPED, "Not running: nothing holds the database since the last poll, 14:29 UTC; start it with: aggregator run", Level.TROUBLE, False),
    "never started": ({"last_poll_at": None, "started_at": None}, STOPPED, "Not running: nothing holds the database; start it", Level.TROUBLE, False),
    "between two runs of once": ({"started_at": None}, STOPPED, "Working: 38 of 38 outlets read", Level.OK, True),
    "cron has ended": ({"started_at": None, "last_poll_at": LONG_AGO}, STOPPED, "since the last poll, Sun 01 Mar 08:30 UTC", Level.TROUBLE, False),
    "another command than the service holds it": (
        {}, replace(STOPPED, held_by="restore"), "Not running: `restore` holds the database; when it has ended, start", Level.TROUBLE, False,
    ),
    "disk low, as told": ({"disk_low_since": AGO}, RUNNING, "Disk nearly full: reading is paused since 14:02 UTC", Level.TROUBLE, False),
    "disk low, as measured": ({}, replace(RUNNING, disk_low=True), "Disk nearly full: reading is paused; make room", Level.TROUBLE, False),
    "stuck": (
        {"overdue_since": AGO, "last_poll_at": LONG_AGO}, RUNNING, "Running, but nothing was polled since 14:02 UTC", Level.TROUBLE, False,
    ),
    "stuck or stopped on PostgreSQL": (
        {"overdue_since": AGO, "last_poll_at": LONG_AGO}, SERVER, "Not running, or stuck: nothing was polled since 14:02 UTC", Level.TROUBLE, False,
    ),
    "just started after a long rest": (
        {"overdue_since": LONG_AGO, "last_poll_at": LONG_AGO, "started_at": NOW}, RUNNING, "Working: 38 of 38", Level.OK, True,
    ),
    "a backlog that is being polled": ({"overdue_since": LONG_AGO, "feeds_due": 30}, RUNNING, "Working: 38 of 38", Level.OK, True),
    "polled rarely, as configured": ({"last_poll_at": LONG_AGO}, RUNNING, "Working: 38 of 38", Level.OK, True),
    "held since a restore": ({"held_since": AGO}, RUNNING, "Held: the outbox waits since a restore, 14:02 UTC", Level.TROUBLE, True),
    "no outlets": ({"feeds": 0, "outlets": 0, "outlets_read": 0}, RUNNING, "Nothing to do: no outlet is watched", Level.TROUBLE, True),
    "offline": ({"offline_since": AGO}, RUNNING, "Running, but no outlet could be reached since 14:02 UTC: is the network down?", Level.TROUBLE, True),
    "mails wait": ({"unsent": REFUSED}, RUNNING, "Running, but mails wait since 14:02 UTC: the mail server refuses the user name or password", Level.TROUBLE, True),
    "a mail waits for a moment": (
        {"unsent": replace(REFUSED, since=NOW), "messages": ((MessageState.RETRY, 1),)}, RUNNING, "waiting: 1 mail", Level.OK, True,
    ),
    "no outlet can be read": (
        {"outlets": 1, "outlets_read": 0, "troubles": (trouble(),)}, RUNNING, "but none of the 1 outlets can be read: it refuses us", Level.TROUBLE, True,
    ),
    "no topics": ({"topics": 0}, RUNNING, "Working, but no topic is watched", Level.NOTE, True),
    "first minute": ({"last_poll_at": None}, RUNNING, "Just started: nothing was polled yet", Level.NOTE, True),
    "behind": (
        {"entries_to_read": 90, "oldest_work_at": LONG_AGO}, RUNNING, "Working, but behind: waiting: 90 pages, the oldest since Sun 01 Mar", Level.NOTE, True,
    ),
    "refused for good": ({}, replace(RUNNING, given_up=2), "but 2 mails refused for good in the last 3 days: see aggregator outbox list --state dead", Level.NOTE, True),
    "no mail server": ({"messages": ((MessageState.HELD, 2),)}, RUNNING, "but 2 mails held: see aggregator outbox list --state held", Level.NOTE, True),
}  # fmt: skip


@pytest.mark.parametrize(("changes", "at", "words", "level", "serving"), TABLE.values(), ids=TABLE)
def test_the_verdict_in_words(changes, at, words, level, serving):
    """The words name the state, since when, and what to do; only a service that does not do its work is not serving."""
    found = judge(replace(WELL, **changes), at)
    assert words in found.words
    assert (found.level, found.serving) == (level, serving)
    assert found.good is (level is not Level.TROUBLE)
    assert "\n" not in found.words


def test_the_heaviest_comes_first():
    """Several at once: not running before the disk, the disk before a restore, that before the network, that before the mails."""
    all_at_once = {"disk_low_since": AGO, "held_since": AGO, "offline_since": AGO, "unsent": REFUSED, "topics": 0}
    said = []
    for at, left in ((STOPPED, ()), (RUNNING, ()), *((RUNNING, tuple(all_at_once)[:n]) for n in range(1, 5))):
        changes = {key: value for key, value in all_at_once.items() if key not in left}
        said.append(judge(replace(WELL, **changes), at).words.split(":")[0].split(" since")[0])
    assert said == [
        "Not running", "Disk nearly full", "Held", "Running, but no outlet could be reached", "Running, but mails wait", "Working, but no topic is watched",
    ]  # fmt: skip


def test_a_database_that_cannot_be_asked_is_not_serving():
    found = unusable("the database is damaged")
    assert (found.words, found.serving, found.good) == ("Not working: the database is damaged", False, False)
