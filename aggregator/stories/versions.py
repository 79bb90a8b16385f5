"""Is this a new state of an article that we hold?"""

from typing import Protocol

from aggregator.stories.copies import words


class Texts(Protocol):
    """The two texts that readers see; an `Article` is one, a stored version is another."""

    @property
    def headline(self) -> str: ...
    @property
    def body(self) -> str: ...


def changed(old: Texts, new: Texts) -> bool:
    """Did a word of headline or body change? Punctuation, case, blanks and paragraph breaks are no new version."""
    return words(old.headline) != words(new.headline) or words(old.body) != words(new.body)
