"""The `feeds` commands as their users meet them: a home page becomes a feed, choices, refusals, lists of feeds."""

import os
import pty
import re
import select
import sys
import time
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

import pytest

from aggregator.cli.feedadd import _numbers
from aggregator.cli.main import execute
from tests.newspaper import Behaviour, Newspaper, OutletSite, redirect
from tests.program import Program, Within, topic_toml

OPML = """<opml version="2.0"><head><title>Mine</title></head><body><outline text="Europe">
<outline text="Herald" xmlUrl="http://herald.example/own"/>
<outline text="Broken" xmlUrl="nowhere"/></outline></body></opml>"""


@pytest.fixture(autouse=True)
def alone(tmp_path, monkeypatch):
    """An empty folder, and no variable of the machine."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    for name in [name for name in os.environ if name.startswith("AGGREGATOR_")]:
        monkeypatch.delenv(name)
    return tmp_path


@pytest.fixture
def herald(newspaper: Newspaper) -> OutletSite:
    """An outlet with three feeds of its own and one of comments."""
    site = newspaper.outlet("herald.example", "The Harbour Herald")
    when = format_datetime(datetime.now(UTC))
    tags = ""
    for title, path in (
        ("Comments", "/comments/feed/"),
        ("Sport", "/sport.rss"),
        ("All news", "/rss.xml"),
        ("Culture", "/culture.rss"),
    ):
        tags += f"<link rel='alternate' type='application/rss+xml' title='{title}' href='{path}'>"
        rows = "".join(
            f"<item><title>{title} {n}</title><link>{site.url(f'{path}/{n}')}</link><pubDate>{when}</pubDate></item>"
            for n in (1, 2)
        )
        site.add_feed(path, f"<rss version='2.0'><channel><title>{title}</title>{rows}</channel></rss>".encode())
    home = (
        f"<html lang='en'><head><title>x</title><meta property='og:site_name' content='The Harbour Herald'>{tags}</head></html>"
    )
    site.add_page("/", home.encode())
    return site


@pytest.fixture
def program(newspaper: Newspaper, herald: OutletSite, alone: Path) -> Program:
    made = Within(folder=alone)
    made.configure(newspaper, outlets="", topics=topic_toml("T", "grain"))
    return made


def test_a_home_page_in_a_pipe_adds_its_best_feed_and_names_the_others(program, herald):
    said = program.run("feeds", "add", f"{herald.base}/").out.splitlines()
    assert said[0] == f"added: feed 1 of The Harbour Herald, {herald.url('/rss.xml')}, 2 entries at the moment"
    assert [line.split()[0] for line in said[2:]] == [herald.url("/sport.rss"), herald.url("/culture.rss")]
    assert program.run("feeds", "add", herald.url("/rss.xml")).out.startswith("known already: feed 1 of The Harbour Herald")
    (row,) = program.run("feeds", "list", "--json").json()
    assert (row["outlet"], row["url"], row["kind"]) == ("The Harbour Herald", herald.url("/rss.xml"), "feed")


def test_all_adds_all_of_one_outlet_and_json_has_stable_keys(program, herald):
    done = program.run("feeds", "add", f"{herald.base}/", "--all", "--country", "NL", "--first-poll", "alert", "--json").json()
    assert list(done) == ["id", "outlet", "url", "known", "how", "kind", "title", "entries", "added", "others", "more"]
    assert [feed["url"] for feed in done["added"]] == [herald.url(path) for path in ("/rss.xml", "/sport.rss", "/culture.rss")]
    assert {feed["outlet"] for feed in done["added"]} == {"The Harbour Herald"}
    assert (done["others"], done["known"]) == ([], False)
    refused = program.run("feeds", "add", herald.atom_url, "--outlet", "The Harbour Herald", "--country", "RU", code=2)
    assert "its country is NL" in refused.err


def test_pick_adds_that_one_and_knows_how_many_there_are(program, herald):
    assert herald.url("/sport.rss") in program.run("feeds", "add", f"{herald.base}/", "--pick", "2").out.splitlines()[0]
    refused = program.run("feeds", "add", f"{herald.base}/", "--pick", "9", code=2)
    assert "there is no feed 9" in refused.err
    assert herald.url("/rss.xml") in refused.err


def test_what_cannot_be_fetched_is_refused_with_the_offer_to_force_it(program, herald):
    herald.script("/down.xml", Behaviour(status=503), always=True)
    url = herald.url("/down.xml")
    refused = program.run("feeds", "add", url, code=1)
    assert refused.err.splitlines() == [
        f"error: {url}: its server has a fault (status 503)",
        "  is the address right? To watch it nevertheless, unchecked: add --force",
    ]
    assert program.run("feeds", "add", url, "--force").out == f"added: feed 1 of herald.example, {url}, not checked\n"
    assert program.run("feeds", "check", "1", code=1).out.splitlines()[1] == "not usable: its server has a fault (status 503)"


def test_an_address_that_leads_to_a_watched_feed_is_known(program, herald):
    program.run("feeds", "add", herald.url("/rss.xml"))
    herald.script("/old.xml", redirect(herald.url("/rss.xml"), 301), always=True)
    said = program.run("feeds", "add", herald.url("/old.xml")).out
    assert said.startswith("known already: feed 1 of")
    assert said.endswith("(the address leads there)\n")


def test_show_tells_what_one_needs_to_trust_a_feed(program, herald):
    program.run("feeds", "add", f"{herald.base}/")
    before = program.run("feeds", "show", "1").out
    assert re.search(r"^last result +not polled yet$", before, re.MULTILINE)
    assert re.search(r"^next poll +\S+, its first$", before, re.MULTILINE)
    program.run("feeds", "poll", "1")
    after = program.run("feeds", "show", herald.url("/rss.xml")).out
    assert re.search(r"^last 14 days +(0 ){13}2$", after, re.MULTILINE)
    assert re.search(r"^state +ok, since \S+$", after, re.MULTILINE)
    shown = program.run("feeds", "show", "1", "--json").json()
    assert (shown["entries"], shown["days"], shown["gaps"], shown["folder"]) == (2, [0] * 13 + [2], [], [])
    assert "there is no feed '9'" in program.run("feeds", "show", "9", code=2).err


def test_check_says_how_a_feed_is_without_a_database(program, herald):
    done = program.run("feeds", "check", herald.url("/rss.xml"))
    lines = done.out.splitlines()
    assert lines[:2] == [herald.url("/rss.xml"), "usable, 1 remark"]
    assert "- guids       2 of 2 entries have no guid" in lines
    assert "              -> nothing; they are recognised by their links" in lines
    assert not (program.folder / "var").exists()
    (found,) = program.run("feeds", "check", herald.url("/rss.xml"), "--json").json()
    assert list(found)[:6] == ["url", "feed", "outlet", "usable", "reason", "status"]
    page = program.run("feeds", "check", f"{herald.base}/", code=1)
    assert "aggregator feeds add ADDRESS" in page.out


def test_check_of_all_is_a_table_with_the_worst_first(program, herald):
    program.run("feeds", "add", f"{herald.base}/", "--all")
    herald.script("/sport.rss", Behaviour(status=404), always=True)
    lines = program.run("feeds", "check", code=1).out.splitlines()
    assert lines[0].split("\t") == ["id", "outlet", "verdict", "format", "entries", "newest", "address"]
    assert lines[1].split("\t")[:3] == ["2", "The Harbour Herald", "not usable: it is not there (404) (status 404)"]
    assert len(lines) == 4


def test_lists_come_and_go(program):
    path = program.folder / "mine.opml"
    path.write_text(OPML)
    tried = program.run("feeds", "import", str(path), "--dry-run")
    assert tried.out == "1 would be added in 1 folder, 0 known, 1 skipped\n"
    done = program.run("feeds", "import", str(path))
    assert done.out == "1 added in 1 folder, 0 known, 1 skipped\n"
    assert done.err == f"{path}: line 3: 'Broken': 'nowhere' is no web address\n"
    assert program.run("feeds", "import", str(path)).out.startswith("0 added, 1 known, 1 skipped\n")
    out = program.run("feeds", "export").out
    assert '    <outline text="Europe" title="Europe">\n      <outline type="rss" text="Herald" title="Herald"' in out
    target = program.folder / "out.opml"
    assert program.run("feeds", "export", str(target)).out == f"written: {target}\n"
    assert program.run("feeds", "import", str(target), "--json").json()["known"][0]["title"] == "Herald"
    assert "cannot be written" in program.run("feeds", "export", "/nowhere/out.opml", code=1).err


def test_a_list_may_come_from_the_standard_input(program, monkeypatch):
    reading, writing = os.pipe()
    os.write(writing, OPML.encode())
    os.close(writing)
    with os.fdopen(reading) as source:
        monkeypatch.setattr(sys, "stdin", source)
        assert execute(["--config", str(program.config), "feeds", "import", "-"]) == 0


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["feeds", "import", "missing.opml"], 2, "missing.opml: No such file"),
        (["feeds", "import", "."], 2, "Is a directory"),
        (["feeds", "add", "www.example.org", "--country", "Russia"], 2, "two letters"),
        (["feeds", "add", "www.example.org", "--language", "!"], 2, "language"),
        (["feeds", "add", "www.example.org", "--first-poll", "loud"], 2, "'silent'"),
        (["feeds", "add", "ftp://example.org/rss"], 2, "no address of a feed or site"),
        (["feeds", "check"], 2, "no feed to check"),
        (["feeds", "check", "12"], 2, "there is no feed '12'"),
        (["feeds", "export"], 1, "aggregator migrate"),
    ],
)
def test_mistakes_are_told_with_what_to_do(alone, capsys, arguments, code, said):
    (alone / "config").mkdir()
    assert execute(arguments) == code
    captured = capsys.readouterr()
    assert said in captured.err
    assert captured.out == ""


def test_a_broken_list_is_named_with_the_line(alone, capsys):
    (alone / "config").mkdir()
    (alone / "x.opml").write_text("<opml>\n<body>\n<outline</body></opml>")
    assert execute(["feeds", "import", "x.opml"]) == 1
    assert "x.opml: line 3: it is no proper XML" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("answer", "numbers"),
    [
        ("1", [1]),
        ("1,3-4", [1, 3, 4]),
        ("3 1 3", [3, 1]),
        ("all", [1, 2, 3, 4]),
        ("none", []),
        ("5", None),
        ("x", None),
        ("", None),
        ("4-1", None),
    ],
)
def test_answers_are_numbers_ranges_all_or_none(answer, numbers):
    assert _numbers(answer, 4) == numbers


def talked(arguments: list[str], answers: list[str]) -> tuple[str, int]:
    """A terminal of 120 columns on which each `Which?` gets the next answer."""
    pid, handle = pty.fork()
    if pid == 0:
        os.environ.update(TERM="xterm", COLUMNS="120")
        os.execv(sys.executable, arguments)
    received, until, asked = b"", time.monotonic() + 60, 0
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
        if received.count(b"Which?") > asked:
            os.write(handle, answers[asked].encode() + b"\n")
            asked += 1
    _, status = os.waitpid(pid, 0)
    os.close(handle)
    return received.decode(), os.waitstatus_to_exitcode(status)


@pytest.mark.filterwarnings("ignore:This process.*is multi-threaded:DeprecationWarning")
def test_on_a_terminal_one_is_asked_which(program, herald):
    text, code = talked(program.command("feeds", "add", f"{herald.base}/"), ["9", "2-3"])
    assert code == 0, text
    assert "Write numbers from 1 to 3" in text
    assert "All news" in text
    assert text.count("added: feed") == 2
    urls = [row["url"] for row in program.run("feeds", "list", "--json").json()]
    assert urls == [herald.url("/sport.rss"), herald.url("/culture.rss")]


@pytest.mark.filterwarnings("ignore:This process.*is multi-threaded:DeprecationWarning")
def test_on_a_terminal_none_adds_nothing_and_yes_asks_nothing(program, herald):
    text, code = talked(program.command("feeds", "add", f"{herald.base}/"), ["none"])
    assert (code, "nothing was added" in text) == (0, True)
    text, code = talked(program.command("feeds", "add", f"{herald.base}/", "--yes"), [])
    assert (code, "added: feed 1" in text) == (0, True)
