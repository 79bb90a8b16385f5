"""`backup` and `restore`: copies of the embedded database, made while the service works, and back again."""

import sys
from contextlib import ExitStack
from datetime import datetime
from functools import cache
from pathlib import Path

import click

from aggregator.cli.asked import Verb, json_option, settings
from aggregator.cli.output import print_json, safe, say, show
from aggregator.cli.progress import counting_bytes
from aggregator.errors import UsageError
from aggregator.service import keeping
from aggregator.service.keeping import Replacing
from aggregator.store.backup import Copy

MB = 1_000_000


@click.command(
    cls=Verb,
    short_help="A consistent copy of the database, while the service runs.",
    example="aggregator backup /mnt/disk/aggregator.db\naggregator backup --keep 14 /mnt/disk/aggregator",
)
@click.argument("target", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Replace FILE if it is there.")
@click.option("--keep", type=click.IntRange(1, 10_000), help="FILE is a folder: keep this many of its automatic backups.")
@json_option
def backup(target: Path, force: bool, keep: int | None, as_json: bool) -> None:
    """Copy the database to FILE, as it is at this moment; the service may run. In a folder the file gets a name with the time.

    The copy is read back and checked before it gets its name.
    """
    with counting_bytes("copying") as tell:
        done = keeping.back_up(settings(), target, force=force, keep=keep, tell=tell)
    if as_json:
        print_json(_fields(done.made) | {"forgotten": [str(path) for path in done.forgotten]})
        return
    gone = f"; {len(done.forgotten)} older removed" if done.forgotten else ""
    say(f"backup {_line(done.made)}{gone}")


def _line(copy: Copy) -> str:
    contents = f"schema {copy.schema}, {copy.articles} articles, {copy.messages} messages"
    return f"{copy.path}: {copy.bytes / MB:.1f} MB, {contents}"


def _fields(copy: Copy) -> dict[str, object]:
    return {
        "file": str(copy.path),
        "bytes": copy.bytes,
        "schema": copy.schema,
        "articles": copy.articles,
        "messages": copy.messages,
        "last_article_at": copy.last_article_at,
    }


@click.command(
    cls=Verb,
    short_help="A backup into the place of the database.",
    example="aggregator restore /mnt/disk/aggregator.db\naggregator restore --yes /mnt/disk/aggregator/aggregator-20260301-030000.db",
)
@click.argument("source", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
def restore(source: Path, yes: bool, as_json: bool) -> int:
    """Put the backup FILE into the place of the database, which is kept beside it in the folder `backups`. Stop the service first.

    Messages that the backup does not know as sent are held until `aggregator outbox release`: most of them were sent since.
    """
    if not yes and not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError("nobody can be asked here whether the database may be replaced", hint="say so with --yes")
    with ExitStack() as bar:
        # Not before the answer: a bar would draw over the question.
        bar_begun = cache(lambda: bar.enter_context(counting_bytes("copying")))

        def tell(written: int, size: int) -> None:
            bar_begun()(written, size)

        done = keeping.restore(settings(), source, agree=lambda seen: yes or _ask(seen), tell=tell)
    if done is None:
        say("nothing was done")
        return 1
    if as_json:
        print_json(_fields(done.backup) | {"kept": done.kept and str(done.kept), "held": done.held})
        return 0
    say(f"restored {_line(done.backup)}")
    if done.kept:
        say(f"the database as it was: {done.kept}")
    say(f"The outbox is held: {done.held} messages, and those to come, wait for your word. Most may have been sent before.")
    say("  See them: aggregator outbox list --state held (articles since the backup are read again and join them)")
    say("  Send: aggregator outbox release. Drop: aggregator outbox cancel ID..., or all: aggregator outbox release --cancel")
    return 0


def _ask(seen: Replacing) -> bool:
    say(f"the database: {_known(seen.present)}", to=sys.stderr)
    say(f"is replaced by: {_known(seen.backup)}", to=sys.stderr)
    return click.confirm("Go on?", default=False, err=True)


def _known(copy: Copy | None) -> str:
    if copy is None:
        return "not there, or it cannot be read"
    return (
        f"{safe(str(copy.path))}, {copy.articles} articles, {copy.messages} messages, last article {_when(copy.last_article_at)}"
    )


def _when(moment: datetime | None) -> str:
    return "never" if moment is None else show(moment)
