"""What a page says about itself in JSON-LD, in whatever shape its template prints it."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from html import unescape
from typing import Any

from lxml.html import HtmlElement

from aggregator.text import one_line

# A 5 MB block costs a parser 660 MB (measured); the largest honest one in 117 pages has 130 KB.
LARGEST = 512 * 1024
_MOST_NODES = 2_000
# All blocks of a page together; four of the largest honest ones.
_ALL_BLOCKS = 2 * LARGEST

_ARTICLE_TYPES = ("article", "posting", "report", "review", "recipe", "claimreview")
_LIVE_KEYS = ("liveBlogUpdate", "coverageStartTime", "coverageEndTime")
_TRAILING_COMMA = re.compile(r",(\s*[}\]])")
# What templates of the XHTML days wrap around a script.
_OPENINGS = ("<!--", "//", "/*", "<![CDATA[", "*/")
_CLOSINGS = ("-->", "//", "]]>", "/*", "*/", ";")
_STRING = r'\s*:\s*"((?:[^"\\]|\\.){1,2000})"'
_LOOSE_KEYS = ("headline", "datePublished", "dateModified", "articleSection")


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """Texts as printed (one line each, `body` with its breaks), "" or () when absent. `kind` is the schema.org type found.

    `authors` are persons and names without a type, `organisations` what is typed as one; `kinds` are the types of all objects
    that describe the page itself, in lower case.
    """

    kind: str = ""
    kinds: frozenset[str] = frozenset()
    headline: str = ""
    authors: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()
    publisher: str = ""
    is_live: bool = False
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
    best, nodes = NOTHING, list[dict[str, Any]]()
    for text in _blocks(tree):
        data = _load(text)
        if data is None:
            best = max(best, _skim(text), key=_rank)
        else:
            nodes += _nodes(data)
    named = {node["@id"]: node for node in nodes if isinstance(node.get("@id"), str) and ("name" in node or "byline" in node)}
    for node in nodes:
        if _is_article(node):
            best = max(best, _from_node(node, named), key=_rank)
            if best.kind and best.headline and (best.published or best.authors):
                break
    kinds = frozenset(kind for node in nodes[:50] for kind in _types(node))
    return replace(best, kinds=kinds, is_live=best.is_live or any(_is_live(node) for node in nodes))


def _blocks(tree: HtmlElement) -> Iterator[str]:
    left = _ALL_BLOCKS
    for script in tree.iter("script"):
        if "ld+json" in (script.get("type") or "").lower():
            text = script.text or ""
            left -= len(text)
            if len(text) <= LARGEST and left >= 0:
                yield text


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
            waiting += [item[key] for key in ("@graph", "mainEntity", "mainEntityOfPage") if key in item]
        elif isinstance(item, list):
            waiting += item[:_MOST_NODES]


def _types(node: dict[str, Any]) -> tuple[str, ...]:
    kinds = node.get("@type", "")
    return tuple(str(kind).lower() for kind in (kinds if isinstance(kinds, list) else [kinds]))


def _is_article(node: dict[str, Any]) -> bool:
    return any(kind.endswith(_ARTICLE_TYPES) or "article" in kind for kind in _types(node))


def _is_live(node: dict[str, Any]) -> bool:
    """A text that grows by itself. `liveBlogUpdate` and coverage times stand in no other kind of object."""
    return "liveblogposting" in _types(node) or (_is_article(node) and any(node.get(key) for key in _LIVE_KEYS))


def _from_node(node: dict[str, Any], named: dict[str, dict[str, Any]]) -> Linked:
    people = [_resolved(person, named) for person in _listed(node.get("author") or node.get("creator"))]
    return Linked(
        kind=next(iter(_types(node)), "article"),
        headline=_line(node.get("headline") or node.get("name")),
        authors=_names(person for person in people if not _is_organisation(person)),
        organisations=_names(person for person in people if _is_organisation(person)),
        publisher=_line(_resolved(next(iter(_listed(node.get("publisher"))), None), named)),
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


def _listed(value: Any) -> list[Any]:
    return value[:50] if isinstance(value, list) else [value]


def _resolved(person: Any, named: dict[str, dict[str, Any]]) -> Any:
    """An author that is only a reference stands elsewhere in the page's graph with the name."""
    if isinstance(person, dict) and isinstance(person.get("@id"), str) and not person.get("name"):
        return named.get(person["@id"], person)
    return person


def _names(people: Iterable[Any]) -> tuple[str, ...]:
    names = (_line(person, ("name", "byline", "@value")) for person in people)
    return tuple(dict.fromkeys(name for name in names if name))


def _is_organisation(person: Any) -> bool:
    """Typed as an organisation and as nothing else; some templates type people as both."""
    kinds = _types(person) if isinstance(person, dict) else ()
    return any("organization" in kind for kind in kinds) and "person" not in kinds


def _free(value: Any) -> bool | None:
    known = {"true": True, "false": False, "1": True, "0": False}
    return known.get(str(value).strip().lower().rsplit("/", 1)[-1])
