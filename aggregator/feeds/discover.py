"""A page becomes clues: addresses at which its feeds may be, the best first. Nothing is fetched here."""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import urlsplit

from aggregator.feeds.address import feed_key
from aggregator.feeds.encoding import to_text
from aggregator.feeds.html import plain_title
from aggregator.feeds.markup import Tag, shown_text, wanted_tags
from aggregator.feeds.sites import is_shared, known_site, known_software
from aggregator.feeds.urls import host_key, safe_url
from aggregator.feeds.values import FeedKind
from aggregator.limits import Limits
from aggregator.text import one_line

MAX_ANNOUNCED = 60
MAX_ANCHORS = 10
MAX_FURTHER = 3
MAX_NAME = 200
MAX_OUTLET = 80
_SEPARATORS = re.compile(r"\s+[-–—|·•»«:]+\s+|\s*[|»«]\s*|:\s+")
_NO_NAME = re.compile(
    r"(?:^|\b)(?:rss ?(?:2\.0)? ?feeds?|rss|atom feed|feed of|all articles|latest news|top stories|home ?page|home|news feed)(?:\b|$)",
    re.IGNORECASE,
)
_TYPES = re.compile(
    r"application/(?:rss|atom|rdf|feed|x\.atom|x-rss)\+(?:xml|json)|(?:application|text)/(?:xml|rss)|application/json"
)
_HREF = re.compile(
    r"(?:^|[/._?=&])(?:rss\d?|atom|feeds?|xml|rdf|rss-?feeds?|newsfeeds?)(?:$|[/._?=&])|[-_]rss(?:$|[./?])", re.IGNORECASE
)
_WORDS = re.compile(r"\b(?:rss|atom|xml|feeds?)\b|(?:rss|atom)[- ]?feed", re.IGNORECASE)
_NEVER = re.compile(
    r"sitemap|\.opml\b|\.(?:png|jpe?g|gif|svg|ico|css|js|pdf)(?:$|\?)|/wp-json/|oembed|/share|mailto:", re.IGNORECASE
)
_LISTS = re.compile(r"/(?:rss|feeds?|rss-?feeds?|subscribe|newsfeeds?|rss_feeds?)(?:/|\.html?|\.php|\.aspx?)?$", re.IGNORECASE)
# Publishers let others carry their feeds.
_CARRIERS = frozenset(["feedburner.com", "feedblitz.com", "feedpress.com", "feedpress.me", "google.com"])
_COMMENTS = re.compile(
    r"/comments/(?:feed|default|rss|atom)|/comments(?:\.(?:rss|xml|atom))?/?$|[?&]feed=comments|/feed/comments", re.IGNORECASE
)
# "Comments on: a post" in the languages of the outlets seen, as WordPress translates it.
_COMMENTS_TITLE = re.compile(
    r"\b(?:comments? (?:on|feed|for)|comments-feed|kommentar|comentarios|comentários|commentaires|commenti|reacties|komentarz|коммент|комент)",
    re.IGNORECASE,
)
_PLAIN_STEPS = frozenset(
    [
        "rss",
        "feed",
        "feeds",
        "atom",
        "xml",
        "index",
        "all",
        "main",
        "home",
        "top",
        "latest",
        "news",
        "default",
        "rss2",
        "posts",
        "outboundfeeds",
        "arc",
        "section",
        "front",
        "homepage",
    ]
)
_LINK_VALUE = re.compile(r"<([^<>]{1,4000})>((?:\s*;\s*[\w*-]{1,40}\s*=\s*(?:\"[^\"]{0,500}\"|[^\s\",;]{1,500}))*)")
_LINK_PARAMETER = re.compile(r"([\w*-]{1,40})\s*=\s*(?:\"([^\"]*)\"|([^\s\",;]+))")


