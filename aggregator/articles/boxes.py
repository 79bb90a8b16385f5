"""Boxes told by where they stand and what they hold, without a telling name: everything beside the article's own paragraphs.

A box is the highest element that holds neither the title nor the article's container. It goes when its own lines prove what it
is: it asks, it is the page's furniture, it lists other articles, it is a picture with its words, or another article.
"""

from collections.abc import Iterator
from itertools import groupby, islice

from lxml.html import HtmlElement

from aggregator.articles.appeals import is_label
from aggregator.articles.boilerplate import APPEAL, CAPTION, FURNITURE, LINKS, RELATED
from aggregator.articles.furniture import is_edge, is_furniture, is_inviting, is_name
from aggregator.articles.outline import BLOCKS, SEPARATORS, Line, Outline, head, is_byline_of_pieces

NEXT_ARTICLE = "next_article"

_BOX_CHARS, _LIST_CHARS, _CAPTION_CHARS, _WORDS_CHARS = 1_500, 4_000, 400, 250
_BOX_LINES, _CAPTION_LINES = 16, 4
# A box that asks may tell a little before it asks.
_TOLD = 2
_LEVELS, _MOST_TABLES = 6, 20
_CALL_LINES, _CALL_CHARS, _PRESSED_CHARS = 8, 600, 40
_NEAR, _BETWEEN = 2, 200
_SCRAPS, _SCRAP_LINES, _SCRAP_CHARS = ("div", "section", "aside", "footer", "header", "form", "nav"), 3, 120
_BUILT = ("ul", "ol", "dl", "table", "pre", "blockquote", "h1", "h2", "h3", "h4", "p")
_FULL_STOPS = (".", "!", "?", "…", "。", "！", "？", "”", "»", "“", '"', "؟", "।", ":", ",", ";")
_LINKED_TITLE = 15
# Without a link or a title of its own an appended article is told from the rest of this one by its place, unless it is much longer.
_ARTICLE_LINES, _HEADLINE, _LONGER = 400, 12, 4
_IMAGES = ("img", "picture", "amp-img", "video", "svg")


def boxes(outline: Outline) -> Iterator[tuple[HtmlElement, str]]:
    """Elements to take out, each with its reason, none inside another."""
    if outline.main is None:
        return
    waiting = [(top, lines, 0) for top, lines in _tops(outline.lines, outline.spine)]
    while waiting:
        top, lines, level = waiting.pop(0)
        if reason := _reason(top, lines, outline, level):
            yield top, reason
        elif len(lines) > 1 and level < _LEVELS and top is not outline.main:
            waiting += [(inner, some, level + 1) for inner, some in _tops(lines, {top, *top.iterancestors()})]


def _tops(lines: list[Line], spine: set[HtmlElement]) -> Iterator[tuple[HtmlElement, list[Line]]]:
    """The highest elements beside the spine, each with its lines, in order."""
    for top, some in groupby(lines, key=lambda line: _top(line.element, spine)):
        if top is not None:
            yield top, list(some)


def _top(element: HtmlElement, spine: set[HtmlElement]) -> HtmlElement | None:
    if element in spine:
        return None
    for above in element.iterancestors():
        if above in spine:
            return element
        element = above
    return None


def _reason(top: HtmlElement, lines: list[Line], outline: Outline, level: int) -> str:
    """Why this box is not the article, "" when it may be."""
    chars = sum(len(line.text) for line in lines)
    prose = [line for line in lines if line.prose]
    if prose and len(lines) == 1 and top in outline.units:
        return ""
    if _other_article(top, lines, prose, outline):
        return NEXT_ARTICLE
    # Text that is in none of its lines was not judged.
    if chars > _LIST_CHARS or _alike(top, outline) or len(head(top, 3 * chars + 200)) > 1.5 * chars + 60:
        return ""
    if _captions(top, lines, chars):
        return CAPTION
    return (
        _asks(top, lines, prose, chars, outline)
        or _page_own(top, lines, prose, chars, outline)
        or _lists(top, lines, prose, chars, level)
    )


def _page_own(top: HtmlElement, lines: list[Line], prose: list[Line], chars: int, outline: Outline) -> str:
    """Bylines, players and scraps, and boxes that end with something to press."""
    if len(lines) == 1:
        between = outline.starts < lines[0].place < outline.begins
        if (between and _byline(lines[0], outline)) or (not prose and _all_known(lines[0])):
            return FURNITURE
    if _calls(top, lines, prose, chars):
        return APPEAL
    return FURNITURE if not prose and _scrap(top, lines, chars, outline) else ""


