"""The shape of a page: its lines in order, its title, and the container in which the article's own paragraphs stand.

Used to tell boxes from the article by where they stand: nothing here looks at what an outlet calls its containers.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from lxml.etree import XPath
from lxml.html import HtmlElement

from aggregator.articles.appeals import is_appeal
from aggregator.articles.boilerplate import key
from aggregator.articles.furniture import is_edge, is_furniture

BLOCKS = frozenset(
    ["p", "div", "li", "td", "th", "h1", "h2", "h3", "h4", "h5", "h6", "section", "article", "aside", "main", "ul", "ol", "dl", "dt", "dd", "table", "tbody", "tr", "blockquote", "form", "figure", "figcaption", "header", "footer", "nav", "center", "pre", "address", "fieldset", "details", "summary", "dialog", "body", "caption"]
)  # fmt: skip
# What stands between the links of a trail and the parts of a byline.
SEPARATORS = " \t\n\r|/»›>·•,-–—←→"
_BYLINE_CHARS, _PIECE_CHARS = 160, 40
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
# Beyond so many lines a page is read without its shape: every line looks at all its ancestors.
MOST_LINES = 3_000
_LINE_CHARS, _MOST_CHILDREN = 600, 200
# A sentence of an article: this long, or half of that with a full stop.
_PROSE, _SHORT_PROSE = 80, 40
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_ENDS = (".", "!", "?", "…", "。", "！", "？", "”", "»", "“", '"', "؟", "।", ":", ")")
# Prose weighs less for every level that it stands further from the title, before it or in its header, and under another headline.
_FURTHER, _MOST_LEVELS, _BEFORE, _UNDER, _UNDER_OTHER = 0.7, 8, 0.3, 0.4, 0.1
# As much as asks: a banner. Later than other prose behind the title: rather a box behind the article.
_ASKING, _LATER = 0.3, 0.6
_HEAD = XPath("substring(string(), 1, $most)")


@dataclass(slots=True, eq=False)
class Line:
    """An innermost block with text. `asks`: an `appeal` or something of the page's own. `link_chars` of `text` stand in links."""

    element: HtmlElement
    text: str
    place: int
    link_chars: int
    asks: bool
    appeal: bool
    prose: bool


@dataclass(slots=True, eq=False)
class Outline:
    """`main` holds the article's paragraphs, None when no sentence was found; `spine` are the elements above title and article.

    `begins` and `ends` are the places of the first and the last sentence in `main`, `starts` that of the title (-1: none);
    `told` are the characters of its sentences.
    """

    lines: list[Line]
    title: HtmlElement | None
    main: HtmlElement | None
    units: list[HtmlElement]
    spine: set[HtmlElement]
    counts: Counter[HtmlElement]
    starts: int
    begins: int
    ends: int
    told: int


def outline(tree: HtmlElement, headline: str) -> Outline:
    """Reads the shape; costs one walk over the blocks."""
    lines = list(islice(_lines(tree), MOST_LINES + 1))
    title = _title(tree, lines, headline)
    if len(lines) > MOST_LINES:
        return Outline(
            lines=[], title=title, main=None, units=[], spine=set(), counts=Counter(), starts=-1, begins=0, ends=0, told=0
        )
    counts: Counter[HtmlElement] = Counter()
    for line in lines:
        counts[line.element] += 1
        counts.update(line.element.iterancestors())
    inside_title = {title, *title.iterdescendants()} if title is not None else set()
    starts = next((line.place for line in lines if line.element in inside_title), -1)
    main, members = _main([line for line in lines if line.element not in inside_title], title, starts, counts)
    spine = {above for root in (title, main) if root is not None for above in (root, *root.iterancestors())}
    places = [line.place for _, line in members] or [0]
    units, told = [unit for unit, _ in members], sum(len(line.text) for _, line in members)
    return Outline(
        lines=lines,
        title=title,
        main=main,
        units=units,
        spine=spine,
        counts=counts,
        starts=starts,
        begins=places[0],
        ends=places[-1],
        told=told,
    )


def head(element: HtmlElement, most: int) -> str:
    """The first characters of an element's text, on one line; walked by libxml2, except where there is nothing to walk."""
    if not len(element):
        return " ".join((element.text or "")[:most].split())
    return " ".join(str(_HEAD(element, most=most)).split())


def _lines(tree: HtmlElement) -> Iterator[Line]:
    place = 0
    for element in tree.iter(*BLOCKS):
        inner = any(child.tag in BLOCKS for child in element)
        text = _own_text(element) if inner else head(element, 2 * _LINE_CHARS)[:_LINE_CHARS]
        if len(text) < (20 if inner else 1):
            continue
        linked = 0 if inner else _link_chars(element, text)
        appeal = is_appeal(text)
        asks = appeal or is_furniture(text)
        prose = not asks and is_prose(text, linked) and not is_edge(text) and not is_byline_of_pieces(element, text)
        prose = prose and next(element.iterancestors("figure"), None) is None
        yield Line(element=element, text=text, place=place, link_chars=linked, asks=asks, appeal=appeal, prose=prose)
        place += 1


