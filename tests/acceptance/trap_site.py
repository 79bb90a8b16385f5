"""The trap site: two outlets on which a careless watcher floods, repeats itself, and believes a "Most read" box.

Outlet A prints 20 articles, outlet B 10, five of them wire copies of A's under "(Reuters) …". Beside every article stands a
"Most read" box whose headlines change and always name the watched word; one article body, and its copy, truly names it, and
no feed does. `trap_trial` lives through the site's days with the real program and counts what came of each.
"""

import json
import random
import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from html import escape
from zlib import crc32

from tests.newspaper import Item, Newspaper, OutletSite
from tests.newsroom import Desk, News

SIDEBARS = ("before", "after", "inside")
# What a moved publishing system does to its guids; all of them leave the links as they were.
GUIDS = ("https", "number", "tag")
WATCHED = {1: "Zorbalit", 2: "Quellandine", 3: "Mirvashti"}
COMMON = "said"
MORNING = datetime(2026, 3, 2, 12, tzinfo=UTC)
A_ITEMS, B_ITEMS, COPIES, BRIEF_EVERY = 20, 10, 5, 6
_RUMOURS = (
    "Why all of {0} speaks about {1}",
    "{1}: ten things you did not know",
    "Is {1} coming to {0} this spring?",
    "The truth about {1}",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One site: whose words, where the box stands, how guids change, what a first poll does."""

    seed: int
    sidebar: str
    guids: str
    first_poll: str


@dataclass(slots=True, kw_only=True)
class TrapSite:
    """Both outlets and what is printed on them. `truth`: addresses of the articles whose body names the watched word."""

    case: Case
    a: OutletSite
    b: OutletSite
    dice: random.Random
    desk: Desk
    news: dict[str, News] = field(default_factory=dict)
    truth: list[str] = field(default_factory=list)
    turn: int = 0

    @classmethod
    def build(cls, paper: Newspaper, case: Case) -> "TrapSite":
        """The site on its first day."""
        site = cls(
            case=case,
            a=paper.outlet("a-outlet.example", "Outlet A"),
            b=paper.outlet("b-outlet.example", "Outlet B"),
            dice=random.Random(case.seed),
            desk=Desk(case.seed),
        )
        first = [site.desk.article(short=n % BRIEF_EVERY == BRIEF_EVERY - 1) for n in range(A_ITEMS)]
        first[7] = site.naming(first[7])
        for news in first:
            site.print_news(site.a, news)
        long = [news for n, news in enumerate(first) if n % BRIEF_EVERY != BRIEF_EVERY - 1]
        wire = [first[7], *[news for news in long if news is not first[7]][-COPIES + 1 :]]
        for n in range(B_ITEMS - COPIES):
            site.print_news(site.b, site.desk.article(short=n == 2))
            site.print_news(site.b, replace(wire[n], title=f"(Reuters) {wire[n].title}"))
        return site

    @property
    def word(self) -> str:
        return WATCHED[self.case.seed]

    def naming(self, news: News) -> News:
        """The article with the watched word in its last paragraph, far behind what a summary shows."""
        *start, last = news.paragraphs
        return replace(
            news, paragraphs=(*start, f"{last} Investigators named {self.word} in this connection for the first time.")
        )

    def print_news(self, outlet: OutletSite, news: News) -> Item:
        """An article of today on the outlet's page and in its feed, with the first 25 words as summary, as feeds have it."""
        printed = self.now - timedelta(hours=6) + timedelta(minutes=7 * len(outlet.items) % 300)
        item = outlet.add_article(news.title, news.paragraphs, summary=f"{' '.join(news.body.split()[:25])} …", published=printed)
        self.news[outlet.url(item.path)] = news
        if self.word in news.body:
            self.truth.append(outlet.url(item.path))
        return item

    @property
    def now(self) -> datetime:
        return MORNING + timedelta(days=self.turn)

    def set_pages(self) -> None:
        """Every page with today's box: the box changes daily, the articles do not."""
        for outlet in (self.a, self.b):
            for item in outlet.items:
                outlet.add_page(item.path, self._page(outlet, item).encode())

    def touch(self, count: int) -> None:
        """A's feed says that these pages changed, but only their boxes did."""
        self.a.items[:count] = [replace(item, updated=self.now) for item in self.a.items[:count]]

    def edit(self, count: int) -> list[str]:
        """A corrects articles under their old guids, first of all the one that names the word; gives their addresses."""
        named = next(item for item in self.a.items if self.a.url(item.path) in self.truth)
        chosen = [named, *[item for item in self.a.items if item is not named and len(item.paragraphs) > 3][: count - 1]]
        for item in chosen:
            first, *rest = item.paragraphs
            paragraphs = (first, self.desk.sentence(), *rest)
            self.a.items[self.a.items.index(item)] = replace(item, paragraphs=paragraphs, updated=self.now)
            self.news[self.a.url(item.path)] = News(title=item.title, paragraphs=paragraphs)
        return [self.a.url(item.path) for item in chosen]

    def change_guids(self, count: int) -> None:
        """A gives articles other guids; everything else stays, the addresses too."""
        forms = {
            "https": lambda item: item.guid.replace("http://", "https://"),
            "number": lambda item: f"{crc32(item.path.encode())}",
            "tag": lambda item: f"tag:a-outlet.example,2026:{item.path}",
        }
        change = forms[self.case.guids]
        self.a.items[3 : 3 + count] = [replace(item, guid=change(item)) for item in self.a.items[3 : 3 + count]]

    def print_story(self) -> None:
        """A prints one more story that names the word, B the wire copy."""
        news = self.naming(self.desk.article())
        self.print_news(self.a, news)
        self.print_news(self.b, replace(news, title=f"(Reuters) {news.title}"))

    def print_last(self) -> None:
        """B prints a story of its own that names the word."""
        self.print_news(self.b, self.naming(self.desk.article()))

    def common_stories(self) -> int:
        """How many different texts hold the common word: what may be told of them is one mail each."""
        return len({news.body for news in self.news.values() if re.search(rf"\b{COMMON}\b", f"{news.title}\n{news.body}")})

    def _page(self, outlet: OutletSite, item: Item) -> str:
        if len(item.paragraphs) == 3:
            return self._brief(outlet, item)
        return self._modern(outlet, item) if outlet is self.a else self._soup(outlet, item)

    def _headlines(self, count: int) -> list[tuple[str, str]]:
        """Headlines with addresses, as boxes print them: mostly of other articles, now and then of old ones."""
        known = self.dice.sample(sorted(self.news), min(count, len(self.news)))
        return [(url, self.news[url].title if n % 3 else self.desk.headline()) for n, url in enumerate(known)]

    def _most_read(self, tag: str) -> str:
        listed = self._headlines(7)
        rumour = self.dice.choice(_RUMOURS).format(self.dice.choice(("town", "the coast", "the province")), self.word)
        listed.insert(self.dice.randrange(8), (self.a.url(f"/rumour/{self.dice.randrange(999)}"), rumour))
        rows = "".join(f'<li><a href="{escape(url)}">{escape(title)}</a></li>' for url, title in listed)
        return f'<{tag} class="sidebar most-read"><h3>Most read</h3><ol>{rows}</ol></{tag}>'

    def _box_at(self, place: str, tag: str = "aside") -> str:
        return self._most_read(tag) if place == self.case.sidebar else ""

    def _modern(self, outlet: OutletSite, item: Item) -> str:
        """A main column with an article element, structured data, and boxes between the paragraphs."""
        data = {
            "@context": "https://schema.org",
            "@type": "NewsArticle",
            "headline": item.title,
            "datePublished": item.published.isoformat(),
            "author": {"@type": "Person", "name": item.author},
            "description": item.summary,
        }
        first, second, *rest = (f"<p>{escape(text)}</p>" for text in item.paragraphs)
        related = "".join(f'<li><a href="{escape(url)}">{escape(title)}</a></li>' for url, title in self._headlines(3))
        script = f'<script type="application/ld+json">{json.dumps(data)}</script>'
        return (
            f'{_head(outlet, item, script)}<body><header><a href="/">{outlet.name}</a><nav><ul>{_NAV}</ul></nav></header>'
            f'<div class="page">{self._box_at("before")}<main><article><h1>{escape(item.title)}</h1>'
            f'<p class="byline">By {item.author} <time datetime="{item.published.isoformat()}">{item.published:%d %B %Y}</time></p>'
            f'<figure><img src="/pictures/1.jpg" alt="The square"><figcaption>The market square in the morning. Photo: {outlet.name}'
            f'</figcaption></figure><div class="article-body">{first}{second}{self._box_at("inside")}'
            f'<aside class="related"><h4>Related stories</h4><ul>{related}</ul></aside>{"".join(rest)}</div></article></main>'
            f'{self._box_at("after")}</div><section class="donate"><h3>Support {outlet.name}</h3><p>Independent reporting costs '
            f'money. Contribute today, from as little as 2 crowns a month.</p><a href="/donate">Contribute</a></section>{_FOOT}'
        )

    def _soup(self, outlet: OutletSite, item: Item) -> str:
        """Tables and font tags; paragraphs are divisions, boxes are cells."""
        first, *rest = (f'<div class="txt">{escape(text)}</div>' for text in item.paragraphs)
        related = "<br>".join(f'&raquo; <a href="{escape(url)}">{escape(title)}</a>' for url, title in self._headlines(3))
        return (
            f'{_head(outlet, item, "")}<body bgcolor="#ffffff"><table width="980"><tr><td colspan="3"><table><tr><td><b>{outlet.name}</b>'
            f'</td><td><font size="1">{_NAV.replace("li>", "span>")}</font></td></tr></table></td></tr><tr><td width="160" valign="top">'
            f'{self._box_at("before", "div")}</td><td width="560" valign="top"><font size="5"><b>{escape(item.title)}</b></font><br>'
            f'<font size="1">{item.published:%d.%m.%Y %H:%M} | {item.author}</font><br><img src="/i/2.gif" width="300"><br>'
            f'<font size="1"><i>Archive picture.</i></font><div class="story">{first}{self._box_at("inside", "div")}{"".join(rest)}</div>'
            f'<table bgcolor="#eeeeee"><tr><td><b>See also</b><br>{related}</td></tr></table><table><tr><td>Please donate: every crown '
            f'keeps this newspaper alive.</td></tr></table></td><td width="200" valign="top">{self._box_at("after", "div")}</td></tr></table>{_FOOT}'
        )

    def _brief(self, outlet: OutletSite, item: Item) -> str:
        """Three paragraphs, less text than the box beside them."""
        text = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in item.paragraphs)
        return (
            f'{_head(outlet, item, "")}<body><nav><ul>{_NAV}</ul></nav>{self._box_at("before", "div")}<div id="content">'
            f"<h1>{escape(item.title)}</h1>{self._box_at('inside', 'div')}{text}</div>{self._box_at('after', 'div')}"
            f'<div class="support">Support our work with a small donation.</div>{_FOOT}'
        )


_NAV = "".join(f'<li><a href="/{name.lower()}">{name}</a></li>' for name in ("News", "Politics", "Business", "Sport", "Opinion"))
_FOOT = (
    '<footer><p>All rights reserved. <a href="/imprint">Imprint</a> <a href="/privacy">Privacy</a> '
    '<a href="/newsletter">Subscribe to our newsletter</a></p></footer></body></html>'
)


def _head(outlet: OutletSite, item: Item, more: str) -> str:
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(item.title)} | {outlet.name}</title>'
        f'<link rel="canonical" href="{escape(outlet.url(item.path))}"><meta property="og:type" content="article">'
        f'<meta property="og:title" content="{escape(item.title)}">{more}</head>'
    )
