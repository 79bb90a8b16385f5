"""What the demo's outlets print: read from `texts/`, in two editions. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.resources import files

import msgspec

LAST = 2
_WIRE = "wire"


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """An article as its author left it. `edits`: what a later edition of it says instead; `edition`: the first that carries it."""

    path: str
    headline: str
    author: str
    text: str
    caption: str = ""
    edition: int = 1
    edits: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """An outlet and its articles, newest last. `answer`: "missing" or "bomb" instead of a feed; `quotes`: its own quotation marks."""

    name: str
    host: str
    language: str
    feed: str
    shape: str = "plain"
    quotes: str = "“”"
    new_guids: bool = False
    answer: str = ""
    articles: tuple[Written, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """An article as an edition shows it."""

    url: str
    path: str
    guid: str
    headline: str
    author: str
    caption: str
    published: datetime
    paragraphs: tuple[str, ...]


def load_outlets() -> tuple[Outlet, ...]:
    """All outlets, in the order of their files."""
    folder = files("aggregator.demo") / "texts"
    named = sorted(file.name for file in folder.iterdir() if file.name.endswith(".toml"))
    return tuple(msgspec.toml.decode((folder / name).read_text(encoding="utf-8"), type=Outlet) for name in named)


def edition_of(outlet: Outlet, number: int, *, base: str, started: datetime) -> tuple[Printed, ...]:
    """The outlet's articles in this edition, newest first; `base` is its address without a final slash."""
    shown = [article for article in outlet.articles if article.edition <= number]
    return tuple(
        _printed(outlet, article, number, base=base, published=started - timedelta(minutes=7 * (len(shown) - place)))
        for place, article in reversed(list(enumerate(shown)))
    )


def _printed(outlet: Outlet, article: Written, number: int, *, base: str, published: datetime) -> Printed:
    url = base + article.path
    return Printed(
        url=url,
        path=article.path,
        guid=f"urn:moved:{article.path}" if outlet.new_guids and number == LAST else url,
        headline=article.headline,
        author=article.author,
        caption=article.caption,
        published=published,
        paragraphs=_paragraphs(outlet, article, number),
    )


def _paragraphs(outlet: Outlet, article: Written, number: int) -> tuple[str, ...]:
    text = _wire() if article.text == _WIRE else article.text
    for before, after in article.edits if number == LAST else ():
        text = text.replace(before, after)
    text = text.translate(str.maketrans("“”", outlet.quotes))
    return tuple(" ".join(part.split()) for part in text.split("\n\n") if part.strip())


def _wire() -> str:
    return (files("aggregator.demo") / "texts" / "wire.txt").read_text(encoding="utf-8")
