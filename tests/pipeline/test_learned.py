"""Learned boilerplate from page to mail, against newspaper and mailbox, on both databases."""

import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path

import pytest
import pytest_asyncio
import sqlalchemy as sa

from aggregator.articles.learned import LEARNED
from aggregator.articles.values import Cause
from aggregator.clock import ManualClock
from aggregator.service.workers import WorkerPool
from aggregator.store import archive, migrate
from aggregator.store.archive import ArticleDetail
from aggregator.store.db import Database
from aggregator.store.tables import articles, entries
from tests.databases import drop_postgres, postgres_url
from tests.mailbox import Mailbox
from tests.newspaper import Newspaper, OutletSite
from tests.pipeline.desk import START, Desk, declared, shared_workers
from tests.program import Program, outlet_toml, topic_toml

in_one_loop = pytest.mark.asyncio(loop_scope="module")

# Neutral words that no rule for the first article of an outlet knows.
BOX = "River edition, set in the old mill and carried by bicycle"
FOOTER = (
    "The Valley Gazette is published by Riverside Media, 12 Mill Lane, Lower Hill.",
    "Entered in the register of the district court under number 4411.",
    "Place of jurisdiction is Lower Hill for all parties concerned.",
)
BRIEFS = (
    (
        "Lock closed until Friday",
        "The lock below the tannery was closed on Monday after a barge had torn off one of its gates.",
        "Divers of the water board found the gate forty metres downstream and marked it with a buoy.",
        "Skippers are asked to wait in the upper basin, where the moorings are free of charge.",
    ),
    (
        "Mill burns down in the night",
        "A sawmill at the edge of the forest burned down in the night, and nobody was hurt in the fire.",
        "The brigade needed three hours because the hydrant in the yard had been frozen.",
        "Experts will look for the cause as soon as the ruin has cooled down.",
    ),
    (
        "Choir sings on the square",
        "The choir of the upper town sang on the market square on Sunday, for the first time in two years.",
        "Some four hundred people came, although it had rained since the early morning.",
        "A second evening is planned for the end of the month in the old riding school.",
    ),
    (
        "Bridge opens for walkers",
        "A narrow bridge over the weir was opened for walkers by two engineers on Friday afternoon.",
        "It carries neither cars nor bicycles, and it is closed as soon as the river rises.",
        "The council had argued about the colour of the railing for most of the year.",
    ),
)


def page(
    headline: str, paragraphs: tuple[str, ...], *, before: tuple[str, ...] = (BOX,), after: tuple[str, ...] = FOOTER
) -> bytes:
    """A page whose furniture stands in the text's own container, as an outlet's template prints it."""
    lines = "\n".join(f"<p>{escape(line)}</p>" for line in (*before, *paragraphs, *after))
    return (
        f"<!doctype html><html lang='en'><head><meta charset='utf-8'><title>{escape(headline)}</title>"
        f"<meta property='og:type' content='article'><meta property='og:title' content='{escape(headline)}'></head>"
        f"<body><main><article><h1>{escape(headline)}</h1><div class='text'>{lines}</div></article></main></body></html>"
    ).encode()


def add(site: OutletSite, number: int, **furniture: tuple[str, ...]) -> None:
    headline, *paragraphs = BRIEFS[number]
    site.add_article(
        headline, [], path=f"/news/{number}", summary=paragraphs[0], html=page(headline, tuple(paragraphs), **furniture)
    )


def text(number: int) -> str:
    return "\n".join(BRIEFS[number][1:])


WHOLE = ["\n".join((BOX, text(n), *FOOTER)) for n in range(4)]
CLEAN = [text(n) for n in range(4)]


def shown(database: Database) -> list[ArticleDetail]:
    """All articles in full, oldest first."""
    with database.read() as connection:
        ids = connection.execute(sa.select(articles.c.id).order_by(articles.c.id)).scalars().all()
        found = [archive.load_article(connection, one) for one in ids]
    return [detail for detail in found if detail is not None]


