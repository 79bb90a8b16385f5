"""Who wrote it: names out of JSON-LD, metas, feeds and the line that the page prints under its headline.

An author is only who is named as one. The outlet's own name, an account ("admin"), a role and a place are not; agencies are
kept as printed, because "Associated Press" is what the byline says and what people search for.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import islice

from lxml.html import HtmlElement

from aggregator.text import one_line, word_set

MOST = 20

_PREFIX = re.compile(
    r"(?:(?:kommentar|analyse|bericht|interview|essay|kolumne|gastbeitrag|reportage|(?:an?\s+)?(?:analysis|opinion|essay|column|story|report|text|words|written|reported|posted))\s+(?=by\b|von\b))?"
    r"(?:(?:by|von|от|oleh|(?-i:di|[Pp]ar|[Pp]or|[Dd]oor|[Aa]v|[Aa]f))(?:\s*:\s*|\s+)|(?:authors?|autor\w*|auteurs?|autore|text|words|penulis|reporter|skribent|tekst|redakt[oö]r|журналист|записал\w*|szerző|yazan|yazar|작성자|글|автор\w*|текст)\s*[:：]\s*|(?:автор\w*|текст)\s+)",
    re.IGNORECASE,
)
_STRONG_SPLIT = re.compile(
    r"\s*(?:[;|\n]|,(?!\s*(?:jr|sr|md|phd|ii|iii)\b))\s*|\s+(?-i:and|AND|und|UND|et|ET|og|och|&|и|И|та|ve|dan|oraz)\s+",
    re.IGNORECASE,
)
# Written small: "Dan" is a name, "dan" is "and" in Indonesian. These words stand inside names too ("Ortega y Gasset"): they part two names only when both sides are whole names.
_WEAK_SPLIT = re.compile(r"\s+(?:y|e|i|en|і)\s+")
_LEADING = re.compile(r"^(?:and|und|et|og|och|y|e|и|та|ve|dan)\s+")
_BRACKETS = re.compile(r"\([^()]{0,200}\)|\[[^\[\]]{0,200}\]")
_ADDRESS_NAME = re.compile(r"[^\s()@]{1,100}@[^\s()@]{1,100}\s*\(([^()]{2,100})\)")
_DOMAIN = re.compile(
    r"(?:[\w-]+\.)+(?:com|org|net|info|de|ru|fr|es|it|pl|nl|be|at|ch|uk|co|us|tv|eu|ua|se|no|dk|fi|br|in|jp|kr|cn)", re.IGNORECASE
)
_WORDS = re.compile(r"[^\W\d_]+")
_SQUEEZE = re.compile(r"[\W_]+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_CASELESS = re.compile(r"[\u0590-\u08ff\u0900-\u0dff\u0e00-\u0eff\u10a0-\u10ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
# Names in these scripts are written in one piece.
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af・]{2,12}")
_TITLES = re.compile(r"\s+(?:기자|記者|记者|特派員)$")

_ACCOUNTS = word_set(
    "admin administrator administrador webmaster developer root user guest editor editors redaktion redaktor author autor staff newsroom noreply wordpress "
    "гость админ администратор редактор редакция unknown none null undefined anonymous"
)
# A name that ends in one of these is a role; a line that holds one is no name.
_ROLES = word_set(
    "reporter correspondent editor writer columnist journalist producer contributor photographer analyst director chief redakteur redakteurin korrespondent "
    "korrespondentin autorin journalistin volontär reporterin journaliste rédacteur rédactrice correspondant correspondante redactor redactora periodista corresponsal "
    "giornalista redattore корреспондент журналист редактор обозреватель фотограф dziennikarz redaktor redaktør journalist"
)
_NOT_NAMES = _ROLES | word_set(
    "published updated posted modified read min minutes comments comment share follow following subscribe news about more view all posts staff email print photo photos "
    "image video newsletter advertisement stand uhr lesezeit aktualisiert veröffentlicht редакция обновлено опубликовано фото publié mis à jour actualizado publicado "
    "foto team desk special"
)
# One word and yet a byline: news agencies, as they sign.
_AGENCIES = word_set(
    "reuters afp ap dpa tass тасс interfax интерфакс efe ansa xinhua bloomberg pa apa sda sid kna epd upi anp belga ntb ritzau pap kyodo yonhap унн укринформ ukrinform ria риа unian унiан"
)
_PARTICLES = word_set(
    "de del della di da dos das do du la le les los van von der den ten ter zu zur y e i al el bin ibn abu ben bint af av st ul ur mac mc o d l and the"
)
_GENERIC = word_set(
    "the online com news digital web weekly daily newspaper redaktion www media tv radio press newsroom report zeitung газета agency"
)

_MARKS = frozenset(
    {
        "byline",
        "bylines",
        "author",
        "authors",
        "autor",
        "autoren",
        "autores",
        "auteur",
        "auteurs",
        "autore",
        "autori",
        "creator",
        "writer",
        "writers",
    }
)
_MARK_HINT = re.compile("byline|aut|creator|writer", re.IGNORECASE)
_OTHER_MARKS = word_set(
    "comment comments avatar image img photo photos picture twitter facebook social share bio biography follow email mail reply caption credit copyright related teaser teasers card cards "
    "preview module widget menu nav sidebar popular recommend recommended footer newsletter promo date time timestamp datetime published role title job position desc description about "
    "icon icons count archive quote list_item form label prefix location place city town"
)
_BYLINE_TAGS = (
    "a",
    "span",
    "div",
    "p",
    "address",
    "li",
    "ul",
    "strong",
    "em",
    "b",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "cite",
    "section",
    "dd",
    "dl",
)
_OTHER_TAGS = ("aside", "footer", "nav", "figure", "figcaption", "form", "blockquote", "table")
_MOST_MARKED = 60
_LONGEST = 200
_NEAR, _MOST_TEXTS = 12, 200


def clean_authors(texts: Iterable[str]) -> tuple[str, ...]:
    """Names out of texts that state authors: "By A and B" is two; addresses, roles, accounts and sentences are none. At most 20."""
    names = [name for text in texts for name in _names(text) if _is_stated(name)]
    return tuple(dict.fromkeys(names))[:MOST]


def _names(text: str) -> list[str]:
    text = text.strip()[:2000]
    if found := _ADDRESS_NAME.fullmatch(text):
        text = found[1]
    text = _BRACKETS.sub(" ", text)
    parts = [
        _TITLES.sub("", _LEADING.sub("", part.strip(" ,;|-–—·•\t")))
        for part in _STRONG_SPLIT.split(_PREFIX.sub("", text, count=1) if _PREFIX.match(text) else text)
    ]
    return [one_line(name) for part in parts for name in _weakly_split(part)]


def _weakly_split(part: str) -> list[str]:
    pieces = _WEAK_SPLIT.split(part)
    return pieces if all(len(piece.split()) >= 2 for piece in pieces) else [part]


def _is_stated(name: str) -> bool:
    """May this be what a page states as an author? Permissive: single names and agencies are."""
    words = name.split()
    if not 2 <= len(name) <= 80 or len(words) > 6 or "://" in name or "@" in name or not any(c.isalpha() for c in name):
        return False
    lower = [word.casefold() for word in words]
    if " ".join(lower) in _ACCOUNTS or (len(words) > 1 and lower[-1] in _ROLES and lower[-2] != "staff"):
        return False
    return not any(word in ("developer", "webmaster", "administrator") for word in lower)


def squeezed(text: str) -> str:
    """Letters and digits only, without case: how a name and a host name are compared."""
    return _SQUEEZE.sub("", text.casefold())


def is_outlet(name: str, outlets: frozenset[str]) -> bool:
    """Is this the outlet itself ("FOCUS online" on focus.de)? `outlets` holds its names, squeezed."""
    if _DOMAIN.fullmatch(name):
        return True
    bare = squeezed(name)
    core = "".join(word for word in (squeezed(word) for word in name.split()) if word not in _GENERIC)
    return any(
        bare == outlet or (len(core) >= 3 and core == outlet) or (len(bare) >= 4 and outlet.startswith(bare))
        for outlet in outlets
    )


def outlet_names(*texts: str) -> frozenset[str]:
    """The outlet's names in the form that `is_outlet` compares: whole, up to a separator, without generic words."""
    names: set[str] = set()
    for text in texts:
        for piece in (text, *re.split(r"\s[|\-–—·:]\s", text[:300])):
            words = [squeezed(word) for word in piece.split()]
            names |= {"".join(words), "".join(word for word in words if word not in _GENERIC)}
    return frozenset(name for name in names if len(name) >= 3)


