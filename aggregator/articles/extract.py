"""One page becomes one `Extraction`: guard, one parse, our metadata, boxes out, trafilatura's body, blocks cleaned, verdict."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import unescape
from itertools import islice

import trafilatura
from lxml.etree import LxmlError, strip_elements
from lxml.html import HtmlElement
from trafilatura.metadata import extract_metadata
from trafilatura.settings import Extractor

from aggregator.articles.boilerplate import CAPTION, Cleaned, Context, clean_blocks, key
from aggregator.articles.instants import instant
from aggregator.articles.jsonld import drop_broken
from aggregator.articles.languages import language_code, settled
from aggregator.articles.metadata import Metadata, read_metadata
from aggregator.articles.page import decode, parse, refusal, too_deep
from aggregator.articles.prune import Pruned, prune
from aggregator.articles.quality import Evidence, Verdict, judge
from aggregator.articles.rescue import second_reading
from aggregator.articles.signs import Signs, read_signs, teased
from aggregator.articles.values import Dropped, Extraction, FeedText, Status
from aggregator.limits import Limits
from aggregator.text import normalise, one_line

# Stored with every extraction, so that what an older one read can be read again.
EXTRACTOR = f"3+trafilatura-{trafilatura.__version__}"

# Below this many characters trafilatura's fallback may prefer a box to the news; a second, plainer reading is compared.
SHORT = 800
# Another source replaces the page's text only as a rescue: always taking JSON-LD's costs accuracy, this gained .001 (258 pages).
RESCUE_RATIO = 2
RESCUE_CHARS = 500
# The shortest text of an article's own container that is taken for a brief, in characters.
_BRIEF = 40
# A summary of fewer words proves nothing; three tenths of its words more is clearly the announced text.
_FEW_WORDS, _CLEARLY = 5, 0.3
# Of shorter texts a detected language is right in nine cases of ten, of longer ones in 95 of 100 (117 shared pages).
_TELLING = 200
# Paragraphs from each end that the learned filter may look at; words of a told text that make it more than a phrase.
_EDGE, _TOLD_WORDS = 8, 8
# Cards of a list give at least so many lines, and excerpts of fifty fill no more characters.
_LEAST_LIST, _LONGEST_LIST = 3, 12_000
_FURNITURE = ("nav", "header", "footer", "aside", "form", "figure")
_MOST_PARAGRAPHS = 50
_MOST_BODY = 400_000
_MOST_CONFIRMED = 40_000
# Elements without readable text; out before the extractor copies the tree seven times.
_SILENT = ("script", "style", "svg", "template", "link", "iframe", "source", "path")
_MARKUP = re.compile(r"<(?:br|/p|/div|/li|/h\d)\b[^<>]{0,2000}>", re.IGNORECASE)
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,2000}>")
# What an extractor that walks hostile trees has been seen to raise; anything else is a fault of ours and must show.
_EXTRACTOR_FAULTS = (ValueError, TypeError, AttributeError, IndexError, KeyError, RecursionError, AssertionError, LxmlError)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """One candidate for the body, cleaned, with its source."""

    source: str
    cleaned: Cleaned

    @property
    def text(self) -> str:
        return "\n".join(self.cleaned.kept)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pieces:
    """The page, sorted: body and its source, captions, everything else with its reason."""

    body: str
    source: str
    captions: str
    dropped: tuple[Dropped, ...]

    @classmethod
    def of(cls, pruned: Pruned, reading: _Reading) -> "_Pieces":
        lines = reading.cleaned.dropped
        captions = dict.fromkeys((*pruned.captions, *(line.text for line in lines if line.reason == CAPTION)))
        dropped = (*pruned.dropped, *(line for line in lines if line.reason != CAPTION))
        return cls(body=reading.text, source=reading.source, captions=normalise("\n".join(captions)), dropped=dropped)


def extract_page(
    html: bytes, *, url: str, content_type: str = "", feed: FeedText | None, now: datetime, limits: Limits
) -> Extraction:
    """Reads a page. Never raises for what the page holds: what cannot be read comes back as `Status.FAILED` with `detail`.

    `url` is the address the bytes came from, `content_type` the header as sent; `feed` confirms blocks and can rescue the body.
    """
    if reason := refusal(html, limits):
        return _failed(reason)
    text = decode(html, content_type)
    tree = parse(text)
    if tree is None:
        return _failed("the bytes hold no markup that can be read")
    cut = too_deep(tree)
    metadata = _completed(read_metadata(tree, url=url, now=now), tree, feed, now)
    signs = read_signs(tree, url=url, headline=metadata.headline)
    strip_elements(tree, *_SILENT, with_tail=False)
    pruned = prune(tree, headline=metadata.printed or metadata.headline)
    context = _context(metadata, pruned, feed)
    reading = _read_body(tree, url, context, metadata, feed)
    if not reading.text:
        reading = _Reading(source="page_second", cleaned=clean_blocks(second_reading(tree, text, cut=cut), context))
    if cut and not reading.text:
        return _failed("the page is nested too deeply to be read")
    pieces = _Pieces.of(pruned, reading)
    seen = "" if reading.text else visible_text(tree, pieces.dropped)
    metadata = _in_language(metadata, feed, pieces.body)
    cards = frozenset[int]() if _no_list(metadata, pieces.body) else teased(tree, tuple(pieces.body.split("\n")), url=url)
    verdict = judge(_evidence(metadata, pieces, feed, page_text=seen, signs=signs, cards=cards))
    return _extraction(metadata, pieces, feed, verdict)


def _failed(detail: str) -> Extraction:
    return Extraction(status=Status.FAILED, quality=0.0, extractor=EXTRACTOR, detail=detail)


def _completed(metadata: Metadata, tree: HtmlElement, feed: FeedText | None, now: datetime) -> Metadata:
    """Guesses of trafilatura where nobody else names headline or day; its authors are never taken: half of them are invented."""
    no_date = metadata.published_at is None and (feed is None or feed.published_at is None)
    if metadata.headline and not no_date:
        return metadata
    drop_broken(tree)
    try:
        guess = extract_metadata(tree)
    except _EXTRACTOR_FAULTS:
        return metadata
    found = instant(guess.date or "") if no_date else None
    day = found[0] if found and found[0] <= now + timedelta(days=1) else None
    headline = metadata.headline or one_line(guess.title or "", 500)
    return metadata.completed(headline=headline, published_at=day, source="trafilatura")


def _in_language(metadata: Metadata, feed: FeedText | None, body: str) -> Metadata:
    """The language declared or detected; the feed's is asked when the page declares none and its text is too short to tell."""
    text = f"{metadata.headline}\n{body or metadata.description}"
    declared, source = metadata.language, dict(metadata.sources).get("language", "")
    if not declared and feed is not None and len(text) < _TELLING:
        declared, source = language_code(feed.language), "feed"
    language, was_read = settled(declared, text)
    return metadata.in_language(language, "detected" if was_read else source)


