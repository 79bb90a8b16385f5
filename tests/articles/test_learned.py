"""Blocks that stood at the edges of several articles of an outlet are boilerplate. Pure functions."""

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.articles.learned import (
    LEARNED,
    MOST_SIGHTINGS,
    OTHERS,
    WHOLE,
    Cut,
    Known,
    block_key,
    cut,
    differs_by_learned,
    edges,
    reads_like_text,
    sighted,
    title_key,
    without_learned,
)
from aggregator.articles.values import Article, BodySource, Sighting, Status
from aggregator.ids import ArticleId

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
TEXT = ("The lock was closed on Monday after a barge had torn off a gate.", "Repairs will take until the end of the week.")
HEADER = "River edition, printed and online"
FOOTER = (
    "The Valley Gazette is published by Riverside Media, 12 Mill Lane.",
    "Registered at the court of Lower Hill under 4411.",
)


def article(*blocks: str, headline: str = "Lock closed", **changes: object) -> Article:
    given: dict[str, object] = {
        "url": "https://gazette.example/1",
        "canonical_url": "",
        "headline": headline,
        "authors": (),
        "published_at": None,
        "modified_at": None,
        "first_seen_at": NOW,
        "language": "en",
        "section": "",
        "body": "\n".join(blocks),
        "summary": "In short.",
        "captions": "",
        "image_url": "",
        "body_source": BodySource.PAGE,
        "status": Status.OK,
        "quality": 0.9,
    }
    return Article(**{**given, **changes})  # type: ignore[arg-type]


def seen_in(*titles: str, first: int = 100) -> tuple[Sighting, ...]:
    return tuple(Sighting(article=ArticleId(first + n), title=title_key(title)) for n, title in enumerate(titles))


def known(*blocks: str, titles: tuple[str, ...] = ("Mill burns", "Choir sings")) -> Known:
    return {block_key(block): seen_in(*titles) for block in blocks}


def learned(found: Article) -> list[str]:
    return [block.text for block in found.dropped if block.reason == LEARNED]


def test_runs_of_known_blocks_at_both_ends_go_and_are_kept_with_the_reason() -> None:
    found = without_learned(article(HEADER, *TEXT, *FOOTER), known(HEADER, *FOOTER))
    assert found.body == "\n".join(TEXT)
    assert learned(found) == [HEADER, *FOOTER]
    assert found.status is Status.OK


def test_case_blanks_and_punctuation_make_no_other_block() -> None:
    found = without_learned(
        article(*TEXT, "the valley  gazette is published by RIVERSIDE MEDIA – 12, Mill Lane"), known(FOOTER[0])
    )
    assert found.body == "\n".join(TEXT)


def test_a_block_seen_in_one_other_article_stays() -> None:
    given_ = article(*TEXT, *FOOTER)
    assert without_learned(given_, known(*FOOTER, titles=("Mill burns",))) is given_


def test_an_article_of_the_same_title_and_the_article_itself_teach_nothing() -> None:
    given_ = article(*TEXT, FOOTER[0])
    twice = {block_key(FOOTER[0]): seen_in("LOCK closed!", "Choir sings")}
    assert without_learned(given_, twice) is given_
    assert without_learned(given_, {block_key(FOOTER[0]): seen_in("Mill burns", "Mill burns")}) is given_
    itself = {block_key(FOOTER[0]): seen_in("Lock closed again", "Choir sings", first=7)}
    assert without_learned(given_, itself, self_id=ArticleId(7)) is given_
    assert without_learned(given_, itself).body == "\n".join(TEXT)


def test_one_of_the_three_that_are_remembered_may_be_the_article_itself() -> None:
    three = {block_key(FOOTER[0]): seen_in("Lock closed", "Choir sings", "Mill burns", first=7)}
    assert without_learned(article(*TEXT, FOOTER[0]), three, self_id=ArticleId(7)).body == "\n".join(TEXT)


