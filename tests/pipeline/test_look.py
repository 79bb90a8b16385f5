"""Published articles are looked at again with manners; what was edited is a version, what is gone is marked and told of once."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio
import sqlalchemy as sa

from aggregator.articles.values import Cause, Status
from aggregator.clock import ManualClock
from aggregator.declare.values import DeclaredOutlet, DeclaredTopic
from aggregator.pipeline.context import Corridor
from aggregator.pipeline.drain import Drain
from aggregator.reasons import Reason
from aggregator.service import build
from aggregator.service.workers import WorkerPool
from aggregator.settings import Settings, SmtpSettings
from aggregator.store import entries as store_entries
from aggregator.store import journal, migrate
from aggregator.store.db import Database
from aggregator.store.happenings import Happening
from aggregator.store.tables import alerts, entries, feeds, outbox, pages, readings, versions
from tests.mailbox import Mail, Mailbox
from tests.newspaper import Behaviour, Item, Newspaper, OutletSite, redirect
from tests.pipeline.desk import START, Desk, Lent, declared, shared_workers
from tests.store import rows

pytestmark = pytest.mark.asyncio(loop_scope="module")

TEXT = [f"Paragraph {n}: the bridge over the river was opened by the mayor, who spoke at length of its cost." for n in range(6)]
GONE = Behaviour(status=404, body=b"<html><body><h1>Not here</h1></body></html>")
SOFT = Behaviour(
    body=b"<html><head><title>Herald</title></head><body><p>Page not found. The article was removed.</p></body></html>"
)
FRONT = (
    b"<html><head><title>Herald</title></head><body><h1>Herald</h1><p>All the news of the valley, every day.</p></body></html>"
)


class Service(Desk):
    """A desk with a mailbox: all four stages work."""

    mailbox: Mailbox

    @asynccontextmanager
    async def open(self, *, resolver: object = None) -> AsyncIterator[Corridor]:
        settings = Settings(
            config_dir=Path(),
            data_dir=Path(),
            database_url=str(self.database.url),
            fetch=self.paper.fetch_settings(),
            smtp=SmtpSettings(host="127.0.0.1", port=self.mailbox.port),
        )
        self.patch.setattr(build, "WorkerPool", lambda _count, _limits: Lent(self.workers))
        async with build.corridor(settings, self.database, clock=self.clock, resolver=resolver) as doors:
            yield doors

    async def work(self, doors: Corridor) -> None:
        with self.database.write() as connection:
            store_entries.wake_rereads(connection, now=self.clock.now())
        await asyncio.wait_for(Drain(doors, horizon=self.clock.now()).until_idle(asyncio.Event()), 30)

    def rows(self, table: sa.Table) -> list[sa.Row]:
        with self.database.read() as connection:
            return list(connection.execute(sa.select(table).order_by(*table.primary_key.columns)))

    def declare(self, *outlets: DeclaredOutlet, topics: tuple[DeclaredTopic, ...]) -> None:
        with self.database.write() as connection:
            rows.declare(connection, *outlets, topics=topics, now=self.clock.now())

    def happened(self) -> list[Happening]:
        with self.database.read() as connection:
            return [row.kind for row in journal.recent(connection)][::-1]

    @property
    def mails(self) -> list[Mail]:
        return self.mailbox.messages

    async def after(self, **passed: float) -> None:
        """A start of the service at a later time."""
        self.later(**passed)
        await self.once()


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
def site(newspaper: Newspaper) -> OutletSite:
    herald = newspaper.outlet("herald.example")
    herald.add_page("/", FRONT)
    herald.add_page("/news", FRONT)
    return herald


@pytest.fixture
def item(site: OutletSite) -> Item:
    return site.add_article("Bridge opened", TEXT, path="/news/bridge-opened")


@pytest.fixture
def desk(
    newspaper: Newspaper, workers: WorkerPool, template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, site: OutletSite
) -> Iterator[Service]:
    file = Path(shutil.copy(template, tmp_path / "desk.db"))
    database = Database(f"sqlite:///{file}")
    with Mailbox() as mailbox:
        made = Service(newspaper, database, workers, ManualClock(START), monkeypatch, {})
        made.mailbox = mailbox
        made.declare(declared(site, url=site.base), topics=(rows.topic("bridge", "bridge", "desk@example.org"),))
        yield made
    database.close()


def asked(desk: Service, path: str = "/news/bridge-opened") -> int:
    return len(desk.asked(path))


async def test_a_matched_article_is_looked_at_four_times_in_a_day_and_never_again(desk: Service, item: Item) -> None:
    await desk.once()
    assert asked(desk) == 1
    found = []
    for minutes in (0, 14, 2, 43, 2, 298, 2, 1078, 2, 5000, 50_000):
        await desk.after(minutes=minutes)
        found.append(asked(desk))
    assert found == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 5]
    assert [row.looks for row in desk.rows(entries)] == [4]


async def test_what_passed_while_nobody_looked_is_one_look(desk: Service, item: Item) -> None:
    await desk.once()
    await desk.after(hours=23)
    await desk.once()
    assert asked(desk) == 2


async def test_a_look_carries_the_validators_and_a_304_costs_nothing(desk: Service, item: Item) -> None:
    await desk.once()
    (first,) = desk.asked(item.path)
    assert first.header("if-none-match") is None
    await desk.after(minutes=16)
    again = desk.asked(item.path)[1]
    assert again.header("if-none-match")
    assert (len(desk.rows(pages)), [row.version for row in desk.articles()], len(desk.mails)) == (1, [1], 1)


async def test_the_same_bytes_are_neither_extracted_nor_kept_again(
    desk: Service, site: OutletSite, item: Item, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.validators = False
    await desk.once()
    jobs: list[str] = []

    async def counted(job: str, *args: object, **more: object) -> bytes:
        jobs.append(job)
        return await type(desk.workers).run(desk.workers, job, *args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(desk.workers, "run", counted)
    await desk.after(minutes=16)
    assert asked(desk) == 2
    assert not any("articles" in job for job in jobs)
    assert len(desk.rows(pages)) == 1


async def test_a_page_that_differs_only_around_the_article_is_not_kept_again(desk: Service, site: OutletSite, item: Item) -> None:
    await desk.once()
    page = site.page(item.path).body
    site.add_page(item.path, page.replace(b"</body>", b"<!-- served by 7 --></body>"))
    await desk.after(minutes=16)
    assert (asked(desk), len(desk.rows(pages)), desk.rows(entries)[0].stage) == (2, 1, "done")


async def test_an_edit_that_only_the_page_shows_is_a_version_of_the_publisher(
    desk: Service, site: OutletSite, item: Item
) -> None:
    await desk.once()
    site.change_article(item, paragraphs=[*TEXT, "A tug sank."], listed=False)
    await desk.after(minutes=16)
    assert [row.cause for row in desk.rows(versions)] == [Cause.PUBLISHER, Cause.PUBLISHER]
    assert "A tug sank." in desk.articles()[0].body
    assert (len(desk.rows(pages)), len(desk.mails)) == (2, 1)
    await desk.after(minutes=50)
    assert asked(desk) == 3


async def test_only_what_somebody_waits_for_is_looked_at(desk: Service, site: OutletSite, newspaper: Newspaper) -> None:
    """A match or the first tier; what a silent first poll brought is old news to everybody."""
    first, silent = newspaper.outlet("first.example"), newspaper.outlet("silent.example")
    for place in (site, first):
        place.add_article("Mill burns", [text.replace("bridge", "mill") for text in TEXT], path="/news/mill-burns")
    silent.add_article("Bridge opened", [f"{text} So they say." for text in TEXT], path="/news/bridge-opened")
    desk.declare(
        declared(site),
        declared(first, tier=1),
        declared(silent, first_poll="silent", tier=1),
        topics=(rows.topic("bridge", "bridge", "desk@example.org"),),
    )
    await desk.once()
    await desk.after(minutes=16)
    assert [len(desk.asked(path, host)) for host, path in (
        (site.host, "/news/mill-burns"), (first.host, "/news/mill-burns"), (silent.host, "/news/bridge-opened"),
    )] == [1, 2, 1]  # fmt: skip


async def test_an_article_in_two_feeds_is_looked_at_once(desk: Service, site: OutletSite, item: Item) -> None:
    desk.declare(
        declared(site, feeds=(site.feed_url, site.atom_url)), topics=(rows.topic("bridge", "bridge", "desk@example.org"),)
    )
    await desk.once()
    await desk.after(minutes=16)
    await desk.after(minutes=60)
    assert (len(desk.articles()), asked(desk)) == (1, 3)


async def test_a_host_that_refuses_or_is_away_changes_nothing(desk: Service, site: OutletSite, item: Item) -> None:
    await desk.once()
    site.script(
        item.path,
        Behaviour(status=503),
        Behaviour(status=403),
        Behaviour(body=b""),
        Behaviour(body=b"\x00", content_type="image/png"),
    )
    for minutes in (16, 50, 320, 1090):
        await desk.after(minutes=minutes)
    (article,) = desk.articles()
    assert (asked(desk), article.version, article.status, article.withdrawn_at) == (5, 1, Status.OK, None)
    assert (desk.happened(), len(desk.mails)) == ([], 1)


WAYS = [
    ("404", lambda site, path: site.script(path, GONE, always=True), "http_404"),
    ("410", lambda site, path: site.script(path, Behaviour(status=410, body=b"x"), always=True), "http_410"),
    ("soft 404", lambda site, path: site.script(path, SOFT, always=True), "soft_404"),
    ("home", lambda site, path: site.script(path, redirect("/"), always=True), "home"),
    ("section", lambda site, path: site.script(path, redirect("/news", 301), always=True), "home"),
]


@pytest.mark.parametrize(("remove", "why"), [way[1:] for way in WAYS], ids=[way[0] for way in WAYS])
async def test_an_article_that_goes_is_marked_after_a_second_look_and_told_of_once(
    desk: Service, site: OutletSite, item: Item, remove, why: str
) -> None:
    await desk.once()
    before = desk.articles()[0]
    remove(site, item.path)
    await desk.after(minutes=16)
    assert (desk.articles()[0].withdrawn_at, len(desk.mails)) == (None, 1)
    await desk.after(minutes=30)
    assert asked(desk) == 2
    await desk.after(minutes=31)
    (article,) = desk.articles()
    assert (article.withdrawn_at, article.withdrawn_why) == (desk.clock.now(), why)
    assert (article.body, article.version, article.headline) == (before.body, 1, before.headline)
    assert len(desk.rows(pages)) == 1
    assert all(row.status is Status.OK for row in desk.rows(readings))
    assert desk.happened() == [Happening.WITHDRAWN]
    first, second = desk.mails
    assert second.subject == "[Bridge] Withdrawn: Bridge opened"
    assert "Withdrawn by the outlet since Mon 2 Mar 2026, 13:17 UTC (" in second.text
    assert "our copy: article 1." in second.text
    assert "Changed since" not in second.text
    assert first.text.count("Withdrawn") == 0
    for hours in (5, 20, 24, 24 * 7):
        await desk.after(hours=hours)
    assert (len(desk.mails), desk.happened()) == (2, [Happening.WITHDRAWN])


async def test_it_is_in_the_thread_of_the_alert(desk: Service, site: OutletSite, item: Item) -> None:
    await desk.once()
    site.script(item.path, GONE, always=True)
    await desk.after(minutes=16)
    await desk.after(hours=2)
    first, second = (row.message_id for row in desk.rows(outbox))
    assert first != second
    assert first.encode() in desk.rows(outbox)[1].mime
    assert [(row.kind.value, row.sequence) for row in desk.rows(alerts)] == [("match", 0), ("edit", -1)]


async def test_one_hiccup_is_none_of_anybodys_business(desk: Service, site: OutletSite, item: Item) -> None:
    await desk.once()
    site.script(item.path, GONE)
    await desk.after(minutes=16)
    await desk.after(minutes=61)
    (article,) = desk.articles()
    assert (article.withdrawn_at, desk.happened(), len(desk.mails)) == (None, [], 1)
    site.script(item.path, GONE)
    await desk.after(hours=6)
    assert desk.articles()[0].withdrawn_at is None


async def test_an_article_that_comes_back_loses_the_mark_and_nobody_is_mailed(
    desk: Service, site: OutletSite, item: Item
) -> None:
    await desk.once()
    site.script(item.path, GONE, GONE)
    await desk.after(minutes=16)
    await desk.after(hours=2)
    assert desk.articles()[0].withdrawn_at is not None
    await desk.after(hours=4)
    (article,) = desk.articles()
    assert (article.withdrawn_at, article.withdrawn_why) == (None, "")
    assert (desk.happened(), len(desk.mails)) == ([Happening.WITHDRAWN, Happening.RETURNED], 2)


async def test_one_that_comes_back_with_another_text_too(desk: Service, site: OutletSite, item: Item) -> None:
    await desk.once()
    site.script(item.path, GONE, GONE)
    await desk.after(minutes=16)
    await desk.after(hours=2)
    site.change_article(item, paragraphs=[*TEXT, "A tug sank."], listed=False)
    await desk.after(hours=4)
    (article,) = desk.articles()
    assert (article.withdrawn_at, article.version) == (None, 2)
    assert (desk.happened(), len(desk.mails)) == ([Happening.WITHDRAWN, Happening.RETURNED], 2)


async def test_the_feed_brings_the_first_sign_when_it_prints_the_article_anew(
    desk: Service, site: OutletSite, item: Item
) -> None:
    """The page that says that it is gone stands at the article's address: it must not become a version."""
    await desk.once()
    site.change_article(item, title="Bridge opened for all")
    site.script(item.path, SOFT, always=True)
    with desk.database.write() as connection:
        connection.execute(sa.update(feeds).values(due_at=START))
    await desk.after(minutes=14)
    (article,) = desk.articles()
    assert (asked(desk), article.withdrawn_at) == (2, None)
    assert "not found" not in article.body
    assert article.status is Status.OK
    await desk.after(minutes=61)
    assert desk.articles()[0].withdrawn_why == "soft_404"
    assert all(row.status is Status.OK for row in desk.rows(readings))