def _context(metadata: Metadata, pruned: Pruned, feed: FeedText | None) -> Context:
    told = f"{feed.summary}\n{feed.content}" if feed else ""
    return Context(
        headline=metadata.printed or metadata.headline,
        site_name=metadata.site_name,
        linked=pruned.linked,
        captions=frozenset(key(caption) for caption in pruned.captions),
        confirmed=key(f"{told}\n{metadata.description}\n{metadata.article_body}"[:_MOST_CONFIRMED]),
    )


def _read_body(tree: HtmlElement, url: str, context: Context, metadata: Metadata, feed: FeedText | None) -> _Reading:
    """The page's text; on short ones the better of two readings; another source only as a rescue."""
    best = _Reading(source="page", cleaned=clean_blocks(_blocks(tree, url), context))
    if len(best.text) < SHORT:
        best = _better(
            best, _Reading(source="page_plain", cleaned=clean_blocks(_blocks(tree, url, plain=True), context)), context
        )
    if _run_together(best, context):
        best = _better(best, _Reading(source="page_paragraphs", cleaned=clean_blocks(_paragraphs(tree), context)), context)
    for source, text in (("json_ld", metadata.article_body), ("feed", feed.content if feed else "")):
        if len(text) > max(RESCUE_RATIO * len(best.text), RESCUE_CHARS if best.text else 0):
            other = _Reading(source=source, cleaned=clean_blocks(plain_blocks(text), context))
            best = other if len(other.text) > max(RESCUE_RATIO * len(best.text), RESCUE_CHARS if best.text else 0) else best
    return best


def _blocks(tree: HtmlElement, url: str, *, plain: bool = False) -> tuple[str, ...]:
    """Normalised lines of trafilatura's reading, () when it finds nothing or fails. `plain`: what the article's container holds."""
    options = Extractor(output_format="python", fast=plain, precision=plain, comments=False, tables=True, url=url)
    if plain:
        options.min_extracted_size = _BRIEF
    try:
        document = trafilatura.bare_extraction(tree, options=options)
    except _EXTRACTOR_FAULTS:
        return ()
    text = (getattr(document, "text", "") or "")[:_MOST_BODY]
    return tuple(normalise(text).split("\n")) if text.strip() else ()


def plain_blocks(text: str) -> tuple[str, ...]:
    """Blocks of a text from JSON-LD or a feed, which may still hold markup."""
    text = _TAG.sub("", _MARKUP.sub("\n", text[:_MOST_BODY]))
    text = normalise(unescape(text))
    return tuple(text.split("\n")) if text else ()


