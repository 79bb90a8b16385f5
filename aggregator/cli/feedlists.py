"""`feeds import` and `feeds export`: lists of feeds with folders (OPML)."""

import sys
from pathlib import Path

import click

from aggregator.cli.asked import Verb, json_option, settings
from aggregator.cli.output import print_json, say
from aggregator.cli.progress import counting
from aggregator.errors import AggregatorError, UsageError
from aggregator.service.lists import ImportedFeeds, feeds_export, feeds_import

# Of known and skipped feeds, those that are named on the screen.
SHOWN = 20


@click.command(
    cls=Verb,
    name="import",
    short_help="Watch the feeds of an OPML list.",
    example="aggregator feeds import outlets.opml --dry-run\naggregator feeds import outlets.opml",
)
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--dry-run", is_flag=True, help="Only say what would be added.")
@json_option
def import_feeds(file: Path, dry_run: bool, as_json: bool) -> None:
    """Watch the feeds of an OPML list, in their folders (`-`: from the standard input). Each title becomes an outlet.

    What is watched already stays as it is; what cannot be used is named with its line and skipped. First polls are spread over some
    minutes. A second run of the same list adds nothing.
    """
    effective = settings()
    where = "standard input" if str(file) == "-" else str(file)
    body = _read(file, effective.limits.opml_bytes)
    with counting("feeds") as progress:
        done = feeds_import(effective, body, where=where, dry_run=dry_run, progress=progress)
    if as_json:
        print_json(done)
    else:
        _print(done, where)


def _read(file: Path, most: int) -> bytes:
    """One byte more than allowed at most: the reader then says that it is too much."""
    try:
        if str(file) == "-":
            return sys.stdin.buffer.read(most + 1)
        with file.open("rb") as source:
            return source.read(most + 1)
    except OSError as error:
        raise UsageError(
            f"{file}: {error.strerror}", hint="give the path of an OPML file, or - for the standard input"
        ) from error


def _print(done: ImportedFeeds, where: str) -> None:
    folders = f" in {done.folders} folder{'s' if done.folders != 1 else ''}" if done.folders else ""
    verb = "added" if done.written else "would be added"
    say(f"{done.added} {verb}{folders}, {len(done.known)} known, {len(done.skipped)} skipped")
    for known in done.known[:SHOWN] if done.added else ():
        say(f"known: {known.title}, {known.url}")
    for skipped in done.skipped[:SHOWN]:
        say(f"{where}: line {skipped.line}: {skipped.what}", to=sys.stderr)
    left = max(len(done.skipped) - SHOWN, 0)
    if left:
        say(f"{where}: and {left} more; all of them: --json", to=sys.stderr)
    if not (done.feeds or done.skipped):
        say("the list holds no feeds")


@click.command(
    cls=Verb,
    short_help="Write all feeds as an OPML list.",
    example="aggregator feeds export > feeds.opml\naggregator feeds export feeds.opml",
)
@click.argument("file", type=click.Path(path_type=Path), required=False)
def export(file: Path | None) -> None:
    """Write all feeds as an OPML list, in their folders; to the standard output without FILE."""
    text = feeds_export(settings())
    if file is None:
        sys.stdout.write(text)
        return
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise AggregatorError(f"{file}: cannot be written ({error.strerror})", hint="give another path") from error
    say(f"written: {file}")
