"""From an address that a person knows to the feeds behind it: clue by clue, each looked at before it is offered, none asked for twice."""

import asyncio
import re
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from aggregator.errors import AggregatorError, FetchError, NotAFeedError, UsageError, WorkerError
from aggregator.feeds import sites, telling
from aggregator.feeds.address import feed_key
from aggregator.feeds.discover import MAX_ANCHORS, Clue, PageClues, Source, distinct, may_list_feeds
from aggregator.feeds.opml import web_address
from aggregator.feeds.telling import Told
from aggregator.feeds.urls import host_key
from aggregator.feeds.values import FeedKind, ParsedFeed
from aggregator.net.values import Response
from aggregator.reasons import Reason, explain
from aggregator.service.reading import ACCEPT_ANY, Reader
from aggregator.text import one_line

# Enough to choose from; with everything asked for, what a large outlet has of sections.
FEW, MANY = 10, 40
# One visit of a person who looks for a feed, and no crawl.
MOST_REQUESTS = 60
PATIENCE = timedelta(seconds=150)
ENOUGH_GUESSES = 2
MAX_SITEMAPS, MAX_CHILDREN = 5, 3
# Fewer links are a menu and no list of articles.
LEAST_LISTED = 5
STALE = timedelta(days=90)
_AT_ONCE = 4
_SITEMAP = re.compile(rb"<(?:[A-Za-z]\w{0,20}:)?(?:urlset|sitemapindex)\b")
_NEWS = b"schemas/sitemap-news/"
# Another spelling of the address may answer where this one does not.
_UNREACHED = frozenset({Reason.DNS, Reason.CONNECT, Reason.TLS, Reason.TIMEOUT, Reason.PROTOCOL})
# Refused the page; its feeds are published for programs.
_REFUSED = frozenset({Reason.HTTP_401, Reason.HTTP_403, Reason.HTTP_404, Reason.HTTP_410, Reason.HTTP_4XX})


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A feed that answered and was read. `leads_to`: where redirects ended, "" when there were none."""

    url: str
    source: Source
    kind: FeedKind
    title: str
    entries: int
    newest_at: datetime | None
    text: Told
    language: str
    home_url: str
    leads_to: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """An address that was looked at and is no feed, with the reason."""

    url: str
    source: Source
    reason: Reason
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovered:
    """What is behind an address, the best first. `more`: addresses the page announces that were not looked at any more."""

    asked: str
    page_url: str
    site_name: str
    language: str
    candidates: tuple[Candidate, ...]
    more: tuple[str, ...]
    tried: tuple[Tried, ...]
    requests: int


async def discover(reader: Reader, asked: str, *, everything: bool = False) -> Discovered:
    """The feeds behind `asked`: a feed itself, a page, or a site without a scheme.

    Raises UsageError for what is no web address, AggregatorError when it cannot be fetched and when there is nothing to watch.
    """
    search = _Search(reader, most=MANY if everything else FEW)
    first = await search.first(asked)
    try:
        async with asyncio.timeout(PATIENCE.total_seconds()):
            await search.behind(first)
    except TimeoutError:
        search.cut = True
    return search.result(asked, first)


@dataclass(slots=True, kw_only=True)
class _First:
    """The answer at the address itself, or why there was none although the host is there."""

    url: str
    response: Response | None = None


@dataclass(slots=True)
class _Found:
    """A candidate on the way to the person, and the pages it leads to."""

    candidate: Candidate
    pages: frozenset[str]


@dataclass(slots=True)
class _Search:
    """One search: what was asked for, what was found."""

    reader: Reader
    most: int
    found: list[_Found] = field(default_factory=list)
    tried: list[Tried] = field(default_factory=list)
    more: list[str] = field(default_factory=list)
    page: PageClues = field(default_factory=PageClues)
    asked: set[str] = field(default_factory=set)
    cut: bool = False

    async def first(self, asked: str) -> _First:
        """The answer at the address, in the likeliest of its spellings."""
        spelled = spellings(asked)
        problem = None
        for url in spelled:
            self.asked.add(feed_key(url))
            try:
                return _First(url=url, response=await self.reader.get(url, accept=ACCEPT_ANY))
            except FetchError as error:
                problem = problem or error
                if error.reason in _REFUSED:
                    self._note(url, Source.ITSELF, error)
                    return _First(url=url)
                if error.reason not in _UNREACHED:
                    break
        assert problem is not None
        raise AggregatorError(
            f"{spelled[0]}: {explain(problem.reason)}{f' ({problem.detail})' if problem.detail else ''}",
            hint="is the address right? To watch it nevertheless, unchecked: add --force",
        ) from problem

    async def behind(self, first: _First) -> None:
        """All the ways from the address to its feeds, the next one only when those before led nowhere."""
        response, url = first.response, first.response.final_url if first.response else first.url
        if response is not None:
            if await self._keep(Clue(url=first.url, source=Source.ITSELF), response):
                return
            self.page = await self._clues(response)
        else:
            feeds = sites.known_site(url).feeds
            self.page = PageClues(clues=tuple(Clue(url=found, source=Source.KNOWN_SITE) for found in feeds))
        await self._look_at_all(self.page.clues)
        if not self.found:
            await self._pages(self.page.further)
        # A page of consent or log-in may stand on another host than the outlet.
        home = url if host_key(url) == host_key(first.url) else first.url
        if not self.found:
            await self._guess(home)
        if not self.found:
            await self._sitemaps(home)
        if not self.found and response is not None:
            await self._keep(Clue(url=response.final_url, source=Source.LISTING, kind=FeedKind.LISTING), response)

    def result(self, asked: str, first: _First) -> Discovered:
        """What is offered. Raises AggregatorError when it is nothing."""
        url = first.response.final_url if first.response else first.url
        candidates = self._offered()
        if not candidates:
            raise AggregatorError(f"{url}: {self._nothing()}", hint=self._where())
        return Discovered(
            asked=asked,
            page_url=url,
            site_name=self.page.site_name,
            language=self.page.language,
            candidates=candidates,
            more=tuple(self.more),
            tried=tuple(self.tried),
            requests=len(self.asked),
        )

    async def _clues(self, response: Response) -> PageClues:
        try:
            return await self.reader.clues(response)
        except (NotAFeedError, WorkerError) as error:
            self._note(response.final_url, Source.ITSELF, error)
            return PageClues()

    async def _look_at_all(self, clues: Sequence[Clue]) -> None:
        """The clues of a page, in their order; what a page of feeds lists comes behind them, once."""
        new = [clue for clue in clues if feed_key(clue.url) not in self.asked]
        chosen, left = new[: self.most], new[self.most :]
        self.more += [clue.url for clue in left]
        pages = await self._look(chosen)
        if pages:
            linked = [clue for page in pages for clue in page.clues if clue.source in {Source.ANNOUNCED, Source.LINKED}]
            room = max(self.most - len(self.found), 0)
            new = [clue for clue in distinct(tuple(linked)) if feed_key(clue.url) not in self.asked]
            await self._look(new[: min(room, self.most)])
            self.more += [clue.url for clue in new[min(room, self.most) :]]

    async def _look(self, clues: Sequence[Clue]) -> list[PageClues]:
        """Looks at each; gives the clues of those that turned out to be pages that list feeds."""
        pages = list[PageClues]()
        for start in range(0, len(clues), _AT_ONCE):
            batch = clues[start : start + _AT_ONCE]
            answers = await asyncio.gather(*(self._fetch(clue) for clue in batch))
            for clue, response in zip(batch, answers, strict=True):
                if response is None or await self._keep(clue, response):
                    continue
                if may_list_feeds(response.final_url) or may_list_feeds(clue.url):
                    pages.append(await self._clues(response))
        return pages

    async def _pages(self, urls: Iterable[str]) -> None:
        """Frames of the page, one level deep."""
        for url in urls:
            response = await self._fetch(Clue(url=url, source=Source.LINKED))
            if response is not None:
                inner = await self._clues(response)
                await self._look(inner.clues[:MAX_ANCHORS])

    async def _guess(self, url: str) -> None:
        """One after the other, until two answered: most sites print the same feed under several of these names."""
        for guess in sites.guesses(url):
            clue = Clue(url=guess, source=Source.GUESSED)
            response = await self._fetch(clue)
            if response is not None and await self._keep(clue, response) and len(self.found) >= ENOUGH_GUESSES:
                return

    async def _sitemaps(self, url: str) -> None:
        """The first news sitemap that robots.txt names, or that is where they usually are."""
        robots = await self._fetch(Clue(url=robots_of(url), source=Source.SITEMAP))
        named = sites.sitemaps(robots.body.decode("utf-8", "replace") if robots else "", url)
        for address in named[:MAX_SITEMAPS]:
            clue = Clue(url=address, source=Source.SITEMAP, kind=FeedKind.SITEMAP)
            response = await self._fetch(clue)
            if response is not None and await self._sitemap(clue, response, depth=0):
                return

    async def _sitemap(self, clue: Clue, response: Response, *, depth: int) -> bool:
        """A sitemap of news, or the children of an index of sitemaps. Other sitemaps list a whole site: nothing to watch."""
        try:
            parsed = await self.reader.parse(response, kind=FeedKind.SITEMAP)
        except (NotAFeedError, WorkerError) as error:
            self._note(clue.url, clue.source, error)
            return False
        if not parsed.children:
            if _NEWS in _beginning(response.body) or clue.source is Source.ITSELF:
                return self._take(clue, response, parsed)
            self._note(clue.url, clue.source, NotAFeedError(Reason.NOT_A_FEED, "a sitemap of the whole site, not of its news"))
            return False
        if depth:
            return False
        children = sorted(parsed.children, key=lambda child: "news" not in child.lower())
        for child in children[:MAX_CHILDREN]:
            inner = Clue(url=child, source=Source.SITEMAP, kind=FeedKind.SITEMAP)
            answer = await self._fetch(inner)
            if answer is not None and await self._sitemap(inner, answer, depth=1):
                return True
        return False

    async def _fetch(self, clue: Clue) -> Response | None:
        """The answer at an address that was not asked for before; None when there is none, which is noted."""
        key = feed_key(clue.url)
        if not key or key in self.asked or len(self.asked) >= MOST_REQUESTS:
            return None
        self.asked.add(key)
        try:
            return await self.reader.get(clue.url)
        except FetchError as error:
            self._note(clue.url, clue.source, error)
            return None

    async def _keep(self, clue: Clue, response: Response) -> bool:
        """Reads the document; True when it is a feed with something to watch."""
        if clue.kind is FeedKind.FEED and is_sitemap(response.body):
            return await self._sitemap(replace(clue, kind=FeedKind.SITEMAP), response, depth=0)
        try:
            parsed = await self.reader.parse(response, kind=clue.kind)
        except (NotAFeedError, WorkerError) as error:
            self._note(clue.url, clue.source, error)
            return False
        return self._take(clue, response, parsed)

    def _take(self, clue: Clue, response: Response, parsed: ParsedFeed) -> bool:
        if clue.kind is FeedKind.LISTING and len(parsed.entries) < LEAST_LISTED:
            told = f"{len(parsed.entries)} links to articles on the page"
            self._note(clue.url, clue.source, NotAFeedError(Reason.NOT_A_FEED, told))
            return False
        candidate = Candidate(
            url=clue.url if clue.source is Source.ITSELF else settled(response, clue.url),
            source=clue.source,
            kind=clue.kind,
            title=parsed.title or clue.title or self.page.title,
            entries=len(parsed.entries),
            newest_at=telling.newest(parsed),
            text=telling.told(parsed),
            language=parsed.language or self.page.language,
            home_url=parsed.home_url,
            leads_to=response.final_url if len(response.hops) > 1 else "",
        )
        self.found.append(_Found(candidate, telling.signature(parsed)))
        return True

    def _offered(self) -> tuple[Candidate, ...]:
        """Each feed once, in its first form; empty ones and those that fell asleep behind the others."""
        kept, seen = list[Candidate](), set[object]()
        for found in self.found:
            same = {feed_key(found.candidate.url), *([found.pages] if found.pages else [])}
            if not seen & same:
                kept.append(found.candidate)
            seen |= same
        asleep = self.reader.clock.now() - STALE
        kept.sort(key=lambda one: (one.entries == 0, one.newest_at is not None and one.newest_at < asleep))
        return tuple(kept)

    def _note(self, url: str, source: Source, error: FetchError | NotAFeedError | WorkerError) -> None:
        self.tried.append(Tried(url=url, source=source, reason=error.reason, detail=one_line(error.detail, 200)))

    def _nothing(self) -> str:
        if self.page.none:
            return self.page.none
        first = next((tried for tried in self.tried if tried.source is Source.ITSELF), None)
        refused = f"; the page itself: {explain(first.reason)}" if first and first.reason in _REFUSED else ""
        cut = f" within {PATIENCE.total_seconds():.0f} s" if self.cut else ""
        return (
            f"no feed, no news sitemap and no list of articles was found{cut} ({len(self.asked)} addresses were tried){refused}"
        )

    def _where(self) -> str:
        return "look for a link named RSS on the site and add that address; with --force an address is watched unchecked"


def settled(response: Response, asked: str) -> str:
    """The address to remember: where permanent redirects led, up to the first that is not, and never from https to http."""
    url = asked
    for hop in response.hops:
        if hop.status not in {301, 308} or (url.startswith("https:") and hop.location.startswith("http:")):
            break
        url = hop.location
    return url


def spellings(asked: str) -> tuple[str, ...]:
    """The addresses that a person may mean. Raises UsageError when it is none."""
    text = asked.strip()
    spelled = [text]
    if not re.match(r"(?:https?|feed):", text, re.IGNORECASE):
        bare = text.removeprefix("//")
        named = re.fullmatch(r"(?:[^\s/:@.]+\.)+[^\s/:@.]{1,63}(?::[0-9]{1,5})?(?:[/?]\S*)?", bare)
        spelled = [f"https://{bare}", f"http://{bare}"] if named else []
        if named and bare.partition("/")[0].count(".") == 1:
            spelled.append(f"https://www.{bare}")
    found = tuple(url for one in spelled if (url := web_address(one)))
    if not found:
        raise UsageError(
            f"{asked[:200]!r} is no address of a feed or site",
            hint="give it as in www.example.org or https://www.example.org/rss",
        )
    return found


def is_sitemap(body: bytes) -> bool:
    """By its first element, also when it is packed."""
    return bool(_SITEMAP.search(_beginning(body)[:4_096]))


def _beginning(body: bytes) -> bytes:
    """The first part of a document, unpacked when it is packed."""
    if not body.startswith(b"\x1f\x8b"):
        return body[: 1 << 20]
    try:
        return zlib.decompressobj(31).decompress(body, 1 << 20)
    except zlib.error:
        return b""


def robots_of(url: str) -> str:
    """Where the site of an address keeps its robots.txt."""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.partition('/')[0].partition('?')[0]}/robots.txt"