def test_recurring_subheads_and_phrases_inside_the_text_stay() -> None:
    subhead, weather = "What happens next", "No rain is expected before the weekend."
    given_ = article(TEXT[0], subhead, weather, TEXT[1])
    assert without_learned(given_, known(subhead, weather)) is given_


def test_datelines_that_differ_in_their_digits_are_different_blocks() -> None:
    given_ = article("July 23, 2012", *TEXT)
    assert without_learned(given_, known("July 24, 2012", "July 25, 2012")) is given_


def test_a_confirmed_block_is_not_touched_and_ends_the_run() -> None:
    found = without_learned(article(*TEXT, *FOOTER), known(*FOOTER), confirmed=(2,))
    assert found.body.split("\n") == [*TEXT, FOOTER[0]]
    found = without_learned(article(*TEXT, *FOOTER), known(*FOOTER), confirmed=(3,))
    assert found.body.split("\n") == [*TEXT, *FOOTER]


def test_a_confirmed_block_teaches_nothing() -> None:
    found = edges(article(*TEXT, *FOOTER), (0, 3))
    assert found is not None
    assert set(found.keys) == {1, 2}


def test_a_line_that_introduces_the_text_stays() -> None:
    given_ = article("Directions:", *TEXT)
    assert without_learned(given_, known("Directions:")) is given_
    assert without_learned(article(HEADER, "Directions:", *TEXT), known(HEADER, "Directions:")).body.startswith("Directions:")


def test_the_last_line_of_an_agency_goes_when_it_repeats() -> None:
    credit = "Reporting by Ada Mole; editing by Ben Hart"
    assert without_learned(article(*TEXT, credit), known(credit)).body == "\n".join(TEXT)


@pytest.mark.parametrize("rest", [(), ("Lock closed",), ("12:40", "Photo: archive")])
def test_when_no_text_remains_the_body_stays_and_is_not_trusted(rest: tuple[str, ...]) -> None:
    found = without_learned(article(*rest, *FOOTER), known(*FOOTER))
    assert found.status is Status.BOILERPLATE_ONLY
    assert found.body == "\n".join((*rest, *FOOTER))
    assert found.matched_body == "In short."
    assert learned(found) == list(FOOTER)


@pytest.mark.parametrize(
    "text",
    [
        "The lock was closed on Monday after an accident.",
        "Der Verkehr ruht seit Montag, sagte die Sprecherin „bis auf Weiteres.“",
        "月曜日に水門が閉鎖され、二人が負傷した。",
        "월요일에 수문이 닫혀 두 명이 다쳤다고 밝혔다.",
        "ประตูน้ำถูกปิดเมื่อวันจันทร์หลังจากเรือบรรทุกสินค้าชน",
        "बांध का फाटक सोमवार को एक दुर्घटना के बाद बंद हो गया।",
        "أُغلقت البوابة يوم الاثنين بعد حادث وقع في القناة.",
    ],
)
def test_one_sentence_of_any_script_is_a_text(text: str) -> None:
    assert reads_like_text(text)
    assert without_learned(article(text, *FOOTER), known(*FOOTER)).status is Status.OK


def test_only_texts_of_trusted_pages_are_filtered_and_learned_from() -> None:
    for changes in ({"body_source": BodySource.FEED}, {"body_source": BodySource.SUMMARY}, {"status": Status.PARTIAL}):
        given_ = article(*TEXT, *FOOTER, **changes)
        assert edges(given_) is None
        assert without_learned(given_, known(*FOOTER)) is given_


def test_the_middle_of_a_long_text_is_not_learned_from_and_a_list_of_short_lines_is() -> None:
    long = [f"Paragraph {n} tells at some length what the council decided about the lock, " * 3 for n in range(30)]
    found = edges(article(*long))
    assert found is not None
    assert set(found.keys) == {*range(6), *range(22, 30)}
    lines = [f"Line {n}" for n in range(15)]
    found = edges(article(*long, *lines))
    assert found is not None
    assert set(found.keys) == {*range(6), *range(30, 45)}