def is_name(text: str) -> bool:
    """Does this text on a page read like a person's name? Two to five capitalised words, one piece in scripts that write names so, or an agency."""
    if any(c.isdigit() or c in ':@/|<>?!=_"“”«»#' for c in text) or not 2 <= len(text) <= 60:
        return False
    words = text.split()
    if text.casefold() in _AGENCIES:
        return True
    if any(word.casefold().strip(".,") in _NOT_NAMES for word in words):
        return False
    if _CASELESS.search(text):
        return len(words) <= 5 and (len(words) > 1 or bool(_UNSPACED.fullmatch(text)))
    capital = [word for word in words if word[0].isupper()]
    rest = [word for word in words if not word[0].isupper() and word.casefold().split("'")[0] not in _PARTICLES]
    return 2 <= len(words) <= 5 and len(capital) >= 2 and not rest


def read_byline(tree: HtmlElement) -> tuple[str, ...]:
    """The names in the page's own byline: the first marked one that belongs to the headline. Comments and teasers have theirs."""
    title = _title(tree)
    above = frozenset(title.iterancestors()) if title is not None else frozenset()
    for box in islice(_marked(tree, above), _MOST_MARKED):
        inner = list(islice(_marked(box, above), _MOST_MARKED))
        if names := _of(inner) or _of([box]):
            return tuple(dict.fromkeys([*names, *_of(_beside(box, above))]))[:MOST]
    return _unmarked(title)


