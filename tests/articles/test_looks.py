"""When a page is looked at again, and which answers say that the article is gone."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from aggregator.articles.looks import led_away, next_look
from aggregator.articles.values import Extraction, Status
from aggregator.reasons import Reason

SEEN = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize(
    ("age", "at"),
    [
        (timedelta(), timedelta(minutes=15)),
        (timedelta(minutes=15), HOUR),
        (timedelta(minutes=50), HOUR),
        (2 * HOUR, 6 * HOUR),
        (7 * HOUR, DAY),
        (DAY, None),
        (30 * DAY, None),
    ],
)
def test_an_article_is_looked_at_at_four_ages_and_what_was_missed_is_not_made_up(age, at) -> None:
    assert next_look(first_seen_at=SEEN, now=SEEN + age) == (SEEN + at if at else None)


def test_a_withdrawn_one_is_looked_for_a_day_and_a_week_later() -> None:
    gone = SEEN + 30 * HOUR
    assert next_look(first_seen_at=SEEN, now=gone, withdrawn_at=gone) == gone + DAY
    assert next_look(first_seen_at=SEEN, now=gone + DAY, withdrawn_at=gone) == gone + 7 * DAY
    assert next_look(first_seen_at=SEEN, now=gone + 7 * DAY, withdrawn_at=gone) is None
    early = SEEN + 2 * HOUR
    assert next_look(first_seen_at=SEEN, now=early, withdrawn_at=early) == SEEN + 6 * HOUR


BASE = "https://www.herald.example"
STORY = f"{BASE}/news/politics/2026/03/bridge-opens-at-last"
AWAY = [
    ("home", STORY, f"{BASE}/", Reason.HOME),
    ("home without www", STORY, "https://herald.example/", Reason.HOME),
    ("home of the mobile site", STORY, "https://m.herald.example/", Reason.HOME),
    ("index file", STORY, f"{BASE}/index.php", Reason.HOME),
    ("home with a campaign", STORY, f"{BASE}/?utm_source=404", Reason.HOME),
    ("home of a language", STORY, f"{BASE}/en/", Reason.HOME),
    ("section", STORY, f"{BASE}/news", Reason.HOME),
    ("section of a section", STORY, f"{BASE}/news/politics/", Reason.HOME),
    ("one part", f"{BASE}/bridge-opens-at-last-123", f"{BASE}/", Reason.HOME),
    ("itself", STORY, STORY, None),
    ("itself with a slash and https", STORY.replace("https", "http"), f"{STORY}/", None),
    ("its print page", f"{STORY}/print", STORY, None),
    ("its new address", STORY, f"{BASE}/news/politics/2026/03/bridge-opens-again", None),
    ("its short address", f"{BASE}/news/1234567/bridge-opens", f"{BASE}/news/1234567", None),
    ("a year", STORY, f"{BASE}/news/politics/2026", None),
    ("another section", STORY, f"{BASE}/sport", None),
    ("a page of its own", f"{BASE}/bridge-opens-at-last-after-years/2", f"{BASE}/bridge-opens-at-last-after-years", None),
    ("a log-in elsewhere", STORY, "https://login.herald.example/", None),
    ("a consent page elsewhere", STORY, "https://consent.example.net/", None),
    ("the front was asked for", f"{BASE}/", f"{BASE}/en/", None),
    ("a front of a language was asked for", f"{BASE}/en", f"{BASE}/", None),
]  # fmt: skip


def found(headline: str = "Herald - all the news", status: Status = Status.NOT_ARTICLE) -> Extraction:
    return Extraction(status=status, quality=0.1, headline=headline)


@pytest.mark.parametrize(("asked", "final", "verdict"), [case[1:] for case in AWAY], ids=[case[0] for case in AWAY])
def test_where_an_address_leads(asked: str, final: str, verdict: Reason | None) -> None:
    assert led_away(asked, final, home=BASE, found=found(), titles=("Bridge opens at last",)) is verdict


def test_the_outlets_own_home_may_have_a_path() -> None:
    asked = "https://portal.example/herald/bridge-opens-at-last"
    home = "https://portal.example/herald/start/page1"
    assert led_away(asked, home, home=home, found=found(), titles=("Bridge",)) is Reason.HOME
    assert led_away(asked, home, home="", found=found(), titles=("Bridge",)) is None


def test_a_front_that_carries_the_headline_is_the_article() -> None:
    away = led_away(
        STORY, f"{BASE}/", home=BASE, found=found("Bridge opens, at last", Status.OK), titles=("Bridge opens at last",)
    )
    assert away is None


def test_a_page_that_says_so_itself_is_gone_at_whatever_address() -> None:
    assert led_away(STORY, STORY, home=BASE, found=found(status=Status.SOFT_404), titles=()) is Reason.SOFT_404


@pytest.mark.parametrize("url", ["", "http://[", "https://x/" + "a/" * 500_000, "https://" + "a." * 500_000, "\x00\u202e//?#"])
def test_hostile_addresses_are_judged_in_a_moment(url: str) -> None:
    started = time.perf_counter()
    assert led_away(STORY, url, home=BASE, found=found(), titles=("x " * 500_000,)) is None
    led_away(url, f"{BASE}/", home=url, found=found("y " * 500_000), titles=("x " * 500_000,))
    assert time.perf_counter() - started < 3
