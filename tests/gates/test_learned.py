"""Learned boilerplate: what goes rightly and what goes wrongly, on the shared pages and on invented outlets of many articles."""

import gzip
import json
import os
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path

import pytest

from aggregator.articles.boilerplate import key
from aggregator.articles.compose import compose
from aggregator.articles.extract import extract_page
from aggregator.articles.job import warm_up
from aggregator.articles.learned import LEARNED, MOST_SIGHTINGS, Edges, cut, edges, sighted, without
from aggregator.articles.values import Article, FeedText, Sighting
from aggregator.ids import ArticleId
from aggregator.limits import DEFAULT_LIMITS
from tests.newsroom import Desk

NOW = datetime(2026, 11, 1, tzinfo=UTC)
# Of all blocks of all pages at most so many may go that belong to the article.
WRONG = 1 / 1_000
# Of the furniture that reaches the filter at least so much goes, from the fourth article of the outlet on.
RECALL = 0.99


@dataclass(slots=True)
class Press:
    """An outlet whose articles are published one after the other, as `publish` does it, in memory."""

    known: dict[int, tuple[Sighting, ...]] = field(default_factory=dict)
    read: dict[ArticleId, Edges] = field(default_factory=dict)
    published: dict[ArticleId, Article] = field(default_factory=dict)

    def publish(self, article: Article, confirmed: tuple[int, ...]) -> None:
        number = ArticleId(len(self.published) + 1)
        found = edges(article, confirmed)
        if found is None:
            self.published[number] = article
            return
        self.read[number] = found
        self._filter(number)
        for earlier in self._learn(number, found):
            self._filter(earlier)

    def _filter(self, number: ArticleId) -> None:
        self.published[number] = without(self.read[number], cut(self.read[number], self.known, number))

    def _learn(self, number: ArticleId, found: Edges) -> set[ArticleId]:
        again: set[ArticleId] = set()
        for block in set(found.keys.values()):
            before = self.known.get(block, ())
            self.known[block] = sighted(before, Sighting(article=number, title=found.title))
            if len(before) < MOST_SIGHTINGS == len(self.known[block]):
                again |= {one.article for one in before}
        return again


@dataclass(slots=True)
class Count:
    blocks: int = 0
    right: int = 0
    wrong: list[str] = field(default_factory=list)

    def add(self, press: Press, truths: dict[ArticleId, str]) -> None:
        for number, article in press.published.items():
            gone = [block.text for block in article.dropped if block.reason == LEARNED]
            read = press.read.get(number)
            self.blocks += len(read.blocks if read else article.body.split("\n"))
            for text in gone:
                if f" {key(text)} " in f" {truths[number]} ":
                    self.wrong.append(text)
                else:
                    self.right += 1


def read_page(html: bytes, *, url: str, feed: FeedText | None) -> tuple[Article, tuple[int, ...]]:
    found = extract_page(html, url=url, feed=feed, now=NOW, limits=DEFAULT_LIMITS)
    told = feed or FeedText(link=url, title="")
    return compose(told, found, url=url, first_seen_at=NOW, slack=timedelta(hours=2)), found.confirmed


Page = tuple[str, str, tuple[Article, tuple[int, ...]]]


@pytest.fixture(scope="module")
def pages() -> list[Page]:
    """Outlet, the words of the truth, and what was read, in the order of their dates."""
    folder = Path(__file__).parents[2].parent / "shared" / "data" / "pages"
    if not folder.exists():
        assert os.environ.get("CI") != "true", f"{folder} must be there in CI"
        pytest.skip("the shared pages are not on this machine")
    warm_up()
    listed = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["pages"]
    return [
        (
            entry["outlet"],
            key("\n".join(entry["truth"]["paragraphs"])),
            read_page(gzip.decompress((folder / entry["file"]).read_bytes()), url=entry["url"], feed=None),
        )
        for entry in sorted(listed, key=lambda entry: (entry["truth"]["date"] or "", entry["id"]))
    ]


