"""The demo's newspaper: all outlets behind one port of loopback, told apart by the name under which they are asked."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from aggregator.demo import press
from aggregator.demo.edition import LAST, Outlet, Printed, edition_of

FEED = "/feed"


class Newspaper:
    """`edition` grows once, in the middle of the show. `asked` counts the requests by (host, path).

    `asked_again`: when each feed was first asked for its second edition, by address. A feed's polls never overlap, so one that is
    recorded later than this has read that edition.
    """

    def __init__(self, outlets: tuple[Outlet, ...], *, port: int) -> None:
        self.outlets = outlets
        self.edition = 1
        self.asked: Counter[tuple[str, str]] = Counter()
        self.asked_again: dict[str, datetime] = {}
        self._port = port
        self._started = datetime.now(UTC)
        self._by_host = {outlet.host: outlet for outlet in outlets}
        # Addresses of the articles that the second edition changes.
        self.edited = frozenset(
            self.base(outlet) + written.path for outlet in outlets for written in outlet.articles if written.edits
        )

    def app(self) -> Starlette:
        """The ASGI application."""
        return Starlette(routes=[Route("/{path:path}", self._answer)])

    def print_again(self) -> None:
        """From now on the second edition is served."""
        self.edition = LAST

    def base(self, outlet: Outlet) -> str:
        return f"http://{outlet.host}:{self._port}"

    def feed_url(self, outlet: Outlet) -> str:
        return self.base(outlet) + FEED

    def articles(self, outlet: Outlet) -> tuple[Printed, ...]:
        """What the outlet shows now, newest first."""
        return edition_of(outlet, self.edition, base=self.base(outlet), started=self._started)

    def page(self, outlet: Outlet, article: Printed) -> bytes:
        """The page of one article of the outlet; the next older one follows it."""
        shown = self.articles(outlet)
        place = next(number for number, each in enumerate(shown) if each.url == article.url)
        return press.page(outlet, article, shown[place + 1] if place + 1 < len(shown) else None)

    def place(self, url: str) -> tuple[str, str]:
        """The host and path of an address, as `asked` counts them."""
        parts = urlsplit(url)
        return parts.hostname or "", parts.path

    def own_texts(self) -> dict[str, str]:
        """What the outlets wrote themselves, by the address of the article."""
        return {article.url: "\n".join(article.paragraphs) for _, article in self._shown()}

    def whole_pages(self) -> dict[str, str]:
        """Every word of every page, by its address: what a reader without judgement would have stored."""
        return {article.url: press.all_words(self.page(outlet, article)) for outlet, article in self._shown()}

    def _shown(self) -> Iterator[tuple[Outlet, Printed]]:
        return ((outlet, article) for outlet in self.outlets for article in self.articles(outlet))

    async def _answer(self, request: Request) -> Response:
        outlet, path = self._by_host.get(request.url.hostname or ""), request.url.path
        self.asked[request.url.hostname or "", path] += 1
        if outlet is None or outlet.answer == "missing":
            return PlainTextResponse("There is nothing here.", status_code=404)
        if outlet.answer == "bomb":
            return Response(press.bomb(), media_type=press.KINDS["rss"], headers={"Content-Encoding": "gzip"})
        if path == FEED:
            if self.edition == LAST:
                self.asked_again.setdefault(self.feed_url(outlet), datetime.now(UTC))
            body = press.feed(outlet, self.articles(outlet), base=self.base(outlet), now=datetime.now(UTC))
            return Response(body, media_type=press.KINDS[outlet.feed])
        found = next((article for article in self.articles(outlet) if article.path == path), None)
        if found is None:
            return PlainTextResponse("There is nothing here.", status_code=404)
        return Response(self.page(outlet, found), media_type="text/html; charset=utf-8")
