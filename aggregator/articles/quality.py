"""How far an extraction can be trusted. Conservative: a wrong "not an article" hides news, a wrong "ok" shows a cookie text.

Weights were set by hand, not fitted (design reference). Three kinds of evidence, in this order: what the page says to the
reader in place of an article (`notices`), how it is built (`signs`), and how much its text reads like news.
"""

import re
from collections import Counter
from dataclasses import dataclass

from aggregator.articles.notices import LOGIN, MAINTENANCE, is_offer, noticed, speaks_of_consent, titled
from aggregator.articles.signs import Signs
from aggregator.articles.values import Status

# Below this quality a text is nothing to match in; measured share of real articles below it: 0.4 % (258 pages).
TRUST = 0.5
_GOOD = 0.65
# Characters per word where words are not split by blanks.
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f]")
_SENTENCE = re.compile(r"[.!?…。！？؟।][\"”»’')\]]*(?:\s|$)")
_WORD = re.compile(r"\w+")

# A page whose title is a notice holds at most so many words that are its own; a notice in the text stands in so short a text.
_NOTICE_WORDS, _EXCUSE_WORDS, _CONSENT_WORDS = 150, 150, 800
_STUB_WORDS, _OFFERED_WORDS = 150, 400
_FORM_WORDS, _CAPTION_WORDS, _SHELL_WORDS = 60, 70, 30
# Lines shorter than this are menus and buttons beside a notice.
_LINE = 25
# Share of the text that stands in cards; an article with its own text of so many words may have them glued to its end.
_STEM = 5
# An offer of the rest stands in the last lines of what is shown.
_TAIL = 4
_TEASED, _ALL_TEASED, _OWN_WORDS = 0.6, 0.9, 90
_LIST_KINDS = frozenset({"collectionpage", "searchresultspage", "profilepage", "og:profile"})
_PICTURE_KINDS = frozenset({"imagegallery", "mediagallery"})
_FILM_KINDS = frozenset({"videoobject", "og:video.other", "og:video", "og:video.movie", "og:video.episode"})
REPAIR_DETAIL = "the page says that the site is under maintenance"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What the verdict rests on. `marked`: the page says that it is an article; `page_text`: what is visible, asked when there is
    no body; `dropped`: texts taken out of the extraction; `teased`: places of the body's blocks that are cards of a list.
    """

    headline: str
    body: str
    marked: bool
    is_free: bool | None
    summary: str
    page_text: str
    signs: Signs
    kinds: frozenset[str] = frozenset()
    dropped: tuple[str, ...] = ()
    teased: frozenset[int] = frozenset()

    @property
    def own(self) -> tuple[str, ...]:
        """The body's blocks without the cards."""
        blocks = self.body.split("\n") if self.body else []
        return tuple(block for place, block in enumerate(blocks) if place not in self.teased)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Status and the quality that led to it, 0..1; `detail` says in words why a page failed."""

    status: Status
    quality: float
    detail: str = ""


def judge(evidence: Evidence) -> Verdict:
    """The verdict on one extraction."""
    own = "\n".join(evidence.own)
    words = token_count(own)
    if notice := _notice(evidence, words):
        return _told(notice, min(0.3, _score(evidence)) if own else 0.0)
    if not evidence.body:
        return Verdict(status=_empty_status(evidence), quality=0.0)
    quality = round(_score(evidence), 3)
    if _is_stub(evidence, words):
        return Verdict(status=Status.PARTIAL, quality=min(quality, 0.49))
    if _is_other(evidence, words):
        return Verdict(status=Status.NOT_ARTICLE, quality=min(quality, 0.4))
    if quality < TRUST:
        return Verdict(status=Status.SUSPECT if _vouched(evidence) else Status.NOT_ARTICLE, quality=quality)
    return Verdict(status=Status.OK if quality >= _GOOD else Status.SUSPECT, quality=quality)


def token_count(text: str) -> int:
    """Words, where scripts without blanks count two characters as one word."""
    cjk = len(_CJK.findall(text))
    return len(_WORD.findall(_CJK.sub(" ", text))) + cjk // 2


def _told(notice: str, quality: float) -> Verdict:
    if notice == MAINTENANCE:
        return Verdict(status=Status.FAILED, quality=0.0, detail=REPAIR_DETAIL)
    status = Status.BLOCKED if notice == LOGIN else Status(notice)
    return Verdict(status=status, quality=round(quality, 3))


def _notice(evidence: Evidence, words: int) -> str:
    """What the page says in place of an article, "" when it does not. By its title, else by most of a short text."""
    title = next((notice for text in evidence.signs.titles if (notice := titled(text))), "")
    if title and words < _NOTICE_WORDS and not (evidence.marked and words >= _FORM_WORDS):
        return title
    if evidence.signs.password and words < _FORM_WORDS and not evidence.marked:
        return LOGIN
    if words < _EXCUSE_WORDS or (words <= _CONSENT_WORDS and speaks_of_consent(evidence.body)):
        return _excuse(evidence.own, words, marked=evidence.marked)
    return ""


def _excuse(blocks: tuple[str, ...], words: int, *, marked: bool) -> str:
    """The notice that most of the text is. One line is enough for a text of a line or two, a longer one needs several."""
    lines = [block for block in blocks if len(block) >= _LINE] or list(blocks)
    if len(lines) == 1 and (shell := titled(lines[0])):
        return shell
    chars: Counter[str] = Counter()
    hits: Counter[str] = Counter()
    for line in lines:
        if notice := noticed(line):
            chars[notice] += len(line)
            hits[notice] += 1
    if not chars:
        return ""
    notice, most = chars.most_common(1)[0]
    limit = _CONSENT_WORDS if notice == Status.CONSENT_WALL else _EXCUSE_WORDS
    share = 0.7 if marked and words >= _FORM_WORDS else 0.5
    enough = most > share * sum(len(line) for line in lines) and hits[notice] >= (2 if words > _FORM_WORDS else 1)
    return notice if words < limit and enough else ""


def _empty_status(evidence: Evidence) -> Status:
    """Why there is no text, by what the reader sees."""
    page = evidence.page_text[:4000]
    notice = noticed(page)
    few = bool(evidence.signs.scripts) and token_count(page) < _SHELL_WORDS
    if notice == MAINTENANCE:
        return Status.FAILED
    if notice and not (few and notice == Status.CONSENT_WALL):
        return Status(notice)
    if few:
        return Status.JAVASCRIPT_ONLY
    return Status.BOILERPLATE_ONLY if any(evidence.dropped) else Status.NOT_ARTICLE


def _is_stub(evidence: Evidence, words: int) -> bool:
    """A paywalled page shows its first lines: short, and the page says that it is not free, is locked, or offers the rest."""
    tail = evidence.body.split("\n")[-_TAIL:]
    if words >= _STUB_WORDS:
        return evidence.is_free is False and words < _OFFERED_WORDS and any(is_offer(block) for block in tail)
    return evidence.is_free is False or evidence.signs.locked or any(is_offer(text) for text in (*tail, *evidence.dropped))


def _is_other(evidence: Evidence, words: int) -> bool:
    """A list of articles, a film or a row of pictures with a line or two beside it."""
    blocks = evidence.body.split("\n")
    cards = sum(len(blocks[place]) for place in evidence.teased)
    if cards >= _TEASED * len(evidence.body) and (words < _OWN_WORDS or cards >= _ALL_TEASED * len(evidence.body)):
        return True
    if evidence.marked or words >= _CAPTION_WORDS:
        return False
    film = evidence.signs.player or bool(evidence.kinds & _FILM_KINDS) or evidence.signs.address == "film"
    pictures = bool(evidence.kinds & _PICTURE_KINDS) or evidence.signs.address == "pictures"
    return film or pictures


def _score(evidence: Evidence) -> float:
    blocks = tuple(dict.fromkeys(evidence.own))
    body = "\n".join(blocks)
    words = token_count(body)
    sentences = sum(len(block) for block in blocks if _SENTENCE.search(block) and len(block) > 30)
    named = _stems(evidence.headline)
    shared = len(named & _stems(body)) / len(named) if named else 0.0
    score = (
        0.35 * min(1.0, words / 120)
        + 0.25 * min(1.0, sentences / max(1, len(body)))
        + 0.15 * min(1.0, 2 * shared)
        + 0.15 * evidence.marked
        + 0.10
    )
    return max(0.0, score - _against(evidence))


def _stems(text: str) -> set[str]:
    """Beginnings of the words: a headline's words return inflected in most languages."""
    return {word[:_STEM] for word in _WORD.findall(text.casefold())}


def _against(evidence: Evidence) -> float:
    """What type and address say against an article; nothing when the page itself says that it is one."""
    if evidence.marked:
        return 0.0
    if evidence.kinds & (_LIST_KINDS | _PICTURE_KINDS) or evidence.signs.address == "home":
        return 0.3
    return 0.15 if evidence.signs.address == "list" else 0.0


def _vouched(evidence: Evidence) -> bool:
    """A brief scores low by its length alone; the page's own mark or the feed's summary speaks for it."""
    words = set(_WORD.findall(evidence.summary.casefold()))
    shared = words & set(_WORD.findall(evidence.body.casefold()))
    agrees = len(words) >= 5 and len(shared) >= 0.6 * len(words)
    return (agrees and not _against(evidence)) or (evidence.marked and bool(_SENTENCE.search(evidence.body)))
