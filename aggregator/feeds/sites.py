"""Where known kinds of sites keep their feeds, and where any site may keep one. Addresses in, addresses out."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from aggregator.feeds.urls import safe_url

MAX_GUESSES = 12
NEWS_SITEMAPS = ("/sitemap_news.xml", "/news-sitemap.xml", "/sitemap.xml")
# In the order of their success at news outlets; each costs the site a request.
_GUESSES = (
    "/feed/",
    "/rss",
    "/rss.xml",
    "/feed.xml",
    "/atom.xml",
    "/index.xml",
    "/feed.json",
    "/feeds/posts/default",
    "/index.rss",
    "/?feed=rss2",
    "/index.rdf",
    "/feeds",
)
_OF_SECTION = ("/feed/", "/rss", "/rss.xml")
_YOUTUBE = "https://www.youtube.com/feeds/videos.xml?"
_CHANNEL = re.compile(
    r"\"(?:externalId|channelId)\"\s{0,3}:\s{0,3}\"(UC[\w-]{22})\"|itemprop=\"(?:identifier|channelId)\" content=\"(UC[\w-]{22})\""
)
# Host without www. and path, and where the feeds are; none: the site has no feeds.
_BY_ADDRESS: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = tuple(
    (re.compile(pattern), templates)
    for pattern, templates in (
        (r"youtube\.com/channel/(UC[\w-]{22})", (_YOUTUBE + r"channel_id=\1",)),
        (r"youtube\.com/user/([\w.-]+)", (_YOUTUBE + r"user=\1",)),
        (r"youtube\.com/(?:playlist|watch)\?(?:.*&)?list=([\w-]+)", (_YOUTUBE + r"playlist_id=\1",)),
        (r"(?:old\.|new\.)?reddit\.com/((?:r|u|user)/[\w.-]+)", (r"https://www.reddit.com/\1/.rss",)),
        (r"(?:old\.|new\.)?reddit\.com$", ("https://www.reddit.com/.rss",)),
        (r"medium\.com/feed/", ()),
        (r"medium\.com/(tag/[\w-]+|@?[\w.-]+)", (r"https://medium.com/feed/\1",)),
        (r"([\w-]+\.(?:substack|medium)\.com)", (r"https://\1/feed",)),
        (r"([\w-]+\.tumblr\.com)", (r"https://\1/rss",)),
        (r"([\w-]+\.blogspot\.[a-z.]{2,6})(?:/|$)", (r"https://\1/feeds/posts/default",)),
        (r"github\.com/([\w.-]+/[\w.-]+)", (r"https://github.com/\1/releases.atom", r"https://github.com/\1/commits.atom")),
        (r"github\.com/([\w.-]+)$", (r"https://github.com/\1.atom",)),
        (r"(bsky\.app/profile/[\w.:-]+)", (r"https://\1/rss",)),
    )
)
_WITHOUT = re.compile(r"(?:t|telegram)\.me/")
# Generator, marks in the text, where the feeds are ("*": below the page itself).
_BY_SOFTWARE = (
    ("wordpress", ("/wp-content/", "/wp-includes/"), ("*/feed/", "/feed/", "/?feed=rss2")),
    ("ghost", ("/ghost/api/content",), ("/rss/",)),
    ("blogger", ("blogger.com/static",), ("/feeds/posts/default",)),
    ("substack", ("substackcdn.com",), ("/feed",)),
    ("mastodon", ("joinmastodon.org", 'id="mastodon"', "id='mastodon'"), ("*.rss",)),
    (
        "arc publishing",
        ("Fusion.contextPath", "/pf/resources/", "arcpublishing.com"),
        ("/arc/outboundfeeds/rss/?outputType=xml",),
    ),
)
_SITEMAP_LINE = re.compile(r"^[ \t]{0,8}sitemap[ \t]{0,8}:[ \t]{0,8}(\S{1,2000})", re.IGNORECASE | re.MULTILINE)
# Pages here belong to many owners: the name of the site is not the name of the outlet.
_SHARED = frozenset(["youtube.com", "reddit.com", "medium.com", "github.com", "bsky.app"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What an address says of its site: feeds that must be there, or a sentence when there can be none."""

    feeds: tuple[str, ...] = ()
    none: str = ""


def known_site(url: str) -> Site:
    """Sites that are known by their address alone. Nothing for all others."""
    subject = _subject(url)
    if _WITHOUT.match(subject):
        return Site(none="Telegram channels have no feed")
    for pattern, templates in _BY_ADDRESS:
        if match := pattern.match(subject):
            return Site(feeds=tuple(match.expand(template) for template in templates))
    return Site()


def known_software(url: str, text: str, generator: str) -> tuple[str, ...]:
    """Feeds of the software that made the page, by its generator and the marks it leaves in the text."""
    parts = urlsplit(url)
    if (parts.hostname or "").endswith("youtube.com") and (channel := _CHANNEL.search(text)):
        return (f"{_YOUTUBE}channel_id={channel[1] or channel[2]}",)
    root, section = f"{parts.scheme}://{parts.netloc}", _section(parts.path)
    for made_by, marks, paths in _BY_SOFTWARE:
        if made_by in generator.lower() or any(mark in text for mark in marks):
            own = tuple(f"{root}{section}{path[1:]}" for path in paths if path.startswith("*") and section)
            return (*own, *(root + path for path in paths if not path.startswith("*")))
    return ()


def is_shared(url: str) -> bool:
    """Does the site of this address hold the pages of many owners."""
    host = (urlsplit(url).hostname or "").lower().removeprefix("www.")
    return host in _SHARED or urlsplit(url).path.startswith("/@")


def guesses(url: str) -> tuple[str, ...]:
    """Where a feed might be, likeliest first: beside the page itself when it is a section, then at the root."""
    parts = urlsplit(url)
    root, section = f"{parts.scheme}://{parts.netloc}", _section(parts.path)
    own = tuple(f"{root}{section}{end}" for end in _OF_SECTION) if section else ()
    return tuple(dict.fromkeys((*own, *(root + path for path in _GUESSES))))[:MAX_GUESSES]


def sitemaps(robots: str, url: str) -> tuple[str, ...]:
    """Addresses of sitemaps: those that robots.txt names, news before others, then the usual places."""
    parts = urlsplit(url)
    root = f"{parts.scheme}://{parts.netloc}"
    named = [found for line in _SITEMAP_LINE.findall(robots[:500_000])[:50] if (found := safe_url(line, url))]
    named.sort(key=lambda found: "news" not in found.lower())
    return tuple(dict.fromkeys((*named, *(root + path for path in NEWS_SITEMAPS))))


def _subject(url: str) -> str:
    parts = urlsplit(url)
    host = (parts.hostname or "").lower().removeprefix("www.").removeprefix("m.")
    return f"{host}{parts.path.rstrip('/')}{'?' + parts.query if parts.query else ''}"[:2_000]


def _section(path: str) -> str:
    """The path of a page that is no file and not the root, without its last slash."""
    path = path.rstrip("/")
    name = path.rpartition("/")[2]
    return path if path and ("." not in name or name.startswith("@")) else ""
