"""Markup from a feed becomes plain text. One pass over the characters; every search is bounded."""

import html
import re

from aggregator.text import normalise

# More text than any article has; what stands behind it is not read.
MAX_HTML = 2_000_000
_BLOCKS = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "br",
        "caption",
        "center",
        "dd",
        "div",
        "dl",
        "dt",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "li",
        "main",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "table",
        "tbody",
        "tfoot",
        "thead",
        "tr",
        "ul",
    ]
)
_CELLS = frozenset({"td", "th", "img", "option"})
# At most 128 pieces a tag: without the bound, unclosed quotes make the search quadratic.
_TAG = re.compile(r"</?([a-zA-Z][a-zA-Z0-9:-]*)(?:[^<>\"']++|\"[^\"]{0,65536}\"|'[^']{0,65536}'){0,128}+>")
_OPENS = re.compile(r"<(?=/?[a-zA-Z]|[!?])")
_UNREADABLE = re.compile(r"<(script|style|noscript|template|iframe|object|textarea|title|svg|math)\b", re.IGNORECASE)
_LEFT = re.compile(r"</(?:p|div|a|span|strong|em|b|i|li|ul|ol|h[1-6])>|<(?:br|img|hr)[\s/>]", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:[a-zA-Z]{2,8}|#\d{2,6}|#x[0-9a-fA-F]{2,5});")


def plain_text(markup: str) -> str:
    """Markup without tags: blocks and <br> become line breaks, entities characters, scripts and styles nothing; normalised.

    Never raises. A tag that is cut off at the end is dropped; a "<" that opens nothing stays.
    """
    markup = markup[:MAX_HTML]
    if "<" in markup:
        markup = _without_tags(markup)
    return normalise(html.unescape(markup)) if "&" in markup else normalise(markup)


def plain_body(markup: str) -> str:
    """`plain_text` of markup that may have been escaped twice: what still ends paragraphs and links afterwards was no text."""
    text = plain_text(markup)
    if "&lt;" in text:
        text = html.unescape(text)
    return plain_text(text) if "<" in text and _LEFT.search(text) else text


def plain_title(markup: str) -> str:
    """`plain_text` on one line; titles that were escaped twice are decoded once more when no markup can come of it."""
    title = plain_text(markup).replace("\n", " ")
    if "<" not in title and _ENTITY.search(title):
        title = normalise(html.unescape(title)).replace("\n", " ")
    return title


def _without_tags(markup: str) -> str:
    lowered, last_end = markup.lower(), markup.rfind(">")
    lowered = lowered if len(lowered) == len(markup) else markup
    pieces: list[str] = []
    position = 0
    while opening := _OPENS.search(markup, position):
        start = opening.start()
        pieces.append(markup[position:start])
        position, shown = _skip(markup, lowered, start, last_end)
        pieces.append(shown)
    pieces.append(markup[position:])
    return "".join(pieces)


def _skip(markup: str, lowered: str, start: int, last_end: int) -> tuple[int, str]:
    """Behind the thing that "<" at `start` opens, and what is shown for it."""
    if markup.startswith("<!--", start):
        return _behind(markup, "-->", start + 4), ""
    if markup.startswith(("<!", "<?"), start):
        return _behind(markup, ">", start), ""
    if hidden := _UNREADABLE.match(markup, start):
        end = lowered.find(f"</{hidden[1].lower()}", start)
        return (_behind(markup, ">", end) if end >= 0 else len(markup)), " "
    if tag := _TAG.match(markup, start):
        name = tag[1].lower()
        return tag.end(), "\n" if name in _BLOCKS else " " if name in _CELLS else ""
    return (len(markup), "") if start > last_end else (start + 1, "<")


def _behind(markup: str, mark: str, start: int) -> int:
    end = markup.find(mark, start)
    return end + len(mark) if end >= 0 else len(markup)
