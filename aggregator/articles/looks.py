"""When the page of a published article is looked at again, and whether what then comes says that the outlet took it away."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from aggregator.articles.values import Extraction, Status
from aggregator.feeds.urls import url_key
from aggregator.reasons import Reason

# Ages of an article: most corrections come within the hour, and a withdrawal within the day.
LOOKS = (timedelta(minutes=15), timedelta(hours=1), timedelta(hours=6), timedelta(hours=24))
# One 404 may be a deploy or a cache; nobody is told before a second look says the same.
CONFIRM_AFTER = timedelta(hours=1)
# After an article was found withdrawn: is it back?
RETURNS = (timedelta(days=1), timedelta(days=7))
# What says that an article is gone, from the server or from where its address leads.
GONE = frozenset({Reason.HTTP_404, Reason.HTTP_410, Reason.SOFT_404, Reason.HOME})
# A headline that shares so many of its words with the front's own is the article, at a short address.
_SAME_TITLE = 0.5
_WORD = re.compile(r"\w+")
_INDEX = re.compile(r"(?:index|default|home)\.\w{2,5}", re.IGNORECASE)
_LANGUAGE = re.compile(r"[a-z]{2}(?:[-_][a-z]{2})?", re.IGNORECASE)
_FRONT = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+){0,2}")
_DEEPEST_FRONT = 2


def next_look(*, first_seen_at: datetime, now: datetime, withdrawn_at: datetime | None = None) -> datetime | None:
    """The next moment at which the page is asked for again; None when it is old enough to be left alone. What was missed is not made up."""
    moments = [first_seen_at + age for age in LOOKS]
    if withdrawn_at is not None:
        moments += [withdrawn_at + age for age in RETURNS]
    return min((moment for moment in moments if moment > now), default=None)


def led_away(asked: str, final_url: str, *, home: str, found: Extraction, titles: Sequence[str]) -> Reason | None:
    """SOFT_404: the answer says that nothing is there. HOME: it is the front page, or a section's, of the outlet. None: neither.

    `home` is the outlet's own address, "" when it is not known; `titles` are the headlines under which the article is held: a page
    that carries one of them is the article, whatever its address looks like.
    """
    if found.status is Status.SOFT_404:
        return Reason.SOFT_404
    if url_key(asked) == url_key(final_url) or not _is_front(asked, final_url, home):
        return None
    return None if any(_alike(found.headline, title) for title in titles) else Reason.HOME


def _is_front(asked: str, final: str, home: str) -> bool:
    """On the same host as the article or the outlet: log-ins and consent pages live elsewhere."""
    host, path = _place(final)
    home_host, home_path = _place(home)
    asked_host, asked_path = _place(asked)
    if host not in {asked_host, home_host} - {""} or not _slugs(asked_path):
        return False
    if not path or path == home_path or (len(path) == 1 and _LANGUAGE.fullmatch(path[0])):
        return True
    # A section is a part of the article's own path and made of words; numbers and long slugs are articles.
    shorter = len(path) <= _DEEPEST_FRONT and len(path) < len(asked_path) and path == asked_path[: len(path)]
    return shorter and all(_FRONT.fullmatch(part) for part in path)


def _place(url: str) -> tuple[str, tuple[str, ...]]:
    """Host without www. and m., and the parts of the path without an index file."""
    try:
        parts = urlsplit(f"//{url_key(url)}")
    except ValueError:
        return "", ()
    path = tuple(part for part in parts.path.split("/") if part)
    return parts.hostname or "", path[:-1] if path and _INDEX.fullmatch(path[-1]) else path


def _slugs(path: tuple[str, ...]) -> bool:
    """Is it an article's path, or was a front asked for in the first place?"""
    return len(path) > 1 or (len(path) == 1 and not _LANGUAGE.fullmatch(path[0]))


def _alike(one: str, other: str) -> bool:
    words, others = (set(_WORD.findall(text.casefold())) for text in (one, other))
    return bool(words and others) and len(words & others) >= _SAME_TITLE * len(words | others)
