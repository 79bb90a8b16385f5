"""How far an extraction can be trusted. Conservative: a wrong "not an article" hides news, a wrong "ok" shows a cookie text.

Weights were set by hand, not fitted (design reference); phrases count only as a share of the extracted text, because phrase
lists alone flag free articles that merely quote them.
"""

import re
from dataclasses import dataclass

from aggregator.articles.values import Status

# Below this quality a text is nothing to match in; measured share of real articles below it: 0.4 % (258 pages).
TRUST = 0.5
_GOOD = 0.65
# Characters per word where words are not split by blanks.
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f]")
_SENTENCE = re.compile(r"[.!?…。！？؟।][\"”»’')\]]*(?:\s|$)")
_WORD = re.compile(r"\w+")

_CONSENT = re.compile(
    r"cookies?\b.{0,80}\b(?:accept|consent|agree|preferences|partners|settings|policy|zustimm|akzeptier|accepter|aceptar|accett)|\b(?:accept|reject|manage)\s+(?:all\s+)?cookies"
    r"|\b(?:we|our)\s+(?:and\s+our\s+)?(?:\d+\s+)?partners?\b.{0,80}\b(?:store|process|data|information)|personali[sz]ed\s+ads|\bGDPR\b|einwilligung|datenschutzerklärung|consentement"
    r"|before\s+you\s+continue|(?:use|uses|using)\s+cookies|verwenden?\s+(?:wir\s+)?cookies|utilis\w+\s+des\s+cookies|использу\w+\s+(?:файлы\s+)?cookie",
    re.IGNORECASE | re.DOTALL,
)
_GONE = re.compile(
    r"\b(?:page|article|story|content)\b.{0,40}\b(?:not\s+(?:be\s+)?found|no\s+longer\s+(?:available|exists?)|(?:was|been)\s+(?:removed|deleted)|does(?:n['’]t|\s+not)\s+exist)|\b(?:error\s+)?404\b"
    r"|seite\s+(?:wurde\s+)?nicht\s+gefunden|страница\s+не\s+найдена|page\s+(?:introuvable|non\s+trouvée)|página\s+no\s+(?:encontrada|existe)|pagina\s+non\s+trovata",
    re.IGNORECASE,
)
_SCRIPTED = re.compile(
    r"(?:enable|activate|turn\s+on|requires?|need)\s+(?:\w+\s+)?javascript|javascript\s+(?:is\s+)?(?:disabled|required|not\s+enabled|aktivieren)|включите\s+javascript|activer\s+javascript|javascript\s+einschalten",
    re.IGNORECASE,
)
_ROBOT = re.compile(
    r"(?:are|you['’]re)\s+(?:you\s+)?(?:not\s+)?a\s+(?:robot|human)|verify\s+(?:that\s+)?you\s+are\s+(?:a\s+)?human|checking\s+your\s+browser|captcha|unusual\s+traffic|access\s+(?:to\s+this\s+page\s+has\s+been\s+)?denied|just\s+a\s+moment",
    re.IGNORECASE,
)
_WALL = re.compile(
    r"\b(?:subscribe|log\s*in|sign\s+in|register|already\s+a\s+subscriber|become\s+a\s+subscriber)\b.{0,60}\b(?:to\s+(?:read|continue|keep\s+reading|unlock)|full\s+(?:access|article|story))"
    r"|(?:this\s+(?:article|content|story)\s+is\s+(?:for|only|reserved|exclusively)).{0,40}(?:subscribers?|members?)|continue\s+reading\s+(?:with|by)|already\s+(?:a\s+subscriber|have\s+an\s+account)"
    r"|weiterlesen\s+mit|nur\s+für\s+abonnenten|réservé\s+aux\s+abonnés|(?:solo|exclusivo)\s+para\s+suscriptores|только\s+(?:для|по)\s+подпис\w+|доступно\s+по\s+подписке",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What the verdict rests on. `page_text_chars`: visible text of the whole page; `dropped_chars`: taken out of the extraction."""

    headline: str
    body: str
    marked: bool
    is_free: bool | None
    summary: str
    page_text: str
    scripts: int
    dropped_chars: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Status and the quality that led to it, 0..1."""

    status: Status
    quality: float


def judge(evidence: Evidence) -> Verdict:
    """The verdict on one extraction."""
    body = evidence.body
    if not body:
        return Verdict(status=_empty_status(evidence), quality=0.0)
    tokens = token_count(body)
    excuse = _excuse(body, tokens)
    quality = round(max(0.0, _score(evidence, tokens) - (0.6 if excuse else 0.0)), 3)
    if excuse:
        return Verdict(status=excuse, quality=min(quality, 0.3))
    if _is_stub(evidence, tokens):
        return Verdict(status=Status.PARTIAL, quality=min(quality, 0.49))
    if quality < TRUST:
        status = Status.SUSPECT if _vouched(evidence) else Status.NOT_ARTICLE
        return Verdict(status=status, quality=quality)
    return Verdict(status=Status.OK if quality >= _GOOD else Status.SUSPECT, quality=quality)


def token_count(text: str) -> int:
    """Words, where scripts without blanks count two characters as one word."""
    cjk = len(_CJK.findall(text))
    return len(_WORD.findall(_CJK.sub(" ", text))) + cjk // 2


def _empty_status(evidence: Evidence) -> Status:
    page = evidence.page_text[:4000]
    for status, pattern in (
        (Status.BLOCKED, _ROBOT),
        (Status.JAVASCRIPT_ONLY, _SCRIPTED),
        (Status.SOFT_404, _GONE),
        (Status.CONSENT_WALL, _CONSENT),
    ):
        if pattern.search(page):
            return status
    if evidence.scripts and token_count(page) < 30:
        return Status.JAVASCRIPT_ONLY
    return Status.BOILERPLATE_ONLY if evidence.dropped_chars else Status.NOT_ARTICLE


def _excuse(body: str, tokens: int) -> Status | None:
    """The text is no news but a reason why there is none: the phrases stand in most of a short text."""
    if tokens > 400:
        return None
    blocks = body.split("\n")
    for status, pattern in (
        (Status.BLOCKED, _ROBOT),
        (Status.JAVASCRIPT_ONLY, _SCRIPTED),
        (Status.SOFT_404, _GONE),
        (Status.CONSENT_WALL, _CONSENT),
    ):
        hit = sum(len(block) for block in blocks if pattern.search(block))
        if (
            hit > 0.5 * len(body)
            and (tokens < 120 or status is Status.CONSENT_WALL)
            and len(pattern.findall(body)) >= (2 if tokens > 60 else 1)
        ):
            return status
    return None


def _is_stub(evidence: Evidence, tokens: int) -> bool:
    """A paywalled page shows its first lines: short, and the page says that it is not free or the text ends in an offer."""
    tail = evidence.body[-400:]
    offers = bool(_WALL.search(tail))
    if tokens < 150 and (evidence.is_free is False or offers):
        return True
    return tokens < 80 and evidence.is_free is False


def _score(evidence: Evidence, tokens: int) -> float:
    blocks = evidence.body.split("\n")
    sentences = sum(len(block) for block in blocks if _SENTENCE.search(block) and len(block) > 30)
    named = set(_WORD.findall(evidence.headline.casefold()))
    body_words = set(_WORD.findall(evidence.body.casefold()))
    shared = len(named & body_words) / len(named) if named else 0.0
    return (
        0.35 * min(1.0, tokens / 120)
        + 0.25 * min(1.0, sentences / max(1, len(evidence.body)))
        + 0.15 * min(1.0, 2 * shared)
        + 0.15 * evidence.marked
        + 0.10
    )


def _vouched(evidence: Evidence) -> bool:
    """A brief scores low by its length alone; the page's own mark or the feed's summary speaks for it."""
    words = set(_WORD.findall(evidence.summary.casefold()))
    shared = words & set(_WORD.findall(evidence.body.casefold()))
    agrees = len(words) >= 5 and len(shared) >= 0.6 * len(words)
    return agrees or (evidence.marked and bool(_SENTENCE.search(evidence.body)))