def test_a_furniture_of_fifteen_lines_goes_as_a_whole() -> None:
    lines = [f"Ward {chr(65 + n)}" for n in range(15)]
    assert without_learned(article(*TEXT, *lines), known(*lines)).body == "\n".join(TEXT)


def test_ornaments_are_blocks_of_their_own() -> None:
    assert block_key("* * *") != block_key("---")
    found = without_learned(article(*TEXT, FOOTER[0], "* * *", FOOTER[1]), known(*FOOTER, "* * *"))
    assert found.body == "\n".join(TEXT)


# --- sightings ---


def test_an_article_and_a_title_count_once() -> None:
    seen = sighted((), Sighting(article=ArticleId(1), title=1))
    assert sighted(seen, Sighting(article=ArticleId(1), title=1)) == seen
    assert sighted(seen, Sighting(article=ArticleId(2), title=1)) == seen
    seen = sighted(seen, Sighting(article=ArticleId(2), title=2))
    assert [one.article for one in seen] == [1, 2]


def test_a_new_title_goes_along_and_one_that_stands_there_already_does_not_count_twice() -> None:
    seen = tuple(Sighting(article=ArticleId(n), title=n) for n in (1, 2))
    assert sighted(seen, Sighting(article=ArticleId(1), title=9)) == (Sighting(article=ArticleId(1), title=9), seen[1])
    assert sighted(seen, Sighting(article=ArticleId(1), title=2)) == (seen[1],)


def test_no_more_are_remembered_than_the_rule_asks_for() -> None:
    seen: tuple[Sighting, ...] = ()
    for n in range(10):
        seen = sighted(seen, Sighting(article=ArticleId(n), title=n))
    assert [one.article for one in seen] == list(range(MOST_SIGHTINGS))


# --- what differs ---


def differs(stored: tuple[str, ...], left_out: tuple[str, ...], found: tuple[str, ...], made: Cut) -> bool:
    return differs_by_learned("\n".join(stored), left_out, found, made)


def test_a_footer_that_was_learned_since_is_no_change_of_the_outlet() -> None:
    assert differs((*TEXT, *FOOTER), (), (*TEXT, *FOOTER), Cut(tail=2))
    assert differs((*TEXT, FOOTER[0]), (FOOTER[1],), (*TEXT, *FOOTER), Cut(tail=2))
    assert differs(TEXT, FOOTER, (*TEXT, *FOOTER), WHOLE)
    assert differs((HEADER, *TEXT), FOOTER, (HEADER, *TEXT, *FOOTER), Cut(head=1))


@pytest.mark.parametrize(
    ("stored", "left_out", "found", "made"),
    [
        (TEXT, (), (*TEXT, "A third one drowned."), WHOLE),
        (TEXT, FOOTER, (*TEXT, "A third one drowned.", *FOOTER), Cut(tail=2)),
        ((*TEXT, "A third one drowned.", *FOOTER), (), (*TEXT, *FOOTER), Cut(tail=2)),
        ((*TEXT, *FOOTER), (), (TEXT[0], "Repairs will take a month.", *FOOTER), Cut(tail=2)),
        (FOOTER, FOOTER, (*TEXT, *FOOTER), Cut(tail=2)),
        (("In short.",), (), (*TEXT, *FOOTER), Cut(tail=2)),
        (TEXT[:1], (), (*TEXT, *FOOTER), Cut(tail=2)),
        (TEXT[1:], FOOTER, (*TEXT, *FOOTER), Cut(tail=2)),
    ],
)
def test_any_other_difference_is_the_outlets_own(
    stored: tuple[str, ...], left_out: tuple[str, ...], found: tuple[str, ...], made: Cut
) -> None:
    assert not differs(stored, left_out, found, made)


# --- properties ---

