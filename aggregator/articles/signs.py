"""How a page is built: what its tree says about being an article or a list, a form, a film, a lock."""

import re
from collections import Counter
from dataclasses import dataclass
from itertools import islice
from urllib.parse import parse_qsl, urljoin, urlsplit

from lxml.etree import XPath
from lxml.html import HtmlElement

from aggregator.articles.boilerplate import key
from aggregator.text import one_line, word_set

_HEADINGS = ("h2", "h3", "h4", "h5")
_LOCK = re.compile(
    r"(?:^|[\s_-])(?:paywall|pay-wall|regwall|reg-wall|subscription-wall|premium-(?:wall|offer|lock)|article-lock|locked-content|content-gate|piano-(?:offer|wall))(?:$|[\s_-])",
    re.IGNORECASE,
)
_PLAYER = re.compile(r"player|youtube|youtu\.be|vimeo|dailymotion|rutube|vkvideo|brightcove|jwplatform|video", re.IGNORECASE)
_PIECES = re.compile(r"\s+[|\-–—·•:»]\s+")
# More heading links than these are looked at on no page; a teaser is a card of this many characters at most, and reaches this far up.
_MOST_LINKS, _CARD_CHARS, _LEVELS = 150, 1_200, 6
_LEAST_TITLE, _LONGEST_TITLE = 12, 250
_MOST_BLOCKS = 80
# Paragraphs of this many different cards make a list; related boxes of an article rarely bring two.
_LIST = 3
_FEW_WORDS = 4
_HEAD = XPath("substring(string(), 1, $most)")

