"""The demo's printing press: feeds and pages as bytes. Pure."""

import gzip
import re
from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from lxml import etree, html
from markupsafe import Markup, escape

from aggregator.demo.edition import Outlet, Printed

KINDS = {"rss": "application/rss+xml; charset=utf-8", "atom": "application/atom+xml; charset=utf-8"}
_BOMB_MIB = 30


def feed(outlet: Outlet, articles: Sequence[Printed], *, base: str, now: datetime) -> bytes:
    """The outlet's feed, in its own format."""
    template = _environment().get_template(f"feed.{outlet.feed}")
    return template.render(outlet=outlet, articles=articles, base=base, now=now).encode()


def page(outlet: Outlet, article: Printed, following: Printed | None) -> bytes:
    """The article's page with everything the outlet prints around it; `following` is appended where the shape scrolls on."""
    template = _environment().get_template(f"{outlet.shape}.html")
    return template.render(outlet=outlet, article=article, following=following).encode()


def all_words(page: bytes) -> str:
    """Every text of a page, as a reader without judgement would take it."""
    tree = html.document_fromstring(page, parser=html.HTMLParser(encoding="utf-8"))
    etree.strip_elements(tree, "script", "style", with_tail=False)
    return re.sub(r"\s*\n\s*", "\n", "\n".join(str(text) for text in tree.itertext())).strip()


@lru_cache(maxsize=1)
def bomb() -> bytes:
    """Small on the wire, larger than any feed may be when it is unpacked."""
    return gzip.compress(b"<rss>" + b" " * (_BOMB_MIB << 20), compresslevel=6)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    found = Environment(
        loader=PackageLoader("aggregator.demo"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    found.filters |= {"xml": _xml, "mail_date": format_datetime}
    return found


def _xml(text: str) -> Markup:
    """Line ends as references: an XML reader would otherwise soften those that a hostile headline brings."""
    return escape(text).replace("\r", Markup("&#13;")).replace("\n", Markup("&#10;"))
