"""Exact copies: the same words at two outlets, whatever the headline, the punctuation or the line breaks."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache

from aggregator.articles.values import Article

# Shorter texts are equal by accident: paywall stubs, "Subscribe to read", one-line flashes (stories reference, section 5).
FEWEST_WORDS = 60

_WORD = re.compile(r"\w+")
# A script without blanks makes one "word" of a sentence; there each character counts.
_UNSPACED = re.compile(r"([\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f])")


@lru_cache(maxsize=8)
def words(text: str) -> tuple[str, ...]:
    """Case-folded NFKC words; ё counts as е, as Russian outlets print either. One article's texts are asked for several times."""
    folded = unicodedata.normalize("NFKC", text).casefold().replace("ё", "е")
    return tuple(_WORD.findall(_UNSPACED.sub(r" \1 ", folded)))


def digest(tokens: Iterable[str]) -> str:
    """32 hex characters that stand for these words in this order."""
    return hashlib.blake2b(" ".join(tokens).encode("utf-8", "replace"), digest_size=16).hexdigest()


def content_key(article: Article) -> str | None:
    """Equal for articles with the same body words; None for bodies too short to tell a copy from a coincidence."""
    return words_key(words(article.body))


def words_key(tokens: Sequence[str]) -> str | None:
    """`content_key` of a body with these words."""
    return digest(tokens) if len(tokens) >= FEWEST_WORDS else None
