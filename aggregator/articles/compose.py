"""Entry and page become one article. The feed is believed about when, the page about what."""

from datetime import datetime, timedelta

from aggregator.articles.bylines import clean_authors
from aggregator.articles.languages import language_code
from aggregator.articles.values import Article, BodySource, Extraction, FeedText, Status
from aggregator.text import normalise, one_line

# A feed's full text: at least twice its own summary and longer than any excerpt (feeds reference).
FULL_TEXT_RATIO = 2
FULL_TEXT_CHARS = 400

Source = tuple[str, str]


def compose(feed: FeedText, extraction: Extraction | None, *, url: str, first_seen_at: datetime, slack: timedelta) -> Article:
    """The article. `extraction` is None while the page was not read; dates later than `first_seen_at` + `slack` become it."""
    page = extraction or Extraction(status=Status.FAILED, quality=0.0)
    body, body_source = _body(feed, page)
    authors, author_source = _authors(feed, page)
    headline, headline_source = _headline(feed, page, authors)
    published = feed.published_at or page.published_at
    modified = page.modified_at or feed.updated_at
    named = (("headline", headline_source), ("authors", author_source), ("published_at", "feed" if feed.published_at else ""))
    return Article(
        url=url or feed.link,
        canonical_url=page.canonical_url,
        headline=headline,
        authors=authors,
        published_at=clamp(published, first_seen_at, slack),
        modified_at=clamp(modified, first_seen_at, slack),
        first_seen_at=first_seen_at,
        language=page.language or language_code(feed.language),
        section=page.section,
        body=body,
        summary=feed.summary,
        captions=page.captions if page.status.trusted else "",
        image_url=page.image_url or feed.image_url,
        body_source=body_source,
        status=page.status,
        quality=page.quality,
        dropped=page.dropped,
        sources=_sources(page.sources, named),
        is_live=page.is_live,
        amp_url=page.amp_url,
    )


def _sources(page: tuple[Source, ...], named: tuple[Source, ...]) -> tuple[Source, ...]:
    """The page's list of origins, with what was decided here in place of its own."""
    merged = dict(page) | {name: origin for name, origin in named if origin}
    return tuple(merged.items())


def _body(feed: FeedText, page: Extraction) -> tuple[str, BodySource]:
    if page.status.trusted and page.body:
        rescued = ("body", "feed") in page.sources
        return page.body, BodySource.FEED if rescued else BodySource.PAGE
    content = normalise(feed.content)
    if len(content) >= max(FULL_TEXT_CHARS, FULL_TEXT_RATIO * len(feed.summary)):
        return content, BodySource.FEED
    return feed.summary, BodySource.SUMMARY


def _headline(feed: FeedText, page: Extraction, authors: tuple[str, ...]) -> tuple[str, str]:
    """The page's own headline when the page is the article: opinion titles in feeds carry "Author: " in front."""
    if page.headline and page.status in (Status.OK, Status.SUSPECT, Status.PARTIAL):
        return page.headline, dict(page.sources).get("headline", "page")
    if feed.title:
        return without_author(feed.title, authors), "feed"
    return page.headline or one_line(feed.summary, 120), "page" if page.headline else "summary"


def without_author(title: str, authors: tuple[str, ...]) -> str:
    """A feed's title without "Author: " in front, when that is one of the article's authors; a speaker's name stays."""
    name, colon, rest = title.partition(":")
    known = {author.casefold() for author in authors}
    return rest.strip() if colon and rest.strip() and name.strip().casefold() in known else title


def _authors(feed: FeedText, page: Extraction) -> tuple[tuple[str, ...], str]:
    """The feed's, unless the page names these and more: feeds often print the first author only."""
    told = clean_authors((feed.author,)) if feed.author else ()
    known = {name.casefold() for name in page.authors}
    if told and not (len(page.authors) > len(told) and all(name.casefold() in known for name in told)):
        return told, "feed"
    return page.authors, dict(page.sources).get("authors", "")


def clamp(moment: datetime | None, first_seen_at: datetime, slack: timedelta) -> datetime | None:
    """A date from the future is the moment we first saw the article: it would stay on top of every list for years."""
    if moment is None:
        return None
    return first_seen_at if moment > first_seen_at + slack else moment


def from_import(
    *,
    url: str,
    headline: str,
    body: str,
    published_at: datetime,
    first_seen_at: datetime,
    slack: timedelta,
    canonical_url: str = "",
    authors: tuple[str, ...] = (),
    modified_at: datetime | None = None,
    language: str = "",
    section: str = "",
    summary: str = "",
    captions: str = "",
    image_url: str = "",
    body_source: BodySource = BodySource.PAGE,
    quality: float = 1.0,
) -> Article:
    """An article from an imported record. Its text was extracted elsewhere and is taken as it is, only normalised."""
    return Article(
        url=url,
        canonical_url=canonical_url,
        headline=one_line(headline),
        authors=tuple(name for author in authors if (name := one_line(author))),
        published_at=clamp(published_at, first_seen_at, slack),
        modified_at=clamp(modified_at, first_seen_at, slack),
        first_seen_at=first_seen_at,
        language=language_code(language),
        section=one_line(section),
        body=normalise(body),
        summary=normalise(summary),
        captions=normalise(captions),
        image_url=image_url,
        body_source=body_source,
        status=Status.OK,
        quality=min(1.0, max(0.0, quality)),
        sources=(("headline", "import"), ("body", "import")),
    )
