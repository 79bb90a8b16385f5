"""Words of a text and the keys by which queries find them.

One word is one position. A word of a text answers to several keys (as written, without marks, with German ae/oe/ue, without
an article or apostrophe); a word of a query asks for its own. So `Muller` finds Müller and Muller, `Müller` only Müller.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache


def _mark_class() -> str:
    """Combining marks of the basic plane as a character class: letters alone leave them out, and words would fall apart."""
    marks = [code for code in range(0x10000) if unicodedata.category(chr(code)) in {"Mn", "Mc", "Me"}]
    ranges: list[list[int]] = []
    for code in marks:
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return "".join(f"\\u{low:04x}-\\u{high:04x}" for low, high in ranges)


_MARK = _mark_class()
# Scripts written without blanks: every character is a word, so that a name is a phrase. Kana, Han, Thai, Lao, Burmese, Khmer.
_SINGLE = (
    "\u3005-\u3007\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\uff66-\uff9f\u0e01-\u0e3e\u0e40-\u0e4e\u0e81-\u0ecd\u1000-\u103f\u1780-\u17d3\U00020000-\U0003134f"
)
_APOSTROPHES = "'’ʼ‘`´ʻ′＇"
_LETTER = rf"[^\W\d_{_SINGLE}ʼʻ]"
_CHAR = rf"[^\W_{_SINGLE}ʼʻ]"
_INNER = rf"(?:{_CHAR}|[{_MARK}\u200c\u200d])"
_DOTTED = rf"(?:{_LETTER}\.)+{_LETTER}(?!\w)\.?"
_NUMBER = rf"\d+(?:[.,]\d+)+{_CHAR}*"
_PLAIN = rf"{_CHAR}{_INNER}*(?:[{_APOSTROPHES}]{_INNER}+)*[+#]{{0,2}}"
WORD = re.compile(rf"{_DOTTED}|{_NUMBER}|[{_SINGLE}][{_MARK}]*|{_PLAIN}")

# Marks that are accents. Vowel signs of Indic scripts and Thai are letters to their readers and stay.
_ACCENTS = re.compile(
    "[\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed]"
)
_STRESS = re.compile("(?<=[\u0400-\u04ff])[\u0300\u0301]")
_JOINERS = re.compile("[\u0640\u200c\u200d\ufe00-\ufe0f]")
_QUOTE_FORMS = str.maketrans(dict.fromkeys(_APOSTROPHES, "'"))
# Letters that carry their mark inside, so that decomposition does not find it.
_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ħ": "h", "ŧ": "t"})
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})
_ARABIC = str.maketrans({"أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ة": "ه", "ؤ": "و", "ئ": "ي", "ی": "ي", "ک": "ك"})
# The short letters of Cyrillic are letters of their own: мой is not мои.
_WHOLE = re.compile("([йїўѓќ])")
_ARABIC_ARTICLE = re.compile("^[وف]?[بكل]?(?:ال|لل)(?=..)|^[وف](?=...)")
_ELIDED = frozenset(
    {"l", "d", "j", "m", "n", "s", "t", "c", "qu", "jusqu", "lorsqu", "puisqu", "quoiqu"}
    | {"dell", "nell", "all", "sull", "un", "dall", "quell"}
)
_KEY_CACHE = 50_000


def word_spans(text: str) -> Iterator[tuple[int, int]]:
    """(start, end) of every word in reading order, as character offsets."""
    return (found.span() for found in WORD.finditer(text))


def base(word: str) -> str:
    """The word folded for case, compatibility forms and the form of apostrophes; accents stay (except Greek and Russian ones)."""
    if word.isascii():
        return word.lower().replace("`", "'")
    folded = unicodedata.normalize("NFKC", word.translate(_QUOTE_FORMS).casefold()).casefold()
    folded = _JOINERS.sub("", "".join(folded.split())).replace("i\u0307", "i")
    folded = _STRESS.sub("", folded.replace("ё", "е").replace("ı", "i"))
    return _without_tonos(folded) if any("\u0370" <= char <= "\u1fff" for char in folded) else folded


def _without_tonos(word: str) -> str:
    """Greek capitals drop their accents (ΑΘΗΝΑ), so accents never distinguish there."""
    return "".join(fold(char) if "\u0370" <= char <= "\u03ff" or "\u1f00" <= char <= "\u1fff" else char for char in word)


def fold(word: str) -> str:
    """A `base` form without accents; `й ї ў` stay what they are."""
    if word.isascii():
        return word
    return "".join(
        part if _WHOLE.fullmatch(part) else _strip_accents(part)
        for part in _WHOLE.split(word.translate(_ARABIC).translate(_LETTERS))
    )


def _strip_accents(text: str) -> str:
    return unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFD", text)))


@lru_cache(maxsize=_KEY_CACHE)
def text_keys(word: str) -> frozenset[str]:
    """Every key to which a word of a text answers. Keys hold no blank."""
    plain = base(word)
    if plain.isascii() and plain.isalnum():
        return frozenset((plain,))
    keys = {plain} | _without_punctuation(plain)
    for key in tuple(keys):
        keys |= _without_marks(key)
    keys.discard("")
    return frozenset(keys)


def _without_punctuation(word: str) -> set[str]:
    keys: set[str] = set()
    if "." in word and not word[0].isdigit():
        keys |= {word.rstrip("."), word.replace(".", "")}
    if word[-1:] in {"+", "#"}:
        keys.add(word.rstrip("+#"))
    if "'" in word:
        keys |= _around_apostrophe(word)
    return keys


def _around_apostrophe(word: str) -> set[str]:
    keys: set[str] = set()
    if word.endswith("'s"):
        keys.add(word[:-2])
    head, _, rest = word.partition("'")
    if head in _ELIDED:
        keys |= {rest, rest.removesuffix("'s")}
    # O'Brien is also OBrien, but she'll is not shell: a short ending is a verb.
    if len(word.rpartition("'")[2]) >= 3:
        keys.add(word.replace("'", ""))
    return keys


def _without_marks(key: str) -> set[str]:
    if key.isascii():
        return set()
    folded = fold(key)
    keys = {folded, fold(key.translate(_UMLAUTS))}
    article = _ARABIC_ARTICLE.match(folded) if _is_arabic(folded) else None
    if article:
        keys.add(folded[article.end() :])
    return keys


def _is_arabic(word: str) -> bool:
    return "\u0600" <= word[:1] <= "\u06ff"


@lru_cache(maxsize=_KEY_CACHE)
def query_keys(word: str) -> frozenset[str]:
    """The keys for which a word of a query asks: marks that were typed are wanted, marks that were not are free."""
    plain = base(word)
    if "." in plain and not plain[0].isdigit():
        plain = plain.rstrip(".")
    plain = plain.removesuffix("'s") or plain
    keys = {plain}
    umlauts = plain.translate(_UMLAUTS)
    if umlauts != plain:
        keys.add(fold(umlauts))
    if _is_arabic(plain):
        folded = fold(plain)
        article = _ARABIC_ARTICLE.match(folded)
        keys |= {folded, folded[article.end() :] if article and article.group().endswith("ال") else folded}
    return frozenset(keys)


def is_cyrillic(word: str) -> bool:
    """Whether a word has a Cyrillic letter, so that its inflected forms are searched by default."""
    return any("\u0400" <= char <= "\u04ff" for char in word)
