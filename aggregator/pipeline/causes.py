"""Why an article that we hold gets a new version, or that it gets none."""

from collections.abc import Sequence

from aggregator.articles.learned import WHOLE, Cut, differs_by_learned
from aggregator.articles.values import Article, BodySource, Cause, Status
from aggregator.store.values import StoredArticle
from aggregator.stories.copies import words
from aggregator.stories.identity import is_variant
from aggregator.stories.versions import changed

# Only these can cause mail: with the others the outlet said nothing new.
TELLING = frozenset({Cause.PUBLISHER, Cause.RESCUE})
# A reading that gave one of these says nothing about the text that was read before.
_NO_VERDICT = frozenset({Status.FAILED, Status.TIMEOUT, Status.GONE})


def cause_of(
    stored: StoredArticle,
    article: Article,
    *,
    read: Sequence[str],
    made: Cut,
    again: Cause | None,
    own: bool,
    imported: bool,
) -> Cause | None:
    """None: the arrival says nothing that we do not hold.

    `article` is the arrival, of whose blocks `read` those of `made` are left out. `again`: the entry's own cause; `own`: the entry
    was published as this article before.
    """
    if _only_filtered(stored, article, read, made):
        return Cause.FILTER if changed(stored, article) or article.status.trusted != stored.trusted else None
    if again is Cause.FILTER:
        # Another entry of the article brought a newer text meanwhile.
        return None
    if again is Cause.REEXTRACT:
        return again if _says_otherwise(stored, article) else None
    if not _is_news(stored, article, own=own, imported=imported):
        return None
    return Cause.RESCUE if article.status.trusted and not stored.trusted else Cause.PUBLISHER


def _only_filtered(stored: StoredArticle, article: Article, read: Sequence[str], made: Cut) -> bool:
    """Is all the difference that other blocks were learned when the stored text was made?"""
    if made == WHOLE and not stored.left_out:
        return False
    if stored.body_source is not BodySource.PAGE or article.body_source is not BodySource.PAGE:
        return False
    if words(stored.headline) != words(article.headline):
        return False
    whole = article.status is Status.BOILERPLATE_ONLY
    return differs_by_learned(stored.body, stored.left_out, read, WHOLE if whole else made)


def _is_news(stored: StoredArticle, article: Article, *, own: bool, imported: bool) -> bool:
    """Does the arrival say something about the article's text that we do not hold?"""
    if not article.status.trusted and (stored.trusted or not own):
        # A page that cannot be read now, or another feed's summary, says nothing about the text.
        return False
    if not own and stored.trusted and is_variant(stored, article):
        # The AMP, print or mobile page of what we read already: its template drops a line here and adds one there.
        return False
    if imported and not own:
        # Equal addresses are one article; an archive does not overwrite what was read.
        return False
    return changed(stored, article)


def _says_otherwise(stored: StoredArticle, article: Article) -> bool:
    """Does a new extractor see another text in the same page, or judge it otherwise?"""
    if article.status in _NO_VERDICT:
        return False
    return changed(stored, article) or article.status.trusted != stored.trusted