async def test_people_are_told_once_however_many_topics_and_only_those_who_were_told(
    desk: Service, site: OutletSite, item: Item
) -> None:
    desk.declare(
        declared(site),
        topics=(
            rows.topic("bridge", "bridge", "a@example.org", "b@example.org"),
            rows.topic("mayor", "mayor", "a@example.org"),
            rows.topic("tug", "tug", "c@example.org"),
            rows.topic("daily", "river", "d@example.org", deliver="daily at 08:00"),
        ),
    )
    await desk.once()
    assert sorted(mail.recipient for mail in desk.mails) == ["a@example.org", "a@example.org", "b@example.org"]
    site.script(item.path, GONE, always=True)
    await desk.after(minutes=16)
    await desk.after(hours=2)
    assert sorted(mail.recipient for mail in desk.mails[3:]) == ["a@example.org", "b@example.org"]
    await desk.after(hours=20)
    (digest,) = desk.mails[5:]
    assert digest.recipient == "d@example.org"
    assert digest.text.count("Bridge opened\n") == 1
    assert "Withdrawn by the outlet" in digest.text


async def test_of_a_digest_that_went_out_the_next_one_tells(desk: Service, site: OutletSite, item: Item) -> None:
    desk.declare(declared(site), topics=(rows.topic("bridge", "bridge", "desk@example.org", deliver="hourly"),))
    await desk.once()
    await desk.after(minutes=61)
    assert len(desk.mails) == 1
    site.script(item.path, GONE, always=True)
    for hours in (5, 1.1, 1):
        await desk.after(hours=hours)
    first, second = desk.mails
    assert "Withdrawn" not in first.text
    assert "Withdrawn by the outlet" in second.text