class Source(StrEnum):
    """How an address was come by, the most trustworthy first."""

    ITSELF = "itself"
    ANNOUNCED = "announced"
    HEADER = "header"
    KNOWN_SITE = "known site"
    LINKED = "linked"
    GUESSED = "guessed"
    SITEMAP = "news sitemap"
    LISTING = "listing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clue:
    """An address at which a feed may be. `title`: what the page calls it, "" when it says nothing."""

    url: str
    source: Source
    kind: FeedKind = FeedKind.FEED
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageClues:
    """What a page says of itself and of its feeds. `further`: pages of the site that may list feeds."""

    title: str = ""
    site_name: str = ""
    language: str = ""
    clues: tuple[Clue, ...] = ()
    further: tuple[str, ...] = ()
    none: str = ""


@dataclass(slots=True)
class _Seen:
    """What one pass over the tags leaves."""

    title: str = ""
    site_name: str = ""
    language: str = ""
    generator: str = ""
    base: str = ""
    once: set[str] = field(default_factory=set)


def page_clues(body: bytes, *, url: str, content_type: str = "", links: tuple[str, ...] = (), limits: Limits) -> PageClues:
    """The clues of a page that came from `url`, in the order in which they deserve to be tried; comment feeds are left out.

    `links`: the Link headers as sent. Only the first `page_raw` bytes count. Raises NotAFeedError (HOSTILE) for utf-7.
    """
    text = to_text(body[: limits.page_raw], content_type)
    seen, announced, anchors, frames = _Seen(base=url), list[Clue](), list[Clue](), list[str]()
    for tag in wanted_tags(text, limit=limits.page_tags):
        if tag.name == "link" and len(announced) < MAX_ANNOUNCED:
            announced += _announced(tag, seen.base)
        elif tag.name == "a" and len(anchors) < MAX_ANCHORS:
            anchors += _anchor(tag, text, seen.base, url)
        elif tag.name == "iframe" and len(frames) < MAX_FURTHER:
            frames.append(safe_url(tag.get("src"), seen.base))
        else:
            _head(tag, text, seen)
    site, said = known_site(url), (*closest_first(announced, url), *header_clues(links, url))
    # What a site says itself saves the requests for what its kind of site usually has.
    known = () if said else (*site.feeds, *known_software(url, text, seen.generator))
    clues = (
        *said,
        *(Clue(url=found, source=Source.KNOWN_SITE) for found in known),
        *closest_first(anchors, url),
    )
    return PageClues(
        title=seen.title,
        site_name=seen.site_name,
        language=seen.language,
        clues=distinct(clues),
        further=tuple(dict.fromkeys(frame for frame in frames if frame and host_key(frame) == host_key(url))),
        none=site.none,
    )


def header_clues(links: tuple[str, ...], url: str) -> tuple[Clue, ...]:
    """The feeds that Link headers announce."""
    found = list[Clue]()
    for header in links[:20]:
        for target, text in _LINK_VALUE.findall(header[:20_000])[:50]:
            told = {name.lower(): quoted or bare for name, quoted, bare in _LINK_PARAMETER.findall(text)}
            address = safe_url(target, url)
            if address and _is_alternate(told.get("rel", ""), told.get("type", ""), address, told.get("title", "")):
                found.append(Clue(url=address, source=Source.HEADER, title=one_line(told.get("title", ""), MAX_NAME)))
    return tuple(found)


def distinct(clues: tuple[Clue, ...]) -> tuple[Clue, ...]:
    """Each address once, where it stands first; comment feeds never."""
    found: dict[str, Clue] = {}
    for clue in clues:
        if not is_comments(clue.url, clue.title):
            found.setdefault(feed_key(clue.url), clue)
    return tuple(found.values())


def closest_first(clues: list[Clue], url: str) -> list[Clue]:
    """The feed of the page before feeds of sections: the fewer words its path has that neither the page nor any feed has."""
    own = set(_steps(url))
    return sorted(clues, key=lambda clue: _strangeness(clue, own))


def is_comments(url: str, title: str = "") -> bool:
    """A feed of readers' comments: no outlet prints its articles there."""
    return bool(_COMMENTS.search(urlsplit(url).path + "?" + urlsplit(url).query) or _COMMENTS_TITLE.search(title))