_LIST_PARTS = word_set(
    "tag tags topic topics thema themen theme themes sujet sujets tema temas temi etiqueta etiquetas author authors autor autoren autore autori auteur auteurs people person profile profil search suche "
    "recherche buscar busqueda cerca ricerca zoeken szukaj ara poisk search-results category categories kategorie rubrik rubrique seccion section sections archive archives archiv arhiv keyword keywords"
)
_FILM_PARTS = word_set("video videos videa videolar mediathek watch clip clips tv vidéos vidéo film films player")
_PICTURE_PARTS = word_set(
    "gallery galleries galerie galerien galeria galerias galleria photo photos photogallery foto fotos fotostrecke fotostrecken fotogalerie fotogaleria fotogallery bilder bildergalerie slideshow slideshows diaporama pictures in-pictures"
)
_SEARCHED = word_set("q s query search suche text begriff keyword keywords term")
_ROOTS = frozenset({"", "index.html", "index.php", "index.htm", "home", "home.html", "startseite"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """`titles`: what calls the page by name. `address`: "list", "film", "pictures", "home" or "" for what its address says."""

    titles: tuple[str, ...] = ()
    address: str = ""
    scripts: int = 0
    password: bool = False
    player: bool = False
    locked: bool = False


def read_signs(tree: HtmlElement, *, url: str, headline: str) -> Signs:
    """One pass over the whole tree, before anything is taken out of it."""
    return Signs(
        titles=_titles(tree, headline),
        address=address_kind(url),
        scripts=sum(1 for _ in tree.iter("script")),
        password=any((field.get("type") or "").lower() == "password" for field in tree.iter("input")),
        player=_plays(tree),
        locked=any(_locks(box) for box in tree.iter("div", "section", "aside")),
    )


def _plays(tree: HtmlElement) -> bool:
    frames = ((frame.get("src") or frame.get("data-src") or "")[:500] for frame in tree.iter("iframe"))
    return next(tree.iter("video"), None) is not None or any(_PLAYER.search(address) for address in frames)


def _locks(box: HtmlElement) -> bool:
    """A box named as a paywall that says something; empty ones stand ready on free pages too."""
    marks = f"{box.get('class') or ''} {box.get('id') or ''}"[:1000].lower()
    return (
        ("wall" in marks or "lock" in marks or "premium" in marks or "gate" in marks)
        and bool(_LOCK.search(marks))
        and len(_head(box).split()) >= _FEW_WORDS
    )


def _titles(tree: HtmlElement, headline: str) -> tuple[str, ...]:
    tops = [one_line(str(_HEAD(h1, most=400))) for h1 in islice(tree.iter("h1"), 3)]
    title = next(tree.iter("title"), None)
    whole = one_line(str(_HEAD(title, most=400))) if title is not None else ""
    return tuple(dict.fromkeys(text for text in (*tops, headline, whole, *_PIECES.split(whole)) if text))


def address_kind(url: str) -> str:
    """What the address calls the page: "home", "list", "film", "pictures" or "". The last part is the page's own name."""
    parts = urlsplit(url)
    path = [part for part in parts.path.lower().split("/") if part]
    asked = {name.lower() for name, _ in parse_qsl(parts.query[:1000])}
    if asked & _SEARCHED and (not path or path[-1] in _LIST_PARTS or len(path) == 1):
        return "list"
    if not parts.query and (not path or (len(path) == 1 and (path[0] in _ROOTS or len(path[0]) == 2))):
        return "home"
    for kind, names in (("list", _LIST_PARTS), ("film", _FILM_PARTS), ("pictures", _PICTURE_PARTS)):
        if any(part in names for part in path):
            return kind
    return ""


def teased(tree: HtmlElement, blocks: tuple[str, ...], *, url: str) -> frozenset[int]:
    """Places of the blocks that stand in cards under a linked headline of this site; empty unless they come from three cards."""
    cards = [_joined(text) for text in _cards(tree, url)]
    found: dict[int, int] = {}
    for place, block in enumerate(blocks[:_MOST_BLOCKS]):
        this = _joined(block)
        if len(this) >= _LEAST_TITLE:
            card = next((number for number, text in enumerate(cards) if this in text), None)
            if card is not None:
                found[place] = card
    return frozenset(found) if len(set(found.values())) >= _LIST else frozenset()


def _joined(text: str) -> str:
    """Letters only: cells and blocks of a card stand in its text without a blank between them."""
    return key(text).replace(" ", "")


def _cards(tree: HtmlElement, url: str) -> list[str]:
    """Texts of the cards: the biggest box around each linked headline that holds no other one; in flat lists what follows it."""
    titles = _linked_titles(tree, url)
    above = {title: list(islice(title.iterancestors(), _LEVELS)) for title in titles}
    holds = Counter(box for boxes in above.values() for box in boxes)
    tops = {box for h1 in tree.iter("h1") for box in h1.iterancestors()}
    texts = []
    for title, boxes in above.items():
        card = title
        for box in boxes:
            if holds[box] > 1 or box in tops:
                break
            card = box
        texts.append(f"{_head(card)} {' '.join(_head(later) for later in _until_next(card, holds, above))}"[: 2 * _CARD_CHARS])
    return [text for text in texts if text.strip()]


def _until_next(
    card: HtmlElement, holds: "Counter[HtmlElement]", above: dict[HtmlElement, list[HtmlElement]]
) -> list[HtmlElement]:
    found: list[HtmlElement] = []
    for later in islice(card.itersiblings(), 3):
        if later in above or holds[later] or later.tag in ("h1", *_HEADINGS):
            break
        found.append(later)
    return found


def _head(element: HtmlElement) -> str:
    return str(_HEAD(element, most=_CARD_CHARS))


def _linked_titles(tree: HtmlElement, url: str) -> list[HtmlElement]:
    """Elements that are a link to another page of this site as a whole, and read like a title: headings first."""
    found: list[HtmlElement] = []
    host, own = urlsplit(url).hostname, urlsplit(url)._replace(query="", fragment="").geturl()
    for heading in islice(tree.iter(*_HEADINGS), _MOST_LINKS):
        inside = next(heading.iter("a"), None)
        link = inside if inside is not None else next(heading.iterancestors("a"), None)
        if link is not None and _leads_on(link, url, host, own) and len(_head(heading).strip()) >= _LEAST_TITLE:
            found.append(heading)
    if len(found) < _LIST:
        found += [
            link for link in islice(tree.iter("a"), 2 * _MOST_LINKS) if _stands_alone(link) and _leads_on(link, url, host, own)
        ]
    return found


def _stands_alone(link: HtmlElement) -> bool:
    """A title on a line of its own: no text directly before or after it. Not so in a paragraph, where links are words."""
    parent = link.getparent()
    if (
        parent is None
        or parent.tag in ("p", "em", "strong", "b", "i")
        or (parent.text or "").strip()
        or (link.tail or "").strip()
    ):
        return False
    text = _head(link).strip()
    return _LEAST_TITLE <= len(text) <= _LONGEST_TITLE and len(text.split()) >= 3


def _leads_on(link: HtmlElement, url: str, host: str | None, own: str) -> bool:
    href = "".join((link.get("href") or "")[:2000].split())
    if not href or href.startswith(("#", "javascript:", "mailto:")):
        return False
    try:
        target = urlsplit(urljoin(url, href))
    except ValueError:
        return False
    return target.hostname == host and target._replace(query="", fragment="").geturl() != own