async def test_nobody_hears_of_an_article_that_nobody_was_told_of(desk: Service, site: OutletSite) -> None:
    item = site.add_article("Mill burns", [text.replace("bridge", "mill") for text in TEXT], path="/news/mill-burns")
    desk.declare(declared(site, tier=1), topics=(rows.topic("bridge", "bridge", "desk@example.org"),))
    await desk.once()
    site.script(item.path, GONE, always=True)
    await desk.after(minutes=16)
    await desk.after(hours=2)
    assert desk.articles()[0].withdrawn_why == "http_404"
    assert (desk.rows(alerts), desk.mails) == ([], [])


async def test_what_was_not_sent_yet_is_unsaid_when_the_article_returns(desk: Service, site: OutletSite, item: Item) -> None:
    desk.declare(declared(site), topics=(rows.topic("bridge", "bridge", "desk@example.org", deliver="hourly"),))
    await desk.once()
    await desk.after(minutes=61)
    with desk.database.write() as connection:
        connection.execute(sa.update(entries).values(reason=Reason.HTTP_404, reread_at=desk.clock.now()))
    site.script(item.path, GONE)
    await desk.once()
    assert desk.articles()[0].withdrawn_at is not None
    with desk.database.write() as connection:
        connection.execute(sa.update(entries).values(reread_at=desk.clock.now()))
    await desk.once()
    assert desk.articles()[0].withdrawn_at is None
    assert [row.kind.value for row in desk.rows(alerts)] == ["match"]
    await desk.after(hours=2)
    assert len(desk.mails) == 1


async def test_robots_that_forbid_it_now_are_heeded(desk: Service, site: OutletSite, item: Item) -> None:
    await desk.once()
    site.add_page("/robots.txt", b"User-agent: *\nDisallow: /\n", "text/plain")
    await desk.after(hours=25)
    assert asked(desk) == 1
    assert desk.articles()[0].withdrawn_at is None


async def test_a_kill_between_waking_and_looking_loses_nothing(desk: Service, site: OutletSite, item: Item) -> None:
    await desk.once()
    site.script(item.path, GONE, always=True)
    desk.later(minutes=16)
    with desk.database.write() as connection:
        store_entries.wake_rereads(connection, now=desk.clock.now())
    await desk.once()
    assert (desk.rows(entries)[0].reason, desk.rows(entries)[0].stage) == (Reason.HTTP_404, "done")


async def test_a_live_page_grows_by_versions_and_no_mail(desk: Service, site: OutletSite, item: Item) -> None:
    await desk.once()
    for n in range(3):
        site.change_article(item, paragraphs=[f"Update {n}: the bridge stands.", *TEXT], listed=False)
        await desk.after(minutes=(16, 50, 320)[n])
    assert (desk.articles()[0].version, len(desk.mails)) == (4, 1)