def outlet_name(*, site_name: str, feed_title: str, url: str) -> str:
    """What to call the outlet of a new feed: as its page calls itself, else the telling part of the feed's title, else its host."""
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    pieces = [piece.strip() for piece in _SEPARATORS.split(feed_title)]
    told = next((piece for piece in pieces if _NO_NAME.sub("", piece).strip()), "")
    chosen = ("" if is_shared(url) else site_name) or told or host
    return one_line(_NO_NAME.sub("", chosen).strip(" -:") or chosen, MAX_OUTLET)


def may_list_feeds(url: str) -> bool:
    """Pages named /rss or /feeds often are lists of feeds, for people."""
    return bool(_LISTS.search(urlsplit(url).path))


def _strangeness(clue: Clue, own: set[str]) -> int:
    steps = _steps(clue.url)
    return sum(1 for step in steps if step not in own and step not in _PLAIN_STEPS) - 2 * len(own & set(steps))


def _steps(url: str) -> list[str]:
    parts = urlsplit(url)
    return [step for step in re.split(r"[/._?=&-]+", f"{parts.path}?{parts.query}".lower()) if step and not step.isdigit()]


def _head(tag: Tag, text: str, seen: _Seen) -> None:
    """Of several titles and bases the first counts, as in browsers."""
    name = (tag.get("property") or tag.get("name")).lower()
    if tag.name in seen.once or (tag.name == "base" and not tag.get("href")):
        return
    if tag.name != "meta":
        seen.once.add(tag.name)
    if tag.name == "base":
        seen.base = safe_url(tag.get("href"), seen.base) or seen.base
    elif tag.name == "html":
        seen.language = one_line(tag.get("lang"), 35).lower().replace("_", "-")
    elif tag.name == "title":
        seen.title = one_line(shown_text(text, tag), MAX_NAME)
    elif name == "og:site_name":
        seen.site_name = one_line(plain_title(tag.get("content")), MAX_NAME)
    elif name == "generator":
        seen.generator = tag.get("content")[:100]


def _announced(tag: Tag, base: str) -> list[Clue]:
    address = safe_url(tag.get("href"), base)
    title = one_line(plain_title(tag.get("title")), MAX_NAME)
    if not address or not _is_alternate(tag.get("rel"), tag.get("type"), address, title):
        return []
    return [Clue(url=address, source=Source.ANNOUNCED, title=title)]


def _is_alternate(rel: str, kind: str, address: str, title: str) -> bool:
    """`rel` is a list of words. JSON and plain XML announce many other things too: they must look like feeds."""
    words, kind = set(rel.lower().split()), kind.partition(";")[0].strip().lower()
    if not words & {"alternate", "feed"} or "stylesheet" in words or _NEVER.search(address):
        return False
    if not kind:
        return "feed" in words
    if not _TYPES.fullmatch(kind):
        return False
    return kind not in {"application/json", "application/xml", "text/xml"} or bool(_HREF.search(address) or _WORDS.search(title))


def _anchor(tag: Tag, text: str, base: str, url: str) -> list[Clue]:
    href = tag.get("href")
    if not href or href.startswith("#"):
        return []
    address = safe_url(href, base).partition("#")[0]
    if not address or _NEVER.search(address) or not _same_site(address, url):
        return []
    parts = urlsplit(address)
    path = f"{parts.path}?{parts.query}"
    told = shown_text(text, tag) or tag.get("title")
    by_address = _HREF.search(path) or parts.hostname in {f"rss.{host_key(url)}", f"feeds.{host_key(url)}"}
    # By its words alone only when there are few of them: a headline about atoms or animal feed is no link to a feed.
    if not by_address and not (_WORDS.search(told) and len(told.split()) <= 4):
        return []
    return [Clue(url=address, source=Source.LINKED, title=one_line(told, MAX_NAME))]


def _same_site(address: str, url: str) -> bool:
    site = host_key(address)
    return site == host_key(url) or (site in _CARRIERS and "feed" in (urlsplit(address).hostname or ""))
