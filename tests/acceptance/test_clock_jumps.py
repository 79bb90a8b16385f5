"""The service while its clock is set forward and back by hours: it goes on polling, and no mail is doubled or lost."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from aggregator.clock import Clock, SystemClock
from aggregator.configure import load_settings
from aggregator.service.run import run
from aggregator.store.db import Database
from aggregator.store.happenings import Happening
from tests.mailbox import Mailbox
from tests.newspaper import Newspaper
from tests.program import Program, outlet_toml, topic_toml

SEVEN = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)
PINNED = '[poll]\nmin_interval = "1s"\nmax_interval = "1s"\n[limits]\nstop_grace = "5s"\n'


class MovedClock:
    """Runs as the machine's clock does, and is set by the test."""

    def __init__(self, start: datetime) -> None:
        self._clock = SystemClock(start)
        self._set = timedelta()

    def now(self) -> datetime:
        return self._clock.now() + self._set

    def move(self, hours: float) -> None:
        self._set += timedelta(hours=hours)


@asynccontextmanager
async def service(program: Program, clock: Clock) -> AsyncIterator[None]:
    """`run` in this process; it stops when its page does."""
    ended = asyncio.Event()

    async def page(_database: Database, _clock: Clock, _stop: asyncio.Event) -> None:
        await ended.wait()

    running = asyncio.create_task(run(load_settings(program.config, {}), clock=clock, beside=page))
    try:
        yield
    finally:
        ended.set()
        await asyncio.wait_for(running, 60)


async def until(condition: Callable[[], object], *, seconds: float = 50) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - the mailbox lives in another thread
            await asyncio.sleep(0.05)


def prints(newspaper: Newspaper, name: str) -> None:
    text = [f"Paragraph {n}: the bridge of {name} was opened by the mayor of {name} at great cost." for n in range(5)]
    newspaper.outlet("herald.example").add_article(f"{name} bridge", text)


async def test_no_jump_doubles_or_loses_a_mail_or_stops_the_polling(
    newspaper: Newspaper, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """+5 h, -5 h and +26 h while it works: every article is mailed at once, and stands in one digest."""
    clock = MovedClock(SEVEN)
    prints(newspaper, "Kiel")
    program = Program(folder=tmp_path)
    with Mailbox() as mailbox:
        program.configure(
            newspaper,
            outlets=outlet_toml("Herald", newspaper.outlet("herald.example").feed_url, language="en"),
            topics=topic_toml("Now", "bridge", "now@example.org")
            + topic_toml("Daily", "mayor", "day@example.org", more='deliver = "daily at 08:00"\ntimezone = "UTC"'),
            smtp_port=mailbox.port,
            settings=PINNED,
        )

        def subjects(address: str) -> list[str]:
            return [mail.subject for mail in mailbox.messages if mail.recipient == address]

        def noticed() -> int:
            return sum(record.getMessage() == Happening.CLOCK_JUMP.value for record in caplog.records)

        async with service(program, clock):
            await until(lambda: len(subjects("now@example.org")) == 1)
            assert subjects("day@example.org") == []
            clock.move(5)
            prints(newspaper, "Suez")
            await until(lambda: len(subjects("now@example.org")) == 2)
            await until(lambda: len(subjects("day@example.org")) == 1)
            await until(lambda: noticed() == 1)
            clock.move(-5)
            polls = len(newspaper.hits("herald.example", "/rss"))
            prints(newspaper, "Corinth")
            await until(lambda: len(subjects("now@example.org")) == 3)
            assert len(newspaper.hits("herald.example", "/rss")) > polls
            assert len(subjects("day@example.org")) == 1
            clock.move(26)
            prints(newspaper, "Panama")
            await until(lambda: len(subjects("now@example.org")) == 4)
            await until(lambda: _named(mailbox, "Corinth") and _named(mailbox, "Suez"))
            await asyncio.sleep(3)
        assert len({mail.parsed["Message-ID"] for mail in mailbox.messages}) == len(mailbox.messages)
        assert sorted(subjects("now@example.org")) == [f"[Now] {name} bridge" for name in ("Corinth", "Kiel", "Panama", "Suez")]
        assert [_named(mailbox, name) for name in ("Kiel", "Suez", "Corinth")] == [1, 1, 1]
        assert _named(mailbox, "Panama") == 0


def _named(mailbox: Mailbox, name: str) -> int:
    """How many digests carry the article."""
    return sum(f"{name} bridge" in mail.text for mail in mailbox.messages if mail.recipient == "day@example.org")