def _run_together(reading: _Reading, context: Context) -> tuple[str, ...]:
    """Lines in which the headline stands among other text: the page's furniture in one piece with the article."""
    title = key(context.headline)
    if not title or len(reading.text) >= SHORT:
        return ()
    return tuple(line for line in reading.cleaned.kept if title in key(line))


def _paragraphs(tree: HtmlElement) -> tuple[str, ...]:
    """The page's paragraphs, those of its furniture left out: the last resort for a brief of one sentence."""
    found = (p for p in tree.iter("p") if not any(True for _ in p.iterancestors(*_FURNITURE)))
    texts = (one_line(str(p.text_content())) for p in islice(found, _MOST_PARAGRAPHS))
    return tuple(text for text in texts if text)


def _better(default: _Reading, plain: _Reading, context: Context) -> _Reading:
    """The default reading, unless it is empty, has run paragraphs and page furniture together, or misses what the feed announced.

    Below 250 characters trafilatura dumps the whole page as one line; the plain reading of a brief is then its paragraphs.
    """
    if not default.text or not plain.text:
        return default if default.text else plain
    glued = _run_together(default, context)
    if any(block != line and block in line for block in plain.cleaned.kept if len(block) >= _BRIEF for line in glued):
        return plain
    known = set(context.confirmed.split())
    mine, other = (len(known & set(key(reading.text).split())) for reading in (default, plain))
    return plain if len(known) >= _FEW_WORDS and other > mine + _CLEARLY * len(known) else default


def confirmed(body: str, told: tuple[str, ...]) -> tuple[int, ...]:
    """Places of the paragraphs at the edges that stand in one of the told texts, or begin like one that is an excerpt."""
    paragraphs = body.split("\n") if body else []
    texts = [key(text[:_MOST_CONFIRMED]) for text in told if text]
    near = [place for place in range(len(paragraphs)) if place < _EDGE or place >= len(paragraphs) - _EDGE]
    return tuple(place for place in near if any(_told(key(paragraphs[place][:_MOST_CONFIRMED]), text) for text in texts))


def _told(paragraph: str, text: str) -> bool:
    if paragraph and f" {paragraph} " in f" {text} ":
        return True
    return len(text.split()) >= _TOLD_WORDS and paragraph.startswith(text)


def _told_texts(metadata: Metadata, feed: FeedText | None, source: str) -> tuple[str, ...]:
    """What others say the article is; the body's own source cannot confirm it."""
    linked = "" if source == "json_ld" else metadata.article_body
    full = feed.content if feed and source != "feed" else ""
    return (feed.summary if feed else "", full, metadata.description, linked)


def _extraction(metadata: Metadata, pieces: _Pieces, feed: FeedText | None, verdict: Verdict) -> Extraction:
    return Extraction(
        status=verdict.status,
        quality=verdict.quality,
        headline=metadata.headline,
        authors=metadata.authors,
        published_at=_utc(metadata.published_at),
        modified_at=_utc(metadata.modified_at),
        language=metadata.language,
        section=metadata.section,
        body=pieces.body,
        captions=pieces.captions,
        image_url=metadata.image_url,
        canonical_url=metadata.canonical_url,
        amp_url=metadata.amp_url,
        is_free=metadata.is_free,
        dropped=pieces.dropped,
        sources=(*metadata.sources, ("body", pieces.source)) if pieces.body else metadata.sources,
        extractor=EXTRACTOR,
        detail=verdict.detail,
        is_live=metadata.is_live,
        confirmed=confirmed(pieces.body, _told_texts(metadata, feed, pieces.source)),
    )


def _utc(moment: datetime | None) -> datetime | None:
    return moment.astimezone(UTC) if moment else None


def _no_list(metadata: Metadata, body: str) -> bool:
    """An article by its own JSON-LD, too few lines or too long for excerpts: the cards need not be looked for."""
    return metadata.is_typed or body.count("\n") < _LEAST_LIST - 1 or len(body) > _LONGEST_LIST


def _evidence(
    metadata: Metadata, pieces: _Pieces, feed: FeedText | None, *, page_text: str, signs: Signs, cards: frozenset[int]
) -> Evidence:
    return Evidence(
        headline=metadata.headline or (feed.title if feed else ""),
        body=pieces.body,
        marked=metadata.marked,
        is_free=metadata.is_free,
        summary=(feed.summary if feed else "") or metadata.description,
        page_text=page_text,
        signs=signs,
        kinds=metadata.kinds,
        dropped=tuple(piece.text for piece in pieces.dropped),
        teased=cards,
    )


def visible_text(tree: HtmlElement, dropped: tuple[Dropped, ...]) -> str:
    """The first characters of what a reader would see, boxes that were taken out included."""
    parts = [d.text for d in dropped]
    for element in tree.iter():
        if isinstance(element.tag, str) and element.tag not in ("script", "style", "template"):
            parts.append(element.text or "")
        parts.append(element.tail or "")
    return one_line(" ".join(part for part in parts if part.strip())[:20_000])
