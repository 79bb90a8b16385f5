"""A small press and its readers: what is printed, and from that, what must be stored and who must be told.

Every article carries a token of its own in headline and text ("K0042"), and every state of its text a mark ("K0042v2"), so
that a row or a mail says which text it holds. What must arrive is computed from what was printed, never from the program.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from xml.sax.saxutils import escape

import sqlalchemy as sa

from aggregator.store.tables import robots
from tests.mailbox import Fault, Mailbox
from tests.newspaper import Behaviour, Item, Newspaper, OutletSite
from tests.program import Program, outlet_toml, topic_toml

# Topic -> the one word that it asks for, and who gets it. `hourly@` gets digests, the others a mail at once.
WATCHED = {
    "Harbours": ("harbour", ("desk@example.org", "hourly@example.org")),
    "Bridges": ("bridge", ("desk@example.org", "hourly@example.org")),
    "Elections": ("election", ("press@example.org",)),
    "Floods": ("flood", ("hourly@example.org",)),
}
PLANS = '[[recipients]]\naddress = "hourly@example.org"\ndeliver = "hourly"\ntimezone = "Europe/Amsterdam"\n'
POLLING = '[poll]\nmin_interval = "10m"\nmax_interval = "10m"\n'
START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
# Longer than every lease and than the interval of the feeds: the next run finds everything due, on PostgreSQL too.
STEP = timedelta(minutes=35)
HOUR = timedelta(minutes=61)
RELAY_THINKS = 0.03
HERALD, COURIER, GAZETTE, TRIBUNE, BOARD, TORN = "Herald", "Courier", "Gazette", "Tribune", "Board", "Torn"
# The first four are ordinary; Board prints entries without links, Torn's pages fail.
ORDINARY = (HERALD, COURIER, GAZETTE, TRIBUNE)
# Tribune prints the same articles in two feeds.
FEEDS = (*((name, "/rss") for name in (*ORDINARY, BOARD, TORN)), (TRIBUNE, "/atom"))
SENTENCES = (
    "The {word} was the matter of the morning sitting, and nobody in the hall of {token} was in doubt about it.",
    "Clerks of office {token} counted the papers twice before the doors of the chamber were opened to the public.",
    "According to the minutes of {token} the costs will be shared by the four districts along the river.",
    "A second reading of file {token} is planned before the summer, and both sides have asked for more time.",
    "Those who came to hear {token} read aloud left late in the evening, when the last lamps had been put out.",
)


@dataclass(slots=True, kw_only=True)
class Printed:
    """An article at one outlet; a wire text has one token at two. `topic` finds its latest text ("": none does).

    `marks`: the states of its text in their order. `stored`: those that certainly stood in the archive before a later one was
    printed, so that each of them must have become a version.
    """

    token: str
    outlet: str
    topic: str
    marks: list[str]
    stored: set[str] = field(default_factory=set)
    item: Item | None = None
    edits: bool = False


class World:
    """The newspaper with its outlets, the configuration of the program, the simulated time, and the ledger of what was printed."""

    def __init__(
        self, folder: Path, paper: Newspaper, mailbox: Mailbox, *, database_url: str = "", start: datetime = START
    ) -> None:
        self.paper, self.mailbox = paper, mailbox
        # Between a relay's taking a message and its saying so, time passes: the moment in which a kill must cause a repeat.
        mailbox.script("end", Fault(accept=True, stall=RELAY_THINKS, reply="250 2.0.0 accepted"), always=True)
        self.program = Program(folder=folder, database_url=database_url)
        self.now = start
        self.printed: list[Printed] = []
        # Feed address -> validator -> the tokens in the document that it stands for.
        self.documents: dict[str, dict[str, frozenset[str]]] = {}
        self._number = 0
        for name, _ in FEEDS:
            self._site(name)

    @property
    def database_url(self) -> str:
        return self.program.database_url or f"sqlite:///{self.program.folder / 'var' / 'aggregator.db'}"

    def open(self, articles: int = 40) -> None:
        """The first edition, and the files of the program."""
        for number in range(articles):
            self.print_one(number)
        self.close_edition()
        self.program.configure(
            self.paper,
            outlets="\n".join(outlet_toml(name, *self._feeds(name), language="en") for name in dict(FEEDS)),
            topics=PLANS + "\n".join(topic_toml(name, word, *people) for name, (word, people) in WATCHED.items()),
            smtp_port=self.mailbox.port,
            settings=POLLING,
        )

    def print_one(self, number: int) -> None:
        """The `number`th kind of article: most are ordinary, some a wire text at two outlets, without a link, or on a torn page."""
        topic = (*WATCHED, "")[number % 5]
        self._number += 1
        match number % 8:
            case 3:
                self._article(HERALD, topic)
                self._article(COURIER, topic)
            case 5:
                self._note(BOARD, topic)
            case 7:
                self._torn(topic, gone=number % 16 == 7)
            case kind:
                self._article(ORDINARY[kind % 3 if kind < 3 else 3], topic).edits = True

    def print_more(self, chance: Random, *, stored: frozenset[str], articles: int = 2) -> None:
        """The next edition, with an edit of an older article now and then. `stored`: the marks that the archive holds now."""
        first = chance.randrange(80)
        for number in range(first, first + articles):
            self.print_one(number)
        if chance.random() < 0.5:
            self.edit(chance, stored=stored)
        self.close_edition()

    def edit(self, chance: Random, *, stored: frozenset[str]) -> Printed:
        """A new text under the same address; one that nobody watched may gain a watched word by it."""
        article = chance.choice([one for one in self.printed if one.edits])
        article.stored |= stored & set(article.marks)
        article.topic = article.topic or chance.choice((*WATCHED, ""))
        article.marks.append(f"{article.token}v{len(article.marks) + 1}")
        article.item = self._site(article.outlet).change_article(
            article.item, paragraphs=_paragraphs(article.token, article.topic, article.marks[-1])
        )
        return article

    def close_edition(self) -> None:
        """Note which articles stand in the feeds as they are now."""
        self._print_board()
        for name, path in FEEDS:
            body = self._site(name).page(path).body
            validator = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
            tokens = frozenset(one.token for one in self.printed if one.outlet == name)
            self.documents.setdefault(self._site(name).url(path), {})[validator] = tokens

    def tellings(self) -> set[tuple[str, str, str]]:
        """(topic, address, token) of everything that somebody must be told, each exactly once."""
        return {(one.topic, address, one.token) for one in self.printed if one.topic for address in WATCHED[one.topic][1]}

    def pass_time(self, by: timedelta = STEP) -> None:
        self.now += by

    def forget_robots(self) -> None:
        """As if a day had passed since robots.txt was asked for, and nothing else."""
        if not self.program.database_url and not (self.program.folder / "var" / "aggregator.db").exists():
            return
        engine = sa.create_engine(self.database_url, poolclass=sa.NullPool)
        with engine.begin() as connection:
            if sa.inspect(connection).has_table(robots.name):
                connection.execute(sa.delete(robots))

    def _site(self, name: str) -> OutletSite:
        return self.paper.outlet(f"{name.lower()}.example", name)

    def _feeds(self, name: str) -> list[str]:
        return [self._site(name).url(path) for outlet, path in FEEDS if outlet == name]

    def _note(self, outlet: str, topic: str) -> Printed:
        """Into the ledger, under the token of this number."""
        token = f"K{self._number:04}"
        self.printed.append(Printed(token=token, outlet=outlet, topic=topic, marks=[f"{token}v1"]))
        return self.printed[-1]

    def _article(self, outlet: str, topic: str) -> Printed:
        article = self._note(outlet, topic)
        paragraphs = _paragraphs(article.token, topic, article.marks[0])
        article.item = self._site(outlet).add_article(_headline(article.token, topic), paragraphs)
        return article

    def _torn(self, topic: str, *, gone: bool) -> None:
        """A page that is never there, or is not there when it is asked for first."""
        path = self._article(TORN, topic).item.path
        self._site(TORN).script(path, Behaviour(status=404 if gone else 503, body=b"out of order"), always=gone)

    def _print_board(self) -> None:
        rows = "".join(
            f"<item><title>{escape(_headline(one.token, one.topic))}</title><guid isPermaLink='false'>board-{one.token}</guid>"
            f"<description>{escape(' '.join(_paragraphs(one.token, one.topic, one.marks[-1])))}</description></item>"
            for one in reversed(self.printed)
            if one.outlet == BOARD
        )
        document = f"<rss version='2.0'><channel><title>Board</title><description>Notices</description>{rows}</channel></rss>"
        self._site(BOARD).add_feed("/rss", document.encode())


def _headline(token: str, topic: str) -> str:
    word = WATCHED[topic][0] if topic else "market"
    return f"The {word} of {token}"


def _paragraphs(token: str, topic: str, mark: str) -> list[str]:
    word = WATCHED[topic][0] if topic else "market"
    return [f"Edition {mark}. {SENTENCES[0].format(word=word, token=token)}", *(one.format(token=token) for one in SENTENCES[1:])]
