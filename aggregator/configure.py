"""`aggregator.toml` and the environment become `Settings`. The first mistake is a ConfigError that names file and line, or variable."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aggregator.alerts.addresses import parse_address
from aggregator.declare import checks
from aggregator.declare.checks import Wrong
from aggregator.declare.sheet import Sheet, check_keys, read_sheet, unknown
from aggregator.declare.table import read_secret
from aggregator.errors import ConfigError, UsageError
from aggregator.limits import Limits
from aggregator.settings import (
    AlertSettings,
    FetchSettings,
    PollSettings,
    RetentionSettings,
    Settings,
    SmtpSettings,
    WebSettings,
)

FILE = "aggregator.toml"
PREFIX = "AGGREGATOR_"
# Names the folder; not a setting inside the file.
_ELSEWHERE = ("AGGREGATOR_CONFIG",)

Check = Callable[[object], object]

# As SQLAlchemy reads it: a log-in, a host that may stand in brackets, a port.
_SERVER = re.compile(r"postgresql\+psycopg://(?:[^:/]*(?::[^@]*)?@)?(?:\[[^/?]+\]|[^/:?]*)(?::\d{0,5})?(?:[/?].*)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One setting for people: `key` dotted, `value` as it would be written, secrets masked, `origin` where it came from."""

    key: str
    value: str
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Key:
    """A setting. `from_text` turns an environment variable's text into what TOML would have given."""

    section: str
    name: str
    check: Check
    from_text: Callable[[str], object] = str
    secret: bool = False

    @property
    def dotted(self) -> str:
        return f"{self.section}.{self.name}".removeprefix(".")

    @property
    def variable(self) -> str:
        return PREFIX + self.dotted.replace(".", "__").upper()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Raw:
    """A value as it was found. `where` is for errors, `origin` for `config show`; `from_file`: it names a secret's file."""

    value: object
    where: str
    origin: str
    from_file: bool = False


def _number(text: str) -> object:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _listed(text: str) -> object:
    return [part.strip() for part in text.split(",") if part.strip()]


def _pairs(text: str) -> object:
    parts = [part.partition("=") for part in text.split(",") if part.strip()]
    return {host.strip(): address.strip() for host, _, address in parts}


def _networks(value: object) -> tuple[str, ...]:
    return tuple(checks.network(item) for item in checks.texts(value))


def _hosts(value: object) -> tuple[str, ...]:
    found = checks.texts(value)
    for host in found:
        if not checks.is_host(re.sub(r":\d{1,5}\Z", "", host)):
            raise Wrong(f"is not a host name: {checks.show(host)}", hint='Write names without http://, as in "news.example.org".')
    return found


def _resolve(value: object) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, Mapping):
        raise Wrong(
            f"must be a table, not {checks.show(value)}",
            hint='Write [fetch.resolve], and below it: "news.example" = "127.0.0.1".',
        )
    return tuple(_resolved(host, found) for host, found in _flat(value))


def _flat(value: Mapping[str, object], before: str = "") -> list[tuple[str, object]]:
    """An unquoted `news.example = "…"` is a table `news` to TOML; what was meant is plain."""
    pairs: list[tuple[str, object]] = []
    for key, item in value.items():
        pairs += _flat(item, f"{before}{key}.") if isinstance(item, Mapping) else [(before + key, item)]
    return pairs


def _resolved(host: str, found: object) -> tuple[str, str]:
    name = host.strip().casefold().rstrip(".")
    if not checks.is_host(name):
        raise Wrong(f"is not a host name: {checks.show(host)}", hint='Write it as "news.example" = "127.0.0.1".')
    try:
        return name, checks.address(found)
    except Wrong as wrong:
        raise Wrong(f'"{name}" {wrong}', hint=wrong.hint) from None


def _public_url(value: object) -> str:
    return "" if value == "" else checks.web_address(value).rstrip("/")


def _host(value: object) -> str:
    found = checks.text(value)
    if found and not checks.is_host(found):
        raise Wrong(
            f"is not a host name: {checks.show(found)}", hint="Write the mail server's name alone; the port has its own key."
        )
    return found


def _sender(value: object) -> str:
    return parse_address(checks.some_text(value), display_name=True)


def _database_url(value: object) -> str:
    """The URL of a database this program can use, or "" for the embedded one. It may hold a password: errors do not repeat it."""
    found = re.sub(r"\Apostgres(?:ql)?(?:\+psycopg)?://", "postgresql+psycopg://", checks.text(value, limit=2000))
    if found and not found.startswith(("postgresql+psycopg://", "sqlite:///")):
        raise Wrong("is not the address of a database", hint='Write "" (embedded), or "postgresql+psycopg://user@host/database".')
    if found.startswith("postgresql") and not _SERVER.fullmatch(found):
        raise Wrong(
            "has a server that cannot be read", hint='Write "postgresql+psycopg://user@host:5432/database", the port as a number.'
        )
    if found.removeprefix("sqlite:///").startswith(":memory:") or found == "sqlite:///":
        raise Wrong(
            "must name a database file", hint='Write "" for the embedded one inside data_dir, or "sqlite:////full/path.db".'
        )
    return found


