"""What the readers of XML, JSON and pages have in common: the strings of a feed before anything is decided about them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RawEntry:
    """`links` in order of preference, `media` the recordings and documents beside them; relative ones against `base`.

    Texts are markup unless `…_is_text`.
    """

    guid: str = ""
    links: tuple[str, ...] = ()
    media: tuple[str, ...] = ()
    base: str = ""
    title: str = ""
    title_is_text: bool = False
    author: str = ""
    summary: str = ""
    summary_is_text: bool = False
    content: str = ""
    content_is_text: bool = False
    language: str = ""
    published: str = ""
    updated: str = ""
    images: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RawFeed:
    """`ttl`: minutes as printed; `period` and `frequency`: the RSS syndication module, as printed; `hours` and `days`: when no
    visits are wanted, as printed; `archive`: the link to older entries, `generator` who wrote the document.
    """

    title: str = ""
    home: str = ""
    language: str = ""
    ttl: str = ""
    period: str = ""
    frequency: str = ""
    hours: tuple[str, ...] = ()
    days: tuple[str, ...] = ()
    archive: str = ""
    generator: str = ""
    children: tuple[str, ...] = ()
    entries: tuple[RawEntry, ...] = ()
