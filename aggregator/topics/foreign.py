"""Operators of other products. They look like words here, so each is refused with its translation."""

import re
from collections.abc import Callable
from typing import TypeAlias

from aggregator.topics.syntax import MetaField
from aggregator.topics.values import Field

NEAR_MAX = 50
_Hint: TypeAlias = Callable[[re.Match[str]], str]

# Names of other products for our fields (Google, Talkwalker, Lexis, Factiva).
FIELD_NAMES = {
    "intitle": "title",
    "headline": "title",
    "head": "title",
    "hl": "title",
    "hlp": "title",
    "ingress": "body",
    "text": "body",
    "intext": "body",
    "by": "author",
    "byline": "author",
    "site": "source",
    "domain": "source",
    "outlet": "source",
    "publication": "source",
    "rst": "source",
    "sourcecountry": "country",
    "lang": "language",
    "la": "language",
    "inurl": "url",
    "link": "url",
}
FIELDS = tuple(Field) + tuple(MetaField)


def _distance(found: re.Match[str], less: int = 0) -> int:
    return min(NEAR_MAX, max(0, int(found["n"][:9]) - less))


def _nth(operator: str) -> _Hint:
    """Lexis and Factiva count to the n-th word; here the words between are counted."""
    return lambda found: f"{found[0]} means a distance of {found['n']}: write {operator}/{_distance(found, 1)}"


def _between(operator: str) -> _Hint:
    return lambda found: f"write {operator}/{_distance(found)}"


def _say(text: str) -> _Hint:
    return lambda _found: text


def _truncated(found: re.Match[str]) -> str:
    return f"write {found['stem']}*"


_SENTENCE = "the sentence and the paragraph are no operators; write NEAR/10"
_RULES: tuple[tuple[re.Pattern[str], _Hint], ...] = tuple(
    (re.compile(pattern), hint)
    for pattern, hint in (
        (r"[Ww]/(?P<n>\d+)\Z", _nth("NEAR")),
        (r"(?:PRE|pre|ADJ|adj)/(?P<n>\d+)\Z|ADJ(?P<m>\d+)\Z", _say("")),
        (r"(?:NEAR|near)(?P<n>\d+)\Z", _nth("NEAR")),
        (r"(?i:near)/(?P<n>\d+)f\Z", _between("ONEAR")),
        (r"(?i:near)/(?P<n>\d+)\Z", _between("NEAR")),
        (r"(?i:onear)/(?P<n>\d+)\Z", _between("ONEAR")),
        (r"(?i:o?near)/.*", _say("NEAR takes a number of words, as in NEAR/5")),
        (r"(?:[Ww]|PRE|pre|NOT W|ADJ)/(?:p|s|seg|para|sent|sentence|paragraph)\Z", _say(_SENTENCE)),
        (r"(?i:atleast)/?(?P<n>\d+)\Z", lambda found: f"write ATLEAST/{_distance(found)}( … )"),
        (r"ANDNOT\Z|AND-NOT\Z", _say("write AND NOT")),
        (r"&&?\Z", _say("write AND")),
        (r"\|\|?\Z", _say("write OR")),
        (r"!.*", _say("write NOT")),
        (r"\+.*", _say("leave the + out: words side by side must all be there")),
        (r"(?P<stem>[^\W_]{3,})!\Z", _truncated),
    )
)
_ORDERED = re.compile(r"(?:PRE|ADJ)/?(?P<n>\d+)\Z", re.IGNORECASE)
_CALL = re.compile(r"AROUND\s*\(\s*(?P<n>\d+)\s*\)")
_SLOP = re.compile(r"~(?P<n>\d+)")


def refusal(text: str) -> str | None:
    """What to write instead of a term that is another product's operator; None for an ordinary term."""
    for pattern, hint in _RULES:
        found = pattern.match(text)
        if found:
            ordered = _ORDERED.match(text)
            return _nth("ONEAR")(ordered) if ordered else hint(found)
    return None


def around(source: str, pos: int) -> tuple[int, str] | None:
    """End and hint of Google's `AROUND(n)` at `pos`."""
    found = _CALL.match(source, pos)
    return (found.end(), _between("NEAR")(found)) if found else None


def slop(source: str, pos: int) -> tuple[int, str] | None:
    """End and hint of Lucene's `~n` behind a phrase that ends at `pos`."""
    found = _SLOP.match(source, pos)
    return (found.end(), f"put {_between('NEAR')(found).removeprefix('write ')} between the words") if found else None