WORDS = st.sampled_from(
    ["a mill burns", "B", "c: ", "12 May", "12 June", "Directions:", "***", "", TEXT[0], TEXT[1], *FOOTER, HEADER]
)
BLOCKS = st.lists(WORDS, min_size=1, max_size=30)
SEEN = st.lists(st.builds(Sighting, article=st.integers(1, 4).map(ArticleId), title=st.integers(1, 4)), max_size=MOST_SIGHTINGS)


@settings(max_examples=300, deadline=None)
@given(blocks=BLOCKS, table=st.dictionaries(WORDS, SEEN.map(tuple)), confirmed=st.sets(st.integers(0, 29)), own=st.integers(1, 4))
def test_only_edges_go_only_what_was_seen_often_enough_and_a_second_time_nothing(
    blocks: list[str], table: dict[str, tuple[Sighting, ...]], confirmed: set[int], own: int
) -> None:
    given_ = article(*blocks)
    told: Known = {block_key(block): seen for block, seen in table.items()}
    found = edges(given_, confirmed)
    assert found is not None
    made = cut(found, told, ArticleId(own))
    gone = [*range(made.head), *range(len(blocks) - made.tail, len(blocks))]
    assert len(gone) == len(set(gone)) <= len(blocks)
    for place in gone:
        assert place not in confirmed
        others = {one.title for one in told[block_key(blocks[place])] if one.article != own}
        assert len(others) >= OTHERS
    once = without_learned(given_, told, self_id=ArticleId(own), confirmed=confirmed)
    moved = {place - made.head for place in confirmed} if once.status.trusted else set(confirmed)
    assert without_learned(once, told, self_id=ArticleId(own), confirmed=moved) == once
    if once.status.trusted:
        assert once.body.split("\n") == blocks[made.head : len(blocks) - made.tail]
    else:
        assert once.body == given_.body
    assert sorted([*once.body.split("\n"), *learned(once)] if once.status.trusted else blocks) == sorted(blocks)


@settings(max_examples=200, deadline=None)
@given(blocks=BLOCKS, table=st.dictionaries(WORDS, SEEN.map(lambda seen: tuple(seen[: OTHERS - 1]))))
def test_what_stood_in_fewer_than_two_others_is_never_removed(blocks: list[str], table: dict[str, tuple[Sighting, ...]]) -> None:
    given_ = article(*blocks)
    assert without_learned(given_, {block_key(block): seen for block, seen in table.items()}) is given_


@settings(max_examples=300, deadline=None)
@given(blocks=BLOCKS, before=SEEN, now=SEEN, learnt=st.sets(WORDS))
def test_whatever_was_learned_between_two_readings_of_one_text_is_no_change_of_the_outlet(
    blocks: list[str], before: list[Sighting], now: list[Sighting], learnt: set[str]
) -> None:
    given_ = article(*blocks)
    old = without_learned(given_, {block_key(block): tuple(before) for block in learnt})
    found = edges(given_)
    assert found is not None
    made = cut(found, {block_key(block): tuple(now) for block in learnt}, None)
    assert differs_by_learned(old.body, learned(old), found.blocks, made)


# --- hostile input ---


@pytest.mark.parametrize(
    "body",
    [
        "a" * 1_000_000,
        "." * 1_000_000,
        '."' + '"' * 1_000_000 + "x",
        ". " * 500_000,
        "\n".join("x" * 500_000),
        "\n".join(f"{n}" for n in range(150_000)),
        "\u3042" * 1_000_000,
        "\u0e01" * 1_000_000,
        "\ufdfa" * 100_000,
    ],
    ids=["word", "dots", "quotes", "sentences", "lines", "numbers", "kana", "thai", "expanding"],
)
def test_hostile_bodies_cost_little(body: str) -> None:
    started = time.process_time()
    found = edges(article(body))
    assert found is not None
    reads_like_text(body)
    without_learned(article(body, *FOOTER), known(*FOOTER))
    differs_by_learned(body, FOOTER, (*found.blocks, *FOOTER), Cut(tail=2))
    assert time.process_time() - started < 5
