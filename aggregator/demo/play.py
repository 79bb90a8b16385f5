"""The demo's two acts: the press prints, the service works, and what comes of it is told as it comes."""

import asyncio
import os
import shutil
import sys
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from aggregator.clock import Clock
from aggregator.demo import report as look
from aggregator.demo.edition import LAST
from aggregator.demo.mailbox import Mailbox
from aggregator.demo.newspaper import Newspaper
from aggregator.demo.report import Report, Seen
from aggregator.demo.show import Show
from aggregator.errors import AggregatorError
from aggregator.ids import ArticleId, TopicId
from aggregator.service import verbs
from aggregator.settings import Settings
from aggregator.store import feeds, topics
from aggregator.store.db import Connection, Database
from aggregator.store.status import overview
from aggregator.store.values import FeedRow, TopicRow
from aggregator.topics.engine import Matcher
from aggregator.topics.lemmas import Lemmatiser

LOG = "aggregator.log"
LOOK_S = 0.1
# An act takes 2 to 6 s; a machine under load gets ten times that before the demo says that it failed.
PATIENCE_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What is played with: the service's database, and the two ends of its world. `stays`: all of it remains after the show."""

    settings: Settings
    database: Database
    clock: Clock
    newspaper: Newspaper
    mailbox: Mailbox
    page: str
    stays: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """How things stood when the afternoon edition was printed."""

    articles: Mapping[ArticleId, Seen]
    mails: int
    asked: Mapping[tuple[str, str], int]


