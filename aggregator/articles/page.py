"""Bytes become a tree: refusal of hostile pages before the parser sees them, the charset, one parse."""

import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, lookup
from typing import Any

from lxml.etree import LxmlError, ParserError, XPath, strip_tags
from lxml.html import HtmlElement, document_fromstring
from trafilatura.utils import HTML_PARSER, detect_encoding, load_html

from aggregator.limits import Limits

# One tag with 50,000 attributes keeps lxml busy for minutes although it is far below every size limit. Quoted values do not
# count: real tags carry images and application state of 330 KB in one value, but never more than 19 KB of anything else
# (117 shared pages).
LONGEST_TAG = 32 * 1024
# libxml2 gives up silently at 256 levels; below that nothing is lost.
DEEPEST = 250
# So many words each in a tag of its own within one paragraph (transcripts, coloured code): the extractor turns each into a piece
# of text and walks back over all before it: 1.2 s for 5,000, 31 s for 20,000, below 3 s for 70,000 when they are plain text before.
CROWD = 1_000
# With fewer tags than that a page holds no crowd that costs a second.
_MANY_TAGS = 10_000
_PHRASES = (
    *("abbr", "b", "bdi", "bdo", "big", "cite", "data", "del", "dfn", "em", "font", "i", "ins", "kbd", "label", "mark", "q", "s"),
    *("samp", "small", "span", "strike", "strong", "sub", "sup", "time", "tt", "u", "var"),
)
_CROWDED = XPath(f"//*[*[{CROWD}]]")

_TAG = re.compile(rb"<[A-Za-z][^>\"'=]*+(?:(?:=[ \t\r\n]*+(?:\"[^\"]*+\"|'[^']*+')?|[\"'])[^>\"'=]*+)*+")
_QUOTED = re.compile(rb"\"[^\"]*+\"|'[^']*+'")
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]{2,40})", re.IGNORECASE)
_HEADER_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]{2,40})", re.IGNORECASE)
_BOMS = ((BOM_UTF8, "utf-8-sig"), (BOM_UTF16_LE, "utf-16"), (BOM_UTF16_BE, "utf-16"))
# Every byte string decodes as one of these, and servers name them by default: alone they prove nothing.
_WEAK = frozenset({"iso8859-1", "cp1252", "ascii"})
# Where browsers look for the charset, eightfold; some templates put a long script in front of it.
_NEAR_HEAD, _FAR_HEAD = 8_192, 524_288
_NOT_ASCII = re.compile(rb"[\x80-\xff][^<>\n]{0,2000}")
_BEFORE, _SAMPLE = 20, 8_000
# One damaged sign among so many letters is a stray byte.
_STRAY = 20
_BINARY = (b"%PDF", b"\x89PNG", b"GIF8", b"\xff\xd8\xff", b"PK\x03\x04", b"\x1f\x8b", b"RIFF", b"\x7fELF")


def refusal(html: bytes, limits: Limits) -> str:
    """Why these bytes are not given to the parser ("" when they are): size, number of tags, one monstrous tag, no markup."""
    if not html.strip():
        return "the page is empty"
    if len(html) > limits.page_decoded:
        return f"the page has {len(html)} bytes, more than {limits.page_decoded}"
    if html.startswith(_BINARY):
        return "the bytes are not a web page"
    compact = html.replace(b"\0", b"") if html[:4].count(0) else html
    tags = compact.count(b"<")
    if not tags:
        return "the bytes hold no markup"
    if tags > limits.page_tags:
        return f"the page has {tags} tags, more than {limits.page_tags}"
    longest = longest_tag(compact)
    return f"one tag has {longest} bytes, more than {LONGEST_TAG}" if longest > LONGEST_TAG else ""


def longest_tag(html: bytes) -> int:
    """Bytes of the longest tag without its quoted values."""
    long_ones = (tag for tag in _TAG.findall(html) if len(tag) > LONGEST_TAG)
    return max((len(_QUOTED.sub(b"", tag)) for tag in long_ones), default=0)


