"""Takes out of the tree what is built as a box beside the article, before an extractor may prefer it to a short text.

On a one-paragraph brief trafilatura's fallback takes the bigger donation block instead of the news (measured on pages shaped
like The Moscow Times'); without the box there is nothing to prefer. A box goes only when its name *and* its content say so.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from lxml.html import HtmlElement

from aggregator.articles.appeals import is_appeal, is_label
from aggregator.articles.boilerplate import APPEAL, CAPTION, RELATED, key
from aggregator.articles.boxes import boxes, loose_bylines, loose_links, unfold_tables
from aggregator.articles.outline import head, outline
from aggregator.articles.values import Dropped
from aggregator.text import one_line

NEXT_ARTICLE = "next_article"

_BOXES = ("aside", "div", "section", "ul", "ol", "form", "p", "figcaption", "article", "table", "span", "dialog")
_ASKING = re.compile(
    r"contribut|donat|newsletter|subscri|support-?us|membership|appeal|fundrais|paywall-?(?:promo|offer)|promo|sign-?up|banner|cta\b|campaign|teaser",
)
_LISTING = re.compile(
    r"related|read-?(?:more|also|next)|recommend|most-?(?:read|popular|viewed)|popular|trending|just-?in|latest|sidebar|more-?(?:from|on|stories|news)"
    r"|also-?(?:like|read)|teaser|outbrain|taboola|further-?reading|next-?up|promo|(?:^|[\s_-])(?:tags?|keywords|topics)(?:$|[\s_-])",
)
_CAPTION = re.compile(
    r"(?:^|[\s_-])(?:wp-caption-text|caption(?:__?text)?|image-?caption|photo-?caption|figcaption)(?:$|[\s_])", re.IGNORECASE
)
# Names are compared in lower case. One look tells most names apart from all of the above; names are as many as elements.
_TELLING = re.compile("|".join(pattern.pattern for pattern in (_ASKING, _LISTING, _CAPTION)))
_KEEP = re.compile(r"article-?_*(?:body|content|text)|story-?body|entry-?content|post-?content|main-?content")
_BLOCK_TEXT = ("p", "li", "h1", "h2", "h3", "h4", "a", "button", "span", "div", "label", "strong")
_LINK_CHARS = 15
_APPEAL_CHARS = 1_500
_LIST_CHARS = 4_000
_PARAGRAPH = 80
_DROPPED_CHARS = 400
_MOST_DROPPED = 100
# A box's text is read once per box; nested boxes on hostile pages would make that quadratic.
_READ_BUDGET, _READ_LEAST = 4_000_000, 500
_MOST_LINES = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """What was taken out, captions apart (one line each), and keys of the texts that are links as a whole."""

    dropped: tuple[Dropped, ...]
    captions: tuple[str, ...]
    linked: frozenset[str]


def prune(tree: HtmlElement, *, headline: str) -> Pruned:
    """Changes `tree`: removes appeal boxes, lists of other articles, appended articles and captions."""
    # A node of the tree is made anew for Python at every visit unless somebody holds it: this halves the cost of all that follows.
    held = [*tree.iter()]
    linked = frozenset(k for link in tree.iter("a") if len(k := key(_text(link, 300))) >= _LINK_CHARS)
    dropped = [*_drop_appended(tree, headline)]
    captions: list[str] = []
    for box, reason in list(_boxes(tree)):
        text = _text(box, _LIST_CHARS)
        if reason == CAPTION:
            captions.append(text)
        elif text:
            dropped.append(Dropped(text=one_line(text, _DROPPED_CHARS), reason=reason))
        _remove(box)
    for player in tree.iter("audio", "video"):
        _silence(player)
    shape = outline(tree, headline)
    for box, reason in [*boxes(shape)]:
        text = _text(box, _LIST_CHARS)
        if reason == CAPTION:
            captions.append(text)
        else:
            dropped.append(Dropped(text=one_line(text, _DROPPED_CHARS), reason=reason))
        _remove(box)
    for link in [*loose_links(shape), *loose_bylines(shape)]:
        _remove(link)
    unfold_tables(shape)
    del held
    return Pruned(dropped=tuple(dropped[:_MOST_DROPPED]), captions=tuple(dict.fromkeys(c for c in captions if c)), linked=linked)


def _text(element: HtmlElement, limit: int) -> str:
    """Text of an element on one line, of about four times `limit` characters of it."""
    return head(element, 4 * limit)


def _silence(player: HtmlElement) -> None:
    """What stands inside a player is for browsers that cannot play."""
    tail = player.tail
    player.clear()
    player.tail = tail


def _remove(element: HtmlElement) -> None:
    parent = element.getparent()
    if parent is not None:
        element.drop_tree()


def _boxes(tree: HtmlElement) -> Iterator[tuple[HtmlElement, str]]:
    """Boxes to take out, outermost first, none inside another."""
    taken: set[HtmlElement] = set()
    names: dict[tuple[str, str], str] = {}
    budget = _READ_BUDGET
    for box in tree.iter(*_BOXES):
        marks = f"{box.get('class') or ''} {box.get('id') or ''}".lower()
        reason = names.get((box.tag, marks))
        if reason is None:
            reason = names[box.tag, marks] = _named(box.tag, marks)
        if not reason or budget < 0 or any(above in taken for above in box.iterancestors()):
            continue
        text = _text(box, _LIST_CHARS)
        budget -= max(len(text), _READ_LEAST)
        if reason := _proved(box, reason, text):
            taken.add(box)
            yield box, reason


def _named(tag: str, marks: str) -> str:
    """What a box is by its name, "" for the article's own container and for names that say nothing; content has to agree."""
    if tag not in ("aside", "figcaption") and not _TELLING.search(marks):
        return ""
    if tag == "figcaption" or (tag in ("p", "div", "span") and _CAPTION.search(marks)):
        return CAPTION
    if tag != "aside" and _KEEP.search(marks):
        return ""
    if _ASKING.search(marks):
        return APPEAL
    return RELATED if tag == "aside" or _LISTING.search(marks) else ""


