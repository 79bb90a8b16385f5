"""The traps that other watchers fall into, on one site: floods, repetitions, sidebars, wire copies, silence about dead feeds."""

from pathlib import Path

import pytest

from tests.acceptance.trap_site import A_ITEMS, B_ITEMS, COPIES, Case
from tests.acceptance.trap_trial import EDITED, TOUCHED, Trial, live_through
from tests.mailbox import Mailbox
from tests.newspaper import Newspaper

# Other words and articles, other places of the box and other new guids each time, so that no single page is what passes.
CASES = (
    Case(seed=1, sidebar="after", guids="https", first_poll="alert"),
    Case(seed=2, sidebar="inside", guids="number", first_poll="alert"),
    Case(seed=3, sidebar="before", guids="tag", first_poll="silent"),
)


@pytest.mark.parametrize(
    "case",
    (CASES[0], *(pytest.param(case, marks=pytest.mark.long) for case in CASES[1:])),
    ids=lambda case: f"{case.first_poll}, box {case.sidebar}, guids {case.guids}, seed {case.seed}",
)
def test_the_trap_site(case: Case, tmp_path: Path) -> None:
    """Eight days on the site, each looked at once: no flood, nothing twice, no sidebar, bodies found, the dead feed told.

    One test for all traps, because the days cost seconds and follow from each other.
    """
    with Newspaper() as paper, Mailbox() as mailbox:
        trial = live_through(tmp_path, paper, mailbox, case)
    every_body_is_the_article_and_nothing_else(trial)
    a_first_run_does_not_flood(trial)
    no_change_does_nothing(trial)
    rules_are_asked_for_once_a_day_and_only_for_pages(trial)
    a_word_in_the_sidebar_alone_never_alerts(trial)
    a_word_deep_in_the_body_is_found(trial)
    edits_under_one_guid_are_versions_and_not_mails(trial)
    changed_guids_are_not_new_articles(trial)
    a_new_story_and_its_wire_copy_are_one_mail(trial)
    a_digest_names_each_story_once(trial)
    a_dead_feed_is_told_everywhere(trial)


def every_body_is_the_article_and_nothing_else(trial: Trial) -> None:
    """All three shapes of page, wherever the box stands: the text as its desk wrote it, and no word of the boxes."""
    written = {url: news.body for url, news in trial.printed_first.items()}
    assert {row.url: row.body for row in trial.first.articles} == written
    assert len(written) == A_ITEMS + B_ITEMS


def a_first_run_does_not_flood(trial: Trial) -> None:
    """Silent: nothing is sent. Alerting: one mail for each text that matches, none for its copies."""
    loud = trial.site.case.first_poll == "alert"
    assert len(trial.first.common) == (trial.common_at_first if loud else 0)
    assert len(trial.first.alerts) == (1 if loud else 0)
    assert trial.first.joined == COPIES
    assert not trial.first.digests


def a_word_in_the_sidebar_alone_never_alerts(trial: Trial) -> None:
    """The box names the word on every page on every day; what is found and told is the bodies that name it."""
    days = (trial.first, trial.story, trial.last) if trial.site.case.first_poll == "alert" else (trial.story, trial.last)
    mails = [mail for day in trial.days.values() for mail in day.alerts]
    assert mails == [mail for day in days for mail in day.alerts]
    assert [sum(line in trial.site.truth for line in mail.text.splitlines()) for mail in mails] == [1] * len(days)
    assert not [mail for mail in mails if "Most read" in mail.text or "rumour" in mail.text]
    assert not trial.box_only.changed_since(trial.nothing)
    assert (trial.box_only.at_once, trial.box_only.page_requests) == (0, TOUCHED)


def a_word_deep_in_the_body_is_found(trial: Trial) -> None:
    """No headline and no feed names the word: the archive finds it in both outlets' articles, and new ones are told."""
    assert sorted(row.url for row in trial.searched) == sorted(trial.site.truth[:2])
    assert [len(trial.story.alerts), len(trial.last.alerts)] == [1, 1]


def no_change_does_nothing(trial: Trial) -> None:
    """Two conditional requests, no page, no mail but the digest that was due."""
    assert (trial.nothing.at_once, trial.nothing.feed_requests, trial.nothing.page_requests) == (0, 2, 0)
    assert trial.nothing.articles == trial.first.articles


def rules_are_asked_for_once_a_day_and_only_for_pages(trial: Trial) -> None:
    """robots.txt (404 here: everything is allowed) of each of the two outlets before the first page, later only when pages are read."""
    assert trial.first.robots_requests == 2
    for day in trial.days.values():
        assert day.robots_requests <= min(2, day.page_requests)


def edits_under_one_guid_are_versions_and_not_mails(trial: Trial) -> None:
    """Three articles are corrected, the watched one among them: version 2 is stored, version 1 kept, nobody is told again."""
    assert trial.edited.at_once == 0
    assert [row.version for row in trial.edited.changed_since(trial.box_only)] == [2] * EDITED
    assert len(trial.edited.articles) == len(trial.first.articles)
    bodies = [[version.body for version in one.versions] for one in trial.histories]
    assert bodies == [[trial.printed_first[one.row.url].body, trial.site.news[one.row.url].body] for one in trial.histories]
    assert len(bodies) == EDITED


def changed_guids_are_not_new_articles(trial: Trial) -> None:
    """The links are as they were: no article, no version, no page read, no mail."""
    assert (trial.guids.at_once, trial.guids.page_requests) == (0, 0)
    assert trial.guids.articles == trial.edited.articles


def a_new_story_and_its_wire_copy_are_one_mail(trial: Trial) -> None:
    """Both are stored and joined; each topic's reader has one mail."""
    assert (len(trial.story.alerts), len(trial.story.common)) == (1, 1)
    assert len(trial.story.articles) == len(trial.guids.articles) + 2
    assert trial.story.joined == COPIES + 1


def a_digest_names_each_story_once(trial: Trial) -> None:
    """The first run's texts come with the next morning's digest, the new story with its own; copies stand under their story."""
    loud = trial.site.case.first_poll == "alert"
    sent = [(name, mail.subject) for name, day in trial.days.items() for mail in day.digests]
    (first, *rest) = sent if loud else [("", ""), *sent]
    assert not loud or (first[0] == "nothing" and f" {trial.common_at_first} stories" in first[1])
    assert [(name, "1 story" in subject) for name, subject in rest] == [("dead", True)]


def a_dead_feed_is_told_everywhere(trial: Trial) -> None:
    """A's feed answers 404: the summary of `once` (exit code 0) and `status` name it, and so does the next mail's foot."""
    for text in (trial.dead.ran.out, trial.status):
        (told,) = [line for line in text.splitlines() if line.startswith("! Outlet A")]
        assert "404" in told
    (mail,) = trial.last.alerts
    assert "1 of 2 outlets read; Outlet A: it is not there (404), since" in mail.text
