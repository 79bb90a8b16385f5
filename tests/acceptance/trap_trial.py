"""Lives through the days of the trap site with the real program: one `once` a day, and what came of it.

`once` and `status` are processes, as their users run them; the archive is looked at through the same verbs as the command
line's, without a process for every look.
"""

from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parseaddr
from pathlib import Path

from aggregator.configure import load_settings
from aggregator.service import verbs
from aggregator.settings import Settings
from aggregator.store.archive import ArticleDetail
from aggregator.store.values import ArticleRow
from tests.acceptance.trap_site import COMMON, Case, TrapSite
from tests.mailbox import Mail, Mailbox
from tests.newspaper import Behaviour, Newspaper
from tests.newsroom import News
from tests.program import Program, Ran, outlet_toml, topic_toml

EDITED, TOUCHED, REKEYED = 3, 5, 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What one `once` did. `alerts`, `common`, `digests`: the mails to the readers of the three topics."""

    alerts: tuple[Mail, ...]
    common: tuple[Mail, ...]
    digests: tuple[Mail, ...]
    feed_requests: int
    page_requests: int
    robots_requests: int
    articles: tuple[ArticleRow, ...]
    ran: Ran

    @property
    def at_once(self) -> int:
        """Mails that were not asked for as a digest."""
        return len(self.alerts) + len(self.common)

    @property
    def joined(self) -> int:
        return sum(row.copy_of is not None for row in self.articles)

    def changed_since(self, before: "Step") -> list[ArticleRow]:
        """The articles of which a further version is stored."""
        versions = {row.id: row.version for row in before.articles}
        return [row for row in self.articles if row.version != versions.get(row.id, row.version)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """All days, in order, and what was asked in between. `histories`: `articles show` of each edited article."""

    site: TrapSite
    first: Step
    nothing: Step
    box_only: Step
    edited: Step
    guids: Step
    story: Step
    dead: Step
    last: Step
    printed_first: dict[str, News]
    common_at_first: int
    searched: tuple[ArticleRow, ...]
    histories: tuple[ArticleDetail, ...]
    status: str

    @property
    def days(self) -> dict[str, Step]:
        names = ("first", "nothing", "box_only", "edited", "guids", "story", "dead", "last")
        return {name: getattr(self, name) for name in names}


class _Days:
    """One site, one program, one mailbox; every day is printed, then lived through."""

    def __init__(self, folder: Path, paper: Newspaper, mailbox: Mailbox, case: Case) -> None:
        self.site = TrapSite.build(paper, case)
        self.program = Program(folder=folder)
        self._paper, self._mailbox = paper, mailbox
        self.program.configure(
            paper,
            outlets="\n".join(outlet_toml(site.name, site.feed_url, language="en") for site in (self.site.a, self.site.b)),
            topics="\n".join(
                (
                    topic_toml("Watch", self.site.word, "alerts@example.org"),
                    topic_toml("Common", COMMON, "common@example.org"),
                    topic_toml("Evening", COMMON, "digests@example.org", more='deliver = "daily at 08:00"'),
                )
            ),
            smtp_port=mailbox.port,
            first_poll=case.first_poll,
        )

    @property
    def settings(self) -> Settings:
        return load_settings(self.program.config, {})

    def live(self, happens: Callable[[], object] = lambda: None) -> Step:
        """Something happens at the outlets, their boxes change as they do every day, and the program looks once."""
        happens()
        self.site.set_pages()
        hits, mails = len(self._paper.log), len(self._mailbox.messages)
        ran = self.program.run("once", "--now", self.site.now.isoformat())
        self.site.turn += 1
        paths = [hit.path for hit in self._paper.hits()[hits:]]
        mine = self._mailbox.messages[mails:]
        return Step(
            alerts=_to("alerts", mine),
            common=_to("common", mine),
            digests=_to("digests", mine),
            feed_requests=paths.count("/rss"),
            page_requests=len(paths) - paths.count("/rss") - paths.count("/robots.txt"),
            robots_requests=paths.count("/robots.txt"),
            articles=tuple(verbs.articles_export(self.settings)),
            ran=ran,
        )


def _to(name: str, mails: list[Mail]) -> tuple[Mail, ...]:
    return tuple(mail for mail in mails if parseaddr(mail.recipient)[1] == f"{name}@example.org")


def live_through(folder: Path, paper: Newspaper, mailbox: Mailbox, case: Case) -> Trial:
    """The eight days."""
    days = _Days(folder, paper, mailbox, case)
    site, program = days.site, days.program
    printed_first, common_at_first = dict(site.news), site.common_stories()
    first = days.live()
    searched = [found.article for found in verbs.articles_search(days.settings, site.word, limit=100)]
    nothing = days.live()
    box_only = days.live(lambda: site.touch(TOUCHED))
    corrected: list[str] = []
    edited = days.live(lambda: corrected.extend(site.edit(EDITED)))
    guids = days.live(lambda: site.change_guids(REKEYED))
    story = days.live(site.print_story)
    dead = days.live(lambda: site.a.script("/rss", Behaviour(status=404, body=b"gone"), always=True))
    status = program.run("status").out
    last = days.live(site.print_last)
    numbers = [row.id for row in last.articles if row.url in corrected]
    return Trial(
        site=site,
        first=first,
        nothing=nothing,
        box_only=box_only,
        edited=edited,
        guids=guids,
        story=story,
        dead=dead,
        last=last,
        printed_first=printed_first,
        common_at_first=common_at_first,
        searched=tuple(searched),
        histories=tuple(verbs.articles_show(days.settings, number) for number in numbers),
        status=status,
    )