def _proved(box: HtmlElement, reason: str, text: str) -> str:
    if reason == CAPTION:
        return CAPTION if len(text) <= 1_000 and not _holds_heading(box) else ""
    if not text or box.find(".//h1") is not None:
        return ""
    if len(text) <= _APPEAL_CHARS and _asks(box):
        return APPEAL
    return RELATED if len(text) <= _LIST_CHARS and _lists(box, text) else ""


def _holds_heading(box: HtmlElement) -> bool:
    return any(True for _ in box.iter("h1", "h2"))


def _lines(box: HtmlElement) -> list[str]:
    """Texts of the innermost blocks and controls of a box."""
    inner = (e for e in islice(box.iter(*_BLOCK_TEXT), _MOST_LINES) if e is not box and not any(c.tag in _BLOCK_TEXT for c in e))
    lines = [one_line(box.text or ""), *(_text(element, 500) for element in inner)]
    return [line for line in lines if line] or [_text(box, 500)]


def _asks(box: HtmlElement) -> bool:
    """Appeals carry at least a third of the box's lines, or it has an appeal and a field for an address."""
    lines = _lines(box)
    asking = sum(is_appeal(line) for line in lines)
    field = any((i.get("type") or "").lower() == "email" for i in box.iter("input"))
    return asking > 0 and (field or 3 * asking >= len(lines) or is_appeal(_text(box, 500)))


def _lists(box: HtmlElement, text: str) -> bool:
    """Mostly link text, or a label over a link, and no paragraph of its own."""
    link_chars = sum(len(_text(link, 300)) for link in box.iter("a"))
    labels = [line for line in _lines(box)[:3] if is_label(line)]
    if any(len(_text(p, 600)) > 2 * _PARAGRAPH and p.find(".//a") is None for p in box.iter("p")):
        return False
    return link_chars > 0 and (link_chars > 0.6 * len(text) or (bool(labels) and len(text) < 600))


def _drop_appended(tree: HtmlElement, headline: str) -> Iterator[Dropped]:
    """Infinite scroll: later siblings built like the article's own container, with a headline and paragraphs of their own."""
    title = _title_element(tree, headline)
    if title is None:
        return
    for own in [title, *title.iterancestors()]:
        for later in list(own.itersiblings(own.tag)):
            if _built_alike(own, later) and _is_article(later):
                yield Dropped(text=one_line(_text(later, _DROPPED_CHARS), _DROPPED_CHARS), reason=NEXT_ARTICLE)
                _remove(later)


def _title_element(tree: HtmlElement, headline: str) -> HtmlElement | None:
    wanted = key(headline)
    tops = [*tree.iter("h1")]
    return next((h for h in [*tops, *tree.iter("h2")] if wanted and key(_text(h, 500)) == wanted), tops[0] if tops else None)


def _built_alike(own: HtmlElement, later: HtmlElement) -> bool:
    mine, other = set((own.get("class") or "").split()), set((later.get("class") or "").split())
    return own.tag not in ("p", "h1", "h2") and (own.tag == "article" or bool(mine & other))


def _is_article(box: HtmlElement) -> bool:
    """A headline of its own and a paragraph after it. A section of a long read has h2 and paragraphs too, but no title beside it."""
    headings = next(box.iter("h1"), None) is not None or (box.tag == "article" and next(box.iter("h2"), None) is not None)
    return headings and any(len(_text(p, 600)) >= _PARAGRAPH for p in box.iter("p"))
