"""By what an article is recognised as one that we hold already."""

from typing import Protocol
from urllib.parse import urlsplit

from aggregator.articles.values import Article
from aggregator.feeds.urls import host_key, url_key
from aggregator.stories.copies import FEWEST_WORDS, digest, words
from aggregator.stories.values import Alias, AliasKind

_LONGEST = 512
# What an AMP, print or mobile page shares with the page itself: cut short or with a line more, and far from the next article.
_RUN = 4
_SHARED = 0.5
# Headlines of one article differ by a kicker or an author's name in front.
_SAME_TITLE = 0.6
_MOST_WORDS = 5_000


class Known(Protocol):
    """The texts and the address of an article that is held; an `Article` is one, a stored row another."""

    @property
    def url(self) -> str: ...
    @property
    def headline(self) -> str: ...
    @property
    def body(self) -> str: ...


def aliases(article: Article, *, guid: str, final_url: str = "") -> tuple[Alias, ...]:
    """Guid, address, what the page says of its address, and text; no two are equal. Values longer than 512 characters are digests.

    The address proves identity. `CANONICAL` are addresses that somebody only names: the canonical one and the AMP variant on the
    same site, and where the link led in the end (`final_url`); templates name one for all their articles, so that `same_article`
    has the last word.
    """
    pages = tuple(page for page in (article.url, final_url) if page)
    named = [_elsewhere(link, pages) for link in (article.canonical_url, article.amp_url)]
    found = [
        (AliasKind.GUID, guid.strip()),
        (AliasKind.URL, url_key(article.url) if article.url else ""),
        *((AliasKind.CANONICAL, value) for value in (*named, _end(final_url, article))),
        (AliasKind.CONTENT, _content(article)),
    ]
    return tuple(dict.fromkeys(Alias(kind=kind, value=_bounded(value)) for kind, value in found if value))


def content_hash(article: Article) -> str:
    """Changes when a word of headline or body changes, not with punctuation, case or blanks."""
    return digest([*words(article.headline), "\n", *words(article.body)])


def same_article(held: Known, new: Known) -> bool:
    """Two pages of which one names the other's address: are they one article, by their texts?

    Long texts decide by themselves: half of the shorter one's four-word runs stand in the other. Of briefs the headlines must be
    alike, and the few words too. A page without words says nothing against it.
    """
    one, other = (words(each.body)[:_MOST_WORDS] for each in (held, new))
    if min(len(one), len(other)) >= FEWEST_WORDS:
        return _share(_runs(one), _runs(other)) >= _SHARED
    titles = _share(set(words(held.headline)), set(words(new.headline)))
    return titles >= _SAME_TITLE and (not one or not other or _share(set(one), set(other)) >= _SHARED)


def is_variant(held: Known, new: Known) -> bool:
    """Does `new` stand at another address than the article it belongs to: its AMP, print or mobile page?"""
    return bool(held.url and new.url) and url_key(held.url) != url_key(new.url)


def _runs(tokens: tuple[str, ...]) -> set[tuple[str, ...]]:
    return {tokens[at : at + _RUN] for at in range(len(tokens) - _RUN + 1)}


def _share(one: set[str] | set[tuple[str, ...]], other: set[str] | set[tuple[str, ...]]) -> float:
    """The part of the smaller set that is in the larger."""
    least = min(len(one), len(other))
    return len(one & other) / least if least else 0.0


def _bounded(value: str) -> str:
    return value if len(value) <= _LONGEST else digest([value])


def _elsewhere(link: str, pages: tuple[str, ...]) -> str:
    """What a page calls its own address. On another site that is the first print, not this article; a home page names nothing.

    Hosts of one registrable domain are one site, and an AMP cache is the site that it carries.
    """
    return url_key(link) if link and not _is_home(link) and _site(link) in {_site(page) for page in pages} - {""} else ""


def _end(final_url: str, article: Article) -> str:
    """Every hop of a redirect leads to the same article, except to a front page."""
    return url_key(final_url) if final_url and final_url != article.url and not _is_home(final_url) else ""


def _site(link: str) -> str:
    key = url_key(link)
    return host_key(f"//{key}") if key else ""


def _is_home(link: str) -> bool:
    try:
        parts = urlsplit(link)
    except ValueError:
        return True
    return parts.path.strip("/").lower() in ("", "index.html", "index.php", "index.htm") and not parts.query


def _content(article: Article) -> str:
    """The body's digest when it is long enough to be this article's own; else headline and body; "" without any words."""
    body = words(article.body)
    if len(body) >= FEWEST_WORDS:
        return digest(body)
    whole = [*words(article.headline), *body]
    return digest(["short", *whole]) if whole else ""