def bodies(database: Database) -> list[str]:
    return [detail.row.body for detail in shown(database)]


def causes(database: Database) -> list[list[Cause]]:
    return [[version.cause for version in detail.versions] for detail in shown(database)]


# --- the program as its users run it ---


class Gazette:
    """The program, watching one outlet."""

    def __init__(self, program: Program, paper: Newspaper, mailbox: Mailbox) -> None:
        self.program, self.mailbox = program, mailbox
        self.site = paper.outlet("gazette.example")
        # `apply` makes feeds due by the clock of the machine.
        self.start = datetime.now(UTC) + timedelta(minutes=1)
        program.configure(
            paper,
            outlets=outlet_toml("Valley Gazette", self.site.feed_url),
            topics=topic_toml("Media", "riverside OR bicycle"),
            smtp_port=mailbox.port,
            settings='[poll]\nmin_interval = "1s"\nmax_interval = "1s"\n',
        )
        if program.database_url:
            program.run("migrate")
            program.run("apply")
        self.database = Database(program.database_url or f"sqlite:///{program.folder}/var/aggregator.db")

    def at(self, minute: int) -> str:
        return (self.start + timedelta(minutes=minute)).isoformat()

    def print_and_work(self, number: int) -> None:
        add(self.site, number)
        self.program.run("once", "--now", self.at(number))


@pytest.fixture(params=["sqlite", "postgresql"])
def gazette(request: pytest.FixtureRequest, newspaper: Newspaper, tmp_path: Path) -> Iterator[Gazette]:
    url = postgres_url() if request.param == "postgresql" else ""
    with Mailbox() as mailbox:
        try:
            opened = Gazette(Program(folder=tmp_path, database_url=url), newspaper, mailbox)
            yield opened
            opened.database.close()
        finally:
            if url:
                drop_postgres(url)


