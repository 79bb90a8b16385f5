"""What the readers of XML and JSON have in common: the strings of a feed before anything is decided about them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RawEntry:
    """`links` in order of preference, relative ones against `base`. Texts are markup unless `…_is_text`."""

    guid: str = ""
    links: tuple[str, ...] = ()
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
    """`ttl`: minutes as printed; `period` and `frequency`: the RSS syndication module, as printed."""

    title: str = ""
    home: str = ""
    language: str = ""
    ttl: str = ""
    period: str = ""
    frequency: str = ""
    entries: tuple[RawEntry, ...] = ()
