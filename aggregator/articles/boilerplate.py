"""Which blocks of an extracted text are not the article. Works from the first article of an outlet on; nothing is deleted silently."""

import re
import unicodedata
from dataclasses import dataclass, field

from aggregator.articles.appeals import about_the_press, about_us, is_appeal, is_label, labelled_teaser
from aggregator.articles.furniture import is_edge, is_furniture, is_name
from aggregator.articles.values import Dropped

APPEAL, RELATED, LINKS, HEADLINE, CAPTION, FURNITURE = "appeal", "related", "links", "headline", "caption", "furniture"

_NOT_WORD = re.compile(r"[\W_]+")
_SENTENCE_END = (".", "!", "?", "…", "。", "！", "？", '"', "”", "»", ":", ";", "؟", "।")
# An appeal's neighbours: banner lines, none longer than a sentence or two.
_NEIGHBOUR_CHARS = 160
_NEIGHBOURS = 4
_SPOKEN = 2
_EDGE = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What is known about the page. `linked` and `captions` hold keys (see `key`); `confirmed` is text the feed gave for this article."""

    headline: str = ""
    site_name: str = ""
    linked: frozenset[str] = field(default_factory=frozenset)
    captions: frozenset[str] = field(default_factory=frozenset)
    confirmed: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleaned:
    """Blocks that stay, in order, and those that went with the reason."""

    kept: tuple[str, ...]
    dropped: tuple[Dropped, ...]


def key(text: str) -> str:
    """Words only, without case: equal for a block and the same block with other punctuation or blanks."""
    return _NOT_WORD.sub(" ", unicodedata.normalize("NFKC", text).casefold()).strip()


def clean_blocks(blocks: tuple[str, ...], context: Context) -> Cleaned:
    """Separates the article's blocks from appeals, labels, teasers, captions and the repeated headline. Order is kept."""
    reasons = [_reason(block, place, context) for place, block in enumerate(blocks)]
    _spread_edges(blocks, reasons)
    _spread_labels(blocks, reasons, context)
    _spread_links(blocks, reasons, context)
    _spread_appeals(blocks, reasons, context)
    return Cleaned(
        kept=tuple(block for block, reason in zip(blocks, reasons, strict=True) if not reason),
        dropped=tuple(Dropped(text=block, reason=reason) for block, reason in zip(blocks, reasons, strict=True) if reason),
    )


def _reason(block: str, place: int, context: Context) -> str:
    """The reason that a block carries in itself, "" when it may stay."""
    this = key(block)
    if place < _EDGE and this and this == key(context.headline):
        return HEADLINE
    if this in context.captions:
        return CAPTION
    if is_appeal(block):
        return APPEAL
    if is_label(block):
        return RELATED
    if is_furniture(block):
        return FURNITURE
    teased = labelled_teaser(block)
    return RELATED if teased and (key(teased) in context.linked or not teased.endswith((".", "。"))) else ""


def _spread_edges(blocks: tuple[str, ...], reasons: list[str]) -> None:
    """Bylines, dates and buttons before the first and after the last line that stays; names between them."""
    for order in (range(len(blocks)), range(len(blocks) - 1, -1, -1)):
        names: list[int] = []
        for place in order:
            if reasons[place] == FURNITURE or (not reasons[place] and is_edge(blocks[place])):
                reasons[place] = FURNITURE
                for name in names:
                    reasons[name] = FURNITURE
            elif not reasons[place] and is_name(blocks[place]) and len(names) < 2:
                names.append(place)
            elif not reasons[place]:
                if len(names) == 1 and reasons[order[0]] == FURNITURE and names[0] != order[0]:
                    reasons[names[0]] = FURNITURE
                break


def _teaser(block: str, context: Context) -> bool:
    """A block that is one link as a whole and reads like a headline, not like a sentence of the article."""
    this = key(block)
    return this in context.linked and len(block) <= 220 and not block.endswith(_SENTENCE_END[:1]) and not _known(this, context)


def _known(this: str, context: Context) -> bool:
    return bool(this) and this in context.confirmed


def _spread_labels(blocks: tuple[str, ...], reasons: list[str], context: Context) -> None:
    """Titles under a label ("Most read") belong to its list."""
    under = False
    for place, block in enumerate(blocks):
        if reasons[place] == RELATED:
            under = True
        elif under and not reasons[place] and _teaser(block, context):
            reasons[place] = RELATED
        else:
            under = False


def _spread_links(blocks: tuple[str, ...], reasons: list[str], context: Context) -> None:
    """Linked titles at the edges, and two or more in a row anywhere, are lists of other articles."""
    teasers = [not reasons[place] and _teaser(block, context) for place, block in enumerate(blocks)]
    for place, teaser in enumerate(teasers):
        if teaser and (any(teasers[max(0, place - 1) : place]) or any(teasers[place + 1 : place + 2])):
            reasons[place] = LINKS
    for order in (range(len(blocks)), range(len(blocks) - 1, -1, -1)):
        for place in order:
            if teasers[place]:
                reasons[place] = reasons[place] or LINKS
            elif not reasons[place]:
                break


def _spread_appeals(blocks: tuple[str, ...], reasons: list[str], context: Context) -> None:
    """The lines of a banner that do not appeal themselves go with the line that does, near the edges of the text."""
    appeals = [place for place, reason in enumerate(reasons) if reason == APPEAL]
    for place in appeals:
        if place >= len(blocks) - _EDGE and place >= len(blocks) // 2:
            _take(blocks, reasons, context, range(place + 1, len(blocks)))
            _take(blocks, reasons, context, range(place - 1, -1, -1))
        elif place < _EDGE // 2:
            _take(blocks, reasons, context, range(place - 1, -1, -1))


def _take(blocks: tuple[str, ...], reasons: list[str], context: Context, places: range) -> None:
    near = places[:_NEIGHBOURS]
    far = tuple(block for place, block in enumerate(blocks) if place not in near and not reasons[place])
    for place in near:
        block = blocks[place]
        if reasons[place] == APPEAL:
            continue
        if reasons[place] or len(block) > _NEIGHBOUR_CHARS or _known(key(block), context):
            return
        if not _like_a_banner(block, far, context):
            return
        reasons[place] = APPEAL


def _like_a_banner(block: str, far: tuple[str, ...], context: Context) -> bool:
    """Does this line speak as banners do, and the rest of the article not? Interviews say "we", and some news is about the press."""
    if about_us(block, context.site_name):
        return sum(about_us(other, context.site_name) for other in far) < _SPOKEN
    if about_the_press(block):
        return not about_the_press(context.headline) and not any(map(about_the_press, far))
    return False
