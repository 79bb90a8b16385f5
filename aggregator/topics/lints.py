"""Advice about queries that can be read but perhaps mean something else. Never blocks."""

import re
from collections.abc import Iterator

from aggregator.topics.syntax import And, Mode, Node, Or, Phrase, Word, children, walk
from aggregator.topics.values import Lint
from aggregator.topics.words import base

# Function words of English, German, Spanish, French, Russian: in nearly every article of their language.
_COMMON = """
    a about after all also an and are as at be been but by can for from had has have he her his in into is it its more new not
    of on one or other out over said she some than that the their there they this to two up was we were what when which who will
    with would der die das und zu den von ist mit auf für im ein eine nicht es dem des auch sich als werden el la los las
    de en que y un una por con del se no le les et est du dans au pour qui sur par il ne и в на не что с по как"""
COMMON = frozenset(_COMMON.split())
# Names in capitals that are ordinary words in small letters.
_CAPITALS = frozenset(("act", "aid", "all", "bat", "can", "fed", "ice", "it", "may", "now", "opera", "us", "was", "who", "will"))
_LOWER_OPERATORS = frozenset({"and", "or", "not", "near", "onear"})
_SINGLE_QUOTED = re.compile(r"(?<![^\s(])['‘‚’](?=\w)[^'‘’‚\n]*\s[^'‘’‚\n]*['’‘](?=[\s)]|\Z)")


def lint(node: Node, source: str) -> tuple[Lint, ...]:
    """Warnings in the order of their places; `source` is the text that `node` was parsed from."""
    found = [*_mixed(node), *_side_by_side(node), *_words(node), *_single_quotes(source)]
    return tuple(sorted(dict.fromkeys(found), key=lambda item: (item.pos, item.end)))


def _mixed(node: Node) -> Iterator[Lint]:
    """Systems read `a OR b AND c` in four different ways."""
    for part in walk(node):
        if isinstance(part, Or) and not part.list_name:
            for inner in part.parts:
                if isinstance(inner, And) and not inner.bracketed:
                    message = "AND and OR are mixed without brackets: AND is read first"
                    yield Lint(message=message, pos=inner.pos, end=inner.end, hint="write the brackets")
                    break


def _side_by_side(node: Node) -> Iterator[Lint]:
    for part in walk(node):
        if isinstance(part, And) and part.implied:
            message = "words side by side must all be there, in any order"
            yield Lint(message=message, pos=part.pos, end=part.end, hint="write AND, or quote them to search a phrase")


def _words(node: Node) -> Iterator[Lint]:
    waiting: list[Node] = [node]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Phrase):
            yield from _question(part.words)
        elif isinstance(part, Word):
            yield from _single(part)
            yield from _question((part,))
        elif not (isinstance(part, Or) and part.list_name):
            waiting.extend(children(part))


def _single(word: Word) -> Iterator[Lint]:
    plain = base(word.text)
    place = {"pos": word.pos, "end": word.end}
    quoted = word.end - word.pos != len(word.text)
    if word.text in _LOWER_OPERATORS and not quoted:
        message = f"'{word.text}' is searched as a word; operators are in capitals"
        yield Lint(message=message, **place, hint=f"write {word.text.upper()}, or quote it")
    elif word.mode is Mode.PLAIN and word.text.isupper() and plain in _CAPITALS:
        message = f"{word.text} also finds '{plain}'"
        yield Lint(message=message, **place, hint=f"write ={word.text} to find it in capitals only")
    elif plain in COMMON and word.mode is not Mode.EXACT:
        message = f"'{word.text}' is in very many articles"
        yield Lint(message=message, **place, hint="leave it out, or put it in a phrase")


def _question(words: tuple[Word, ...]) -> Iterator[Lint]:
    """The question mark of a quoted sentence is read as one more letter."""
    for word in words:
        if word.wildcard and word.text.endswith("?") and word.text.count("?") == 1:
            message = f"? stands for exactly one letter: {word.text} does not find {word.text[:-1]}"
            yield Lint(message=message, pos=word.pos, end=word.end, hint="leave it out if it ends a sentence")


def _single_quotes(source: str) -> Iterator[Lint]:
    for found in _SINGLE_QUOTED.finditer(source):
        message = "single quotation marks do not make a phrase"
        yield Lint(message=message, pos=found.start(), end=found.end(), hint='write "…"')
