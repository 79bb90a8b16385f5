"""`articles` and `extract`: the archive, and one page read without it."""

import asyncio
import sys
from datetime import datetime
from pathlib import Path

import click

from aggregator.articles.values import Extraction
from aggregator.cli.asked import Commands, Verb, json_option, settings
from aggregator.cli.evidence import evidence
from aggregator.cli.numbers import ROW
from aggregator.cli.output import as_json as to_json
from aggregator.cli.output import csv_line, print_json, print_pairs, print_table, safe, say
from aggregator.cli.output import show as display
from aggregator.cli.progress import counting_bytes
from aggregator.cli.reread import reextract
from aggregator.reasons import how_it_went
from aggregator.service import verbs
from aggregator.service.importing import articles_import
from aggregator.store.archive import ArticleDetail
from aggregator.store.values import ArticleRow
from aggregator.topics.values import Sentence

# The public form of an export, in its order; a change needs an entry in the changelog.
EXPORTED = tuple(name for name in ArticleRow.__dataclass_fields__ if name != "withdrawn_at")


@click.group(cls=Commands)
def articles() -> None:
    """The archive."""


@articles.command(
    name="list", example="aggregator articles list --outlet 'The Moscow Times'\naggregator articles list --before 1200 --json"
)
@click.option("--limit", type=click.IntRange(1, 10_000), default=30, show_default=True, help="How many.")
@click.option("--before", type=ROW, metavar="ID", help="Only articles with a smaller number: the next page.")
@click.option("--outlet", default="", metavar="NAME", help="Only this outlet's.")
@json_option
def list_articles(limit: int, before: int | None, outlet: str, as_json: bool) -> None:
    """List articles, newest first."""
    rows = verbs.articles_list(settings(), limit=limit, before=before, outlet=outlet)
    if as_json:
        print_json(rows)
    else:
        print_table(("id", "first seen", "outlet", "headline", "topics"), (_cells(row) for row in rows), empty="No articles.")


def _cells(row: ArticleRow) -> tuple[object, ...]:
    mark = "[withdrawn] " if row.withdrawn_at else ""
    return row.id, row.first_seen_at, row.outlet, f"{mark}{row.headline}", row.topics


@articles.command(example="aggregator articles show 17")
@click.argument("article", type=ROW)
@json_option
def show(article: int, as_json: bool) -> None:
    """Show one article: its text, where each part came from, what of the page was left out and why, versions and copies."""
    detail = verbs.articles_show(settings(), article)
    if as_json:
        print_json(detail)
    else:
        _show(detail)


def _show(detail: ArticleDetail) -> None:
    row = detail.row
    print_pairs(
        (
            ("article", row.id),
            ("headline", row.headline),
            ("outlet", row.outlet),
            ("authors", row.authors),
            ("published", row.published_at),
            ("first seen", row.first_seen_at),
            ("language", row.language),
            ("address", row.url),
            ("reading", f"{detail.status}, quality {row.quality:.2f}, body from the {row.body_source}"),
            ("topics", row.topics),
            ("story", row.story_id),
            ("copy of", row.copy_of),
            *((("withdrawn", _withdrawn(row.withdrawn_at, detail.withdrawn_why)),) if row.withdrawn_at else ()),
        )
    )
    say(f"\n{row.body or detail.summary}\n")
    for block in detail.dropped:
        say(f"left out ({block.reason}): {safe(block.text)}")
    for version in detail.versions:
        say(f"version {version.version}: {version.cause}, {version.seen_at:%Y-%m-%d %H:%M} UTC, {safe(version.headline)}")
    for _, outlet, url in detail.copies:
        say(f"also in: {outlet}, {url}")


def _withdrawn(since: datetime, why: str) -> str:
    how = how_it_went(why)
    return f"by the outlet, since {display(since)}{f': {how}' if how else ''}"


