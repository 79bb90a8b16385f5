"""Sitemaps: the news sitemap of an outlet without a usable feed, its plain sitemap when that is asked for, and the index over both."""

import re
from collections import Counter
from datetime import UTC, datetime
from typing import Final

from lxml import etree

from aggregator.errors import NotAFeedError
from aggregator.feeds.dates import parse_date
from aggregator.feeds.raw import RawEntry, RawFeed
from aggregator.feeds.xmltree import Names
from aggregator.reasons import Reason

MAX_CHILDREN = 50
_NEVER: Final = datetime(1, 1, 1, tzinfo=UTC)
_NEWS = re.compile(r"news|latest|recent", re.IGNORECASE)
_MONTH = re.compile(r"(?<!\d)(20\d{2})[-_/.]?(0[1-9]|1[0-2])?(?!\d{3})")


def read_sitemap(root: etree._Element, *, plain: bool, limit: int) -> RawFeed:
    """The newest `limit` entries of a sitemap, or the children of a sitemap index.

    `plain`: entries without Google's news tags count too. They have no title (the page has one; a title made of an address would
    be matched as if it had been printed). Raises NotAFeedError when nothing is left that could be watched.
    """
    names = Names()
    if names.of(root) == "sitemapindex":
        return RawFeed(children=_children(root, names))
    pages = [_fields(page, names) for page in root if names.of(page) == "url"]
    news = [page for page in pages if "news:title" in page or "news:publication_date" in page]
    if not news and not plain:
        raise NotAFeedError(Reason.NOT_A_FEED, "the document is a sitemap without news entries")
    # A clock instead of a date: a generator that stamps all pages with the present time says nothing about any.
    stamps = Counter(page.get("lastmod", "") for page in pages)
    useless = len(pages) > 1 and len(stamps) == 1 and not news
    entries = [_entry(page, dated=not useless) for page in news or pages if page.get("loc")]
    entries.sort(key=_age, reverse=True)
    titles = Counter(page["news:name"] for page in news if page.get("news:name"))
    return RawFeed(title=next((name for name, _ in titles.most_common(1)), ""), entries=tuple(entries[:limit]))


def _fields(page: etree._Element, names: Names) -> dict[str, str]:
    """The first text under each name, of the page and of the news and image elements in it."""
    found: dict[str, str] = {}
    for name, element in names.children(page):
        if len(element):
            for inner in element.iter(etree.Element):
                _take(found, names.of(inner), inner.text)
        else:
            _take(found, name, element.text)
    return found


def _take(found: dict[str, str], name: str, text: str | None) -> None:
    if name != "?" and text and not text.isspace():
        found.setdefault(name, text.strip())


def _entry(page: dict[str, str], *, dated: bool) -> RawEntry:
    modified = page.get("lastmod", "") if dated else ""
    return RawEntry(
        links=(page["loc"],),
        title=page.get("news:title", ""),
        language=page.get("news:language", ""),
        published=page.get("news:publication_date", ""),
        updated=modified,
        images=tuple(url for url in (page.get("image:loc", ""),) if url),
    )


def _age(entry: RawEntry) -> datetime:
    return _moment(entry.published or entry.updated)


def _moment(raw: str) -> datetime:
    """For the order only: fifty thousand dates in one form, read the quick way where it can read them."""
    try:
        moment = datetime.fromisoformat(raw)
    except ValueError:
        return parse_date(raw) or _NEVER
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _children(root: etree._Element, names: Names) -> tuple[str, ...]:
    """Sitemaps of news first, the latest changed or (by the month in its address) latest begun first."""
    found = [_fields(child, names) for child in root if names.of(child) == "sitemap"]
    ordered = sorted((child for child in found if child.get("loc")), key=_rank, reverse=True)
    return tuple(dict.fromkeys(child["loc"] for child in ordered))[:MAX_CHILDREN]


def _rank(child: dict[str, str]) -> tuple[bool, datetime, str]:
    month = "".join(part or "" for match in [_MONTH.search(child["loc"])] if match for part in match.groups())
    return (
        bool(_NEWS.search(child["loc"].rpartition("//")[2].partition("/")[2])),
        _moment(child.get("lastmod", "")),
        month,
    )
