"""What a page says about itself in JSON-LD, in whatever shape its template prints it."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from typing import Any

from lxml.html import HtmlElement

from aggregator.text import one_line

# A 5 MB block costs a parser 660 MB (measured); the largest honest one in 117 pages has 130 KB.
LARGEST = 512 * 1024
_MOST_NODES = 2_000

_ARTICLE_TYPES = ("article", "posting", "report", "review", "recipe", "claimreview")
_TRAILING_COMMA = re.compile(r",(\s*[}\]])")
# What templates of the XHTML days wrap around a script.
_OPENINGS = ("<!--", "//", "/*", "<![CDATA[", "*/")
_CLOSINGS = ("-->", "//", "]]>", "/*", "*/", ";")
_STRING = r'\s*:\s*"((?:[^"\\]|\\.){1,2000})"'
_LOOSE_KEYS = ("headline", "datePublished", "dateModified", "articleSection")


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """Texts as printed (one line each, `body` with its breaks), "" or () when absent. `kind` is the schema.org type found."""

    kind: str = ""
    headline: str = ""
    authors: tuple[str, ...] = ()
    published: str = ""
    modified: str = ""
    section: str = ""
    language: str = ""
    image: str = ""
    url: str = ""
    is_free: bool | None = None
    body: str = ""


NOTHING = Linked()


def read_linked(tree: HtmlElement) -> Linked:
    """The page's article node. The first node that is an article with a headline wins; broken blocks are mended or skimmed."""
    best = NOTHING
    for script in tree.iter("script"):
        if "ld+json" not in (script.get("type") or "").lower():
            continue
        found = _from_block(script.text or "")
        if found.kind and found.headline and (found.published or found.authors):
            return found
        if _rank(found) > _rank(best):
            best = found
    return best


def drop_broken(tree: HtmlElement) -> None:
    """Takes out the blocks that are no JSON. What can be read of them was; trafilatura's own reading of an unclosed string costs
    the square of its length: 10 s for 50 KB.
    """
    for script in [script for script in tree.iter("script") if "ld+json" in (script.get("type") or "").lower()]:
        try:
            json.loads(script.text or "", strict=False)
        except (ValueError, RecursionError):
            script.drop_tree()


def _rank(linked: Linked) -> int:
    return 2 * bool(linked.kind) + bool(linked.headline) + bool(linked.published)


def _from_block(text: str) -> Linked:
    if len(text) > LARGEST:
        return NOTHING
    data = _load(text)
    if data is None:
        return _skim(text)
    best = NOTHING
    for node in _nodes(data):
        if _is_article(node):
            found = _from_node(node)
            if _rank(found) > _rank(best):
                best = found
    return best


def _load(text: str) -> Any:
    text = _unwrapped(text)
    for attempt in (text, _TRAILING_COMMA.sub(r"\1", text), unescape(text)):
        try:
            return json.loads(attempt, strict=False)
        except (ValueError, RecursionError):
            continue
    return None


def _unwrapped(text: str) -> str:
    """Without comment and CDATA marks around it. No pattern: those that skip blanks go quadratic on a megabyte of them."""
    text = text.strip()
    while mark := next((mark for mark in _OPENINGS if text.startswith(mark)), ""):
        text = text[len(mark) :].lstrip()
    while mark := next((mark for mark in _CLOSINGS if text.endswith(mark)), ""):
        text = text[: -len(mark)].rstrip()
    return text


def _skim(text: str) -> Linked:
    """The few fields that can be read out of a block that no parser takes."""
    if "rticle" not in text:
        return NOTHING
    found = {key: _loose(text, key) for key in _LOOSE_KEYS}
    if not found["headline"] and not found["datePublished"]:
        return NOTHING
    return Linked(
        kind="article",
        headline=found["headline"],
        published=found["datePublished"],
        modified=found["dateModified"],
        section=found["articleSection"],
    )


def _loose(text: str, key: str) -> str:
    found = re.search(f'"{key}"{_STRING}', text)
    return _line(found[1].replace('\\"', '"').replace("\\/", "/")) if found else ""


def _nodes(data: Any) -> Iterator[dict[str, Any]]:
    """Every object, outer ones first, without recursion: hostile blocks are deep."""
    waiting, seen = [data], 0
    while waiting and seen < _MOST_NODES:
        item = waiting.pop(0)
        seen += 1
        if isinstance(item, dict):
            yield item
            waiting += [item[key] for key in ("@graph", "mainEntity", "mainEntityOfPage", "itemListElement") if key in item]
        elif isinstance(item, list):
            waiting += item[:_MOST_NODES]


def _types(node: dict[str, Any]) -> tuple[str, ...]:
    kinds = node.get("@type", "")
    return tuple(str(kind).lower() for kind in (kinds if isinstance(kinds, list) else [kinds]))


def _is_article(node: dict[str, Any]) -> bool:
    return any(kind.endswith(_ARTICLE_TYPES) or "article" in kind for kind in _types(node))


def _from_node(node: dict[str, Any]) -> Linked:
    return Linked(
        kind=next(iter(_types(node)), "article"),
        headline=_line(node.get("headline") or node.get("name")),
        authors=_names(node.get("author") or node.get("creator")),
        published=_line(node.get("datePublished") or node.get("dateCreated")),
        modified=_line(node.get("dateModified")),
        section=_line(node.get("articleSection")),
        language=_line(node.get("inLanguage"), ("alternateName", "identifier", "name")),
        image=_line(node.get("image") or node.get("thumbnailUrl"), ("url", "contentUrl", "@id")),
        url=_line(node.get("url") or node.get("mainEntityOfPage"), ("@id", "url")),
        is_free=_free(node.get("isAccessibleForFree")),
        body=unescape(body) if isinstance(body := node.get("articleBody"), str) else "",
    )


def _line(value: Any, keys: tuple[str, ...] = ("name", "@value")) -> str:
    """One line out of a string, a number, a list's first useful member or an object's naming key."""
    for _ in range(4):
        if isinstance(value, list):
            value = next((item for item in value if item), "")
        elif isinstance(value, dict):
            value = next((value[key] for key in keys if value.get(key)), "")
    return one_line(unescape(str(value)), 2000) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _names(value: Any) -> tuple[str, ...]:
    people = value if isinstance(value, list) else [value]
    names = (_line(person) for person in people[:50] if not _is_publisher(person))
    return tuple(dict.fromkeys(name for name in names if name))


def _is_publisher(person: Any) -> bool:
    """An organisation is no author: "Redaktion", the outlet itself; the article's own agency line is read elsewhere."""
    return isinstance(person, dict) and any("organization" in kind for kind in _types(person))


def _free(value: Any) -> bool | None:
    known = {"true": True, "false": False, "1": True, "0": False}
    return known.get(str(value).strip().lower().rsplit("/", 1)[-1])
