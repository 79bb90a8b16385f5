"""`init`, `apply`, `config show`, `migrate`: files, settings and schema."""

from pathlib import Path

import click

from aggregator.cli.asked import Asked, Commands, Verb, json_option, settings
from aggregator.cli.output import print_json, print_table, say
from aggregator.cli.progress import counting_bytes
from aggregator.configure import show_settings
from aggregator.declare.plan import describe, refusal, summarise
from aggregator.errors import AggregatorError, UsageError
from aggregator.service import verbs

_PACKAGE = Path(__file__).resolve().parent.parent
# Inside a wheel the starter configuration travels in the package; in a checkout it is the checkout's own.
STARTERS = (_PACKAGE / "_config", _PACKAGE.parent / "config")
FILES = ("aggregator.toml", "outlets.toml", "topics.toml")


@click.command(
    cls=Verb, short_help="Write a starter configuration.", example="aggregator init config\naggregator init /etc/aggregator"
)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
def init(folder: Path) -> None:
    """Write a commented starter configuration into DIR: settings, twenty outlets, three topics.

    Files that are there already are never overwritten.
    """
    written = write_starter(folder)
    for path in written:
        say(f"written: {path}")
    say(f"Next: edit {folder / 'topics.toml'}, then run: aggregator run --config {folder}")


def write_starter(folder: Path) -> tuple[Path, ...]:
    """Copy the starter files; all or none. UsageError when one of them is there, AggregatorError when they cannot be written."""
    source = next((path for path in STARTERS if (path / FILES[0]).is_file()), None)
    if source is None:
        raise AggregatorError("the starter configuration is missing from this installation", hint="Install the package again.")
    there = [folder / name for name in FILES if (folder / name).exists()]
    if there:
        raise UsageError(f"{there[0]} is there already", hint="Name another folder, or remove the file first.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in FILES:
            with (folder / name).open("x", encoding="utf-8") as file:
                file.write((source / name).read_text(encoding="utf-8"))
    except OSError as error:
        raise AggregatorError(
            f"{folder}: cannot be written ({error.strerror})", hint="Name a folder in which this user may write."
        ) from None
    return tuple(folder / name for name in FILES)


@click.command(
    cls=Verb,
    short_help="Configuration files into the database.",
    example="aggregator apply --dry-run\naggregator apply /etc/aggregator",
)
@click.argument("folder", metavar="[DIR]", required=False, type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Check the files and show the plan; write nothing.")
@click.option("--force", is_flag=True, help="Also when more than 30 % of the outlets or topics would be paused.")
@json_option
@click.pass_obj
def apply(asked: Asked, folder: Path | None, dry_run: bool, force: bool, as_json: bool) -> None:
    """Bring the database to what the files in DIR say, and show every step.

    Changes only what came from files, pauses what vanished from them, deletes nothing.
    """
    asked.config = folder or asked.config
    done = verbs.do_apply(settings(), dry_run=dry_run, force=force)
    if as_json:
        print_json({"written": done.written, **{f"{changes.noun}s": changes for changes in done.plan.nouns}})
        return
    for line in describe(done.plan):
        say(line)
    say(f"{summarise(done.plan)}{'' if done.written else ' - nothing was written (--dry-run)'}")
    if drastic := refusal(done.plan):
        say(f"{drastic}; without --force this is refused" if not done.written else drastic)


@click.group(cls=Commands)
def config() -> None:
    """The effective settings."""


@config.command(name="show", example="aggregator config show\nAGGREGATOR_POLL__MIN_INTERVAL=30m aggregator config show --json")
@json_option
def show_config(as_json: bool) -> None:
    """Print every setting with its value and where it came from; secrets are masked."""
    shown = show_settings(settings())
    if as_json:
        print_json(shown)
    else:
        print_table(("setting", "value", "from"), ((item.key, item.value, item.origin) for item in shown), empty="")


@click.command(cls=Verb, example="aggregator migrate\naggregator migrate --check")
@click.option("--check", is_flag=True, help="Only compare; exit 1 when database and program differ.")
@click.option("--no-backup", is_flag=True, help="Do not copy an embedded database first.")
@json_option
def migrate(check: bool, no_backup: bool, as_json: bool) -> int:
    """Bring the database's schema up to date; an embedded database is copied into the folder `backups` first."""
    with counting_bytes("backup") as tell:
        done = verbs.do_migrate(settings(), check=check, back_up=not no_backup, tell=tell)
    if as_json:
        print_json(done)
        return 1 if done.differences else 0
    if done.newer:
        say(f"schema {done.revision}: of a newer version, with which this one works as well; nothing to do")
    elif check:
        say(f"schema {done.revision}")
    else:
        say(f"schema {done.revision}: {'brought up to date' if done.changed else 'nothing to do'}")
    if done.backup:
        say(f"the database as it was: {done.backup}")
    for difference in done.differences:
        say(f"! {difference}")
    return 1 if done.differences else 0