_ENUM_SECURITY = partial(checks.choice, allowed=("none", "starttls", "tls"))
_WAIT = partial(checks.duration, most=timedelta(days=30))

_KEYS = (
    _Key(section="", name="database_url", check=_database_url, secret=True),
    _Key(section="", name="data_dir", check=checks.path),
    _Key(section="fetch", name="user_agent", check=checks.some_text),
    _Key(section="fetch", name="allow_networks", check=_networks, from_text=_listed),
    _Key(section="fetch", name="per_host_delay", check=partial(checks.seconds, most=timedelta(hours=1)), from_text=_number),
    _Key(section="fetch", name="concurrency", check=partial(checks.whole, least=1, most=1000), from_text=_number),
    _Key(section="fetch", name="proxy", check=checks.proxy, secret=True),
    _Key(section="fetch", name="resolve", check=_resolve, from_text=_pairs),
    _Key(section="poll", name="min_interval", check=_WAIT),
    _Key(section="poll", name="max_interval", check=_WAIT),
    _Key(section="alerts", name="first_poll", check=partial(checks.choice, allowed=("silent", "alert"))),
    _Key(section="smtp", name="host", check=_host),
    _Key(section="smtp", name="port", check=partial(checks.whole, least=1, most=65_535), from_text=_number),
    _Key(section="smtp", name="security", check=_ENUM_SECURITY),
    _Key(section="smtp", name="username", check=checks.text),
    _Key(section="smtp", name="password", check=checks.text, secret=True),
    _Key(section="smtp", name="sender", check=_sender),
    _Key(section="web", name="listen", check=checks.listen),
    _Key(section="web", name="public_url", check=_public_url),
    _Key(section="web", name="hosts", check=_hosts, from_text=_listed),
    _Key(section="retention", name="raw_pages", check=checks.kept),
    _Key(section="retention", name="articles", check=checks.kept),
    *(
        _Key(section="limits", name=field.name, check=partial(checks.whole, least=1, most=2**40), from_text=_number)
        if isinstance(field.default, int)
        else _Key(section="limits", name=field.name, check=partial(checks.seconds, most=timedelta(days=365)), from_text=_number)
        for field in fields(Limits)
    ),
)
_SECTIONS = ("fetch", "poll", "alerts", "smtp", "web", "retention", "limits")


def load_settings(config_dir: Path, env: Mapping[str, str]) -> Settings:
    """The effective settings: defaults, then `aggregator.toml` (may be absent), then `AGGREGATOR_…` variables.

    Relative paths start at the folder that holds `config_dir`. ConfigError: the first thing that cannot be.
    """
    config_dir = Path(config_dir)
    base = config_dir.absolute().parent
    raw = _from_file(config_dir / FILE)
    raw |= _from_environment(env)
    found = {key.dotted: _checked(key, raw[key.dotted], base) for key in _KEYS if key.dotted in raw}
    settings = _build(config_dir, base, found, {dotted: item.origin for dotted, item in raw.items()})
    _check_together(settings, raw)
    return settings


def _from_file(path: Path) -> dict[str, _Raw]:
    sheet = read_sheet(path)
    if sheet is None:
        return {}
    top = {name for key in _KEYS if not key.section for name in _names(key)}
    check_keys(sheet, sheet.values, (), (*top, *_SECTIONS), what="key or section")
    found = _section(sheet, sheet.values, "")
    for section in _SECTIONS:
        values = sheet.values.get(section, {})
        if not isinstance(values, dict):
            raise ConfigError(sheet.where(section), "must be a section", hint=f"Write [{section}] on a line, and its keys below.")
        found |= _section(sheet, values, section)
    return found


def _names(key: _Key) -> tuple[str, ...]:
    return (key.name, f"{key.name}_file") if key.secret else (key.name,)


def _section(sheet: Sheet, values: Mapping[str, object], section: str) -> dict[str, _Raw]:
    keys = tuple(key for key in _KEYS if key.section == section)
    trail = (section,) if section else ()
    if section:
        check_keys(sheet, values, trail, tuple(name for key in keys for name in _names(key)))
    found: dict[str, _Raw] = {}
    for key in keys:
        present = [name for name in _names(key) if name in values]
        if len(present) > 1:
            raise ConfigError(sheet.where(*trail, present[1]), f'stands beside "{present[0]}"', hint="Keep one of the two.")
        for name in present:
            where, origin = sheet.where(*trail, name), sheet.origin(*trail, name)
            found[key.dotted] = _Raw(value=values[name], where=where, origin=origin, from_file=name != key.name)
    return found


def _from_environment(env: Mapping[str, str]) -> dict[str, _Raw]:
    known = {key.variable: key for key in _KEYS}
    beside = {f"{key.variable}_FILE": key for key in _KEYS if key.secret}
    found: dict[str, _Raw] = {}
    for name in sorted(name for name in env if name.startswith(PREFIX) and name not in _ELSEWHERE):
        key = known.get(name) or beside.get(name)
        if key is None:
            raise _unknown_variable(name, (*known, *beside, *_ELSEWHERE))
        if key.dotted in found:
            raise ConfigError(name, f"stands beside {key.variable}", hint="Keep one of the two.")
        from_file = name in beside
        value = env[name] if from_file else key.from_text(env[name])
        found[key.dotted] = _Raw(value=value, where=name, origin=name, from_file=from_file)
    return found


