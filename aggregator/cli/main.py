"""The `aggregator` command: groups, exit codes, and the one place where errors become words."""

import os
import sys
import tempfile
import traceback
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import click

from aggregator import __version__
from aggregator.cli.articles import articles, extract
from aggregator.cli.asked import VARIABLE, Asked, Commands, shared_options
from aggregator.cli.config import apply, config, init, migrate
from aggregator.cli.demo import demo
from aggregator.cli.doctor import doctor
from aggregator.cli.feeds import feeds
from aggregator.cli.keep import backup, restore
from aggregator.cli.outbox import mail, outbox
from aggregator.cli.output import complain, explain_error, say
from aggregator.cli.run import once, run
from aggregator.cli.status import status
from aggregator.cli.topics import topics
from aggregator.configure import load_settings
from aggregator.errors import AggregatorError

INTERRUPTED = 130


@click.group(
    cls=Commands, params=shared_options(), context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(__version__, prog_name="aggregator")
def cli() -> None:
    """Watches news outlets and e-mails every story that a topic asks for, once, with the sentence that matched.

    A first configuration: aggregator init config. Then: aggregator run.
    """


for command in (
    run,
    once,
    demo,
    init,
    apply,
    config,
    feeds,
    topics,
    articles,
    extract,
    outbox,
    mail,
    status,
    doctor,
    migrate,
    backup,
    restore,
):
    cli.add_command(command)


def main() -> None:
    """Entry point of the installed command."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal of another encoding shows escapes instead of ending the command.
        with suppress(AttributeError):
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    sys.exit(execute(sys.argv[1:]))


def execute(arguments: Sequence[str]) -> int:
    """Run one command line. Exit codes: 0 done, 1 something failed, 2 wrong usage or configuration, 130 interrupted."""
    asked, out = Asked(), sys.stdout
    try:
        code = cli.main(args=list(arguments), prog_name="aggregator", standalone_mode=False, obj=asked)
        sys.stdout.flush()
    except click.ClickException as error:
        return _usage(error)
    except AggregatorError as error:
        explain_error(error)
        return error.exit_code
    except (BrokenPipeError, SystemExit):
        # Click takes a broken pipe itself and ends with 1; the stream it left in place of ours tells.
        if isinstance(sys.exception(), SystemExit) and sys.stdout is out:
            raise
        return _reader_gone()
    except (click.Abort, KeyboardInterrupt):
        say("interrupted", to=sys.stderr)
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the last net: a traceback helps nobody at a desk
        return _fault(error, asked)
    return code if isinstance(code, int) else 0


def _usage(error: click.ClickException) -> int:
    context = getattr(error, "ctx", None)
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        say(error.format_message(), to=sys.stderr)
        return error.exit_code
    path = context.command_path if context else "aggregator"
    complain(error.format_message(), f"See: {path} --help")
    return error.exit_code


def _reader_gone() -> int:
    """The reader of a pipe has seen enough (`| head`): nothing failed. Python's own flush at exit must not complain either."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _fault(error: Exception, asked: Asked) -> int:
    trace = "".join(traceback.format_exception(error))
    if asked.debug:
        say(trace, to=sys.stderr)
    kept = _keep(trace, asked)
    complain(
        f"a fault of this program: {type(error).__name__}: {error}",
        f"Details: {kept}" if kept else "Details: run it again with --debug",
    )
    return 1


def _keep(trace: str, asked: Asked) -> str:
    """Append the details to `errors.log` in the data folder, else in the temporary one; its path, "" when neither can be written."""
    folders = [Path(tempfile.gettempdir())]
    with suppress(Exception):
        folders.insert(0, load_settings(asked.config or Path(os.environ.get(VARIABLE) or "config"), os.environ).data_dir)
    for folder in folders:
        with suppress(OSError):
            path = folder / ("errors.log" if folder is not folders[-1] else f"aggregator-errors-{os.getuid()}.log")
            handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600)
            with os.fdopen(handle, "a", encoding="utf-8", errors="backslashreplace") as file:
                file.write(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}\n{trace}\n")
            return str(path)
    return ""
