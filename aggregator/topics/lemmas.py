"""Inflected forms: pymorphy3 for Russian and Ukrainian, simplemma for `~word` in other languages.

Dictionaries take up to 80 MB a language, so each is loaded when the first word of its language is asked for.
"""

from functools import lru_cache
from importlib import import_module
from typing import Any, Final

from aggregator.topics.words import base, is_cyrillic

_CYRILLIC: Final = ("ru", "uk")
_SIMPLEMMA = (
    "ast bg ca cs cy da de el en es et fa fi fr ga gd gl gv hbs hi hu hy id is it ka la lb lt lv mk ms nb nl nn pl pt ro se sk sl "
    "sq sv sw tl tr"
)
_OTHERS: Final = frozenset(_SIMPLEMMA.split())
_CACHE: Final = 100_000


class Lemmatiser:
    """`vocabulary.Lemmatise` with real dictionaries. One instance serves the whole program."""

    def __init__(self) -> None:
        self._analysers: dict[str, Any] = {}
        self.lemmas = lru_cache(maxsize=_CACHE)(self._lemmas)

    def _lemmas(self, word: str, language: str) -> frozenset[str]:
        """Keys like `ru:путин`. Cyrillic words of a text in an unknown or not Cyrillic language are read as Russian and as Ukrainian."""
        if is_cyrillic(word):
            return frozenset(
                f"{code}:{lemma}" for code in _cyrillic_languages(language) for lemma in self._normal_forms(word, code)
            )
        if language in _OTHERS and word.isalpha():
            return frozenset(f"{language}:{lemma}" for lemma in _simple(word, language))
        return frozenset()

    def _normal_forms(self, word: str, language: str) -> frozenset[str]:
        """Of all readings: the best reading alone misses a sixth of the Ukrainian forms (measured)."""
        return frozenset(base(reading.normal_form) for reading in self._analyser(language).parse(word))

    def _analyser(self, language: str) -> Any:
        analyser = self._analysers.get(language)
        if analyser is None:
            analyser = self._analysers[language] = import_module("pymorphy3").MorphAnalyzer(lang=language)
        return analyser

    def forms(self, word: str) -> tuple[str, ...]:
        """All forms of a Russian or Ukrainian word in small letters, dictionary order, without repeats."""
        if not is_cyrillic(word):
            return ()
        languages = _CYRILLIC[1:] if any(char in "іїєґ" for char in base(word)) else _CYRILLIC[:1]
        readings = [self._analyser(code).parse(base(word))[0] for code in languages]
        return tuple(dict.fromkeys(form.word for reading in readings for form in reading.lexeme))


def _cyrillic_languages(language: str) -> tuple[str, ...]:
    """Bulgarian, Serbian and the like have no dictionary here, and Russian rules would find wrong words in them."""
    if language in _CYRILLIC:
        return (language,)
    return () if language in {"be", "bg", "kk", "ky", "mk", "mn", "sr", "tg"} else _CYRILLIC


def _simple(word: str, language: str) -> frozenset[str]:
    """Lemma of the word as it is and, for languages that capitalise nouns, of its capitalised form."""
    lemmatize = import_module("simplemma").lemmatize
    spellings = {word, word.capitalize()} if language in {"de", "lb"} else {word}
    return frozenset(base(lemmatize(spelling, lang=language)) for spelling in spellings)
