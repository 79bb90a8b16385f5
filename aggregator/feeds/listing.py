"""A web page that lists articles, for outlets without a feed: its links to articles become entries, in the order of the page.

No tree is built: one pass over the anchors, every search bounded, so nesting and attribute bombs cost what their length costs.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote, urlsplit

from aggregator.errors import NotAFeedError
from aggregator.feeds.html import plain_text, plain_title
from aggregator.feeds.media import is_image, is_media_address
from aggregator.feeds.raw import RawEntry, RawFeed
from aggregator.feeds.urls import host_key, safe_url, url_key
from aggregator.reasons import Reason
from aggregator.text import one_line

MAX_ENTRIES = 300
MAX_ANCHORS = 5_000
MAX_TITLE = 200
# Columns: a letter of Chinese, Japanese or Korean says as much as two of an alphabet.
MIN_TITLE = 15
_HEAD: Final = 64 * 1024
_MAX_TAG: Final = 8_192
_MAX_INSIDE: Final = 20_000
_ANCHOR = re.compile(r"<a(?=[\s/])", re.IGNORECASE)
_INSIDE_TAG = re.compile(r"(?:[^>\"']++|\"[^\"]*+\"|'[^']*+')*+>")
_ATTRIBUTE = re.compile(r"([a-zA-Z][a-zA-Z0-9:_-]{0,60})\s{0,20}=\s{0,20}(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))")
_LINE_ENDS = re.compile(r"[\r\n]+")
_CLOSE = re.compile(r"</a\s{0,20}>|<a(?=[\s/])", re.IGNORECASE)
_HEADING = re.compile(r"<h([1-6])\b[^<>]{0,2000}>(.{0,4000}?)</h\1\s{0,20}>", re.IGNORECASE | re.DOTALL)
_TITLE = re.compile(r"<title\b[^<>]{0,500}>([^<]{0,2000})", re.IGNORECASE)
_LANGUAGE = re.compile(r"<html\b[^<>]{0,2000}?\blang\s{0,9}=\s{0,9}[\"']?([A-Za-z0-9_-]{2,20})", re.IGNORECASE)
_BASE = re.compile(r"<base\b[^<>]{0,2000}?\bhref\s{0,9}=\s{0,9}[\"']([^\"'<>]{1,4096})[\"']", re.IGNORECASE)
# What holds no links of the page, and where no article is listed.
_REGIONS: Final = ("script", "style", "template", "noscript", "svg", "nav", "footer")
_WIDE = re.compile("[\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff]")
_DATE = re.compile(r"/(?:19|20)\d{2}(?:[/-]?(?:0?[1-9]|1[0-2]|[a-z]{3})(?=[/-]|\d{2}))")
_DATE_BACKWARDS = re.compile(r"/\d{1,2}[/-]\d{1,2}[/-](?:19|20)\d{2}(?=[/-])")
_NUMBER = re.compile(r"(?<!\d)\d{5,}(?!\d)")
_DAY_ONLY = re.compile(r"[\d-]{1,10}|[a-z]{3}")
_PAGE_NAME = re.compile(r"\.(?:s?html?|php\d?|aspx?|jsp|phtml|ece|do)$")
_WORDS = re.compile(r"[-_+~ ]+")
_ARTICLE_QUERY = re.compile(
    r"(?:^|&)(?:id|p|newsid|news_id|articleid|article_id|aid|idnews|storyid|story_id)=\d{3,}(?:&|$)", re.IGNORECASE
)
# fmt: off
_SECTIONS: Final = frozenset(
    {
        "tag", "tags", "topic", "topics", "author", "authors", "category", "categories", "section", "sections",
        "login", "signin", "sign-in", "register", "signup", "subscribe", "subscription", "subscriptions", "account",
        "search", "share", "print", "newsletter", "newsletters", "rss", "feed", "feeds", "page", "pages", "about",
        "about-us", "contact", "contacts", "privacy", "terms", "cookies", "advertise", "advertising", "jobs",
        "careers", "shop", "wp-login.php", "wp-admin", "comments", "profile", "user", "users",
        "members", "tema", "temas", "etiqueta", "etiquetas", "autor", "autores", "autori", "autorzy", "kategorie",
        "kategorien", "thema", "themen", "schlagwort", "impressum", "datenschutz", "abo", "mot-cle", "mots-cles",
        "rubrique", "rubriques", "auteur", "auteurs", "sujet", "sujets", "categoria", "categorias", "rubriky",
        "stitek", "temy", "tegi", "avtor", "avtory", "rubrics", "rubric", "etiket", "etiketler", "yazar", "yazarlar",
        "kategori", "kategoriler", "argomenti", "argomento", "sezione", "sezioni",
    }
)
# fmt: on
_SERVICES: Final = frozenset(
    {
        "login",
        "account",
        "accounts",
        "auth",
        "id",
        "my",
        "shop",
        "store",
        "ads",
        "adserver",
        "help",
        "support",
        "subscribe",
        "jobs",
        "careers",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Anchor:
    url: str
    heading: str
    text: str


def read_listing(text: str, *, url: str, limit: int) -> RawFeed:
    """The first `limit` articles (at most 300) that a page at `url` links to, each with the best of its link texts as title.

    Raises NotAFeedError when there is none: pages that scripts build in the browser hold no links at all.
    """
    page = _without_regions(text)
    head = page[:_HEAD]
    base = _BASE.search(head)
    titles: dict[str, _Anchor] = {}
    for anchor in _anchors(page, safe_url(html.unescape(base[1]), url) or url if base else url, url):
        key = url_key(anchor.url)
        titles[key] = _better(titles.get(key), anchor)
    entries = tuple(
        RawEntry(links=(anchor.url,), title=title, title_is_text=True)
        for anchor in titles.values()
        if _width(title := anchor.heading or anchor.text) >= MIN_TITLE
    )
    if not entries:
        raise NotAFeedError(Reason.NOT_A_FEED, "no links to articles are on the page; it may be built by scripts in the browser")
    name, language = _TITLE.search(text[:_HEAD]), _LANGUAGE.search(text[:_HEAD])
    return RawFeed(
        title=name[1] if name else "",
        home=url,
        language=language[1] if language else "",
        entries=entries[: min(limit, MAX_ENTRIES)],
    )


def is_article_address(url: str) -> bool:
    """Does the address look like that of one article: a date, a number of five digits, a name of four words, or a named .html page?"""
    parts = urlsplit(url)
    path = unquote(parts.path).lower()
    segments = [segment for segment in path.split("/") if segment]
    if not segments:
        return bool(_ARTICLE_QUERY.search(parts.query))
    if is_media_address(url) or is_image("", "", url) or not _SECTIONS.isdisjoint(segments[-2:]):
        return False
    last = segments[-1]
    name = _PAGE_NAME.sub("", last)
    dated = (_DATE.search(path) or _DATE_BACKWARDS.search(path)) and not _DAY_ONLY.fullmatch(name) and name != "index"
    if dated or _NUMBER.search(last) or _ARTICLE_QUERY.search(parts.query):
        return True
    # Far below a section stand articles too, but what is only a name there may be a section of it.
    words = [word for word in _WORDS.split(name) if word]
    named = len(words) >= 4 or (name != last and len(words) >= 2 and len(name) >= MIN_TITLE)
    return named and _SECTIONS.isdisjoint(segments)


def _anchors(page: str, base: str, url: str) -> Iterator[_Anchor]:
    """Links to other pages of the same site that look like articles."""
    site, own = host_key(url), url_key(url)
    for count, match in enumerate(_ANCHOR.finditer(page)):
        if count >= MAX_ANCHORS:
            return
        attributes, end = _attributes(page, match.end())
        link = safe_url(html.unescape(attributes.get("href", "")), base).partition("#")[0]
        if not link or host_key(link) != site or url_key(link) == own or "tag" in attributes.get("rel", "").lower().split():
            continue
        if (urlsplit(link).hostname or "").split(".")[0] not in _SERVICES and is_article_address(link):
            yield _anchor(link, page, end)


def _attributes(page: str, start: int) -> tuple[dict[str, str], int]:
    """The attributes of the tag whose inside begins at `start`, and where it ends; nothing for one without an end within 8 KiB."""
    tag = _INSIDE_TAG.match(page, start, start + _MAX_TAG)
    if not tag:
        return {}, start
    found = {match[1].lower(): match[2] or match[3] or match[4] or "" for match in _ATTRIBUTE.finditer(tag[0])}
    return found, tag.end()


def _anchor(link: str, page: str, start: int) -> _Anchor:
    close = _CLOSE.search(page, start, start + _MAX_INSIDE)
    # A line end in the source is a blank; lines come of blocks.
    inside = _LINE_ENDS.sub(" ", page[start : close.start() if close else start + MAX_TITLE])
    heading = _HEADING.search(inside)
    lines = plain_text(inside).split("\n")
    return _Anchor(
        url=link,
        heading=one_line(plain_title(heading[2]), MAX_TITLE) if heading else "",
        text=one_line(max(lines, key=_width), MAX_TITLE),
    )


def _better(known: _Anchor | None, found: _Anchor) -> _Anchor:
    """One anchor of the two: the address first met, a heading before a text, the longer text before the shorter."""
    if known is None:
        return found
    heading = max(known.heading, found.heading, key=_width)
    return _Anchor(url=known.url, heading=heading, text=max(known.text, found.text, key=_width))


def _width(title: str) -> int:
    return len(title) + len(_WIDE.findall(title))


def _without_regions(text: str) -> str:
    """Without comments, scripts, menus and footers; one that is never closed stays, since everything might stand in it."""
    text = _cut(text, "<!--", "-->", text)
    for name in _REGIONS:
        text = _cut(text, f"<{name}", f"</{name}", text.lower())
    return text


def _cut(text: str, opening: str, closing: str, searched: str) -> str:
    if len(searched) != len(text):  # a few letters grow when they are made small
        searched = text
    pieces: list[str] = []
    position = 0
    while (start := searched.find(opening, position)) >= 0:
        end = searched.find(closing, start)
        if end < 0:
            break
        if searched[start + len(opening) : start + len(opening) + 1].isalnum():  # <navigation>
            pieces.append(text[position : start + len(opening)])
            position = start + len(opening)
            continue
        pieces.append(text[position:start])
        position = end
    pieces.append(text[position:])
    return "".join(pieces)
