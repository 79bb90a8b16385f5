"""The checks can fail: each kind of loss and doubling, done by hand to a finished world, is found and named."""

import shutil
import sqlite3
from collections.abc import Iterator
from copy import copy
from dataclasses import replace
from pathlib import Path

import pytest

from tests.faults.conftest import opened
from tests.faults.series import Series
from tests.faults.verify import broken, look, missing
from tests.faults.world import World

DAMAGE = {
    "UPDATE articles SET headline = (SELECT headline FROM articles WHERE id = 1) WHERE id = 2 OR outlet_id = 1": "articles ('Herald'",
    "DELETE FROM articles WHERE id = (SELECT id FROM articles WHERE headline LIKE '%K0001')": "article ('Herald', 'K0001') is lost",
    "UPDATE articles SET body = replace(body, 'v1', 'v7')": "holds the text K0001v7, not K0001v1",
    "UPDATE articles SET version = 2 WHERE id = 1": "version 2 of 1 kept ones",
    "DELETE FROM alerts WHERE kind = 'match'": "no alert ('Harbours', 'desk@example.org', 'K0001')",
    "UPDATE alerts SET folded_into = NULL": "2 alerts ",
    "UPDATE entries SET lease_token = 'x' WHERE id = 3": "still leased: entries 3",
    "UPDATE outbox SET state = 'claimed' WHERE id = 1": "still leased: outbox 1",
    "UPDATE entries SET stage = 'publish' WHERE id = 3": "still waiting: entry 3 in publish",
    "DELETE FROM entries WHERE title LIKE '%K0001'": "K0001 was passed over",
    "UPDATE feeds SET etag = '\"other\"'": "is of no edition",
    "UPDATE outbox SET message_id = '<other@example.org>' WHERE id = 1": "is called sent and never arrived",
}


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Series]:
    with opened(tmp_path_factory.mktemp("finished"), seed=1) as series:
        series.finish()
        yield series


def test_an_undisturbed_run_is_what_was_computed_from_the_news(finished: Series) -> None:
    """The expectations are of this program's making: without a kill they hold, with every kind of article and mail among them."""
    world, stored = finished.world, look(finished.world)
    assert broken(world, stored) == []
    assert missing(world, stored) == []
    assert len(stored.articles) == len(world.printed) > 40
    assert {one.outlet for one in world.printed} == {"Herald", "Courier", "Gazette", "Tribune", "Board", "Torn"}
    assert {mail.recipient for mail in world.mailbox.messages} == {"desk@example.org", "press@example.org", "hourly@example.org"}


@pytest.mark.parametrize(("statement", "told"), DAMAGE.items())
def test_damage_is_found(finished: Series, tmp_path: Path, statement: str, told: str) -> None:
    world = beside(finished.world, tmp_path)
    with sqlite3.connect(tmp_path / "var" / "aggregator.db") as connection:
        connection.execute(statement)
    connection.close()
    stored = look(world)
    assert any(told in problem for problem in [*broken(world, stored), *missing(world, stored)])


def beside(world: World, folder: Path) -> World:
    """The same world with a copy of its database."""
    shutil.copytree(world.program.folder / "var", folder / "var")
    other = copy(world)
    other.program = replace(world.program, folder=folder)
    return other


def test_a_mail_too_many_is_found(finished: Series) -> None:
    """The same mail again without a kill, the same Message-ID over another text, another mail about the same article."""
    mails = finished.world.mailbox.messages
    first = mails[0]
    name = str(first.parsed["Message-ID"]).encode()
    cases = {
        "repeats after 0 kills": first,
        "different texts": replace(first, raw=first.raw + b"x"),
        "different mails": replace(first, raw=first.raw.replace(name, b"<another@example.org>")),
    }
    for told, extra in cases.items():
        mails.append(extra)
        try:
            with pytest.raises(AssertionError, match=told):
                finished.check()
        finally:
            mails.pop()
