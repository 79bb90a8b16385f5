"""A document that is well-formed XML becomes a tree, in bounded time: nothing outside it is read and no entity is unfolded.

Reading a feed from a tree takes a tenth of the CPU that feedparser takes. What is not well-formed is mended where that cannot
lose anything (bare ampersands, undeclared prefixes); for everything else there is no tree, and feedparser reads it.
"""

import html
import html.entities
import re
from collections.abc import Iterator
from typing import Final

from lxml import etree

from aggregator.errors import NotAFeedError
from aggregator.feeds import guard
from aggregator.reasons import Reason

# 100,000 attributes on one element are an attack; real feeds stay far below 256.
MAX_ATTRIBUTES = 256
XML_LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"
# How the names of feeds are written here. An element of none of these (and without a prefix) says what its name says.
_SPACES: dict[str, str] = {
    "": "",
    "http://www.w3.org/2005/atom": "",
    "http://purl.org/atom/ns#": "",
    "http://purl.org/rss/1.0/": "",
    "http://my.netscape.com/rdf/simple/0.9/": "",
    "http://channel.netscape.com/rdf/simple/0.9/": "",
    "http://my.netscape.com/publish/formats/rss-0.91.dtd": "",
    "http://purl.org/net/rss1.1#": "",
    "http://blogs.law.harvard.edu/tech/rss": "",
    "http://purl.org/rss/1.0/modules/content/": "content:",
    "http://purl.org/dc/elements/1.1/": "dc:",
    "http://purl.org/dc/terms/": "dcterms:",
    "http://search.yahoo.com/mrss/": "media:",
    "http://search.yahoo.com/mrss": "media:",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes:",
    "http://rssnamespace.org/feedburner/ext/1.0": "feedburner:",
    "http://purl.org/rss/1.0/modules/syndication/": "sy:",
    "http://purl.org/rss/modules/syndication/": "sy:",
    "http://www.w3.org/1999/xhtml": "xhtml:",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf:",
    "http://www.sitemaps.org/schemas/sitemap/0.9": "",
    "http://www.google.com/schemas/sitemap/0.9": "",
    "http://www.google.com/schemas/sitemap/0.84": "",
    "http://www.google.com/schemas/sitemap-news/0.9": "news:",
    "http://www.google.com/schemas/sitemap-image/1.1": "image:",
}
_UNDECLARED: Final = "urn:undeclared:"
_FIVE: Final = "amp|lt|gt|quot|apos"
_NAMED = re.compile(rf"&(?!(?:{_FIVE});)([a-zA-Z][a-zA-Z0-9]{{1,31}});")
_CDATA = re.compile(r"(<!\[CDATA\[.*?(?:\]\]>|\Z))", re.DOTALL)
_BARE = re.compile(r"&(?!#[0-9]{1,7};|#[xX][0-9a-fA-F]{1,6};|[a-zA-Z][a-zA-Z0-9]{0,31};)")
_PREFIX = re.compile(r"<([A-Za-z][A-Za-z0-9_-]{0,20}):[A-Za-z]")
_ATTRIBUTE_PREFIX = re.compile(r"\s([A-Za-z][A-Za-z0-9_-]{0,20}):[A-Za-z][A-Za-z0-9_-]{0,30}\s?=\s?[\"']")
_DECLARED = re.compile(r"\sxmlns:([A-Za-z][A-Za-z0-9_-]{0,20})\s{0,9}=")
_ROOT = re.compile(r"<[A-Za-z][A-Za-z0-9:_.-]{0,60}(?=[\s/>])")
_SPACED = re.compile(r"(\sxmlns(?::[A-Za-z][A-Za-z0-9_-]{0,20})?=)([\"'])\s{0,99}([^\"'<>\s]{1,300})\s{0,99}\2")
_MAX_PREFIXES: Final = 40
_VOID: Final = frozenset({"br", "hr", "img", "wbr", "input", "source"})
_TOO_MANY = etree.XPath(f"boolean(//*[@*[{MAX_ATTRIBUTES + 1}]])")


def _mended(text: str) -> str:
    """What can be put right without losing anything: one such defect must not cost the slow, tolerant way."""
    text = guard.mended(text)
    if "<!ENTITY" not in text:
        # Comments before the declaration, broken declarations: what stands before the first element says nothing.
        root = _ROOT.search(text)
        text = text[root.start() :] if root else text
    return _with_ampersands(_without_named_characters(_SPACED.sub(r"\1\2\3\2", text)))


def _without_named_characters(text: str) -> str:
    """HTML's names of characters (`&nbsp;`) become the characters: XML knows five of them and stops at the others."""
    if "<!ENTITY" in text:
        return text
    return _NAMED.sub(_character, text)


def _character(match: re.Match[str]) -> str:
    found = html.entities.html5.get(f"{match[1]};", "")
    return found if found and not {*found} & {*"<>&\"'"} else match[0]


