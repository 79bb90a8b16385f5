"""What every command shares: `--config` and `--debug`, before or after its name, and help that ends with an example."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from aggregator.clock import SystemClock
from aggregator.configure import load_settings
from aggregator.declare import checks
from aggregator.errors import ConfigError
from aggregator.settings import Settings

# Leases and back-offs reach far beyond the present moment, and calendars end in the year 9999.
FIRST_YEAR, LAST_YEAR = 1970, 9000
VARIABLE = "AGGREGATOR_CONFIG"


@dataclass(slots=True)
class Asked:
    """The options that hold for every command, as they were found on the way to it."""

    config: Path | None = None
    debug: bool = False


class Verb(click.Command):
    """A command with the shared options and an `example` at the end of its help."""

    def __init__(self, *args: Any, example: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.example = example
        self.params += shared_options()

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        with formatter.section("Example"):
            for line in self.example.splitlines():
                formatter.write(f"{'':{formatter.current_indent}}{line}\n")


class Commands(click.Group):
    """A group that lists its commands in the order in which they were written."""

    command_class = Verb
    group_class = type

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(self.commands)


def shared_options() -> list[click.Parameter]:
    """`--config DIR` and `--debug`; they leave their value in the context's `Asked`."""
    return [
        click.Option(
            ["--config"],
            type=click.Path(path_type=Path),
            metavar="DIR",
            expose_value=False,
            callback=_remember("config"),
            help=f"Folder of the configuration files.  [variable: {VARIABLE}; default: ./config]",
        ),
        click.Option(
            ["--debug"],
            is_flag=True,
            default=None,
            expose_value=False,
            callback=_remember("debug"),
            help="Show details of a fault of this program.",
        ),
    ]


def _remember(name: str) -> Callable[[click.Context, click.Parameter, Any], None]:
    def keep(ctx: click.Context, _parameter: click.Parameter, value: Any) -> None:
        if value is not None:
            setattr(ctx.ensure_object(Asked), name, value)

    return keep


def config_dir() -> Path:
    """The folder that was asked for: option, variable, `./config`. ConfigError when a named one is not there."""
    asked = click.get_current_context().ensure_object(Asked)
    named = asked.config or (Path(os.environ[VARIABLE]) if os.environ.get(VARIABLE) else None)
    if named is not None and not named.is_dir():
        raise ConfigError(
            str(named), "there is no such folder", hint=f"Write a first configuration there: aggregator init {named}"
        )
    return named or Path("config")


def settings() -> Settings:
    """The effective settings of the folder that was asked for."""
    return load_settings(config_dir(), os.environ)


def as_moment(_ctx: click.Context, _parameter: click.Parameter, value: str | None) -> datetime | None:
    """Reads an ISO 8601 time; without a zone it is UTC."""
    if value is None:
        return None
    try:
        found = datetime.fromisoformat(value)
        moment = (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise click.BadParameter(f"{value!r} is not a time; write it as in 2026-03-01T08:00:00Z") from None
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise click.BadParameter(f"{value!r} lies outside of the years {FIRST_YEAR} to {LAST_YEAR}")
    return moment


def as_span(_ctx: click.Context, _parameter: click.Parameter, value: str | None) -> timedelta | None:
    """Reads a duration: "30s", "10m", "6h"."""
    try:
        return None if value is None else checks.duration(value)
    except checks.Wrong as wrong:
        raise click.BadParameter(f"{wrong}. {wrong.hint}") from None


def clock_from(now: datetime | None) -> SystemClock:
    """The machine's clock, or one that starts at `--now` and runs on from there."""
    return SystemClock(now)


json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
now_option = click.option(
    "--now", callback=as_moment, metavar="TIME", help="Act as if it were this time (ISO 8601; UTC without a zone)."
)
