"""The second extractor: asked only when the first, JSON-LD and the feed gave nothing."""

import re

from lxml.etree import LxmlError, tostring
from lxml.html import HtmlElement
from resiliparse.extract.html2text import extract_plain_text

from aggregator.text import normalise

# It takes .4 s for 5,000 nested elements and does not come back from 100,000 (measured); lxml drops what is below 256 levels.
DEEPEST = 1_500
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9-]{0,20})")
_EMPTY = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"]
)
# A sentence of this length is the least that is taken for news.
_SENTENCE_CHARS = 60
_ENDS = (".", "!", "?", "…", "。", "！", "？", "؟", "।", "”", "»", '"')
_MOST = 400_000


def second_reading(tree: HtmlElement, html: str, *, cut: bool) -> tuple[str, ...]:
    """Normalised paragraphs as another extractor sees them, () when there is no sentence among them.

    `tree` is the page without its boxes; `cut` says that the parser dropped what was nested deeper than it can hold, then the
    page's own text is read, if it is not too deep for this extractor as well.
    """
    if cut and depth(html) > DEEPEST:
        return ()
    try:
        source = html if cut else tostring(tree, encoding="unicode", method="html")
        text = extract_plain_text(source, main_content=True, list_bullets=False, alt_texts=False, form_fields=False)
    except (LxmlError, ValueError, TypeError, RuntimeError, UnicodeError):
        return ()
    blocks = tuple(normalise(str(text)[:_MOST]).split("\n"))
    return blocks if any(len(block) >= _SENTENCE_CHARS and block.endswith(_ENDS) for block in blocks) else ()


def depth(html: str) -> int:
    """Elements open at once, at most; unclosed ones count as open. One pass over the tags, no tree."""
    deepest = level = 0
    for closing, name in _TAG.findall(html):
        if closing:
            level = max(0, level - 1)
        elif name.lower() not in _EMPTY:
            level += 1
            deepest = max(deepest, level)
    return deepest
