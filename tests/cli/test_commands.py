"""The command line as its users meet it: help, exit codes, what goes where, and nothing hostile on a terminal."""

import contextlib
import csv
import io
import json
import os
import pty
import re
import select
import subprocess
import sys
import time
from pathlib import Path

import click
import pytest

from aggregator.cli.main import cli, execute
from tests.newspaper import Behaviour
from tests.program import Program, Within, outlet_toml, topic_toml


@pytest.fixture(autouse=True)
def alone(tmp_path, monkeypatch):
    """An empty folder, and no variable of the machine. Processes find this checkout also where it is not installed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    for name in [name for name in os.environ if name.startswith("AGGREGATOR_")]:
        monkeypatch.delenv(name)
    return tmp_path


def commands(group=cli, path=()):
    """Every command with its words."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


ALL = dict(commands())


def test_the_commands_of_the_product_are_there():
    promised = """run once init apply config-show feeds-add feeds-list feeds-show feeds-check feeds-poll feeds-import feeds-export topics-check topics-list articles-list articles-show
    articles-search articles-export articles-import extract outbox-list outbox-show outbox-retry outbox-preview mail-test status migrate"""
    assert set(promised.split()) <= {"-".join(words) for words in ALL}


@pytest.mark.parametrize("words", ALL, ids=" ".join)
def test_every_command_has_help_with_an_example_of_itself(words, capsys):
    assert execute([*words, "--help"]) == 0
    text = capsys.readouterr().out
    example = text.partition("Example:")[2]
    assert f"aggregator {' '.join(words)}" in example
    assert "--config DIR" in text
    assert len(text.splitlines()[2].strip()) > 20


@pytest.mark.parametrize("words", ALL, ids=" ".join)
def test_every_example_can_be_parsed(words):
    """The words of the example are accepted as arguments, so that an example never rots."""
    for line in ALL[words].example.splitlines():
        shown = re.split(r" > | < | \| ", line)[0]
        parts = [part.strip("'") for part in re.findall(r"'[^']*'|\S+", shown)]
        start = parts.index("aggregator")
        rest = parts[start + 1 + len(words) :]
        assert parts[start + 1 : start + 1 + len(words)] == list(words)
        ALL[words].make_context(" ".join(words), rest, resilient_parsing=False).close()


# (arguments, exit code, what stderr must hold)
USAGE = [
    (["nope"], 2, "No such command 'nope'"),
    (["onc"], 2, "once"),
    (["once", "--nope"], 2, "--nope"),
    (["once", "--max-time", "soon"], 2, "is not a duration"),
    (["once", "--now", "tomorrow"], 2, "is not a time"),
    (["topics", "check"], 2, "QUERY"),
    (["articles", "show", "x"], 2, "ARTICLE"),
    *(
        ([*words, "99999999999999999999"], 2, "is not in the range")
        for words in (
            ("articles", "show"),
            ("articles", "list", "--before"),
            ("outbox", "show"),
            ("outbox", "cancel"),
            ("outbox", "retry"),
        )
    ),
    (["outbox", "list", "--state", "lost"], 2, "'pending'"),
    (["--config", "nowhere", "status"], 2, "nowhere: there is no such folder"),
    (["status", "--config", "nowhere"], 2, "aggregator init nowhere"),
    (["once"], 2, "config: there is no such folder"),
    (["apply", "elsewhere"], 2, "elsewhere: there is no such folder"),
    (["topics", "check", "(a OR"], 2, "column 6"),
    (["feeds", "add", "not an address"], 2, "no address"),
    (["extract", "missing.html"], 2, "missing.html"),
    (["articles", "import", "missing.jsonl"], 2, "missing.jsonl"),
    (["mail", "test", "nobody"], 2, "no mail address"),
    (["mail", "test", "desk@example.org"], 2, "no mail server is configured"),
    (["status"], 1, "aggregator migrate"),
]


@pytest.mark.parametrize(
    ("arguments", "code", "said"), USAGE, ids=lambda value: " ".join(value) if isinstance(value, list) else ""
)
def test_mistakes_are_one_line_and_a_hint_on_stderr(arguments, code, said, capsys):
    assert execute(arguments) == code
    captured = capsys.readouterr()
    assert said in captured.err
    assert captured.err.startswith("error: ")
    assert "Traceback" not in captured.err
    assert captured.out == ""