@articles.command(example="aggregator articles search '(Putin OR Kremlin) AND Egypt*' --limit 5")
@click.argument("query")
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="How many.")
@json_option
def search(query: str, limit: int, as_json: bool) -> None:
    """Search the archive in the language of topics, newest first."""
    found = verbs.articles_search(settings(), query, limit=limit)
    if as_json:
        print_json([{**_exported(hit.article), "sentences": hit.sentences} for hit in found])
        return
    for hit in found:
        say(f"{hit.article.id}  {hit.article.first_seen_at:%Y-%m-%d %H:%M}  {hit.article.outlet}  {hit.article.headline}")
        for sentence in hit.sentences:
            say(f"      {marked(sentence)}")
    if not found:
        say("Nothing found.")


def _exported(row: ArticleRow) -> dict[str, object]:
    """The public form of an export, field by field."""
    return {name: getattr(row, name) for name in EXPORTED}


def marked(sentence: Sentence) -> str:
    """The sentence with its matched words in brackets."""
    text, done = "", 0
    for start, end in sentence.marks:
        text += f"{sentence.text[done:start]}[{sentence.text[start:end]}]"
        done = end
    return text + sentence.text[done:]


@articles.command(example="aggregator articles export > articles.jsonl\naggregator articles export --format csv > articles.csv")
@click.option(
    "--format",
    "form",
    type=click.Choice(("jsonl", "csv")),
    default="jsonl",
    show_default=True,
    help="One object a line, or a spreadsheet.",
)
def export(form: str) -> None:
    """Print the whole archive, oldest first.

    In CSV a text that begins like a formula (= + - @) gets an apostrophe in front, because spreadsheets would run it.
    """
    if form == "csv":
        say(csv_line(EXPORTED))
    for row in verbs.articles_export(settings()):
        say(to_json(_exported(row)) if form == "jsonl" else csv_line(tuple(_exported(row).values())))


@articles.command(name="import", example="aggregator articles import archive.jsonl")
@click.argument("file", type=click.Path(path_type=Path))
@json_option
def import_articles(file: Path, as_json: bool) -> int:
    """Bring an archive in, one JSON object a line, as `articles export` prints it; nothing is sent.

    Needs url, outlet, headline, body and published_at in each line. A second run of the same file adds nothing.
    The exit code is 1 when lines were skipped; each is named.
    """
    with counting_bytes(file.name) as progress:
        done = articles_import(settings(), file, progress=progress)
    if as_json:
        print_json(done)
    else:
        say(f"{done.lines} lines: {done.added} new articles, {done.known} known, {len(done.problems)} skipped")
    for problem in done.problems:
        say(f"{file}: line {problem.line}: {problem.what}", to=sys.stderr)
    return 1 if done.problems else 0


articles.add_command(reextract)
articles.add_command(evidence)


@click.command(
    cls=Verb,
    short_help="One page as JSON, nothing stored.",
    example="aggregator extract https://www.themoscowtimes.com/2015/02/09/some-article\naggregator extract page.html --url https://www.example.org/a",
)
@click.argument("source", metavar="FILE-OR-URL")
@click.option("--url", default="", help="The address the file came from; helps with links, dates and the outlet's name.")
def extract(source: str, url: str) -> None:
    """Read one page as the service would, and print the article as JSON; nothing is stored. What a person asks for is fetched
    whatever the site's robots.txt says.
    """
    print_json(public_extraction(asyncio.run(verbs.extract(settings(), source, url=url))))


def public_extraction(found: Extraction) -> dict[str, object]:
    """The public form of `extract`, in its order."""
    body_from = dict(found.sources).get("body", "")
    return {
        "headline": found.headline,
        "authors": found.authors,
        "published_at": found.published_at,
        "modified_at": found.modified_at,
        "language": found.language,
        "section": found.section,
        "body": found.body,
        "image_url": found.image_url,
        "body_source": "feed" if body_from == "feed" else "page" if found.body else "summary",
        "quality": found.quality,
        "dropped": found.dropped,
        "status": found.status,
        "canonical_url": found.canonical_url,
    }
