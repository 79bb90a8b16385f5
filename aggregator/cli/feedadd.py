"""`feeds add` and `feeds check`: from an address that somebody knows to a feed that can be trusted."""

import asyncio
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import fields

import click

from aggregator.cli import paint
from aggregator.cli.asked import Verb, json_option, settings
from aggregator.cli.output import is_terminal, print_json, print_table, say, show
from aggregator.cli.progress import counting, working
from aggregator.declare import checks
from aggregator.errors import UsageError
from aggregator.feeds.diagnose import Level
from aggregator.feeds.values import FeedKind
from aggregator.service import feeds as verbs
from aggregator.service.checking import Check, feeds_check
from aggregator.service.discovery import Candidate, Discovered
from aggregator.service.feeds import AddedFeed, Wishes

SHOWN = 10
_KINDS = {FeedKind.FEED: "feed", FeedKind.SITEMAP: "news sitemap", FeedKind.LISTING: "page of links"}
_MARKS = {Level.OK: ("+", "green"), Level.NOTE: ("-", "yellow"), Level.PROBLEM: ("!", "red")}


def _checked(read: Callable[[object], str]) -> Callable[[click.Context, click.Parameter, str], str]:
    """An option that is read as the key of that name in outlets.toml is."""

    def callback(_ctx: click.Context, _parameter: click.Parameter, value: str) -> str:
        try:
            return read(value) if value else ""
        except checks.Wrong as wrong:
            raise click.BadParameter(f"{wrong}. {wrong.hint}") from None

    return callback


@click.command(
    cls=Verb,
    short_help="Watch one more feed, by its address or its site's.",
    example="aggregator feeds add www.themoscowtimes.com\n"
    "aggregator feeds add https://www.themoscowtimes.com/rss/news --outlet 'The Moscow Times'\n"
    "aggregator feeds add www.themoscowtimes.com --all",
)
@click.argument("url")
@click.option("--outlet", default="", metavar="NAME", help="The outlet it belongs to (default: as the site calls itself).")
@click.option("--language", default="", callback=_checked(checks.language), help="Of a new outlet, as in en.")
@click.option("--country", default="", callback=_checked(checks.country), help="Of a new outlet, as in RU.")
@click.option(
    "--first-poll",
    type=click.Choice(("silent", "alert")),
    default=None,
    help="Of a new outlet: is what the feed already holds alerted.  [default: alerts.first_poll]",
)
@click.option("--all", "everything", is_flag=True, help="Add every feed that is found.")
@click.option(
    "--pick", type=click.IntRange(1), multiple=True, metavar="N", help="Add the N-th feed that is found; may be repeated."
)
@click.option("--yes", "-y", is_flag=True, help="Ask nothing: add the best one.")
@click.option("--force", is_flag=True, help="Add the address as it is, unchecked: for a feed that is down at the moment.")
@json_option
def add(
    *,
    url: str,
    outlet: str,
    language: str,
    country: str,
    first_poll: str | None,
    everything: bool,
    pick: tuple[int, ...],
    yes: bool,
    force: bool,
    as_json: bool,
) -> None:
    """Watch one more feed, without editing files; a running service polls it at once.

    URL may be the feed itself, a page or a site: its feeds are found, also a news sitemap, and without both a page whose links to
    articles are watched. On a terminal you are asked which; otherwise the best one is added.
    """
    effective = settings()
    wishes = Wishes(outlet=outlet, language=language, country=country, first_poll=first_poll or "")
    known = verbs.feeds_known(effective, url)
    if known or force:
        _print_added((known or verbs.feeds_force(effective, url, wishes),), (), (), as_json)
        return
    with working(f"looking for feeds at {url}"):
        found = asyncio.run(verbs.feeds_find(effective, url, everything=everything))
    chosen = _chosen(found, everything=everything, pick=pick, ask=is_terminal() and sys.stdin.isatty() and not (yes or as_json))
    if not chosen:
        say("nothing was added")
        return
    others = [one for one in found.candidates if one not in chosen]
    _print_added(verbs.feeds_take(effective, found, chosen, wishes), others, found.more, as_json)


def _chosen(found: Discovered, *, everything: bool, pick: Sequence[int], ask: bool) -> list[Candidate]:
    there = list(found.candidates)
    if everything:
        return there
    if pick:
        wrong = next((number for number in pick if number > len(there)), None)
        if wrong is not None:
            raise UsageError(f"there is no feed {wrong} at {found.page_url}, only {len(there)}", hint=_numbered(there))
        return [there[number - 1] for number in dict.fromkeys(pick)]
    if ask and len(there) > 1:
        return _asked(there)
    return there[:1]


def _numbered(there: Sequence[Candidate]) -> str:
    return "\n".join(f"{number}  {one.url}" for number, one in enumerate(there[:SHOWN], 1))


