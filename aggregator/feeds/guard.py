"""A look at a document before any parser sees it: whether it is a feed at all, and can be parsed in bounded time."""

import re
from dataclasses import dataclass

from aggregator.errors import NotAFeedError
from aggregator.reasons import Reason

# A start tag beyond this is an attack: attribute handling is quadratic (100,000 attributes: more than a minute).
MAX_TAG = 64 * 1024
# Outside quotation marks; one long data: address in quotes is legal.
MAX_TAG_UNQUOTED = 16 * 1024
# "<" and "&" together; the densest of 112 real feeds would hold 620,000 in 10 MiB; the tolerant parser needs about 1 s a million.
MAX_MARKS = 1_000_000
# Outside CDATA, where feedparser must read; an element costs it up to 70 µs. The largest of 112 real feeds has 3,613 (147 kB).
MAX_TAGS = 100_000
# What all entity references together may unfold to.
MAX_EXPANSION = 1 << 20
# HTML itself has 253 named characters.
MAX_ENTITIES = 300
START = 4 * 1024
HEAD = 64 * 1024
DECLARATIONS = 1 << 20
_ROOT = re.compile(r"<(?:[A-Za-z][\w.-]{0,40}:)?(rss|rdf|feed|channel|html|urlset|sitemapindex|opml|svg|Error)\b", re.IGNORECASE)
_FEEDS = frozenset({"rss", "rdf", "feed", "channel"})
SITEMAPS = frozenset({"urlset", "sitemapindex"})
_OTHERS = {"opml": "an OPML list of feeds"}
_HTML = re.compile(r"<!doctype\s+html", re.IGNORECASE)
_OPAQUE = re.compile(r"<!--.*?(?:-->|\Z)|<!\[CDATA\[.*?(?:\]\]>|\Z)|<\?.*?(?:\?>|\Z)", re.DOTALL)
_QUOTED = re.compile(r"\"[^\"<]*\"|'[^'<]*'")
_ENTITY = re.compile(r"<!ENTITY\s+([^\s%&;<>\"']{1,80})\s+(?:\"([^\"]*)\"|'([^']*)')", re.IGNORECASE)
_DECLARES = re.compile("<![Ee]")
_REFERENCE = re.compile(r"&[^#\s;]")
# What XML 1.0 does not allow; one stray control character must not cost a whole feed.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_CHARACTER = re.compile(r"&#(x[0-9a-fA-F]{1,4000}|[0-9]{1,4000});", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A document that may be parsed. `root`: rss, rdf, feed, channel, urlset, sitemapindex or html, in lower case."""

    root: str
    text: str


def prepared(text: str, *, page: bool = False) -> Checked:
    """An XML feed or sitemap from its first "<" on; a web page as it is. `page`: what is neither is taken for a page.

    Raises NotAFeedError: EMPTY, NOT_A_FEED (says what it is instead), HOSTILE.
    """
    text = text.strip("\ufeff \t\r\n\0")
    if not text:
        raise NotAFeedError(Reason.EMPTY, "the document is empty")
    root = _root(text[:START]) or _root(text[:HEAD])
    if root != "html":
        _check_entities(text)
    if page and root not in _FEEDS | SITEMAPS:
        return Checked(root="html", text=text)
    if root not in _FEEDS | SITEMAPS | {"html"}:
        shown = _OTHERS.get(root) or (f"XML of another kind ({root})" if root else "no RSS, Atom or JSON Feed")
        raise NotAFeedError(Reason.NOT_A_FEED, f"the document is {shown}")
    if root != "html":
        _check_marks(text)
        text = text[max(text.find("<"), 0) :]
    return Checked(root=root, text=text)


def mended(text: str) -> str:
    """Without the characters that XML forbids, written out or as numbers: one of them must not cost a whole feed."""
    return _CHARACTER.sub(_legal, _ILLEGAL.sub("", text))


def check_tags(text: str) -> None:
    """For feedparser, which is slow by the element and quadratic by the attribute. Raises NotAFeedError(HOSTILE)."""
    pieces = _OPAQUE.sub("", text).split("<")
    if len(pieces) > MAX_TAGS:
        raise NotAFeedError(Reason.HOSTILE, f"the document has more than {MAX_TAGS:,} tags")
    _check_lengths(pieces)


def _legal(reference: re.Match[str]) -> str:
    """A numeric reference to a character that exists, else nothing: feedparser gives up the document for one bad number."""
    digits = reference[1]
    number = int(digits[1:], 16) if digits[0] in "xX" else int(digits)
    exists = number in {9, 10, 13} or 32 <= number <= 0xD7FF or 0xE000 <= number <= 0xFFFD or 0x10000 <= number <= 0x10FFFF
    return reference[0] if exists else ""


def _root(head: str) -> str:
    head = _OPAQUE.sub("", head)
    root = _ROOT.search(head)
    name = root[1].lower() if root else ""
    page = _HTML.search(head)
    return "html" if page and (not root or name == "html" or page.start() < root.start()) else name


def _check_marks(text: str) -> None:
    if text.count("<") + text.count("&") > MAX_MARKS:
        raise NotAFeedError(Reason.HOSTILE, f"the document has more than {MAX_MARKS:,} tags and entities")
    pieces = text.split("<")
    if max(map(len, pieces)) > MAX_TAG:
        _check_lengths(_OPAQUE.sub("", text).split("<"))


def _check_lengths(pieces: list[str]) -> None:
    for piece in pieces:
        if len(piece) <= MAX_TAG:
            continue
        tag = _QUOTED.sub("", piece)
        end = tag.find(">")
        if (end if end >= 0 else len(tag)) > MAX_TAG_UNQUOTED:
            raise NotAFeedError(Reason.HOSTILE, f"a tag is longer than {MAX_TAG // 1024} KiB")


def _check_entities(text: str) -> None:
    """Entities built from entities, and short ones used so often that the text unfolds (a "billion laughs")."""
    if not _DECLARES.search(text, 0, DECLARATIONS):
        return
    total = 0
    for count, match in enumerate(_ENTITY.finditer(text, 0, DECLARATIONS)):
        value = match[2] if match[2] is not None else match[3]
        if count > MAX_ENTITIES:
            raise NotAFeedError(Reason.HOSTILE, f"the document declares more than {MAX_ENTITIES} entities")
        if _REFERENCE.search(value):
            raise NotAFeedError(Reason.HOSTILE, f"the entity {match[1]!r} is built from other entities")
        total += len(value) * text.count(f"&{match[1]};")
        if total > MAX_EXPANSION:
            raise NotAFeedError(Reason.HOSTILE, "the document's entities unfold to more than 1 MiB")
