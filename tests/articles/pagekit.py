"""Templates of invented pages and the table of what was told about them."""

from collections import Counter
from dataclasses import dataclass

from aggregator.articles.values import Status
from tests.articles.support import URL, read

EN = (
    "The new bridge over the river was opened to traffic on Wednesday morning, two years later than planned, the city said.",
    "Some four thousand vehicles crossed it before noon, according to the counters on both ramps.",
    "Mayor Helen Marsh cut the ribbon together with the eldest inhabitant of the fishing quarter, who is 101 years old.",
    "The works cost 84 million, a third more than the council had approved, because the ground under the western pier was softer than expected.",
    "“Every pile had to be driven twice as deep,” chief engineer Paul Novak told reporters at the ceremony.",
    "Buses will use the bridge from Monday, and the old ferry makes its last trip on Sunday evening at half past seven.",
    "Shopkeepers on the eastern bank hope for customers from the new housing estates, while residents fear more noise at night.",
    "A speed limit of thirty is to hold for the first six months, after which the council wants to look at the figures again.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    html: bytes
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    family: str
    name: str
    page: Document
    right: frozenset[Status]


def paragraphs(texts):
    return "".join(f"<p>{text}</p>" for text in texts)


def story():
    return f"<article><h1>Bridge Opens to Traffic</h1>{paragraphs(EN)}</article>"


def card(title, text):
    return f"<article class='card'><h3><a href='/a/{len(title)}'>{title}</a></h3><p>{text}</p><time>4 March 2026</time></article>"


def cards(entries):
    return "<div class='list'>" + "".join(card(title, text) for title, text in entries) + "</div>"


def links(entries):
    return "<ul>" + "".join(f"<li><a href='/a/{len(title)}'>{title}</a></li>" for title, _ in entries) + "</ul>"


NAV = "<header><nav><a href='/'>Home</a> <a href='/politics'>Politics</a> <a href='/business'>Business</a> <a href='/sport'>Sport</a></nav></header>"
FOOT = "<footer><a href='/imprint'>Imprint</a> <a href='/privacy'>Privacy policy</a> <a href='/cookies'>Cookie settings</a> <p>© 2026 The Valley Post. All rights reserved.</p></footer>"


def document(body, *, title, lang="en", head="", url=URL, bare=False):
    """A whole page; `bare` ones have no navigation and no foot."""
    around = ("", "") if bare else (NAV, FOOT)
    html = f"<!DOCTYPE html><html lang='{lang}'><head><meta charset='utf-8'><title>{title}</title>{head}</head><body>{around[0]}{body}{around[1]}</body></html>"
    return Document(html=html.encode(), url=url)


def told(cases):
    """(case, extraction) for every case."""
    return [(case, read(case.page.html, url=case.page.url)) for case in cases]


def table(results):
    """Families against statuses, as printed."""
    counts = {}
    for case, found in results:
        row = counts.setdefault(case.family, Counter())
        row[found.status.value + (" (live)" if found.is_live else "")] += 1
        row["right"] += is_right(case, found)
    lines = [
        f"{family:26} right {row.pop('right')}/{sum(row.values())}: {', '.join(f'{name} {count}' for name, count in row.most_common())}"
        for family, row in counts.items()
    ]
    return "\n".join(lines)


def is_right(case, found):
    return found.status in case.right or (case.family == "live page" and found.is_live)
