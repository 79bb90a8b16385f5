"""`aggregator.toml` and variables become settings; what cannot be is refused with its place and the remedy."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from aggregator.configure import load_settings, masked, show_settings
from aggregator.errors import ConfigError
from aggregator.limits import Limits
from aggregator.settings import (
    AlertSettings,
    FetchSettings,
    PollSettings,
    RetentionSettings,
    SmtpSettings,
    WebSettings,
)

STARTER = Path(__file__).parents[1] / "config"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A configuration folder inside the current one, so that messages name it shortly."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config").mkdir()
    return Path("config")


def write(folder, text):
    (folder / "aggregator.toml").write_text(text, encoding="utf-8")


def failure(folder, text="", env=None):
    write(folder, text)
    with pytest.raises(ConfigError) as caught:
        load_settings(folder, env or {})
    return f"{caught.value}\n{caught.value.hint}"


def test_without_a_file_the_defaults_hold(folder, tmp_path):
    settings = load_settings(folder, {})
    assert settings.fetch == FetchSettings()
    assert settings.poll == PollSettings()
    assert settings.limits == Limits()
    assert settings.data_dir == tmp_path / "var"
    assert settings.database_url == f"sqlite:///{tmp_path}/var/aggregator.db"
    assert {origin for _, origin in settings.origins} == {"default"}


def test_the_starter_file_says_exactly_the_defaults():
    settings = load_settings(STARTER, {})
    assert settings.fetch == FetchSettings()
    assert settings.poll == PollSettings()
    assert settings.alerts == AlertSettings()
    assert settings.smtp == SmtpSettings()
    assert settings.web == WebSettings()
    assert settings.retention == RetentionSettings()


EVERYTHING = """
database_url = "postgres://a@h/d"
data_dir = "data"
[fetch]
user_agent = "x/1"
allow_networks = ["127.0.0.0/8", "::1"]
per_host_delay = 0
concurrency = 3
proxy = "socks5://u:p@proxy:1080"
[fetch.resolve]
"news.example" = "127.0.0.1"
other.example = "::1"
[poll]
min_interval = "30m"
max_interval = "30m"
[alerts]
first_poll = "alert"
[smtp]
host = "mail.example.org"
port = 25
security = "starttls"
username = "u"
password = "p w"
sender = "Desk <desk@Example.org>"
[web]
listen = "[::1]:0"
public_url = "https://news.example.org/"
hosts = ["news", "news:8000"]
[retention]
raw_pages = "forever"
articles = "2w"
[limits]
redirects = 2
page_deadline = "1m"
lease = 0.5
"""


def test_every_key_arrives(folder, tmp_path):
    write(folder, EVERYTHING)
    settings = load_settings(folder, {})
    assert settings.database_url == "postgresql+psycopg://a@h/d"
    assert settings.data_dir == tmp_path / "data"
    assert settings.fetch == FetchSettings(
        user_agent="x/1",
        allow_networks=("127.0.0.0/8", "::1/128"),
        per_host_delay=timedelta(0),
        concurrency=3,
        proxy="socks5://u:p@proxy:1080",
        resolve=(("news.example", "127.0.0.1"), ("other.example", "::1")),
    )
    assert settings.poll == PollSettings(min_interval=timedelta(minutes=30), max_interval=timedelta(minutes=30))
    assert settings.alerts.first_poll == "alert"
    assert settings.smtp == SmtpSettings(
        host="mail.example.org", port=25, security="starttls", username="u", password="p w", sender="Desk <desk@example.org>"
    )
    assert settings.web == WebSettings(listen="[::1]:0", public_url="https://news.example.org", hosts=("news", "news:8000"))
    assert settings.retention == RetentionSettings(raw_pages=None, articles=timedelta(weeks=2))
    assert (settings.limits.redirects, settings.limits.page_deadline) == (2, timedelta(minutes=1))
    assert settings.limits.lease == timedelta(seconds=0.5)
    assert dict(settings.origins)["poll.min_interval"] == "config/aggregator.toml:14"


# (text of the file, what the message must hold, in this order)
WRONG = [
    ("[pol]\n", ["config/aggregator.toml:1: pol", 'unknown key or section "pol"', 'Did you mean "poll"?']),
    ("\n[poll]\nmin_intervall = '1m'\n", ["config/aggregator.toml:3: poll.min_intervall", 'Did you mean "min_interval"?']),
    ("concurrency = 5", ["aggregator.toml:1: concurrency", "unknown key or section", "Allowed:"]),
    ("[fetch]\nconcurrency = 0", [":2: fetch.concurrency", "is 0", "1 to 1,000"]),
    ("[fetch]\nconcurrency = true", [":2: fetch.concurrency", "whole number"]),
    ("[fetch]\nconcurrency = '5'", ["whole number", "without quotes"]),
    ("[fetch]\nper_host_delay = -1", ["is -1", "0s to 1h"]),
    ("[fetch]\nper_host_delay = nan", ["is nan"]),
    ("[fetch]\nper_host_delay = inf", ["is inf"]),
    ("[fetch]\nallow_networks = '127.0.0.0/8'", ["must be a list"]),
    ("[fetch]\nallow_networks = ['127.0.0.1/8']", ["is not a network", 'Did you mean "127.0.0.0/8"?']),
    ("[fetch]\nallow_networks = ['localhost']", ["is not a network"]),
    ("[fetch]\nallow_networks = ['::1', '::1']", ["twice"]),
    ("[fetch]\nuser_agent = ''", ["must not be empty"]),
    ('[fetch]\nuser_agent = "a\\r\\nX: y"', ["one line"]),
    ("[fetch]\nproxy = 'ftp://user:secret@x'", ["is not the address of a proxy"]),
    (
        "[fetch.resolve]\n'news.example' = 'localhost'",
        ["config/aggregator.toml:1: fetch.resolve", "news.example", "is not an IP address"],
    ),
    ("[fetch.resolve]\n'news example' = '127.0.0.1'", ["is not a host name"]),
    ("[fetch]\nresolve = 'x'", ["must be a table"]),
    ("[poll]\nmin_interval = 10", ["needs a unit", '"10m"']),
    ("[poll]\nmin_interval = '10 minutes'", ["is not a duration"]),
    ("[poll]\nmin_interval = '0s'", ['is "0s"', "1s to 30d"]),
    ("[poll]\nmax_interval = '31d'", ["30d"]),
    ("[poll]\nmin_interval = '9999999999d'", ["is not a duration"]),
    ("[poll]\nmin_interval = '7h'", ["poll.min_interval (7h) is longer than poll.max_interval (6h)"]),
    ("[alerts]\nfirst_poll = 'silnt'", ['Did you mean "silent"?', '"silent", "alert"']),
    ("[smtp]\nsecurity = 'ssl'", ["smtp.security", '"none", "starttls", "tls"']),
    ("[smtp]\nport = 70000", ["is 70000", "1 to 65,535"]),
    ("[smtp]\nhost = 'mail.example.org:25'", ["smtp.host", "port has its own key"]),
    ("[smtp]\nsender = 'nobody'", ["smtp.sender", "no mail address"]),
    ("[smtp]\npassword = 'x'", ["smtp.password", "without smtp.username"]),
    ("[smtp]\nhost = 'h'\nusername = 'x'", ["smtp.username", "without smtp.password"]),
    ("[web]\nlisten = '8000'", ["web.listen", '"127.0.0.1:8000"']),
    ("[web]\nlisten = '127.0.0.1:99999'", ["web.listen"]),
    ("[web]\nlisten = '::1:8000'", ["web.listen"]),
    ("[web]\npublic_url = 'news.example.org'", ["web.public_url", "is not a web address"]),
    ("[web]\nhosts = ['http://x']", ["is not a host name"]),
    ("[retention]\narticles = 'for ever'", ["is not a duration", '"forever"']),
    ("[limits]\nfeed_row = 1", ['Did you mean "feed_raw"?']),
    ("[limits]\nfeed_raw = 0", ["is 0"]),
    ("limits = 3", ["must be a section"]),
    ("[[poll]]\n", ["poll", "must be a section"]),
    ("database_url = 'mysql://u:secret@h/d'", ["database_url", "is not the address of a database"]),
    ("database_url = 'sqlite:///:memory:'", ["must name a database file"]),
    ("database_url = 'postgresql://u:secret@h:notaport/d'", ["database_url", "has a server that cannot be read", "host:5432"]),
    ("database_url = 'postgresql://[::1/d'", ["database_url", "has a server that cannot be read"]),
    ("data_dir = '~nosuch/x'", ["aggregator.toml:1: data_dir", "a home that is not known", "~nosuch/x", "Write the whole path."]),
    ("[smtp]\nusername = 'u'\npassword_file = '~nosuch/x'", [":3: smtp.password_file", "a home that is not known"]),
    ("data_dir = ''", ["must not be empty"]),
    ("data_dir = 5", ["must be a text"]),
    ("data_dir = 'x\n", ["config/aggregator.toml:", "is not valid TOML"]),
    ("a = 1\na = 2\n", ["config/aggregator.toml:2:", "is not valid TOML"]),
]


@pytest.mark.parametrize(("text", "parts"), WRONG, ids=range(len(WRONG)))
def test_what_cannot_be_is_named_with_its_place_and_the_remedy(folder, text, parts):
    said = failure(folder, text)
    at = 0
    for part in parts:
        assert part in said[at:], (part, said)
        at = said.index(part, at)
    assert "\n" not in said.partition("\n")[0]


@pytest.mark.parametrize(
    "text",
    [
        "database_url = 'mysql://u:secret@h/d'",
        "database_url = 'postgresql://u:secret@h:x/d'",
        "[fetch]\nproxy = 'ftp://user:secret@x'",
    ],
)
def test_a_refused_address_is_not_repeated_with_its_password(folder, text):
    assert "secret" not in failure(folder, text)


def test_broken_bytes_and_folders_are_named(folder):
    (folder / "aggregator.toml").write_bytes(b"a = 1\nb = '\xff'\n")
    with pytest.raises(ConfigError, match=r"aggregator\.toml:2: is not UTF-8"):
        load_settings(folder, {})
    (folder / "aggregator.toml").unlink()
    (folder / "aggregator.toml").mkdir()
    with pytest.raises(ConfigError, match="cannot be read"):
        load_settings(folder, {})


def test_a_byte_order_mark_is_no_mistake(folder):
    (folder / "aggregator.toml").write_bytes(b"\xef\xbb\xbfdata_dir = 'x'\n")
    assert load_settings(folder, {}).data_dir.name == "x"


def test_nesting_without_end_is_refused(folder):
    assert failure(folder, "a = " + "[" * 100_000).startswith("config/aggregator.toml")


VARIABLES = [
    ("AGGREGATOR_POLL__MIN_INTERVAL", "2m", lambda s: s.poll.min_interval, timedelta(minutes=2)),
    ("AGGREGATOR_FETCH__CONCURRENCY", "7", lambda s: s.fetch.concurrency, 7),
    ("AGGREGATOR_FETCH__PER_HOST_DELAY", "0", lambda s: s.fetch.per_host_delay, timedelta(0)),
    ("AGGREGATOR_FETCH__PER_HOST_DELAY", "0.25", lambda s: s.fetch.per_host_delay, timedelta(seconds=0.25)),
    ("AGGREGATOR_FETCH__ALLOW_NETWORKS", "10.0.0.0/8, ::1", lambda s: s.fetch.allow_networks, ("10.0.0.0/8", "::1/128")),
    ("AGGREGATOR_FETCH__ALLOW_NETWORKS", "", lambda s: s.fetch.allow_networks, ()),
    (
        "AGGREGATOR_FETCH__RESOLVE",
        "a.example=127.0.0.1, b.example=::1",
        lambda s: s.fetch.resolve,
        (("a.example", "127.0.0.1"), ("b.example", "::1")),
    ),
    ("AGGREGATOR_DATA_DIR", "/somewhere", lambda s: str(s.data_dir), "/somewhere"),
    ("AGGREGATOR_DATABASE_URL", "postgresql://h/d", lambda s: s.database_url, "postgresql+psycopg://h/d"),
    *(
        ("AGGREGATOR_DATABASE_URL", url, lambda s: s.database_url, url)
        for url in (
            "postgresql+psycopg://u:p/w@[::1]:5432/d?sslmode=require",
            "postgresql+psycopg:///d?host=/run/postgresql",
            "postgresql+psycopg://h",
        )
    ),
    ("AGGREGATOR_DATABASE_URL", "sqlite:////x/y.db", lambda s: s.database_url, "sqlite:////x/y.db"),
    ("AGGREGATOR_LIMITS__REDIRECTS", "1", lambda s: s.limits.redirects, 1),
    ("AGGREGATOR_LIMITS__STOP_GRACE", "3", lambda s: s.limits.stop_grace, timedelta(seconds=3)),
    ("AGGREGATOR_SMTP__HOST", "", lambda s: s.smtp.host, ""),
]


@pytest.mark.parametrize(("name", "text", "read", "expected"), VARIABLES)
def test_a_variable_overrides_the_file(folder, name, text, read, expected):
    write(folder, "[fetch]\nconcurrency = 3\n[smtp]\nhost = 'h'\n")
    settings = load_settings(folder, {name: text, "HOME": "/", "AGGREGATOR_CONFIG": "config"})
    assert read(settings) == expected
    assert name in {origin for _, origin in settings.origins}


WRONG_VARIABLES = [
    ({"AGGREGATOR_SMPT__HOST": "x"}, ["AGGREGATOR_SMPT__HOST: unknown variable", "Did you mean AGGREGATOR_SMTP__HOST?"]),
    ({"AGGREGATOR_POLL_MIN_INTERVAL": "x"}, ["unknown variable", "AGGREGATOR_POLL__MIN_INTERVAL"]),
    ({"AGGREGATOR_FETCH__CONCURRENCY": "many"}, ["AGGREGATOR_FETCH__CONCURRENCY:", "whole number"]),
    ({"AGGREGATOR_POLL__MIN_INTERVAL": "600"}, ["AGGREGATOR_POLL__MIN_INTERVAL:", "is not a duration"]),
    ({"AGGREGATOR_SMTP__PORT": "0"}, ["AGGREGATOR_SMTP__PORT:", "is 0"]),
    ({"AGGREGATOR_SMTP__PASSWORD_FILE": "nowhere"}, ["AGGREGATOR_SMTP__PASSWORD_FILE:", "nowhere cannot be read"]),
    ({"AGGREGATOR_SMTP__PASSWORD": "a", "AGGREGATOR_SMTP__PASSWORD_FILE": "b"}, ["stands beside"]),
    ({"AGGREGATOR_FETCH__USER_AGENT_FILE": "x"}, ["unknown variable"]),
]


@pytest.mark.parametrize(("env", "parts"), WRONG_VARIABLES, ids=range(len(WRONG_VARIABLES)))
def test_a_wrong_variable_is_named(folder, env, parts):
    said = failure(folder, "", env)
    assert all(part in said for part in parts), said


def test_secrets_come_from_files_beside_the_configuration_folder(folder, tmp_path):
    (tmp_path / "mail-password").write_text("s3cret\n")
    (tmp_path / "db").write_text("postgresql://u:p@h/d\n")
    write(folder, "database_url_file = 'db'\n[smtp]\nusername = 'u'\npassword_file = 'mail-password'\n")
    settings = load_settings(folder, {})
    assert settings.smtp.password == "s3cret"
    assert settings.database_url == "postgresql+psycopg://u:p@h/d"
    assert "s3cret" not in repr(settings)


@pytest.mark.parametrize("content", [b"", b"\n", b"x" * 5000, b"\xff\xfe", b"two\nlines"])
def test_a_secret_file_that_holds_no_secret_is_refused(folder, tmp_path, content):
    (tmp_path / "p").write_bytes(content)
    said = failure(folder, "[smtp]\nusername = 'u'\npassword_file = 'p'\n")
    assert "aggregator.toml:3: smtp.password_file" in said


def test_both_a_secret_and_its_file_are_refused(folder):
    assert 'stands beside "password"' in failure(folder, "[smtp]\npassword = 'a'\npassword_file = 'b'\n")


def test_shown_settings_hold_no_secret_and_every_origin(folder):
    write(folder, EVERYTHING)
    shown = {
        item.key: item for item in show_settings(load_settings(folder, {"AGGREGATOR_DATABASE_URL": "postgresql://u:dbpass@h/d"}))
    }
    text = "\n".join(f"{item.key} {item.value}" for item in shown.values())
    assert not re.search(r"p w|dbpass|u:p@", text)
    assert shown["database_url"].value == "postgresql+psycopg://u:********@h/d"
    assert shown["database_url"].origin == "AGGREGATOR_DATABASE_URL"
    assert shown["fetch.proxy"].value == "socks5://u:********@proxy:1080"
    assert shown["poll.min_interval"].value == "30m"
    assert shown["retention.raw_pages"].value == "forever"
    assert shown["fetch.resolve"].value == "news.example = 127.0.0.1, other.example = ::1"
    assert shown["limits.feed_raw"].origin == "default"


MASKED = [
    ("postgresql://u:p@h/d", "postgresql://u:********@h/d"),
    ("postgresql://u:p@ss@h/d", "postgresql://u:********@h/d"),
    ("postgresql://u@h/d?password=x&a=b", "postgresql://u@h/d?password=********&a=b"),
    ("sqlite:////var/x.db", "sqlite:////var/x.db"),
    ("http://[::1", "********"),
]


@pytest.mark.parametrize(("url", "expected"), MASKED)
def test_masking(url, expected):
    assert masked(url) == expected


def test_settings_survive_their_own_printed_form(folder):
    """What `config show` prints is what the files accept: each shown value, set by a variable, gives the same settings."""
    write(folder, EVERYTHING.replace('password = "p w"', 'password = "pw"'))
    before = load_settings(folder, {})
    env = {
        "AGGREGATOR_" + item.key.upper().replace(".", "__"): item.value.replace(" = ", "=")
        for item in show_settings(before)
        if "****" not in item.value
    }
    again = load_settings(folder, env)
    assert (again.fetch, again.poll, again.smtp, again.web, again.retention) == (
        before.fetch,
        before.poll,
        before.smtp,
        before.web,
        before.retention,
    )
    assert again.limits == before.limits


DOCS = Path(__file__).parents[1] / "docs" / "configuration.md"


def test_every_key_is_in_the_documentation(folder):
    """With its default, as `config show` prints it; sizes with separators."""
    text = DOCS.read_text(encoding="utf-8").replace("_", "")
    for item in show_settings(load_settings(folder, {})):
        name = item.key.removeprefix("limits.").replace("_", "")
        assert f"`{name}`" in text, item.key
        if item.key.startswith("limits."):
            assert f"| `{name}` | `{item.value}` |".replace("`", "") in text.replace("`", "").replace(chr(34), ""), item.key


SERVICE = DOCS.parent / "how-to" / "run-as-a-service.md"


def test_the_guide_for_a_service_says_the_data_folder_where_every_command_reads_it(folder):
    """A variable in the unit alone would leave backups, restores and cron with another database."""
    blocks = dict(re.findall(r"```(\w+)\n(.*?)```", SERVICE.read_text(encoding="utf-8"), re.DOTALL))
    write(folder, blocks["toml"])
    state = re.search(r"^StateDirectory=(\w+)$", blocks["ini"], re.MULTILINE)[1]
    assert load_settings(folder, {}).data_dir == Path("/var/lib") / state
    assert "AGGREGATOR_" not in blocks["ini"]
