"""Effective settings as values. Built once in `service`, handed down in small pieces; there is no global."""

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from aggregator.limits import DEFAULT_LIMITS, Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchSettings:
    """How the outside is visited. `resolve` pins host names to addresses; the address guard still applies to them."""

    user_agent: str = "aggregator/1.0 (+https://example.org/bot)"
    allow_networks: tuple[str, ...] = ()
    per_host_delay: timedelta = timedelta(seconds=1)
    concurrency: int = 50
    proxy: str = ""
    resolve: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PollSettings:
    """Bounds of the time between two polls of one feed. Equal bounds pin it."""

    min_interval: timedelta = timedelta(minutes=10)
    max_interval: timedelta = timedelta(hours=6)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertSettings:
    """`first_poll`: "silent" stores what a new feed already holds without alerting, "alert" alerts it."""

    first_poll: str = "silent"


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpSettings:
    """The relay. An empty host means: hold every message. `security` is "none", "starttls" or "tls"."""

    host: str = ""
    port: int = 587
    security: str = "none"
    username: str = ""
    password: str = field(default="", repr=False)
    sender: str = "News alerts <alerts@example.org>"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSettings:
    """Where the page listens (`host:port`), the address used in mails, further names it may be asked for by."""

    listen: str = "127.0.0.1:8000"
    public_url: str = ""
    hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionSettings:
    """How long things are kept; None means for ever."""

    raw_pages: timedelta | None = timedelta(days=30)
    articles: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything `aggregator.toml` and the environment say.

    `database_url` is never empty here: the loader turns "" into the SQLite URL inside `data_dir`.
    `origins` maps each dotted key to where its value came from: "default", "file:line"-like text or a variable's name.
    """

    config_dir: Path
    data_dir: Path
    database_url: str
    fetch: FetchSettings = FetchSettings()
    poll: PollSettings = PollSettings()
    alerts: AlertSettings = AlertSettings()
    smtp: SmtpSettings = SmtpSettings()
    web: WebSettings = WebSettings()
    retention: RetentionSettings = RetentionSettings()
    limits: Limits = DEFAULT_LIMITS
    origins: tuple[tuple[str, str], ...] = ()