def decode(html: bytes, content_type: str) -> str:
    """Text of the page. Order: BOM, strict UTF-8, header, meta, detection; a declared charset counts only if it decodes strictly.

    Valid UTF-8 beats declarations: no real text in another charset is valid UTF-8 by accident, while headers and metas are
    often a template's left-over.
    """
    for bom, name in _BOMS:
        if html.startswith(bom) and (text := _strict(html, name)) is not None:
            return text
    metas = _META_CHARSET.findall(html[:_NEAR_HEAD]) or _META_CHARSET.findall(html[:_FAR_HEAD])
    names = [*_HEADER_CHARSET.findall(content_type), *(m.decode("ascii") for m in metas[:1])]
    if _wide(names) is None and (text := _strict(html, "utf-8")) is not None:
        return text
    for name in sorted(names, key=_is_weak):
        if (text := _strict(html, name)) is not None:
            return text
    damaged = (_damaged(html, name) for name in ("utf-8", *names))
    return next((text for text in damaged if text is not None), None) or _guessed(html)


def _damaged(html: bytes, name: str) -> str | None:
    """The text with a sign for each byte that fits nowhere, None when there are many: then it is another charset."""
    try:
        text = html.decode(_web_name(name), "replace")
    except (LookupError, UnicodeError):
        return None
    foreign = len(text) - len(text.encode("ascii", "ignore"))
    return text if text.count("\ufffd") * _STRAY <= foreign else None


def _guessed(html: bytes) -> str:
    """Nothing is declared: the charset that fits the lines which are not ASCII. Long scripts in front would hide them."""
    sample, size = [], 0
    for line in _NOT_ASCII.finditer(html):
        sample.append(html[max(0, line.start() - _BEFORE) : line.end()])
        size += len(sample[-1])
        if size >= _SAMPLE:
            break
    for name in detect_encoding(b"\n".join(sample)):
        if (text := _strict(html, name)) is not None:
            return text
    return html.decode("utf-8", "replace")


def _wide(names: list[str]) -> str | None:
    """A declared charset whose bytes are also valid UTF-8 (7-bit escapes, NULs), so that trying UTF-8 first would be wrong."""
    return next((n for n in names if n.lower().startswith(("utf-16", "utf16", "iso-2022", "utf-32", "hz-"))), None)


def _is_weak(name: str) -> bool:
    try:
        return lookup(name).name in _WEAK
    except LookupError:
        return True


def _strict(html: bytes, name: str) -> str | None:
    try:
        if not getattr(lookup(name), "_is_text_encoding", True):
            return None
        return html.decode(_web_name(name))
    except (LookupError, UnicodeError):
        return None


def _web_name(name: str) -> str:
    """As browsers do: pages that say Latin-1 mean Windows-1252, pages that say GB2312 mean its superset."""
    python = lookup(name).name
    return {"iso8859-1": "cp1252", "gb2312": "gb18030", "gbk": "gb18030"}.get(python, name)


def parse(text: str) -> HtmlElement | None:
    """The tree of the page, None when there is nothing a browser would show. Never raises."""
    tree = load_html(text)
    if tree is None:
        try:
            tree = document_fromstring(text.encode("utf-8", "replace"), parser=HTML_PARSER)
        except (LxmlError, ParserError, ValueError, AssertionError):
            return None
    if not isinstance(tree, HtmlElement):
        return None
    if text.count("<") > _MANY_TAGS:
        unwrap_crowds(tree)
    return tree


def unwrap_crowds(tree: HtmlElement) -> None:
    """Thousands of phrases in tags of their own under one parent become its text."""
    found: Any = _CROWDED(tree)
    for parent in found:
        if sum(1 for _ in parent.iterchildren(*_PHRASES)) < CROWD:
            continue
        strip_tags(parent, *_PHRASES)
        # Set anew, the pieces that the tags leave become one.
        parent.text = parent.text
        for element in parent.iterdescendants():
            element.text, element.tail = element.text, element.tail


def too_deep(tree: HtmlElement) -> bool:
    """Does the nesting reach the depth at which the parser drops what follows?"""
    depth, node = 0, tree
    while len(node):
        node = max(node, key=len) if len(node) < 50 else node[-1]
        depth += 1
        if depth >= DEEPEST:
            return True
    return False
