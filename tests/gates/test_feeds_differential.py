"""Our parser against two others over all real feeds: every disagreement on count, link, date or title is listed with its reason."""

import calendar
import io
import os
import time
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import fastfeedparser
import feedparser
import feedparser_rs
import pytest

from aggregator.feeds.html import plain_title
from aggregator.feeds.parse import parse_feed
from aggregator.feeds.urls import url_key
from aggregator.feeds.values import ParsedFeed
from aggregator.limits import DEFAULT_LIMITS
from aggregator.text import one_line

# After every date in the corpus, so that none is taken for one in the future.
NOW = datetime(2027, 1, 1, tzinfo=UTC)
URL = "https://feeds.example.org/feed.xml"
BOTH = ("fastfeedparser", "feedparser-rs")
# (beginning of the file's name, whose reading, field): why ours is right, or why both may stand.
LISTED: dict[tuple[str, str, str], str] = {
    ("scripting_news", "*", "count"): "two entries are printed twice, under one link; ours is one entry each",
    ("flux_rss_du_magazine", "*", "count"): "one item is empty: no title, link, guid or text",
    ("feed_item_fallbacks", "*", "count"): "one item holds an author and nothing else",
    ("derived-bare_ampersand", "feedparser-rs", "count"): "it loses the entry with the bare ampersand",
    ("golem_de", "feedparser-rs", "count"): "it stops after the first of 40 entries",
    ("kittenlabs", "feedparser-rs", "count"): "it stops after 18 of 59 entries",
    ("oscard0m_blog", "feedparser-rs", "count"): "it loses the last entry",
    ("youtube_videos", "feedparser-rs", "count"): "it stops after one of 5 entries",
    ("pixel_envy", "feedparser-rs", "count"): "it gives no entries for this JSON Feed; there are 20",
    ("asia", "feedparser-rs", "link"): "it loses the link behind an empty <description/>",
    ("dave_winer_grateful_dead", "*", "link"): "the entry has no page; ours leads to its recording and says so",
    ("jornal_de_not", "*", "link"): "ours is feedburner's original address",
    ("rock_paper_shotgun", "*", "link"): "ours is feedburner's original address",
    ("slickdeals_net", "*", "link"): "ours is feedburner's original address",
    ("derived-bad_dates", "fastfeedparser", "date"): "2051 is a date in the future: ours means first seen",
    (
        "derived-bad_dates",
        "feedparser-rs",
        "date",
    ): "epoch seconds, French names and slashes, which it does not read; 2051 as above",
    ("frisk", "*", "date"): "the year 1 is no date",
    ("kittenlabs", "*", "date"): "the year 1 is no date",
    ("korea_times_news", "*", "date"): "GMT+9 is nine hours east; one of them drops it, the other reads nothing",
    ("nbc_new_york", "*", "date"): "02:02:33 PM is 14:02; one of them reads 02:02, the other nothing",
    ("pc_inpact", "feedparser-rs", "date"): "it reads no date where one is printed",
    ("uol_noticias", "*", "date"): "the Portuguese month Set is September; both read nothing",
    ("derived-bare_ampersand", "fastfeedparser", "title"): "it drops the bare ampersands",
    ("oscard0m_blog", "fastfeedparser", "title"): "it drops the bare ampersand",
    ("derived-cyrillic_cp1251", "*", "title"): "undeclared windows-1251: both print replacement marks",
    ("koi8r_xml", "*", "title"): "koi8-r: both print replacement marks",
    ("uol_noticias", "*", "title"): "windows-1252 bytes: both print replacement marks",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What is compared of one entry."""

    link: str
    date: datetime | None
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    file: str
    whose: str
    field: str
    ours: str
    theirs: str

    @property
    def is_listed(self) -> bool:
        return any(
            self.file.startswith(name) and whose in {"*", self.whose} and field == self.field for name, whose, field in LISTED
        )


def documents() -> list[Path]:
    folder = Path(__file__).parents[2].parent / "shared" / "data" / "feeds"
    if not folder.exists():
        assert os.environ.get("CI") != "true", f"{folder} must be there in CI"
        pytest.skip("the shared feeds are not on this machine")
    return [path for path in sorted(folder.iterdir()) if path.name != "manifest.json"]


def ours(body: bytes) -> ParsedFeed:
    return parse_feed(body, url=URL, content_type="application/xml", now=NOW, limits=DEFAULT_LIMITS)


def _title(markup: str) -> str:
    return one_line(plain_title(markup))


def read_ours(body: bytes) -> list[Row]:
    return [Row(link=url_key(entry.link), date=entry.published_at, title=entry.title) for entry in ours(body).entries]


def read_fast(body: bytes) -> list[Row]:
    rows = []
    for entry in fastfeedparser.parse(body).entries:
        printed = entry.get("published") or entry.get("updated") or ""
        date = datetime.fromisoformat(printed).astimezone(UTC).replace(microsecond=0) if printed else None
        rows.append(Row(link=url_key(entry.get("link") or ""), date=date, title=_title(entry.get("title") or "")))
    return rows


def read_rust(body: bytes) -> list[Row]:
    rows = []
    for entry in feedparser_rs.parse(body).entries:
        parts = entry.published_parsed or entry.updated_parsed
        date = datetime.fromtimestamp(calendar.timegm(parts), UTC) if parts else None
        rows.append(Row(link=url_key(entry.link or ""), date=date, title=_title(entry.title or "")))
    return rows


def compared(name: str, whose: str, mine: list[Row], others: list[Row]) -> Iterable[Disagreement]:
    if len(mine) != len(others):
        yield Disagreement(file=name, whose=whose, field="count", ours=str(len(mine)), theirs=str(len(others)))
        return
    for one, other in zip(mine, others, strict=True):
        # A title that ours made of the text is no title of theirs.
        pairs = {"link": (one.link, other.link), "date": (one.date, other.date), "title": (one.title, other.title or one.title)}
        for field, (left, right) in pairs.items():
            if left != right:
                yield Disagreement(file=name, whose=whose, field=field, ours=str(left), theirs=str(right))


@pytest.fixture(scope="module")
def disagreements() -> list[Disagreement]:
    found: list[Disagreement] = []
    readers: tuple[tuple[str, Callable[[bytes], list[Row]]], ...] = (("fastfeedparser", read_fast), ("feedparser-rs", read_rust))
    for path in documents():
        body = path.read_bytes()
        mine = read_ours(body)
        for whose, read in readers:
            try:
                others = read(body)
            except ValueError:  # the documents it cannot read at all
                continue
            found += compared(path.name, whose, mine, others)
    return found


def test_every_disagreement_is_listed_with_its_reason(disagreements: list[Disagreement]) -> None:
    unlisted = {
        (found.file, found.whose, found.field): (found.ours, found.theirs) for found in disagreements if not found.is_listed
    }
    assert unlisted == {}


def test_every_listed_disagreement_exists(disagreements: list[Disagreement]) -> None:
    """A reason that no document needs any more would hide the next mistake."""
    for name, whose, field in LISTED:
        assert any(
            found.file.startswith(name) and whose in {"*", found.whose} and field == found.field for found in disagreements
        ), (name, whose, field)


def test_no_title_of_ours_holds_a_replacement_mark_or_doubled_letters() -> None:
    for path in documents():
        for entry in ours(path.read_bytes()).entries:
            assert "\ufffd" not in entry.title, path.name
            assert not any(mark in entry.title for mark in ("Ã©", "â€", "Ð¾", "&amp;", "&#")), (path.name, entry.title)


def test_whole_parser_costs_at_most_half_of_feedparsers_default(capsys: pytest.CaptureFixture[str]) -> None:
    """CPU for everything we do (texts, dates, keys, fingerprints) on the feeds of 20 to 70 kB, both in one run."""
    bodies = [body for body in (path.read_bytes() for path in documents()) if 20_000 < len(body) < 70_000]

    def cpu(work: Callable[[bytes], object]) -> float:
        spent = 0.0
        for body in bodies:
            rounds = []
            for _ in range(3):
                started = time.process_time()
                work(body)
                rounds.append(time.process_time() - started)
            spent += min(rounds)
        return spent

    def default(body: bytes) -> object:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return feedparser.parse(io.BytesIO(body), response_headers={"content-location": URL})

    mine, theirs = cpu(ours), cpu(default)
    with capsys.disabled():
        print(f"\nCPU per feed of {len(bodies)}: {1000 * mine / len(bodies):.1f} ms, {mine / theirs:.2f} of feedparser's default")  # noqa: T201
    assert mine <= 0.5 * theirs
