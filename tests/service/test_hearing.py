"""Silent outlets are told once, and once more when they print again."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from aggregator.articles.values import BodySource, Status
from aggregator.service import hearing
from aggregator.store import journal, migrate, status
from aggregator.store.db import Connection, Database
from aggregator.store.happenings import Happening
from aggregator.store.tables import articles, feeds, outlets, stories
from tests.store import rows

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Desk:
    """An installation with one outlet."""

    def __init__(self, folder: Path) -> None:
        url = f"sqlite:///{folder}/aggregator.db"
        migrate.upgrade(url)
        self.database = Database(url)
        with self.database.write() as connection:
            rows.declare(connection, rows.outlet("herald"), now=NOW - 60 * DAY)
            connection.execute(sa.update(feeds).values(first_polled_at=NOW - 60 * DAY))

    def prints(self, *moments: datetime) -> None:
        with self.database.write() as connection:
            outlet = connection.execute(sa.select(outlets.c.id)).scalar_one()
            for moment in moments:
                story = connection.execute(
                    sa.insert(stories).values(headline="x", started_at=moment, last_seen_at=moment).returning(stories.c.id)
                ).scalar_one()
                connection.execute(sa.insert(articles).values(**_article(outlet, story, moment)))
            latest = max(moments)
            known = connection.execute(sa.select(feeds.c.last_new_at)).scalar_one()
            connection.execute(sa.update(feeds).values(last_new_at=max(latest, known or latest)))

    def look(self, now: datetime, *, polled: datetime | None = None) -> list[str]:
        with self.database.write() as connection:
            connection.execute(sa.update(feeds).values(last_ok_at=polled or now))
            return [f"{kind.value}: {words}" for kind, words in hearing.look(connection, now=now)]

    def read(self, look: object) -> object:
        with self.database.read() as connection:
            return look(connection)  # type: ignore[operator]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.database.close()


def _article(outlet: int, story: int, moment: datetime) -> dict[str, object]:
    return {
        "outlet_id": outlet,
        "story_id": story,
        "url": f"https://herald.example/{moment.isoformat()}",
        "headline": "x",
        "authors": (),
        "published_at": moment,
        "first_seen_at": moment,
        "body": "x",
        "body_source": BodySource.PAGE,
        "status": Status.OK,
        "quality": 1.0,
        "dropped": (),
        "sources": (),
        "content_hash": moment.isoformat(),
        "origin": "feed",
        "changed_at": moment,
    }


def hourly(days: int, until: datetime) -> list[datetime]:
    return [until - HOUR * number for number in range(24 * days)]


def test_a_silent_outlet_is_told_once_and_once_when_it_is_back(desk: Desk) -> None:
    desk.prints(*hourly(10, NOW))
    assert desk.look(NOW + 2 * HOUR) == []
    told = "Herald: silent for 5 h, 5 times its usual gap of 60 min"
    assert desk.look(NOW + 5 * HOUR) == [f"silent: {told}"]
    assert desk.look(NOW + 6 * HOUR) == []

    def seen(connection: Connection) -> tuple[tuple[str, ...], tuple[str, ...], list[Happening]]:
        later = NOW + 6 * HOUR
        kinds = [row.kind for row in journal.recent(connection)]
        return status.overview(connection, now=later).warnings, status.health(connection, now=later).troubles, kinds

    warnings, troubles, kinds = desk.read(seen)  # type: ignore[misc]
    assert warnings == troubles == (f"{told}, since Mon 02 Mar 12:00 UTC",)
    assert kinds == [Happening.SILENT]

    desk.prints(NOW + 7 * HOUR)
    assert desk.look(NOW + 7 * HOUR) == ["heard: Herald prints again after 7 h"]
    assert desk.look(NOW + 8 * HOUR) == []
    assert desk.read(lambda connection: status.overview(connection, now=NOW + 8 * HOUR).warnings) == ()


def test_what_we_could_not_see_is_no_silence_of_theirs(desk: Desk) -> None:
    """The service was down for a day: no poll went well since the last article."""
    desk.prints(*hourly(10, NOW))
    assert desk.look(NOW + DAY, polled=NOW + HOUR) == []


def test_a_day_far_below_its_weekday_is_told(desk: Desk) -> None:
    midnight = NOW.replace(hour=0)
    thin = [midnight - DAY + HOUR * 3, midnight - HOUR]
    full = [moment for moment in hourly(40, NOW) if moment.date() != (NOW - DAY).date()]
    desk.prints(*full, *thin)
    assert desk.look(NOW) == ["silent: Herald: 2 articles on Sunday, where 24 are usual"]
    desk.prints(*[NOW + HOUR * number for number in range(1, 25)])
    assert desk.look(NOW + DAY) == ["heard: Herald prints again after 60 h"]
