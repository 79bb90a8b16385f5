"""`articles import` beside other commands, and with lines that no archive should hold."""

import json
from pathlib import Path

import pytest

from aggregator.configure import load_settings
from aggregator.service import importing
from aggregator.store.db import Database
from aggregator.store.topics import raise_revision
from tests.newspaper import Newspaper
from tests.program import Program, outlet_toml, topic_toml

LINE = {
    "outlet": "Times",
    "headline": "A canal opens",
    "body": "The canal is open.",
    "published_at": "2026-01-01T00:00:00Z",
}


@pytest.fixture
def program(newspaper: Newspaper, tmp_path: Path) -> Program:
    made = Program(folder=tmp_path)
    site = newspaper.outlet("herald.example")
    made.configure(newspaper, outlets=outlet_toml("Herald", site.feed_url), topics=topic_toml("Canal", "canal"))
    return made


def test_impossible_times_and_empty_outlets_are_problems_of_their_line(program: Program, tmp_path: Path) -> None:
    lines = [
        {"url": "https://times.example/1"},
        {"url": "https://times.example/2", "published_at": "0001-01-01T00:00:00+05:00"},
        {"url": "https://times.example/3", "outlet": "\x00"},
        {"url": "https://times.example/4", "outlet": "Ti\x00mes"},
    ]
    archive = tmp_path / "archive.jsonl"
    archive.write_text("\n".join(json.dumps({**LINE, **line}) for line in lines))
    done = program.run("articles", "import", str(archive), "--json", code=1).json()
    assert (done["lines"], done["added"]) == (4, 2)
    assert [problem["line"] for problem in done["problems"]] == [2, 3]


def test_topics_may_change_during_an_import(program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load_settings(program.config, {})
    archive = tmp_path / "archive.jsonl"
    archive.write_text("\n".join(json.dumps({**LINE, "url": f"https://times.example/{n}"}) for n in range(120)))
    monkeypatch.setattr(importing, "BATCH", 50)
    calls = []

    def change(_done: int, _size: int) -> None:
        calls.append(1)
        if len(calls) == 1:
            other = Database(settings.database_url)
            with other.write() as connection:
                raise_revision(connection)
            other.close()

    done = importing.articles_import(settings, archive, progress=change)
    assert (done.added, done.problems) == (120, ())