def _link_chars(element: HtmlElement, text: str) -> int:
    """How much of the text of an innermost block is in links, those around the block included."""
    if next(element.iterancestors("a"), None) is not None:
        return len(text)
    return sum(len(head(link, _LINE_CHARS)) for link in islice(element.iter("a"), _MOST_CHILDREN))


def _own_text(element: HtmlElement) -> str:
    """Text that stands in a block beside inner blocks, as lines divided by breaks do."""
    parts = [element.text or ""]
    for child in islice(element, _MOST_CHILDREN):
        if child.tag not in BLOCKS and isinstance(child.tag, str) and next(child.iter(*BLOCKS), None) is None:
            parts.append(head(child, _LINE_CHARS))
        parts.append(child.tail or "")
    return " ".join(" ".join(parts).split())[:_LINE_CHARS]


def is_byline_of_pieces(element: HtmlElement, text: str) -> bool:
    """A name, a date, a reading time, printed side by side: pieces of which one at least is a page's own and none is long."""
    if len(text) > _BYLINE_CHARS or text.endswith((".", "!", "?", ":")):
        return False
    pieces = [piece for raw in element.itertext() if (piece := str(raw).strip(SEPARATORS))]
    known = [is_edge(piece) or is_furniture(piece) for piece in pieces]
    return any(known) and all(sure or len(piece) <= _PIECE_CHARS for sure, piece in zip(known, pieces, strict=True))


def is_prose(text: str, link_chars: int = 0) -> bool:
    """Could this line be a sentence of an article? Long enough and mostly not links."""
    size = len(text) + 2 * len(_CJK.findall(text[:200]))
    if 2 * link_chars > len(text):
        return False
    return size >= _PROSE or (size >= _SHORT_PROSE and text.endswith(_ENDS))


def _title(tree: HtmlElement, lines: list[Line], headline: str) -> HtmlElement | None:
    wanted = key(headline)
    tops = [*islice(tree.iter("h1"), 50)]
    for element in [*tops, *islice(tree.iter("h2"), 50)]:
        if wanted and key(head(element, 500)) == wanted:
            return element
    same = next((line.element for line in lines[:400] if wanted and len(line.text) <= 500 and key(line.text) == wanted), None)
    return same if same is not None else (tops[0] if tops else None)


def _main(
    lines: list[Line], title: HtmlElement | None, starts: int, counts: Counter[HtmlElement]
) -> tuple[HtmlElement | None, list[tuple[HtmlElement, Line]]]:
    """The container with most prose, weighed by its nearness to the title and by the appeals that stand in it."""
    groups: dict[HtmlElement, list[tuple[HtmlElement, Line]]] = {}
    asking: Counter[HtmlElement] = Counter()
    for line in lines:
        if line.prose or line.appeal:
            own = any(child.tag in BLOCKS for child in line.element)
            unit = line.element if own else _unit(line.element, counts)
            parent = unit if own else unit.getparent()
            if parent is None:
                continue
            if line.appeal:
                asking[parent] += 1
            else:
                groups.setdefault(parent, []).append((unit, line))
    above = {element: depth for depth, element in enumerate(title.iterancestors())} if title is not None else {}
    headings = [line for line in lines if line.place > starts and _is_heading(line.element)]
    first = next((box for box, members in groups.items() if members[0][1].place > starts), None)
    best = max(
        groups,
        key=lambda box: (
            _weight(box, groups[box], asking[box], above, starts)
            * _under(groups[box], headings)
            * (1 if box is first else _LATER)
        ),
        default=None,
    )
    return best, groups[best] if best is not None else []


def _unit(element: HtmlElement, counts: Counter[HtmlElement]) -> HtmlElement:
    """The highest element that holds this line and no other."""
    parent = element.getparent()
    while parent is not None and counts[parent] == 1:
        element, parent = parent, parent.getparent()
    return element


def _is_heading(element: HtmlElement) -> bool:
    return element.tag in _HEADINGS or (
        element.tag in ("a", "div") and any(above.tag in _HEADINGS for above in islice(element.iterancestors(), 2))
    )


def _under(members: list[tuple[HtmlElement, Line]], headings: list[Line]) -> float:
    """1 for prose right behind the title, less behind a heading, hardly anything behind one that is a link or a title."""
    above = [line for line in headings if line.place < members[0][1].place]
    if not above:
        return 1
    return _UNDER_OTHER if above[-1].element.tag == "h1" or above[-1].link_chars else _UNDER


def _weight(
    box: HtmlElement, members: list[tuple[HtmlElement, Line]], asking: int, above: dict[HtmlElement, int], starts: int
) -> float:
    chars = sum(len(line.text) for _, line in members)
    levels = next((above[element] for element in (box, *box.iterancestors()) if element in above), _MOST_LEVELS)
    weight = chars * _FURTHER ** min(levels, _MOST_LEVELS)
    if members[-1][1].place < starts or any(above.tag == "header" for above in (box, *box.iterancestors())):
        weight *= _BEFORE
    return weight * _ASKING if asking >= len(members) else weight
