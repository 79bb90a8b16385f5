"""The words of all queries as numbers, and which of them a word of a text is: looked up once per distinct word."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from aggregator.topics.syntax import Mode, Word
from aggregator.topics.words import base, is_cyrillic, query_keys, text_keys

MEMO_WORDS = 200_000
_NOTHING: tuple[int, ...] = ()


class Lemmatise(Protocol):
    """The seam for inflection. Both methods take words of any form and never raise."""

    def lemmas(self, word: str, language: str) -> frozenset[str]:
        """Keys shared by all forms of `word` (a `base` form) in a text of `language` (primary subtag, "" unknown)."""
        ...

    def forms(self, word: str) -> tuple[str, ...]:
        """The forms of a Cyrillic word, for people to read; empty when unknown."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a word of a query asks for; equal for words that cannot be told apart. `pattern` is a full match, only with `?`."""

    keys: frozenset[str]
    prefix: bool = False
    pattern: str = ""
    exact: bool = False
    inflected: str = ""


def wanted(word: Word, *, inflect: bool = True) -> Wanted:
    """The meaning of a word. Cyrillic words are inflected unless they are exact or have a wildcard."""
    if word.wildcard:
        return _wildcard(word.text)
    if word.mode is Mode.EXACT:
        return Wanted(keys=frozenset((word.text,)), exact=True)
    inflected = base(word.text) if inflect and (word.mode is Mode.INFLECTED or is_cyrillic(word.text)) else ""
    return Wanted(keys=query_keys(word.text), inflected=inflected)


def _wildcard(text: str) -> Wanted:
    stem = text.removesuffix("*")
    if "?" not in stem:
        return Wanted(keys=query_keys(stem), prefix=True)
    literal = stem.partition("?")[0]
    pattern = "".join("." if char == "?" else re.escape(char) for char in base(stem))
    return Wanted(keys=frozenset((base(literal),)), prefix=True, pattern=pattern + (".*" if text.endswith("*") else ""))


class _Memo(dict[str, tuple[int, ...]]):
    """Word of a text -> numbers, for one language. Emptied when full, so that hostile texts cannot fill the memory."""

    def __init__(self, vocabulary: "Vocabulary", language: str) -> None:
        super().__init__()
        self._vocabulary = vocabulary
        self._language = language

    def __missing__(self, word: str) -> tuple[int, ...]:
        if len(self) >= MEMO_WORDS:
            self.clear()
        found = self[word] = self._vocabulary.look_up(word, self._language)
        return found


class Vocabulary:
    """Numbers for the words of queries. Add all words first, then look up: adding later empties the memos."""

    def __init__(self, lemmatise: Lemmatise | None = None) -> None:
        self._lemmatise = lemmatise
        self._numbers: dict[Wanted, int] = {}
        self._keys: dict[str, list[int]] = {}
        self._exact: dict[str, list[int]] = {}
        self._prefixes: dict[int, dict[str, list[int]]] = {}
        self._patterns: dict[int, re.Pattern[str]] = {}
        self._inflected: dict[int, str] = {}
        self._lemmas: dict[str, dict[str, list[int]]] = {}
        self._memos: dict[str, _Memo] = {}

    def add(self, word: Word) -> int:
        """The word's number; equal for words that ask for the same."""
        want = wanted(word, inflect=self._lemmatise is not None)
        number = self._numbers.get(want)
        if number is None:
            number = self._numbers[want] = len(self._numbers)
            self._enter(want, number)
            self._memos.clear()
            self._lemmas.clear()
        return number

    def _enter(self, want: Wanted, number: int) -> None:
        if want.pattern:
            self._patterns[number] = re.compile(want.pattern, re.DOTALL)
        if want.inflected:
            self._inflected[number] = want.inflected
        for key in want.keys:
            table = self._exact if want.exact else self._prefixes.setdefault(len(key), {}) if want.prefix else self._keys
            table.setdefault(key, []).append(number)

    def memo(self, language: str) -> Mapping[str, tuple[int, ...]]:
        """Word of a text -> its numbers, in a text of `language` (a tag like `en-GB`, or empty)."""
        primary = primary_subtag(language) if self._inflected else ""
        memo = self._memos.get(primary)
        if memo is None:
            memo = self._memos[primary] = _Memo(self, primary)
        return memo

    def look_up(self, word: str, language: str) -> tuple[int, ...]:
        """The numbers of all query words that this word of a text is. Not memoised."""
        keys = text_keys(word)
        found = set(self._exact.get(word, _NOTHING))
        for key in keys:
            found.update(self._keys.get(key, _NOTHING))
            found.update(self._starting(key))
        if self._inflected:
            table = self._lemma_table(language)
            for lemma in self._lemmas_of(keys, language):
                found.update(table.get(lemma, _NOTHING))
        return tuple(found) if found else _NOTHING

    def _starting(self, key: str) -> set[int]:
        found: set[int] = set()
        for length, table in self._prefixes.items():
            for number in table.get(key[:length], _NOTHING) if len(key) >= length else _NOTHING:
                pattern = self._patterns.get(number)
                if pattern is None or pattern.fullmatch(key):
                    found.add(number)
        return found

    def _lemma_table(self, language: str) -> dict[str, list[int]]:
        """Made when the first text of a language comes: dictionaries are loaded only for languages that are read."""
        table = self._lemmas.get(language)
        if table is None:
            table = self._lemmas[language] = {}
            for number, word in self._inflected.items():
                for lemma in self._lemmas_of(frozenset((word,)), language):
                    table.setdefault(lemma, []).append(number)
        return table

    def _lemmas_of(self, keys: frozenset[str], language: str) -> frozenset[str]:
        return lemma_keys(keys, language, self._lemmatise)


def lemma_keys(keys: frozenset[str], language: str, lemmatise: Lemmatise | None) -> frozenset[str]:
    """The lemma keys of a word's keys; none without a lemmatiser."""
    if lemmatise is None:
        return frozenset()
    return frozenset(lemma for key in keys if "'" not in key for lemma in lemmatise.lemmas(key, language))


def primary_subtag(language: str) -> str:
    """`en` of `en-GB` or `en_GB`, in small letters."""
    return language.replace("_", "-").partition("-")[0].strip().casefold()
