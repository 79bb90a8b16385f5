"""The few tags of a web page that can lead to a feed, found in one bounded pass over its text; no tree is built."""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from aggregator.feeds.html import plain_text

MAX_ATTRIBUTES = 64
# Of an element's text, behind its start tag.
MAX_SHOWN = 400
_WANTED = re.compile(
    r"<(?:(!--)|(a|base|html|iframe|link|meta|title)(?=[\s/>])|(script|style|noscript|template|textarea|svg)(?=[\s/>]))",
    re.IGNORECASE,
)
# At most 128 pieces a tag: without the bound, unclosed quotes make the search quadratic.
_REST = re.compile(r"(?:[^<>\"']++|\"[^\"]{0,65536}\"|'[^']{0,65536}'){0,128}+>")
_ATTRIBUTE = re.compile(r"([^\s\"'<>/=]{1,60})(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'<>]+)))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """A start tag: its name in lower case, its first attributes, and where the text behind it begins."""

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    end: int

    def get(self, name: str) -> str:
        return self.attributes.get(name, "")


def wanted_tags(text: str, *, limit: int) -> Iterator[Tag]:
    """Links, anchors, frames and what the head says, in the order of the page; scripts, styles and comments are passed over.

    At most `limit` tags; never raises. A tag that is not closed ends nothing but itself.
    """
    lowered = text.lower()
    lowered = lowered if len(lowered) == len(text) else text
    position, seen = 0, 0
    while seen < limit and (opening := _WANTED.search(text, position)):
        seen += 1
        if opening[1]:
            position = _behind(text, "-->", opening.end())
        elif opening[3]:
            position = _behind(lowered, f"</{opening[3].lower()}", opening.end())
        else:
            rest = _REST.match(text, opening.end())
            position = rest.end() if rest else opening.end()
            if rest:
                yield Tag(name=opening[2].lower(), attributes=_attributes(rest[0][:-1]), end=position)


def shown_text(text: str, tag: Tag) -> str:
    """The beginning of what stands between the tag and the next end tag of its name, without markup."""
    piece = text[tag.end : tag.end + MAX_SHOWN]
    end = piece.lower().find(f"</{tag.name}")
    return plain_text(piece[:end] if end >= 0 else piece).replace("\n", " ")


def _attributes(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for count, match in enumerate(_ATTRIBUTE.finditer(text)):
        if count >= MAX_ATTRIBUTES:
            break
        value = next((part for part in match.groups()[1:] if part is not None), "")
        found.setdefault(match[1].lower(), html.unescape(value))
    return found


def _behind(text: str, mark: str, start: int) -> int:
    end = text.find(mark, start)
    return end + len(mark) if end >= 0 else len(text)
