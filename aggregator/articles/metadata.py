"""Our own reading of headline, byline, dates and the rest, on the tree that is parsed anyway.

trafilatura's metadata pass costs a fifth of an extraction, drops the time of day and invents authors on every second page
that names none; this one costs a fraction of a millisecond and says where each field came from.
"""

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from aggregator.articles.boilerplate import key
from aggregator.articles.bylines import clean_authors, is_name, is_outlet, outlet_names, read_byline
from aggregator.articles.instants import instant
from aggregator.articles.jsonld import Linked, read_linked
from aggregator.articles.languages import language_code
from aggregator.articles.live import is_live
from aggregator.feeds.urls import safe_url
from aggregator.text import one_line

Source = tuple[str, str]

_PUBLISHED = (
    "article:published_time", "og:article:published_time", "datepublished", "parsely-pub-date", "sailthru.date", "date",
    "dc.date.issued", "dcterms.created", "dc.date", "dcterms.date", "pubdate", "publishdate", "publish-date", "article.published",
    "og:pubdate", "cxenseparse:recs:publishtime", "vr:published_time", "publication_date", "originalpublicationdate",
)  # fmt: skip
_MODIFIED = (
    "article:modified_time",
    "og:updated_time",
    "datemodified",
    "last-modified",
    "dcterms.modified",
    "dc.date.modified",
    "article.updated",
)
_AUTHOR = (
    "author",
    "article:author",
    "parsely-author",
    "dc.creator",
    "dcterms.creator",
    "byl",
    "sailthru.author",
    "cxenseparse:author",
    "article.author",
)
_SECTION = ("article:section", "og:article:section", "parsely-section", "section", "category", "cxenseparse:section")
# The first <time> of a page stands among its first elements, or is another article's.
_MOST_ELEMENTS = 3_000
_ISSUED = re.compile(r"publi|issued|pubdate|entry-date|created|posted", re.IGNORECASE)
_UPDATED = re.compile(r"updat|modif|aktualis|edited|changed", re.IGNORECASE)
_IMAGE = ("og:image:secure_url", "og:image", "og:image:url", "twitter:image", "twitter:image:src")
# A tail behind a headline is taken for the site's name when it is no longer than this, and what is left is a headline.
_LONGEST_TAIL, _WHOLE_TITLE = 60, 12
_TAIL = re.compile(r"\s*[|\-–—·»：]\s*\S")
_SITE_TAIL = re.compile(r"\s+[|\-–—·:»]\s+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """What the page says about the article. `sources` pairs each filled field with its origin. `marked`: it says it is one.

    `printed`: the headline as it stands above the text, which may differ. `is_typed`: its JSON-LD does, not only og:type, which section fronts print as well. `kinds`: every type the page gives itself, of schema.org and Open Graph, in lower case.
    """

    headline: str = ""
    printed: str = ""
    authors: tuple[str, ...] = ()
    published_at: datetime | None = None
    modified_at: datetime | None = None
    language: str = ""
    section: str = ""
    image_url: str = ""
    canonical_url: str = ""
    amp_url: str = ""
    site_name: str = ""
    description: str = ""
    is_free: bool | None = None
    marked: bool = False
    is_typed: bool = False
    is_live: bool = False
    kinds: frozenset[str] = frozenset()
    article_body: str = ""
    sources: tuple[Source, ...] = ()

    def completed(self, *, headline: str, published_at: datetime | None, source: str) -> "Metadata":
        """With these where the own reading found none."""
        news = {
            "headline": headline if not self.headline else "",
            "published_at": published_at if not self.published_at else None,
        }
        filled = {name: value for name, value in news.items() if value}
        return replace(self, **filled, sources=(*self.sources, *((name, source) for name in filled)))  # type: ignore[arg-type]  # by name

    def in_language(self, language: str, source: str) -> "Metadata":
        """With this language and where it came from."""
        others = tuple(pair for pair in self.sources if pair[0] != "language")
        return replace(self, language=language, sources=(*others, ("language", source)) if language else others)


def read_metadata(tree: HtmlElement, *, url: str, now: datetime) -> Metadata:
    """All of it in one pass over head and byline. `now` rejects dates more than a day ahead; texts come back on one line."""
    linked, metas, links = read_linked(tree), _metas(tree), _links(tree)
    base = _absolute(url, links.get("base", "")) or url
    modified = _date(linked.modified, metas, _MODIFIED, now)
    picks = {
        "headline": _headline(tree, linked, metas),
        "authors": _authors(tree, linked, metas, url),
        "published_at": _date(linked.published, metas, _PUBLISHED, now) or _from_time(tree, modified, now),
        "modified_at": modified,
        "language": _language(tree, linked, metas),
        "section": _first(("json_ld", linked.section), *_from_metas(metas, _SECTION)),
        "image_url": _url_pick(base, ("json_ld", linked.image), *_from_metas(metas, _IMAGE)),
        "canonical_url": _url_pick(
            base, ("link", links.get("canonical", "")), ("meta", metas.get("og:url", "")), ("json_ld", linked.url)
        ),
        "amp_url": _url_pick(base, ("link", links.get("amphtml", ""))),
    }
    values = {name: pick[1] for name, pick in picks.items() if pick}
    kind = metas.get("og:type", "").lower()
    headline = str(picks["headline"][1]) if picks["headline"] else ""
    return Metadata(
        **values,  # type: ignore[arg-type]  # each field's pick yields the field's own type
        printed=_printed(_tops(tree), headline, linked.headline),
        site_name=metas.get("og:site_name", ""),
        description=metas.get("og:description", "") or metas.get("description", ""),
        is_free=linked.is_free if linked.is_free is not None else _tier(metas),
        marked=bool(linked.kind) or kind == "article",
        is_typed=bool(linked.kind),
        is_live=is_live(tree, stated=linked.is_live, metas=metas, url=url, headline=headline),
        kinds=linked.kinds | ({f"og:{kind}"} if kind else frozenset()),
        article_body=linked.body,
        sources=tuple((name, pick[0]) for name, pick in picks.items() if pick),
    )


def _metas(tree: HtmlElement) -> dict[str, str]:
    """First filled content of each meta name, property or itemprop, in lower case."""
    metas: dict[str, str] = {}
    for meta in tree.iter("meta"):
        content = meta.get("content") or ""
        if not content or len(content) > 4096:
            continue
        for name in (meta.get("property"), meta.get("name"), meta.get("itemprop")):
            if name and name.lower() not in metas:
                metas[name.lower()] = one_line(content)
    return metas


def _links(tree: HtmlElement) -> dict[str, str]:
    links: dict[str, str] = {}
    for link in tree.iter("link", "base"):
        rel = "base" if link.tag == "base" else (link.get("rel") or "").lower()
        if rel in ("base", "canonical", "amphtml") and rel not in links:
            links[rel] = (link.get("href") or "").strip()
    return links


def _first(*picks: tuple[str, str]) -> tuple[str, str] | None:
    return next((pick for pick in picks if pick[1]), None)


def _from_metas(metas: dict[str, str], names: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    return tuple(("meta", metas[name]) for name in names if metas.get(name))


def _absolute(base: str, link: str) -> str:
    """An http(s) address, or "". Templates break addresses over lines."""
    joined = "".join(link.split())
    return safe_url(joined, base) if joined else ""


def _url_pick(base: str, *picks: tuple[str, str]) -> tuple[str, str] | None:
    return next(((source, full) for source, link in picks if (full := _absolute(base, link))), None)


def _tier(metas: dict[str, str]) -> bool | None:
    return {"free": True, "locked": False, "metered": None}.get(metas.get("article:content_tier", "").lower())


def _headline(tree: HtmlElement, linked: Linked, metas: dict[str, str]) -> tuple[str, str] | None:
    """og:title, JSON-LD, the only h1, the title; without the site's name, completed when cut.

    Measured against the printed title of 87 pages: og:title first 79 exact, JSON-LD first 73 (it carries the wording for search
    engines), the one that two of three agree on 74.
    """
    tops = _tops(tree)
    site = metas.get("og:site_name", "")
    title = next(tree.iter("title"), None)
    named = _first(
        ("meta", _not_only_site(without_site(metas.get("og:title", ""), site), site)),
        ("json_ld", without_site(linked.headline, site)),
        ("h1", tops[0] if len(tops) == 1 else ""),
        ("title", without_site(one_line(str(title.text_content())) if title is not None else "", site)),
        ("h1", tops[0] if tops else ""),
    )
    if named is None:
        return None
    others = (("h1", tops), ("json_ld", [linked.headline]))
    for source, texts in others:
        if better := next((text for text in texts if _completes(text, named[1]) or _trims(text, named[1])), ""):
            return source, better[:500]
    return named[0], named[1][:500]


def _tops(tree: HtmlElement) -> list[str]:
    return [text for h1 in islice(tree.iter("h1"), 20) if (text := one_line(str(h1.text_content())))][:8]


def _printed(tops: list[str], headline: str, linked: str) -> str:
    """The h1 that is one of the known headlines; an only h1 that shares half its words with one; else the headline."""
    keys = {key(top): top for top in tops}
    if known := next((keys[key(text)] for text in (headline, linked) if key(text) in keys), ""):
        return known
    words = set(key(tops[0]).split()) if len(tops) == 1 else set()
    near = 2 * max(len(words & set(key(text).split())) for text in (headline, linked)) >= len(words)
    return tops[0] if words and near else headline


def _not_only_site(title: str, site: str) -> str:
    return "" if title.casefold() == site.casefold() else title


def _completes(text: str, named: str) -> bool:
    """Is `named` the beginning of `text`, cut with an ellipsis?"""
    return named.endswith(("...", "…")) and text.startswith(named.rstrip(".… "))


def _trims(text: str, named: str) -> bool:
    """Is `named` this text with a tail that looks like a site's name ("Bridge Opens - The Post")?"""
    tail = named[len(text) :]
    return len(text) >= _WHOLE_TITLE and named.startswith(text) and len(tail) <= _LONGEST_TAIL and bool(_TAIL.match(tail))


def without_site(title: str, site: str) -> str:
    """A title without " | Site" at its end; without a known site name only a tail behind "|" that is one of several words."""
    pieces = _SITE_TAIL.split(title)
    if site and len(pieces) > 1 and pieces[-1].casefold() == site.casefold():
        return title[: len(title) - len(pieces[-1])].rstrip(" |-–—·:»")
    return title


def _authors(tree: HtmlElement, linked: Linked, metas: dict[str, str], url: str) -> tuple[str, tuple[str, ...]] | None:
    """The largest honest list: The Moscow Times names only the first author in JSON-LD and all of them in byline links.

    JSON-LD, metas, the printed byline. The outlet is no author, unless JSON-LD names it as a person and nobody else is named.
    """
    outlets = outlet_names(metas.get("og:site_name", ""), linked.publisher, _host_name(url))
    byline = tuple(name for name in read_byline(tree) if not is_outlet(name, outlets))
    stated = clean_authors((*linked.authors, *linked.organisations))
    if people := tuple(name for name in stated if not is_outlet(name, outlets)):
        known = {name.casefold() for name in byline}
        more = len(byline) > len(people) and all(name.casefold() in known for name in people)
        return ("byline", byline) if more else ("json_ld", people)
    for _, text in _from_metas(metas, _AUTHOR):
        if names := tuple(name for name in clean_authors((text,)) if is_name(name) and not is_outlet(name, outlets)):
            return "meta", names
    if byline:
        return "byline", byline
    itself = clean_authors(linked.authors)
    return ("json_ld", itself) if itself else None


def _host_name(url: str) -> str:
    """The telling part of the host: "focus" of www.focus.de."""
    labels = (urlsplit(url).hostname or "").removeprefix("www.").split(".")
    return max(labels[:-1] or labels, key=len).replace("-", " ")


def _date(linked: str, metas: dict[str, str], names: tuple[str, ...], now: datetime) -> tuple[str, datetime] | None:
    """A moment with a zone beats one without, JSON-LD beats meta. The page's <time> is not asked: it often shows the update."""
    candidates = (("json_ld", linked), *_from_metas(metas, names))
    read = [(source, found) for source, text in candidates if (found := instant(text)) and found[0] <= now + timedelta(days=1)]
    best = next((item for item in read if item[1][1]), read[0] if read else None)
    return (best[0], best[1][0]) if best else None


def _from_time(tree: HtmlElement, modified: tuple[str, datetime] | None, now: datetime) -> tuple[str, datetime] | None:
    """A <time> or itemprop that cannot be the update: named as publication, or other than the known update."""
    for element in islice(tree.iter("time", "span", "p", "div"), _MOST_ELEMENTS):
        named = f"{element.get('itemprop') or ''} {element.get('class') or ''} {'pubdate' if 'pubdate' in element.attrib else ''}"
        text = element.get("datetime") or element.get("content") or ""
        if not text or (element.tag != "time" and "datePublished" not in named):
            continue
        found = instant(text)
        if found is None or found[0] > now + timedelta(days=1) or _UPDATED.search(named):
            continue
        if _ISSUED.search(named) or (modified and found[0] < modified[1] - timedelta(minutes=1)):
            return "time", found[0]
        return None
    return None


def _language(tree: HtmlElement, linked: Linked, metas: dict[str, str]) -> tuple[str, str] | None:
    root = tree.getroottree().getroot()
    declared = ("html", root.get("lang") or root.get("{http://www.w3.org/XML/1998/namespace}lang") or root.get("xml:lang") or "")
    picks = (("json_ld", linked.language), declared, ("meta", metas.get("og:locale", "")), ("meta", metas.get("language", "")))
    return next(((source, code) for source, text in picks if (code := language_code(text))), None)