def read_tree(text: str, *, url: str = "", forgiving: bool = False) -> etree._Element | None:
    """The root of a well-formed document; None when it is not, or declares entities. `forgiving`: what can be read of it.
    `url` is what relative addresses stand against.

    Raises NotAFeedError(HOSTILE) for elements with more than 256 attributes. libxml2 itself ends nesting at 256.
    """
    root, fault = _tree(text, url)
    if root is None:
        text = _mended(text)
        root, fault = _tree(text, url)
    if root is None and "prefix" in fault:
        text = _with_prefixes(text)
        root, _ = _tree(text, url)
    if root is None and forgiving:
        root, _ = _tree(text, url, recover=True)
    if root is None:
        return None
    if _TOO_MANY(root):
        raise NotAFeedError(Reason.HOSTILE, f"an element has more than {MAX_ATTRIBUTES} attributes")
    return root


def _tree(text: str, url: str, *, recover: bool = False) -> tuple[etree._Element | None, str]:
    """The root, or None and what is wrong."""
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        collect_ids=False,
        recover=recover,
    )
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), parser, base_url=url)
    except (etree.XMLSyntaxError, ValueError) as error:
        return None, str(error)
    # A reference that was left standing cuts the text it stands in.
    whole = root is not None and (recover or next(root.iter(etree.Entity), None) is None)
    return (root, "") if whole else (None, "")


def _with_ampersands(text: str) -> str:
    """`?a=1&b=2` as it must be written, outside CDATA."""
    return "".join(part if part.startswith("<![CDATA[") else _BARE.sub("&amp;", part) for part in _CDATA.split(text))


def _with_prefixes(text: str) -> str:
    """Prefixes that nobody declared are declared at the root, under their own name."""
    head = _ROOT.search(text)
    used = {*_PREFIX.findall(text), *_ATTRIBUTE_PREFIX.findall(text)} - {"xml", "xmlns", *_DECLARED.findall(text)}
    if not head or not used or len(used) > _MAX_PREFIXES:
        return text
    declared = "".join(f' xmlns:{prefix}="{_UNDECLARED}{prefix.lower()}"' for prefix in sorted(used))
    return text[: head.end()] + declared + text[head.end() :]


class Names:
    """The names of a document's elements as this room writes them: lower case, a known prefix or none.

    Elements of unknown modules are "?" when they carry a prefix: their `title` is not the item's.
    """

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def of(self, element: etree._Element) -> str:
        tag = element.tag
        if not isinstance(tag, str):
            return "?"
        name = self._known.get(tag)
        if name is None:
            name = self._known[tag] = _name(tag, element.prefix)
        return name

    def children(self, element: etree._Element) -> Iterator[tuple[str, etree._Element]]:
        """Every child with its name."""
        for child in element:
            yield self.of(child), child


def _name(tag: str, prefix: str | None) -> str:
    space, _, local = tag[1:].partition("}") if tag.startswith("{") else ("", "", tag)
    space, local = space.strip().lower(), local.lower()
    if space.startswith(_UNDECLARED):
        prefix = space.removeprefix(_UNDECLARED)
        known = "" if prefix in {"atom", "atom10", "rss"} else f"{prefix}:"
        return f"{known}{local}" if known in _SPACES.values() else "?"
    if "backend.userland.com/rss" in space:
        space = ""
    known = _SPACES.get(space, "" if prefix is None else "?")
    return "?" if known == "?" else f"{known}{local}"


def text_of(element: etree._Element | None) -> str:
    """The text of an element; of one with elements inside, its markup."""
    if element is None:
        return ""
    if len(element) == 0:
        return element.text or ""
    return markup_of(element)


def markup_of(element: etree._Element) -> str:
    """What stands inside an element, as HTML: names without prefixes, attributes that tell an address or a language only."""
    if len(element) == 1 and _is_box(element, element[0]):
        return markup_of(element[0])
    pieces = [html.escape(element.text or "", quote=False)]
    for event, node in etree.iterwalk(element, events=("start", "end")):
        if node is element or not isinstance(node.tag, str):
            continue
        local = etree.QName(node).localname
        if event == "start":
            pieces.append(f"<{local}{_attributes(node)}>{html.escape(node.text or '', quote=False)}")
        else:
            pieces.append(f"{'' if local in _VOID else f'</{local}>'}{html.escape(node.tail or '', quote=False)}")
    return "".join(pieces)


def _is_box(element: etree._Element, inner: etree._Element) -> bool:
    """The one <div> around everything that Atom asks for."""
    alone = not (element.text or "").strip() and not (inner.tail or "").strip()
    # An entity's "tag" is a function.
    return alone and str(inner.tag).rpartition("}")[2] == "div"


def _attributes(node: etree._Element) -> str:
    kept = ((name, node.get(name)) for name in ("href", "src", "alt", "lang"))
    return "".join(f' {name}="{html.escape(value)}"' for name, value in kept if value)