@pytest.mark.parametrize("as_one", [False, True], ids=["each", "one"])
def test_on_the_shared_pages_hardly_a_block_of_an_article_goes(
    pages: list[Page], as_one: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each outlet for itself; and as if one outlet had printed them all, which is harder: few outlets have several pages here."""
    outlets: dict[str, list[Page]] = defaultdict(list)
    for page in pages:
        outlets["" if as_one else page[0]].append(page)
    count = Count()
    for printed in outlets.values():
        press = Press()
        for _, _, read in printed:
            press.publish(*read)
        count.add(press, {ArticleId(number): truth for number, (_, truth, _) in enumerate(printed, 1)})
    several = sum(len(printed) >= 3 for printed in outlets.values())
    with capsys.disabled():
        sys.stdout.write(
            f"\nlearned boilerplate, shared pages {'as of one outlet' if as_one else 'by outlet'}: {count.right} blocks removed"
            f" rightly, {len(count.wrong)} wrongly, of {count.blocks} ({several} of {len(outlets)} outlets have three pages or more)"
            f" {count.wrong}\n"
        )
    assert count.blocks > 1_000
    assert len(count.wrong) <= WRONG * count.blocks


# --- invented outlets ---


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """An outlet's template: the lines that stand before and after every text, and the subheads that its writers like."""

    name: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    subheads: tuple[str, ...]


HOUSES = (
    House(
        name="valley",
        before=("River edition, set in the old mill and carried by bicycle",),
        after=(
            "The Valley Gazette is published by Riverside Media, 12 Mill Lane, Lower Hill.",
            "Entered in the register of the district court under number 4411. Place of jurisdiction is Lower Hill.",
            "Our reporters work from four offices between the weir and the pass, and from a van in the months of snow.",
        ),
        subheads=("What happens next", "The numbers", "In the council"),
    ),
    House(
        name="deich",
        before=("Ausgabe Nord", "Ein Blatt aus dem Hause Petersen & Söhne"),
        after=(
            "Der Deichbote erscheint werktags im Verlag Petersen & Söhne, Hafenstraße 7.",
            "Für die Anzeigen zeichnet Frauke Lorenzen verantwortlich.",
            "Gerichtsstand ist Tönning; es gilt die Preisliste Nr. 12.",
            "Gedruckt auf Papier aus dem Werk am Alten Siel.",
        ),
        subheads=("Wie es weitergeht", "Zur Person"),
    ),
    House(
        name="volok",
        before=("Газета основана рыбаками в 1931 году",),
        after=(
            *(
                f"Отделение газеты в районе {name}"
                for name in ("Заречье", "Слобода", "Посад", "Выселки", "Погост", "Затон", "Бор")
            ),
            "Учредитель газеты — товарищество «Волок», улица Пристанская, дом 5.",
            "Свидетельство о регистрации выдано областным управлением печати.",
            "Мнение авторов может не совпадать с точкой зрения редакции.",
        ),
        subheads=("Что дальше", "Справка"),
    ),
)
ARTICLES = 45


def rendered(house: House, desk: Desk, number: int) -> tuple[str, tuple[str, ...], bytes]:
    """Headline, the article's own blocks, and the page. Every third is a brief; every longer one has a subhead that recurs."""
    news = desk.article(short=number % 3 == 0)
    lines = list(news.paragraphs)
    if len(lines) > 3:
        lines.insert(2, house.subheads[number % len(house.subheads)])
    shown = "\n".join(f"<p>{escape(line)}</p>" for line in (*house.before, *lines, *house.after))
    html = (
        f"<!doctype html><html><head><meta charset='utf-8'><title>{escape(news.title)}</title><meta property='og:type' content='article'>"
        f"<meta property='og:title' content='{escape(news.title)}'></head><body><nav><a href='/'>1</a></nav><main><article>"
        f"<h1>{escape(news.title)}</h1><div class='text'>{shown}</div></article></main></body></html>"
    )
    return news.title, tuple(lines), html.encode()


def furniture(articles: Iterable[Article], house: House) -> Iterator[str]:
    """Lines of the template that stand in the texts."""
    lines = set(map(key, (*house.before, *house.after)))
    for article in articles:
        yield from (block for block in article.body.split("\n") if key(block) in lines)


@pytest.mark.parametrize("house", HOUSES, ids=lambda house: house.name)
def test_what_an_outlets_template_adds_goes_and_nothing_else(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    warm_up()
    desk, press, truths, raw = Desk(seed=11), Press(), {}, []
    for number in range(ARTICLES):
        headline, lines, html = rendered(house, desk, number)
        url = f"https://{house.name}.example/{number}"
        article, confirmed = read_page(html, url=url, feed=FeedText(link=url, title=headline, summary=lines[0]))
        press.publish(article, confirmed)
        truths[ArticleId(number + 1)] = key("\n".join(lines))
        raw.append(article)
    count = Count()
    count.add(press, truths)
    clean = list(press.published.values())
    before, after = (len(list(furniture(some[3:], house))) for some in (raw, clean))
    early = len(list(furniture(clean[:3], house)))
    recall = 1 - after / before if before else 1.0
    with capsys.disabled():
        sys.stdout.write(
            f"\nlearned boilerplate, invented outlet {house.name} of {ARTICLES}: {count.right} blocks removed rightly,"
            f" {len(count.wrong)} wrongly, of {count.blocks}; from the fourth article on {before} lines of the template were read and"
            f" {after} are left (recall {recall:.3f}), in the first three {early}\n"
        )
    assert count.wrong == []
    assert all(key(line) in key(article.body) for article, line in _subheads(clean, house))
    assert before > ARTICLES
    assert recall >= RECALL
    assert early == 0


def _subheads(articles: Iterable[Article], house: House) -> Iterator[tuple[Article, str]]:
    """The subheads that were printed into the longer texts."""
    for number, article in enumerate(articles):
        if number % 3:
            yield article, house.subheads[number % len(house.subheads)]