def test_a_kill_between_the_third_article_and_the_first_two_loses_and_doubles_nothing(gazette: Gazette, tmp_path: Path) -> None:
    """Two articles have the footer and are told for it; the third has not, and the first two follow without a mail."""
    for number in range(2):
        gazette.print_and_work(number)
    assert bodies(gazette.database) == WHOLE[:2]
    assert [detail.row.topics for detail in shown(gazette.database)] == [("Media",), ("Media",)]
    assert len(gazette.mailbox.messages) == 2
    add(gazette.site, 2)
    command = ["--config", str(gazette.program.config), "once", "--now", gazette.at(2)]
    killed = subprocess.run(
        [sys.executable, "-m", "tests.faults.child", str(tmp_path / "points"), "--kill", "_publish_entry:after", "--", *command],
        env=gazette.program.environment(),
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert killed.returncode == -9, killed.stderr
    assert bodies(gazette.database) == [*WHOLE[:2], CLEAN[2]]
    # On PostgreSQL the dead run's leases end by the clock.
    gazette.program.run("once", "--now", gazette.at(40))
    assert bodies(gazette.database) == CLEAN[:3]
    assert causes(gazette.database) == [[Cause.PUBLISHER, Cause.FILTER]] * 2 + [[Cause.PUBLISHER]]
    assert [detail.row.topics for detail in shown(gazette.database)] == [(), (), ()]
    assert len(gazette.mailbox.messages) == 2
    words = gazette.program.run("articles", "show", "1").out
    assert f"left out (learned): {FOOTER[0]}\n" in words
    assert "version 2: filter" in words
    told = gazette.program.run("articles", "show", "1", "--json").json()
    assert [block["text"] for block in told["dropped"] if block["reason"] == "learned"] == [BOX, *FOOTER]


# --- the stages in this process ---


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def workers() -> AsyncIterator[WorkerPool]:
    async with shared_workers() as pool:
        yield pool


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "template.db"
    migrate.upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture
def desk(
    newspaper: Newspaper, workers: WorkerPool, template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Desk]:
    file = Path(shutil.copy(template, tmp_path / "desk.db"))
    database = Database(f"sqlite:///{file}")
    yield Desk(newspaper, database, workers, ManualClock(START), monkeypatch, {})
    database.close()


@pytest.fixture
def site(newspaper: Newspaper) -> OutletSite:
    return newspaper.outlet("gazette.example")


async def work(desk: Desk) -> None:
    desk.later(hours=7)
    await desk.once()


@in_one_loop
async def test_a_first_poll_that_brings_all_at_once_leaves_every_article_clean(desk: Desk, site: OutletSite) -> None:
    for number in range(4):
        add(site, number)
    desk.watch(declared(site))
    await work(desk)
    assert sorted(bodies(desk.database)) == sorted(CLEAN)
    for detail in shown(desk.database):
        assert [block.text for block in detail.dropped if block.reason == LEARNED] == [BOX, *FOOTER]
    with desk.database.read() as connection:
        assert connection.execute(sa.select(entries.c.stage, entries.c.cause).distinct()).all() == [("done", None)]
    await work(desk)
    assert sum(map(len, causes(desk.database))) == 6


@in_one_loop
async def test_an_outlet_that_is_not_to_learn_keeps_its_texts_and_one_that_no_longer_is_gets_them_back(
    desk: Desk, site: OutletSite
) -> None:
    desk.watch(declared(site, learn_boilerplate=False))
    for number in range(3):
        add(site, number)
        await work(desk)
    assert bodies(desk.database) == WHOLE[:3]
    desk.watch(declared(site))
    for number, (headline, *lines) in enumerate(BRIEFS):
        site.add_article(f"{headline} again", [], path=f"/more/{number}", html=page(f"{headline} again", tuple(lines[1:])))
        await work(desk)
    assert bodies(desk.database) == [*WHOLE[:3], *("\n".join(brief[2:]) for brief in BRIEFS)]
    desk.watch(declared(site, learn_boilerplate=False))
    await work(desk)
    assert bodies(desk.database) == [*WHOLE[:3], *("\n".join((BOX, *brief[2:], *FOOTER)) for brief in BRIEFS)]


@in_one_loop
async def test_what_recurs_inside_the_text_and_datelines_of_other_days_stay(desk: Desk, site: OutletSite) -> None:
    subhead, weather = "What happens next", "No rain is expected in the valley before the end of the week."
    desk.watch(declared(site))
    inner = []
    for number, (headline, first, second, third) in enumerate(BRIEFS):
        lines = (f"Lower Hill, {number + 2} March 2026", first, subhead, second, weather, third)
        inner.append("\n".join(lines))
        site.add_article(headline, [], path=f"/news/{number}", summary="", html=page(headline, lines, before=(), after=()))
        await work(desk)
    assert bodies(desk.database) == inner
    assert [len(versions) for versions in causes(desk.database)] == [1] * 4


@in_one_loop
async def test_articles_of_one_title_teach_nothing_and_learn_from_others(desk: Desk, site: OutletSite) -> None:
    """One text under several addresses, each with some more: its last line is no boilerplate of the outlet."""
    headline, *lines = BRIEFS[0]
    desk.watch(declared(site))
    for number, more in enumerate(
        ("The gate is of oak.", "The water board has ordered a new gate.", "It will be built of larch.")
    ):
        html = page(headline, (*lines, more), before=(), after=FOOTER[:1])
        site.add_article(headline, [], path=f"/news/{number}", summary=lines[0], html=html)
        await work(desk)
    site.add_article(BRIEFS[1][0], [], path="/other/1", html=page(BRIEFS[1][0], BRIEFS[1][1:], before=(), after=FOOTER[:1]))
    await work(desk)
    assert len(bodies(desk.database)) == 4
    assert all(body.endswith(FOOTER[0]) for body in bodies(desk.database))
    site.add_article(BRIEFS[2][0], [], path="/other/2", html=page(BRIEFS[2][0], BRIEFS[2][1:], before=(), after=FOOTER[:1]))
    await work(desk)
    assert bodies(desk.database)[3:] == CLEAN[1:3]