def _calls(top: HtmlElement, lines: list[Line], prose: list[Line], chars: int) -> bool:
    """A title, a sentence or two and at the end something to press: whatever it says, it wants the reader to do something."""
    if not 2 <= len(lines) <= _CALL_LINES or chars > _CALL_CHARS or len(prose) > _TOLD or lines[-1].prose:
        return False
    last = lines[-1]
    if len(last.text) > _PRESSED_CHARS or last.text.endswith((".", ":", ",")):
        return False
    control = last.element if last.element.tag in ("a", "button") else next(last.element.iter("a", "button"), None)
    if control is None or len(head(control, 200)) < len(last.text):
        return False
    return (
        control.tag == "button"
        or control.get("role") == "button"
        or (bool(prose) and next(top.iter("ul", "ol", "table"), None) is None)
    )


def _scrap(top: HtmlElement, lines: list[Line], chars: int, outline: Outline) -> bool:
    """A few words without a full stop, before the first or behind the last sentence, in a box that no paragraph stands in."""
    if outline.begins <= lines[0].place <= outline.ends or lines[0].place <= outline.starts or top.tag not in _SCRAPS:
        return False
    if len(lines) > _SCRAP_LINES or chars > _SCRAP_CHARS or any(line.text.endswith(_FULL_STOPS) for line in lines):
        return False
    return next(top.iter(*_BUILT), None) is None and not _alike(top, outline, bare=True)


def _all_known(line: Line) -> bool:
    """Pieces printed without blanks between them, each of which is the page's own."""
    pieces = [piece for raw in islice(line.element.itertext(), 12) if (piece := str(raw).strip(SEPARATORS))]
    return 2 <= len(pieces) < 12 and all(is_edge(piece) or is_furniture(piece) for piece in pieces)


def _other_article(top: HtmlElement, lines: list[Line], prose: list[Line], outline: Outline) -> bool:
    """Behind the article: a headline of its own, and sentences. Without a title of the first rank it must stand outside."""
    if not prose or lines[0].place <= outline.ends or len(lines) > _ARTICLE_LINES:
        return False
    if next(top.iter("h1"), None) is not None:
        return outline.title is not None
    heading = next(top.iter("h2"), None)
    if heading is None or len(head(heading, 200)) < _HEADLINE:
        return False
    if next(heading.iter("a"), None) is not None:
        return True
    told = sum(len(line.text) for line in prose)
    return told <= _LONGER * outline.told and (
        top.tag == "article" or _outside(top, outline) or _after_the_end(top, lines, outline)
    )


def _after_the_end(top: HtmlElement, lines: list[Line], outline: Outline) -> bool:
    """Has the page said something of its own since the article's last sentence, and is this no further part of the article?"""
    between = outline.lines[outline.ends + 1 : lines[0].place][:_BETWEEN]
    return not _alike(top, outline, bare=True) and any(line.asks or is_label(line.text) for line in between)


def _outside(top: HtmlElement, outline: Outline) -> bool:
    """Does this stand outside the smallest container of title and article, and is that a container of its own?"""
    if outline.title is None or outline.main is None:
        return False
    around = {outline.main, *outline.main.iterancestors()}
    scope = next((above for above in outline.title.iterancestors() if above in around), None)
    return scope is not None and scope.tag not in ("body", "html", "main") and scope not in top.iterancestors()


def _alike(top: HtmlElement, outline: Outline, *, bare: bool = False) -> bool:
    """Is this a further part of the article, built like its container or like one of its paragraphs? `bare`: elements without a name too."""
    if outline.main is None:
        return False
    mine = _shape(top)
    return (bare or bool(mine[1])) and (
        mine == _shape(outline.main) or any(mine == _shape(unit) for unit in outline.units[:20] if unit is not top)
    )


def _shape(element: HtmlElement) -> tuple[str, str]:
    return str(element.tag), element.get("class") or element.get("data-testid") or element.get("data-component") or ""


def _captions(top: HtmlElement, lines: list[Line], chars: int) -> bool:
    """A picture and a few words beside it, none of which lead elsewhere."""
    if len(lines) > _CAPTION_LINES or chars > _CAPTION_CHARS or any(line.link_chars for line in lines):
        return False
    if top.tag == "figure":
        return True
    if sum(line.prose for line in lines) > 1 or any(len(line.text) > _WORDS_CHARS for line in lines):
        return False
    image = next(top.iter(*_IMAGES), None) if top.tag == "div" else None
    if image is None or next(top.iter("h1", "h2", "h3", "h4"), None) is not None:
        return False
    # The words stand in the same box as the picture; a paragraph beside that box is not its caption.
    holders = {line.element: {line.element, *line.element.iterancestors()} for line in lines}
    nearest = next((above for above in image.iterancestors() if any(above in chain for chain in holders.values())), None)
    return nearest is not None and all(nearest in chain for chain in holders.values())