def test_a_query_is_echoed_with_a_caret_below_the_mistake(capsys):
    assert execute(["topics", "check", "grain AND (wheat"]) == 2
    lines = capsys.readouterr().err.splitlines()
    query = next(number for number, line in enumerate(lines) if line.strip() == "grain AND (wheat")
    assert lines[query][lines[query + 1].index("^")] == "("


def test_without_a_command_the_help_is_shown_and_the_usage_is_wrong(capsys):
    assert execute([]) == 2
    assert "Commands:" in capsys.readouterr().err


def test_a_fault_of_the_program_is_one_line_and_its_details_are_kept(capsys, alone, monkeypatch):
    """A fault nobody foresaw: the standard output is closed under the command."""
    with contextlib.redirect_stdout(io.TextIOWrapper(io.BytesIO())) as gone:
        gone.detach()
        assert execute(["config", "show"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("error: a fault of this program: ValueError")
    kept = Path(said.partition("Details: ")[2].strip())
    assert "Traceback" in kept.read_text()
    assert kept.stat().st_mode & 0o077 == 0


def test_debug_shows_a_faults_details(capsys):
    with contextlib.redirect_stdout(io.TextIOWrapper(io.BytesIO())) as gone:
        gone.detach()
        assert execute(["config", "show", "--debug"]) == 1
    assert "Traceback" in capsys.readouterr().err


# --- configuration ---


def test_init_writes_what_apply_accepts_and_never_overwrites(capsys, alone):
    assert execute(["init", "conf"]) == 0
    assert sorted(path.name for path in (alone / "conf").iterdir()) == ["aggregator.toml", "outlets.toml", "topics.toml"]
    assert execute(["apply", "conf", "--dry-run"]) == 0
    out = capsys.readouterr().out
    assert "+ outlet the-moscow-times (new)" in out
    assert "nothing was written" in out
    (alone / "conf" / "outlets.toml").write_text("# mine\n")
    assert execute(["init", "conf"]) == 2
    assert (alone / "conf" / "outlets.toml").read_text() == "# mine\n"


def test_init_into_a_folder_that_cannot_be_made(capsys, alone):
    (alone / "file").write_text("")
    assert execute(["init", "file/conf"]) == 1
    assert "cannot be written" in capsys.readouterr().err


def test_apply_shows_the_plan_once_and_is_idempotent(capsys, alone):
    execute(["init", "config"])
    capsys.readouterr()
    assert execute(["apply", "--json"]) == 0
    first = json.loads(capsys.readouterr().out)
    assert first["written"] is True
    assert "the-moscow-times" in first["outlets"]["add"]
    assert execute(["apply"]) == 0
    assert re.search(r"^0 new, 0 changed, 0 paused, \d+ unchanged$", capsys.readouterr().out, re.MULTILINE)


def test_a_half_written_file_is_refused_without_force(capsys, alone):
    execute(["init", "config"])
    assert execute(["apply"]) == 0
    (alone / "config" / "outlets.toml").write_text("")
    assert execute(["apply", "--dry-run"]) == 0
    assert "without --force this is refused" in capsys.readouterr().out
    assert execute(["apply"]) == 1
    assert "apply --force" in capsys.readouterr().err
    assert execute(["apply", "--force"]) == 0
    assert "- outlet the-moscow-times (paused)" in capsys.readouterr().out


def test_config_show_masks_secrets_and_names_origins(capsys, alone, monkeypatch):
    execute(["init", "config"])
    monkeypatch.setenv("AGGREGATOR_SMTP__USERNAME", "u")
    monkeypatch.setenv("AGGREGATOR_SMTP__PASSWORD", "hunter2")
    capsys.readouterr()
    assert execute(["config", "show", "--json"]) == 0
    text = capsys.readouterr().out
    shown = {item["key"]: item for item in json.loads(text)}
    assert "hunter2" not in text
    assert shown["smtp.password"] == {"key": "smtp.password", "value": "********", "origin": "AGGREGATOR_SMTP__PASSWORD"}
    assert shown["poll.min_interval"]["origin"].startswith("config/aggregator.toml:")
    assert shown["limits.redirects"]["origin"] == "default"
    assert execute(["config", "show"]) == 0
    assert "smtp.password\t********\tAGGREGATOR_SMTP__PASSWORD\n" in capsys.readouterr().out


def test_the_folder_comes_from_the_option_then_the_variable(capsys, alone, monkeypatch):
    for name, port in (("one", 1001), ("two", 1002)):
        (alone / name).mkdir()
        (alone / name / "aggregator.toml").write_text(f'[web]\nlisten = "127.0.0.1:{port}"\n')
    monkeypatch.setenv("AGGREGATOR_CONFIG", "one")
    for arguments, port in (
        (["config", "show"], 1001),
        (["--config", "two", "config", "show"], 1002),
        (["config", "show", "--config", "two"], 1002),
    ):
        assert execute(arguments) == 0
        assert f"127.0.0.1:{port}" in capsys.readouterr().out


def test_migrate_twice_and_check(capsys):
    assert execute(["migrate"]) == 0
    assert "brought up to date" in capsys.readouterr().out
    assert execute(["migrate"]) == 0
    assert "nothing to do" in capsys.readouterr().out
    assert execute(["migrate", "--check"]) == 0


def test_a_check_before_the_first_migration_is_one_line_and_makes_nothing(alone, capsys):
    (alone / "config").mkdir()
    assert execute(["migrate", "--check"]) == 1
    assert capsys.readouterr().err.splitlines()[0] == "error: the database has no tables yet"
    assert list(alone.iterdir()) == [alone / "config"]


# --- data ---

LINES = [
    {
        "url": f"https://www.example.org/{number}",
        "outlet": "Example" if number % 2 else "Other",
        "headline": headline,
        "body": body,
        "published_at": f"2026-03-0{number}T08:00:00Z",
        "authors": ["A. Writer", "B. Writer"],
        "language": "en",
    }
    for number, headline, body in (
        (1, "Grain leaves the port", "Wheat left the port of Odesa for Egypt on Sunday, officials said."),
        (2, "=HYPERLINK(1) pays", "The tender for winter wheat closed without an offer from Russia."),
        (3, "Title with \x1b[31mred\x1b[0m and \u202eturned text", "A body of its own about nothing in particular."),
    )
]


@pytest.fixture
def archive(alone, capsys):
    """Three articles, imported."""
    (alone / "config").mkdir()
    path = alone / "in.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in LINES))
    assert execute(["articles", "import", str(path)]) == 0
    capsys.readouterr()
    return path


def test_an_import_counts_its_lines_and_a_second_one_adds_nothing(archive, capsys):
    assert execute(["articles", "import", str(archive), "--json"]) == 0
    done = json.loads(capsys.readouterr().out)
    assert (done["lines"], done["added"], done["known"], done["problems"]) == (3, 0, 3, [])


def test_an_import_names_the_lines_it_skipped(alone, capsys):
    (alone / "config").mkdir()
    path = alone / "bad.jsonl"
    path.write_text(json.dumps(LINES[0]) + "\n{broken\n" + json.dumps({"url": "https://x.example"}) + "\n")
    assert execute(["articles", "import", str(path)]) == 1
    captured = capsys.readouterr()
    assert "3 lines: 1 new articles, 0 known, 2 skipped" in captured.out
    assert f"{path}: line 2: " in captured.err
    assert f"{path}: line 3: " in captured.err


def test_an_export_as_jsonl_has_the_public_form_oldest_first(archive, capsys):
    assert execute(["articles", "export"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    public = """id url canonical_url outlet feed headline authors published_at modified_at first_seen_at language section body image_url
    body_source quality version story_id copy_of topics"""
    assert [list(row) for row in rows] == [public.split()] * 3
    assert [row["url"] for row in rows] == [line["url"] for line in LINES]
    assert rows[0]["published_at"] == "2026-03-01T08:00:00Z"


def test_an_export_as_csv_runs_no_formula(archive, capsys):
    assert execute(["articles", "export", "--format", "csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["headline"] for row in rows][1] == "'=HYPERLINK(1) pays"
    assert rows[0]["authors"] == "A. Writer; B. Writer"
    assert rows[0]["published_at"] == "2026-03-01T08:00:00Z"


def test_an_export_can_be_imported_again(archive, alone, capsys, monkeypatch):
    execute(["articles", "export"])
    (alone / "out.jsonl").write_text(capsys.readouterr().out)
    monkeypatch.setenv("AGGREGATOR_DATA_DIR", str(alone / "second"))
    assert execute(["articles", "import", "out.jsonl"]) == 0
    assert "3 new articles" in capsys.readouterr().out


def test_lists_and_searches(archive, capsys):
    assert execute(["articles", "list", "--json", "--limit", "2"]) == 0
    assert [row["outlet"] for row in json.loads(capsys.readouterr().out)] == ["Example", "Other"]
    assert execute(["articles", "list", "--outlet", "Other"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 2
    assert execute(["articles", "search", "wheat NEAR/10 Odesa"]) == 0
    assert "[Wheat] left the port of [Odesa]" in capsys.readouterr().out
    assert execute(["articles", "search", "wheat NEAR/10 Odesa", "--json"]) == 0
    (hit,) = json.loads(capsys.readouterr().out)
    assert (hit["headline"], hit["sentences"][0]["marks"]) == ("Grain leaves the port", [[0, 5], [23, 28]])
    assert execute(["articles", "search", "@unknown"]) == 2
    capsys.readouterr()
    assert execute(["articles", "show", "1"]) == 0
    assert "Wheat left the port" in capsys.readouterr().out
    assert execute(["articles", "show", "99"]) == 2


@pytest.mark.parametrize(
    "arguments", [["articles", "list"], ["articles", "show", "3"], ["articles", "export"], ["articles", "list", "--json"]]
)
def test_no_control_character_of_a_text_reaches_the_terminal(archive, capsys, arguments):
    execute(arguments)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", capsys.readouterr().out)


PAGE = """<html lang="en"><head><title>Grain leaves the port</title><meta property="og:title" content="Grain leaves the port"></head><body><article>
<h1>Grain leaves the port</h1>""" + "".join(
    f"<p>The {nth} ship left the harbour in the morning with wheat for the mills on the other shore, the port authority told reporters.</p>"
    for nth in ("first", "second", "third", "fourth", "fifth")
)


def test_extract_prints_the_public_form_and_stores_nothing(alone, capsys):
    (alone / "page.html").write_text(PAGE + "</article></body></html>")
    assert execute(["extract", "page.html", "--url", "https://www.example.org/a"]) == 0
    found = json.loads(capsys.readouterr().out)
    public = "headline authors published_at modified_at language section body image_url body_source quality dropped"
    assert list(found)[:11] == public.split()
    assert found["headline"] == "Grain leaves the port"
    assert "third ship" in found["body"]
    assert found["body_source"] == "page"
    assert not (alone / "var").exists()


def test_extract_of_an_address_asks_for_that_page_and_nothing_else(alone, newspaper, capsys):
    """A person asks: robots.txt is neither looked at nor obeyed."""
    site = newspaper.outlet("herald.example")
    site.add_article("Bridge opened", ["The bridge was opened on Monday, and the whole town came to see it."] * 5)
    site.script("/robots.txt", Behaviour(body=b"User-agent: *\nDisallow: /", content_type="text/plain"), always=True)
    Program(folder=alone).configure(newspaper, outlets="", topics="")
    assert execute(["--config", str(alone / "config"), "extract", site.url("/news/1")]) == 0
    assert json.loads(capsys.readouterr().out)["headline"] == "Bridge opened"
    assert [hit.path for hit in newspaper.hits()] == ["/news/1"]


@pytest.mark.parametrize("content", [b"", b"\x00\xff\xfe", b"<html", "текст".encode("cp1251")])
def test_extract_of_rubbish_is_an_empty_article_and_no_crash(alone, capsys, content):
    (alone / "x").write_bytes(content)
    assert execute(["extract", "x"]) == 0
    assert json.loads(capsys.readouterr().out)["body"] == ""


def test_topics_check_reads_the_query_back(capsys):
    assert execute(["topics", "check", "grain OR wheat AND Egypt*", "--json"]) == 0
    checked = json.loads(capsys.readouterr().out)
    assert checked["words"][0] == {"word": "grain", "finds": "grain"}
    assert execute(["topics", "check", "grain wheat"]) == 0
    captured = capsys.readouterr().out
    assert "understood as: grain AND wheat" in captured
    assert "advice: column" in captured


# --- processes ---


def ran(*arguments, **more):
    return subprocess.run(
        [sys.executable, "-m", "aggregator", *arguments], capture_output=True, text=True, timeout=120, check=False, **more
    )


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize(
    "arguments", [["config", "show", "--json"], ["articles", "export"], ["articles", "list"], ["--help"]], ids=" ".join
)
def test_a_reader_that_goes_away_is_no_failure(archive, arguments, unbuffered):
    """`aggregator articles export | head`: quiet, whether the pipe breaks while printing or only at the end."""
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "aggregator", *arguments]
    env = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, text=True, timeout=120, check=False, env=env)
    os.close(writing)
    assert done.stderr == ""
    assert done.returncode == 0


def on_terminal(*arguments, seconds=60):
    """What a terminal of 80 columns receives, and the exit code."""
    pid, handle = pty.fork()
    if pid == 0:
        os.environ.update(TERM="xterm", COLUMNS="80")
        os.execv(sys.executable, [sys.executable, "-m", "aggregator", *arguments])
    received, until = b"", time.monotonic() + seconds
    while time.monotonic() < until:
        ready, _, _ = select.select([handle], [], [], 0.5)
        if not ready:
            continue
        try:
            chunk = os.read(handle, 65536)
        except OSError:
            break
        if not chunk:
            break
        received += chunk
    _, status = os.waitpid(pid, 0)
    os.close(handle)
    return received.decode(), os.waitstatus_to_exitcode(status)


@pytest.mark.filterwarnings("ignore:This process.*is multi-threaded:DeprecationWarning")
def test_on_a_terminal_tables_are_drawn_and_texts_stay_tame(archive):
    """Rich marks the heading bold; the escape sequence inside a headline does not come through."""
    text, code = on_terminal("articles", "list")
    assert code == 0, text
    assert "headline" in text
    assert "\x1b[31m" not in text
    assert "\u202e" not in text


@pytest.mark.filterwarnings("ignore:This process.*is multi-threaded:DeprecationWarning")
def test_on_a_terminal_once_shows_its_progress(newspaper, alone):
    program = Program(folder=alone)
    program.configure(newspaper, outlets=outlet_toml("Dead", "http://127.0.0.1:9/feed"), topics=topic_toml("T", "grain"))
    text, code = on_terminal("once", "--config", str(program.config))
    assert code == 0, text
    assert "feeds" in text
    assert "0 of 1" in text
    assert '"level"' not in text


def test_once_reports_a_dead_feed_and_succeeds(newspaper, alone):
    program = Within(folder=alone)
    program.configure(newspaper, outlets=outlet_toml("Dead", "http://127.0.0.1:9/feed"), topics=topic_toml("T", "grain"))
    done = program.run("once", "--json")
    summary = done.json()
    assert (summary["polled"], summary["poll_failures"], summary["cut"]) == (1, 1, False)
    assert "! Dead: no connection" in program.run("status").out
    feeds = program.run("feeds", "list", "--json").json()
    assert [(row["outlet"], row["failures"], row["reason"]) for row in feeds] == [("Dead", 1, "connect")]
    assert "no connection" in program.run("feeds", "show", "1").out


def test_feeds_are_added_once(alone, capsys):
    assert execute(["feeds", "add", "https://www.example.org/rss", "--outlet", "Example", "--force"]) == 0
    assert execute(["feeds", "add", "https://www.example.org/rss", "--outlet", "Example", "--json"]) == 0
    captured = capsys.readouterr().out
    assert captured.startswith("added: feed 1 of Example")
    assert json.loads(captured.partition("\n")[2])["known"] is True


def test_an_unreadable_locale_shows_escapes_instead_of_failing(archive):
    done = ran("articles", "list", env={**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"})
    assert done.returncode == 0
    assert "Grain leaves the port" in done.stdout
