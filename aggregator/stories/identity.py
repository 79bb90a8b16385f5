"""By what an article is recognised as one that we hold already."""

from urllib.parse import urlsplit

from aggregator.articles.values import Article
from aggregator.feeds.urls import host_key, url_key
from aggregator.stories.copies import FEWEST_WORDS, digest, words
from aggregator.stories.values import Alias, AliasKind

_LONGEST = 512


def aliases(article: Article, *, guid: str) -> tuple[Alias, ...]:
    """Guid, address, canonical address on the same site, and text; no two are equal. Values longer than 512 characters are digests."""
    found = [
        (AliasKind.GUID, guid.strip()),
        (AliasKind.URL, url_key(article.url) if article.url else ""),
        (AliasKind.CANONICAL, _canonical(article)),
        (AliasKind.CONTENT, _content(article)),
    ]
    return tuple(Alias(kind=kind, value=_bounded(value)) for kind, value in found if value)


def content_hash(article: Article) -> str:
    """Changes when a word of headline or body changes, not with punctuation, case or blanks."""
    return digest([*words(article.headline), "\n", *words(article.body)])


def _bounded(value: str) -> str:
    return value if len(value) <= _LONGEST else digest([value])


def _canonical(article: Article) -> str:
    """The page's own address. On another site it names the first print, not this article; a home page names nothing."""
    link = article.canonical_url
    if not link or _is_home(link) or not article.url or host_key(link) != host_key(article.url):
        return ""
    return url_key(link)


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