def _asked(there: Sequence[Candidate]) -> list[Candidate]:
    columns = ("", "title", "kind", "entries", "newest", "prints", "language", "address")
    print_table(columns, ((number, *_cells(one)) for number, one in enumerate(there, 1)), empty="")
    while True:
        answer = click.prompt("Which? Numbers, all, or none", default="1", err=True)
        chosen = _numbers(answer, len(there))
        if chosen is not None:
            return [there[number - 1] for number in chosen]
        say(f"Write numbers from 1 to {len(there)}, as in 1 or 1,3-4; or all; or none.", to=sys.stderr)


def _numbers(answer: str, most: int) -> list[int] | None:
    """The numbers that were written; None when they make no sense."""
    text = answer.strip().lower()
    if text in {"all", "none"}:
        return list(range(1, most + 1)) if text == "all" else []
    found = list[int]()
    for part in filter(None, re.split(r"[,\s]+", text)):
        match = re.fullmatch(r"(\d{1,4})(?:-(\d{1,4}))?", part)
        if match is None:
            return None
        found += range(int(match[1]), int(match[2] or match[1]) + 1)
    return list(dict.fromkeys(found)) if found and all(1 <= number <= most for number in found) else None


def _cells(one: Candidate) -> tuple[object, ...]:
    return one.title, _KINDS[one.kind], one.entries, one.newest_at, one.text.value, one.language, one.url


def _print_added(added: Sequence[AddedFeed], others: Sequence[Candidate], more: Sequence[str], as_json: bool) -> None:
    if as_json:
        first = {field.name: getattr(added[0], field.name) for field in fields(AddedFeed)}
        print_json({**first, "added": added, "others": others, "more": more})
        return
    for feed in added:
        say(_told(feed))
    if others or more:
        _print_others(others, more)


def _told(feed: AddedFeed) -> str:
    if feed.known:
        return f"known already: feed {feed.id} of {feed.outlet}, {feed.url}{f' ({feed.how})' if feed.how else ''}"
    kind = f" ({_KINDS[feed.kind]})" if feed.kind is not FeedKind.FEED else ""
    seen = f", {feed.entries} entries at the moment" if feed.entries is not None else ", not checked"
    return f"added: feed {feed.id} of {feed.outlet}, {feed.url}{kind}{seen}"


def _print_others(others: Sequence[Candidate], more: Sequence[str]) -> None:
    say("also there (add one by its address, all with --all):")
    for one in others[:SHOWN]:
        newest = f", newest {show(one.newest_at)}" if one.newest_at else ""
        say(f"  {one.url}  {one.title} ({one.entries} entries{newest})")
    left = len(others[SHOWN:]) + len(more)
    if left:
        say(f"  and {left} more")


@click.command(
    cls=Verb,
    short_help="Say in plain words how feeds are.",
    example="aggregator feeds check https://www.themoscowtimes.com/rss/news\naggregator feeds check 3 7\naggregator feeds check",
)
@click.argument("feed", nargs=-1, metavar="[NUMBER-OR-URL]...")
@json_option
def check(feed: tuple[str, ...], as_json: bool) -> int:
    """Look at feeds as a poll does, and say in plain words how they are: all, when none is named. Nothing is stored.

    The exit code is 1 when one of them cannot be used.
    """
    with counting("feeds") as progress:
        found = asyncio.run(feeds_check(settings(), feed, progress=progress))
    if as_json:
        print_json(found)
    elif len(feed) == 1 or len(found) == 1:
        _print_check(found[0])
    else:
        columns = ("id", "outlet", "verdict", "format", "entries", "newest", "address")
        print_table(columns, (_row(one) for one in sorted(found, key=lambda one: one.usable)), empty="")
    return 0 if all(one.usable for one in found) else 1


def _row(one: Check) -> tuple[object, ...]:
    return one.feed, one.outlet, _verdict(one), one.format, one.entries, one.newest_at, one.url


def _verdict(one: Check) -> str:
    problem = next((remark for remark in one.remarks if remark.level is Level.PROBLEM), None)
    if problem:
        return f"not usable: {problem.what}"
    notes = sum(1 for remark in one.remarks if remark.level is Level.NOTE)
    return f"usable, {notes} remark{'s' if notes != 1 else ''}" if notes else "usable"


def _print_check(one: Check) -> None:
    known = f"feed {one.feed} of {one.outlet}, " if one.feed else ""
    paint.line(f"{known}{one.url}")
    paint.line(_verdict(one), style="bold green" if one.usable else "bold red")
    width = max((len(remark.about) for remark in one.remarks), default=0)
    for remark in one.remarks:
        mark, style = _MARKS[remark.level]
        paint.line(f"{mark} {remark.about:<{width}}  {remark.what}", style=style if remark.level is not Level.OK else "")
        if remark.do:
            paint.line(f"  {'':<{width}}  -> {remark.do}", style="dim")