def _unknown_variable(name: str, allowed: tuple[str, ...]) -> ConfigError:
    # Close matches are looked for in lower case.
    error = unknown(name, "variable", name, [word.lower() for word in allowed])
    guess = error.hint.partition("? ")[0].upper().removeprefix("DID YOU MEAN ") if error.hint.startswith("Did") else ""
    did = f"Did you mean {guess.strip(chr(34))}? " if guess else ""
    return ConfigError(
        name, "unknown variable", hint=f"{did}Variables are {PREFIX}<SECTION>__<KEY>, with the sections and keys of {FILE}."
    )


def _checked(key: _Key, raw: _Raw, base: Path) -> object:
    try:
        if raw.from_file:
            return key.check(read_secret(checks.path(raw.value), base))
        return key.check(raw.value)
    except Wrong as wrong:
        raise ConfigError(raw.where, str(wrong), hint=wrong.hint) from None
    except UsageError as wrong:
        raise ConfigError(raw.where, wrong.message, hint=wrong.hint) from None


def _build(config_dir: Path, base: Path, found: Mapping[str, Any], origins: Mapping[str, str]) -> Settings:
    def section(name: str) -> dict[str, Any]:
        return {key.name: found[key.dotted] for key in _KEYS if key.section == name and key.dotted in found}

    data_dir = base / Path(found.get("data_dir", "var")).expanduser()
    return Settings(
        config_dir=config_dir.absolute(),
        data_dir=data_dir,
        database_url=_located(found.get("database_url", ""), base, data_dir),
        fetch=FetchSettings(**section("fetch")),
        poll=PollSettings(**section("poll")),
        alerts=AlertSettings(**section("alerts")),
        smtp=SmtpSettings(**section("smtp")),
        web=WebSettings(**section("web")),
        retention=RetentionSettings(**section("retention")),
        limits=Limits(**section("limits")),
        origins=tuple((key.dotted, origins.get(key.dotted, "default")) for key in _KEYS),
    )


def _located(url: str, base: Path, data_dir: Path) -> str:
    if url.startswith("sqlite:///"):
        return f"sqlite:///{base / url.removeprefix('sqlite:///')}"
    return url or f"sqlite:///{data_dir / 'aggregator.db'}"


def _check_together(settings: Settings, raw: Mapping[str, _Raw]) -> None:
    """Values that are possible alone and impossible together."""

    def wrong(*keys: str, message: str, hint: str) -> ConfigError:
        where = next((raw[key].where for key in keys if key in raw), FILE)
        return ConfigError(where, message, hint=hint)

    poll, smtp = settings.poll, settings.smtp
    if poll.min_interval > poll.max_interval:
        message = f"poll.min_interval ({checks.spell(poll.min_interval)}) is longer than poll.max_interval ({checks.spell(poll.max_interval)})"
        raise wrong("poll.min_interval", "poll.max_interval", message=message, hint="Equal values pin the interval.")
    if smtp.password and not smtp.username:
        raise wrong(
            "smtp.password", message="is set without smtp.username", hint="Set both, or none for a server without log-in."
        )
    if smtp.host and smtp.username and not smtp.password:
        raise wrong(
            "smtp.username", message="is set without smtp.password", hint="Set smtp.password, or better smtp.password_file."
        )


def show_settings(settings: Settings) -> tuple[Shown, ...]:
    """Every setting with its origin, in the order of the file. Passwords and credentials inside URLs are masked."""
    origins = dict(settings.origins)
    return tuple(
        Shown(key=key.dotted, value=_shown(key, _value(settings, key)), origin=origins.get(key.dotted, "default"))
        for key in _KEYS
    )


def _value(settings: Settings, key: _Key) -> object:
    return getattr(getattr(settings, key.section) if key.section else settings, key.name)


def _shown(key: _Key, value: object) -> str:
    if key.name == "password":
        return "********" if value else ""
    if isinstance(value, timedelta) or key.section == "retention":
        assert value is None or isinstance(value, timedelta)
        return checks.spell(value)
    if isinstance(value, tuple):
        return ", ".join(" = ".join(item) if isinstance(item, tuple) else str(item) for item in value)
    return masked(str(value)) if key.secret else str(value)


def masked(url: str) -> str:
    """The URL without its password (and, in a query, without values of keys that look secret)."""
    url = re.sub(r"(?i)([?&](?:password|passfile|sslpassword|token|secret|key)=)[^&#]*", r"\1********", url)
    try:
        parts = urlsplit(url)
    except ValueError:
        return "********"
    login, at, rest = parts.netloc.rpartition("@")
    user, colon, _ = login.partition(":")
    return parts._replace(netloc=f"{user}:********@{rest}").geturl() if at and colon else url