class Play:
    """Follows the service from outside: by its database, the newspaper's requests, and what the mailbox took."""

    def __init__(self, stage: Stage, show: Show) -> None:
        self._stage = stage
        self._show = show
        self._told: set[ArticleId] = set()
        self._matcher = Matcher((), {})
        self._topics: dict[TopicId, TopicRow] = {}

    async def perform(self, started: float) -> Report:
        """All of it; `started` is the loop's time at the beginning. Raises AggregatorError when the service does not keep up."""
        await self._who_is_told()
        await self._outlets()
        await self._morning()
        await self._afternoon()
        await self._digest()
        report = await self._report(started)
        self._show.act(6, "What came of it")
        self._show.figures(report)
        self._show.act(7, "Where to look next")
        self._next_steps()
        return report

    async def _who_is_told(self) -> None:
        _, found, lists = await self._stage.database.look(topics.watched)
        self._matcher = Matcher(found, dict(lists), lemmatise=Lemmatiser())
        self._topics = {row.id: row for row in await self._stage.database.look(topics.list_topics)}
        self._show.act(1, "Who is told what")
        for topic in self._topics.values():
            self._show.topic(topic)
            await self._show.beat(0.15)

    async def _outlets(self) -> None:
        self._show.act(2, "The outlets are read")
        shown: set[str] = set()
        async for _ in self._looks():
            for outlet in await self._stage.database.look(look.seen_outlets):
                if outlet.name not in shown:
                    shown.add(outlet.name)
                    self._show.outlet(outlet)
                    await self._show.beat(0.15)
            if len(shown) == len(self._stage.newspaper.outlets):
                return

    async def _morning(self) -> None:
        self._show.act(3, "The morning's articles, and what the topics make of them")
        await self._rest()
        self._show.act(4, "The mails, as they arrived")
        for number, mail in enumerate(self._stage.mailbox.mails):
            self._show.mail(mail, whole=number == 0)
            await self._show.beat(0.6)

    async def _rest(self) -> None:
        """Tell the articles that come, until nothing of this edition is left to be done."""
        newspaper = self._stage.newspaper
        async for _ in self._looks():
            since = dict(newspaper.asked_again) if newspaper.edition == LAST else None
            resting = await self._stage.database.look(_at_rest, self._stage.clock.now(), since)
            articles = await self._articles()
            by_id = {article.id: article for article in articles}
            for article in articles:
                if article.id not in self._told:
                    self._told.add(article.id)
                    self._show.article(article, by_id[article.copy_of] if article.copy_of else None)
                    await self._show.beat(0.2)
            if resting:
                return

    async def _articles(self) -> tuple[Seen, ...]:
        return await self._stage.database.look(look.seen_articles, self._matcher, self._topics)

    async def _afternoon(self) -> None:
        before = Before(
            articles={article.id: article for article in await self._articles()},
            mails=len(self._stage.mailbox.mails),
            asked=self._stage.newspaper.asked.copy(),
        )
        self._show.act(5, "The afternoon edition: an edit, a comma, new guids, a late copy, a piece of news")
        self._stage.newspaper.print_again()
        await self._rest()
        await self._outcomes(before, await self._articles())
        for mail in self._stage.mailbox.mails[before.mails :]:
            self._show.mail(mail, whole=False)
            await self._show.beat(0.6)

    async def _outcomes(self, before: Before, after: tuple[Seen, ...]) -> None:
        for article in after:
            if article.id in before.articles and article.url in self._stage.newspaper.edited:
                self._edited(article, before)
                await self._show.beat(0.4)
        for outlet in self._stage.newspaper.outlets:
            if outlet.new_guids:
                fresh = sum(article.outlet == outlet.name and article.id not in before.articles for article in after)
                self._show.happened(f"{outlet.name}: all guids changed", f"{fresh or 'no'} new articles", good=not fresh)
                await self._show.beat(0.4)

    def _edited(self, article: Seen, before: Before) -> None:
        """Was the page read again, is there a version, and did anybody get a mail for it?"""
        mails = [mail.subject for mail in self._stage.mailbox.mails[before.mails :]]
        told = sum(article.headline in subject for subject in mails)
        place = self._stage.newspaper.place(article.url)
        again = self._stage.newspaper.asked[place] > before.asked[place]
        material = article.version > before.articles[article.id].version
        what = "a number and a sentence" if material else "a comma"
        came = f"read again, version {article.version}, {told or 'no'} mail" if again else "not read again"
        self._show.happened(f"{article.outlet}: {what} changed", came, good=again and not told)

    async def _digest(self) -> None:
        for held in await self._stage.database.look(look.held_messages, now=self._stage.clock.now()):
            _, preview = await asyncio.to_thread(verbs.outbox_show, self._stage.settings, held.id, clock=self._stage.clock)
            title = f"Waits for its hour, {held.due_at:%A %H:%M} UTC; as it would arrive now:"
            self._show.preview(title, preview.rendered.subject, preview.rendered.text)

    async def _report(self, started: float) -> Report:
        articles, database, newspaper = await self._articles(), self._stage.database, self._stage.newspaper
        texts, pages = newspaper.own_texts(), newspaper.whole_pages()
        return Report(
            seconds=round(asyncio.get_running_loop().time() - started, 1),
            stories=len({article.story_id for article in articles}),
            copies=sum(article.copy_of is not None for article in articles),
            matches=sum(len(article.hits) for article in articles),
            articles=articles,
            mails=tuple(self._stage.mailbox.mails),
            held=await database.look(look.held_messages, now=self._stage.clock.now()),
            outlets=await database.look(look.seen_outlets),
            boxes=await asyncio.to_thread(look.compare, articles, self._topics, self._matcher, texts=texts, pages=pages),
        )

    def _next_steps(self) -> None:
        program, config = program_name(), self._stage.settings.config_dir
        if self._stage.stays:
            self._show.line("  The page of the running service:")
            self._show.steps(((self._stage.page, ""),))
            self._show.line("  In another terminal, while the demo runs:")
            self._show.steps(
                (
                    (f"export AGGREGATOR_CONFIG={config}", ""),
                    (f"{program} status", "is it working?"),
                    (f"{program} articles search 'губернатор AND мост'", "the archive, asked like a topic"),
                    (f"{program} outbox list", "every mail, and what became of it"),
                    (f"{program} topics check 'grain NEAR/12 ship*'", "how a query is understood"),
                )
            )
        else:
            self._show.line("  Without --once the service stays, with its page, its files and every command to be tried:")
            self._show.steps(((f"{program} demo", ""),))
        self._show.line("  For real:")
        self._show.steps(
            ((f"{program} init config", "a commented configuration, twenty outlets"), (f"{program} run", "the service"))
        )

    async def _looks(self) -> AsyncIterator[None]:
        """Look again and again, within the bound."""
        loop = asyncio.get_running_loop()
        end = loop.time() + PATIENCE_S
        while loop.time() < end:
            yield
            await asyncio.sleep(LOOK_S)
        last = _last_line(self._stage.settings.config_dir.parent / LOG)
        raise AggregatorError(f"the demo did not come to rest within {PATIENCE_S:.0f} s", hint=f"its log ends: {last}")


def _at_rest(connection: Connection, now: datetime, since: Mapping[str, datetime] | None) -> bool:
    """Is everything done that is due now, and was every feed that answers read since the moment given for it?"""
    seen = overview(connection, now=now)
    answering = [row for row in feeds.list_feeds(connection) if row.failures == 0]
    read = all(_read_since(row, since) for row in answering)
    return read and not (seen.entries_to_read or seen.entries_to_publish or seen.oldest_waiting_at)


def _read_since(row: FeedRow, since: Mapping[str, datetime] | None) -> bool:
    if row.last_polled_at is None or since is None:
        return row.last_polled_at is not None
    return row.url in since and row.last_polled_at > since[row.url]


def _last_line(log: Path) -> str:
    try:
        return log.read_text(encoding="utf-8", errors="replace").strip().rpartition("\n")[2] or "it is empty"
    except OSError as error:
        return str(error.strerror)


def program_name() -> str:
    """The command as this user can type it: a checkout's is not in the PATH."""
    if shutil.which("aggregator"):
        return "aggregator"
    started = Path(sys.argv[0]).absolute()
    if started.name == "__main__.py":
        return f"{_near(Path(sys.executable))} -m aggregator"
    return _near(started)


def _near(path: Path) -> str:
    """The path from here, unless that leads upwards."""
    short = os.path.relpath(path)
    return str(path) if short.startswith("..") else short
