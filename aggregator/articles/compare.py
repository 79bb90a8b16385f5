"""What another reading of the same page changes about an article."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from aggregator.articles.values import Article, Status

# Everything else that a reading gives; what differs there is only named.
_OTHERS = (
    "modified_at",
    "language",
    "section",
    "captions",
    "image_url",
    "canonical_url",
    "amp_url",
    "body_source",
    "is_live",
    "dropped",
    "quality",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Pairs are (before, after), None where nothing changed. Words are counted, not placed: a paragraph that moved is no change.

    `worse`: the text could be trusted and can be no longer. `others`: further fields that changed, by name.
    """

    headline: tuple[str, str] | None = None
    status: tuple[Status, Status] | None = None
    authors: tuple[tuple[str, ...], tuple[str, ...]] | None = None
    published_at: tuple[datetime | None, datetime | None] | None = None
    words_gone: int = 0
    words_new: int = 0
    worse: bool = False
    others: tuple[str, ...] = ()


NOTHING = Difference()


def compare(old: Article, new: Article) -> Difference:
    """Equal articles give `NOTHING`."""
    before, after = Counter(old.body.split()), Counter(new.body.split())
    same_body = old.body == new.body
    return Difference(
        headline=None if old.headline == new.headline else (old.headline, new.headline),
        status=None if old.status is new.status else (old.status, new.status),
        authors=None if old.authors == new.authors else (old.authors, new.authors),
        published_at=None if old.published_at == new.published_at else (old.published_at, new.published_at),
        words_gone=0 if same_body else (before - after).total(),
        words_new=0 if same_body else (after - before).total(),
        worse=old.status.trusted and not new.status.trusted,
        others=(*(("body breaks",) if not same_body and before == after else ()), *_differing(old, new)),
    )


def _differing(old: Article, new: Article) -> tuple[str, ...]:
    return tuple(name for name in _OTHERS if getattr(old, name) != getattr(new, name))
