"""Pages whose text grows by itself: live blogs, tickers, minute-by-minute reports."""

import re
from urllib.parse import unquote, urlsplit

from lxml.html import HtmlElement

from aggregator.text import word_set

# Parts of an address that mean a running report wherever they stand.
_PARTS = word_set(
    "liveblog liveblogs live-blog live-blogs liveticker live-ticker newsticker newsblog live-updates live-update live-news live-report live-reporting livereport onlain onlajn "
    "text-online online-translation minuto-a-minuto en-direct direct-live ao-vivo in-diretta diretta-live liveuppdatering canli-anlatim relacja-na-zywo relacja-live"
)
# "live" alone is a kind of page at most outlets, but a kind of music in these sections.
_MUSIC = word_set(
    "music musik musique musica culture kultur kultura arts art entertainment events concerts konzerte konzert shows stage whats-on gigs theatre reviews review"
)
_SLUG = re.compile(
    r"^(?:live-?(?:updates?|blog|ticker|news)|en-direct|minuto-a-minuto|ao-vivo|in-diretta)-|-(?:live-?(?:updates?|blog|ticker)|minuto-a-minuto|en-direct|ao-vivo|as-it-happened)(?:-[a-z]*\d[\w-]*)?(?:\.\w{2,5})?$"
)
_KIND = re.compile(r"live[\s_-]?(?:blog|ticker|report|event|coverage)|liveblog", re.IGNORECASE)
_KIND_METAS = (
    "og:type",
    "article:type",
    "content-type",
    "page-type",
    "pagetype",
    "content_type",
    "parsely-type",
    "contenttype",
    "article:content_type",
)
_BOX = re.compile(r"(?:^|[\s_-])(?:live-?blog|live-?ticker|article--live|type-live|is-live-?blog)(?:$|\s)", re.IGNORECASE)
_BEGINS = re.compile(
    r"(?:live(?:\s+(?:updates?|blog|ticker|news|coverage|reporting))?|live-?(?:blog|ticker)|newsticker|newsblog|en\s+direct|direct\s+live|minuto\s+a\s+minuto|en\s+vivo|ao\s+vivo|(?:in\s+)?diretta"
    r"|(?:текстовая\s+|прямая\s+)?(?:онлайн(?:-трансляция)?|трансляция)|наживо|онлайн-репортаж|canlı(?:\s+anlatım)?|na\s+żywo|relacja\s+na\s+żywo|مباشر|ライブ|生中継)\s*(?:[:|–—]|\s-\s|・)",
    re.IGNORECASE,
)
_SHOUTS = re.compile(
    r"(?:LIVE(?:\s+(?:UPDATES?|BLOG|TICKER|NEWS))?|EN\s+DIRECT|DIRECT|EN\s+VIVO|AO\s+VIVO|DIRETTA|LIVETICKER|ОНЛАЙН)\s*[.:!|–—-]"
)
_ENDS = re.compile(
    r"(?:[-–—:|,.(]\s*(?:(?:the\s+)?live(?:\s*[-\s]\s*(?:updates?|blog|ticker|coverage))?!?|(?:all\s+)?as\s+it\s+happened|latest\s+updates|en\s+direct|minuto\s+a\s+minuto|en\s+vivo|ao\s+vivo|(?:in\s+)?diretta"
    r"|(?:текстовая\s+)?(?:онлайн(?:-трансляция)?|трансляция)|хроника(?:\s+событий)?|онлайн-репортаж|na\s+żywo|canlı)"
    r"|\b(?:live[\s-]?(?:blog|ticker|updates)|im\s+(?:news-?blog|newsticker|live-?blog|live-?ticker)))\)?\.?$",
    re.IGNORECASE,
)


def is_live(tree: HtmlElement, *, stated: bool, metas: dict[str, str], url: str, headline: str) -> bool:
    """Does the page say that it is a running report? `stated`: its JSON-LD does. The word "live" in a sentence says nothing."""
    return (
        stated
        or any(_KIND.search(metas.get(name, "")) for name in _KIND_METAS)
        or _address(url)
        or _title(headline)
        or _box(tree)
    )


def _address(url: str) -> bool:
    parts = [part for part in unquote(urlsplit(url).path[:1000]).lower().split("/") if part]
    for before, part in zip(["", *parts], parts, strict=False):
        if part in _PARTS or _SLUG.search(part):
            return True
        if part == "live" and before not in _MUSIC and part is not parts[-1]:
            return True
    return False


def _title(headline: str) -> bool:
    headline = headline[:300].strip()
    return bool(_BEGINS.match(headline) or _SHOUTS.match(headline) or _ENDS.search(headline))


def _box(tree: HtmlElement) -> bool:
    boxes = (*tree.iter("body"), *tree.iter("main"), *tree.iter("article"))
    return any(_BOX.search((box.get("class") or "")[:2000]) for box in boxes[:5])