def _asks(top: HtmlElement, lines: list[Line], prose: list[Line], chars: int, outline: Outline) -> str:
    asking = [line for line in lines if line.asks]
    # A single line among the paragraphs is judged with its neighbours, when the text is read.
    if len(lines) == 1 and asking and top.getparent() is outline.main and lines[0].appeal:
        return ""
    if not asking or chars > _BOX_CHARS or len(lines) > _BOX_LINES or len(prose) > max(_TOLD, len(asking)):
        return ""
    if any(line.appeal for line in asking):
        return APPEAL
    return FURNITURE if not prose or any(is_inviting(line.text) for line in asking) else ""


def _lists(top: HtmlElement, lines: list[Line], prose: list[Line], chars: int, level: int) -> str:
    """A label over a link, mostly links, or cards: headings that are links."""
    linked = sum(line.link_chars for line in lines)
    links = sum(1 for _ in top.iter("a"))
    if not links:
        return ""
    if len(lines) == 1 and linked and (is_label(label := _unlinked(lines[0].element)) or is_furniture(label)):
        return RELATED
    if is_label(lines[0].text) and (len(lines) > 1 or linked) and not any(line.prose and not line.link_chars for line in lines):
        return RELATED
    if links >= (3 if level else 2) and linked > 0.7 * chars and not prose and not _sentence(lines):
        return LINKS
    return RELATED if _cards(top, lines, prose) else ""


def _unlinked(element: HtmlElement) -> str:
    """Text of a line without its links: the label before a teaser."""
    parts = [element.text or ""]
    for child in element:
        parts += ["" if child.tag == "a" or not isinstance(child.tag, str) else head(child, 200), child.tail or ""]
    return " ".join(words for part in parts if (words := " ".join(part.split()).strip(SEPARATORS)))


def _byline(line: Line, outline: Outline) -> bool:
    """Between title and article: pieces of a byline, or a name near a date."""
    if is_byline_of_pieces(line.element, line.text):
        return True
    near = outline.lines[max(outline.starts + 1, line.place - _NEAR) : min(outline.begins, line.place + _NEAR + 1)]
    dated = line.link_chars == len(line.text) or any(is_edge(other.text) or other.asks for other in near if other is not line)
    return is_name(line.text) and dated


def _sentence(lines: list[Line]) -> bool:
    """One line with a full stop: a sentence of an article, however many links it has."""
    return len(lines) == 1 and lines[0].text.endswith(_FULL_STOPS[:-3])


def _cards(top: HtmlElement, lines: list[Line], prose: list[Line]) -> bool:
    """Two or more titles that are links as a whole to other pages, at least as many as sentences."""
    titles = [line for line in lines if line.link_chars > 0.9 * len(line.text) and len(line.text) >= _LINKED_TITLE]
    outside = [link for link in top.iter("a") if (link.get("href") or "#")[:1] != "#"]
    return len(titles) >= 2 and len(outside) >= 2 and len(prose) <= len(titles)


def loose_links(outline: Outline) -> Iterator[HtmlElement]:
    """Links that stand side by side beside title and article, with nothing but separators between them: menus, trails, tags."""
    for element in outline.spine:
        run: list[HtmlElement] = []
        for child in [*element, None]:
            if child is not None and child.tag == "a" and not any(inner.tag in BLOCKS for inner in child):
                run.append(child)
                if not (child.tail or "").strip(SEPARATORS):
                    continue
            if len(run) > 1 and all(not (link.tail or "").strip(SEPARATORS) for link in run):
                yield from run
            run = []


def loose_bylines(outline: Outline) -> Iterator[HtmlElement]:
    """Dates and names that stand unwrapped between title and article."""
    first = set(outline.units[:1])
    for element in outline.spine:
        for child in element:
            if child in outline.spine or child in first:
                break
            if child.tag == "time" or (
                child.tag in ("span", "em", "i", "small", "b") and is_edge(text := head(child, 200)) and len(text) > 1
            ):
                yield child


def unfold_tables(outline: Outline) -> None:
    """A table around the title or the article is a layout: as blocks its cells are read as text and not as rows."""
    for table in [element for element in outline.spine if element.tag == "table"][:_MOST_TABLES]:
        for part in table.iter("table", "tbody", "tr", "td", "th"):
            if part is table or part in outline.spine or next(part.iterancestors("table"), None) is table:
                part.tag = "div"