def _of(boxes: list[HtmlElement]) -> list[str]:
    leaves = [box for box in boxes if not any(box in other.iterancestors() for other in boxes if other is not box)]
    return [name for leaf in leaves for name in _printed_names(leaf)]


def _beside(box: HtmlElement, above: frozenset[HtmlElement]) -> list[HtmlElement]:
    """Marked elements next to the first one: co-authors have a link each."""
    parent = box.getparent()
    outer = parent.getparent() if parent is not None else None
    if outer is None:
        return []
    near = islice(_marked(outer, above), _MOST_MARKED)
    return [
        other
        for other in near
        if other is not box and (other.getparent() in (parent, outer) or other.getparent().getparent() is outer)
    ]


def _title(tree: HtmlElement) -> HtmlElement | None:
    return next((h for h in tree.iter("h1") if str(h.text_content()).strip()), None)


def _marked(tree: HtmlElement, above: frozenset[HtmlElement]) -> Iterator[HtmlElement]:
    """Elements below `tree` that their page names as byline, in document order, those of other articles and of comments left out."""
    names: dict[str, bool] = {}
    for element in tree.iter(*_BYLINE_TAGS):
        get = element.get
        kind, item, rel = get("class"), get("itemprop"), get("rel")
        if element is tree or not (kind or item or rel):
            continue
        marks = f"{kind or ''} {item or ''} {rel or ''}"
        told = names.get(marks)
        if told is None:
            told = names[marks] = _tells(marks)
        if told and not _foreign(element, above):
            yield element


def _tells(marks: str) -> bool:
    if not _MARK_HINT.search(marks):
        return False
    words = {word.lower() for word in re.split(r"[^A-Za-z]+", _CAMEL.sub(" ", marks[:500]))}
    return bool(words & _MARKS) and not words & _OTHER_MARKS


def _foreign(element: HtmlElement, above: frozenset[HtmlElement]) -> bool:
    """Does it belong to a comment, a teaser, a picture or another article? `above`: what the headline stands in."""
    for outer in element.iterancestors():
        if outer in above:
            return False
        if outer.tag in _OTHER_TAGS or (outer.tag == "article" and above):
            return True
        marks = f"{outer.get('class') or ''} {outer.get('id') or ''}"[:500].lower()
        if marks != " " and not _OTHER_BOXES.isdisjoint(re.split(r"[^a-z]+", marks)):
            return True
    return False


_OTHER_BOXES = word_set(
    "comment comments commentlist respond related teaser teasers card cards preview sidebar widget footer menu nav newsletter promo recommended recommendations popular trending outbrain taboola"
)


def _printed_names(element: HtmlElement) -> list[str]:
    """Names at the start of an element's text, up to the first piece that is none (a date, a role, a button)."""
    texts = (one_line(str(text), _LONGEST).strip(" ,;|·•-–—") for text in islice(element.itertext(), _MOST_TEXTS))
    pieces = [text for text in texts if text][:_NEAR]
    whole = _names(" ".join(pieces)[:_LONGEST])
    if all(is_name(name) for name in whole):
        return whole
    names: list[str] = []
    for piece in pieces:
        if _ONLY_PREFIX.fullmatch(piece):
            continue
        found = [name for name in _names(piece) if is_name(name)]
        if not found:
            if names:
                break
            continue
        names += found
    return names


_ONLY_PREFIX = re.compile(_PREFIX.pattern + r"|and|und|et|og|och|y|e|и|&", re.IGNORECASE)


def _unmarked(title: HtmlElement | None) -> tuple[str, ...]:
    """A line of its own soon after the headline that says "By" and names, and nothing else."""
    if title is None:
        return ()
    for element in islice(_following(title), _NEAR):
        text = (
            one_line(str(element.text_content()), _LONGEST)
            if element.tag in ("p", "span", "div", "address", "strong", "em", "h2", "h3", "h4", "h5")
            else ""
        )
        found = _PREFIX.match(text)
        if found and len(text) <= 120 and (names := _names(text)) and all(is_name(name) for name in names):
            return tuple(dict.fromkeys(names))
    return ()


def _following(title: HtmlElement) -> Iterator[HtmlElement]:
    for outer in (title, *title.iterancestors()):
        for later in outer.itersiblings():
            if isinstance(later.tag, str):
                yield from (e for e in later.iter() if isinstance(e.tag, str))
