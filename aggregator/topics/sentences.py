"""The sentences that matched, for mails and pages: cut out of the stored text, with the places of the marks."""

import re
from collections.abc import Iterable, Iterator

from aggregator.topics.positions import field_text
from aggregator.topics.values import Document, Field, Sentence, Span
from aggregator.topics.words import base

# Longest sentence shown: about four lines of a mail. Longer ones are cut around their marks.
LENGTH = 300
_MARGIN = 60

_CLOSING = "\"'”’»“）)\\]」』"
# A Latin, Cyrillic, Greek or Arabic sentence ends at a mark with a blank behind it; a Chinese or Japanese one at the mark.
_END = re.compile(rf"[.!?…؟۔।]+[{_CLOSING}]*(?=\s)|[。！？｡]+[{_CLOSING}]*")
_LAST_WORD = re.compile(r"[\w.’'\-]*\Z")
_SHORT = """
    mr mrs ms dr prof rev hon gen col maj capt lt sgt cmdr adm gov sen rep pres st jr sr inc ltd co corp bros vs etc no nos
    jan feb mar apr jun jul aug sep sept oct nov dec mon tue wed thu fri sat sun dept univ approx est fig vol ed al cf
    bzw ca evtl ggf inkl nr str usw vgl zzt sog abs art bspw dipl hr fr frhr geb gest mio mrd tel
    m mm mme mlle mgr av bd env éd p pp sra srta sres dra ud uds avda pág ee uu
    г гг гр им ул д стр млн млрд тыс руб долл т п н э св проф акад см рис рр ст вул ім грн"""
_ABBREVIATIONS = frozenset(_SHORT.split())
# One letter before a dot is an initial or a short form (z. B., т. д.), except words that can end a sentence.
_ONE_LETTER_WORDS = frozenset("aяyà")
_CAPITAL_START = re.compile(r"[\s\"'“„«‘(\[¿¡—–-]*(\S)")


def sentences(document: Document, spans: Iterable[Span], *, limit: int = 3) -> tuple[Sentence, ...]:
    """At most `limit` sentences with marks, those with the most different marked words first, then in the order of the text.

    The title is shown beside them anyway, so it counts only when nothing else is marked. A sentence longer than 300 characters
    is cut around its marks. `spans` are of this document.
    """
    marked = tuple(spans)
    elsewhere = tuple(span for span in marked if span.field is not Field.TITLE)
    found: list[tuple[int, Sentence]] = []
    for name in Field:
        text = field_text(document, name)
        inside = sorted((span.start, span.end) for span in elsewhere or marked if span.field is name)
        for start, end, marks in _with_marks(text, inside):
            found.append((_distinct(text, marks), _cut(name, text, start, end, marks)))
    found.sort(key=lambda item: -item[0])
    return tuple(sentence for _, sentence in found[: max(0, limit)])


def matched_words(document: Document, spans: Iterable[Span]) -> tuple[str, ...]:
    """The marked words as they stand in the text, each once (whatever its case), in the order of the spans."""
    found: dict[str, str] = {}
    for span in spans:
        surface = field_text(document, span.field)[span.start : span.end]
        found.setdefault(base(surface), surface)
    return tuple(found.values())


def split(text: str) -> Iterator[tuple[int, int]]:
    """(start, end) of every sentence of a text, without the blanks between; paragraph ends are sentence ends."""
    offset = 0
    for paragraph in text.split("\n"):
        start = 0
        for found in _END.finditer(paragraph):
            if _ends(paragraph, found.start(), found.end()):
                yield from _trimmed(paragraph, start, found.end(), offset)
                start = found.end()
        yield from _trimmed(paragraph, start, len(paragraph), offset)
        offset += len(paragraph) + 1


def _trimmed(text: str, start: int, end: int, offset: int) -> Iterator[tuple[int, int]]:
    piece = text[start:end]
    if piece.strip():
        begin = start + len(piece) - len(piece.lstrip())
        yield offset + begin, offset + begin + len(piece.strip())


def _ends(text: str, mark: int, after: int) -> bool:
    """Whether the mark at `mark` ends a sentence: not behind an abbreviation, an initial or an ordinal, nor before a small letter."""
    following = _CAPITAL_START.match(text, after)
    if following and following[1].islower():
        return False
    if text[mark] != "." or text[mark : mark + 2] == "..":
        return True
    # Looking back 40 characters is enough for any abbreviation and keeps the cost linear on hostile text.
    found = _LAST_WORD.search(text[max(0, mark - 40) : mark])
    word = found[0] if found else ""
    return not (_abbreviated(word) or (word.isdigit() and len(word) <= 2 and _ordinal(text, after)))


def _abbreviated(word: str) -> bool:
    last = word.rpartition(".")[2]
    return word.lower() in _ABBREVIATIONS or (len(last) == 1 and last.isalpha() and last not in _ONE_LETTER_WORDS)


def _ordinal(text: str, after: int) -> bool:
    """`3. Oktober`: a digit, a dot and a word; a number at the end of a paragraph ends the sentence."""
    return bool(text[after:].strip()) if after + 2 > len(text) else text[after + 1 : after + 2].isalpha()


def _with_marks(text: str, marks: list[tuple[int, int]]) -> Iterator[tuple[int, int, list[tuple[int, int]]]]:
    """(start, end, marks) of the sentences that hold marks; sentences joined by one mark are one."""
    waiting = list(reversed(marks))
    joined: tuple[int, int, list[tuple[int, int]]] | None = None
    for start, end in split(text) if marks else ():
        if joined and joined[2][-1][1] > joined[1]:
            joined = (joined[0], end, joined[2])
        elif joined:
            yield joined
            joined = None
        while waiting and waiting[-1][0] < end:
            mark = waiting.pop()
            joined = (joined[0], end, [*joined[2], mark]) if joined else (start, end, [mark])
    if joined:
        yield joined


def _distinct(text: str, marks: list[tuple[int, int]]) -> int:
    return len({base(text[start:end]) for start, end in marks})


def _cut(name: Field, text: str, start: int, end: int, marks: list[tuple[int, int]]) -> Sentence:
    """The sentence, or the part of it around as many marks from the first as fit."""
    left, right = start, end
    if end - start > LENGTH:
        left, right = _window(text, start, end, marks)
    before = "…" if left > start else ""
    shift = left - len(before)
    shown = before + text[left:right].replace("\n", " ") + ("…" if right < end else "")
    kept = tuple((low - shift, min(high, right) - shift) for low, high in marks if left <= low < right)
    return Sentence(field=name, text=shown, marks=kept)


def _window(text: str, start: int, end: int, marks: list[tuple[int, int]]) -> tuple[int, int]:
    """At most LENGTH - 2 characters at word borders: room for the two ellipses."""
    room = LENGTH - 2
    left = max(start, min(marks[0][0] - _MARGIN, end - room))
    right = min(end, left + room)
    if left > start:
        blank = text.find(" ", left, marks[0][0])
        left = blank + 1 if blank >= 0 else left
    if right < end:
        last = max((high for _, high in marks if high <= right), default=left)
        blank = text.rfind(" ", last, right)
        right = blank if blank > left else right
    return left, right
