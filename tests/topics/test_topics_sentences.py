"""Sentences for the mail: where they end, which are shown, how long ones are cut."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.text import normalise
from aggregator.topics.engine import evaluate
from aggregator.topics.parser import parse
from aggregator.topics.sentences import LENGTH, matched_words, sentences, split
from aggregator.topics.values import Document, Field

SPLITS = [
    ("One. Two! Three?", ["One.", "Two!", "Three?"]),
    ("The U.S. Navy left. It returned.", ["The U.S. Navy left.", "It returned."]),
    ("Mr. Falk met Dr. Meyer on Jan. 29 in St. Ives. He left.", ["Mr. Falk met Dr. Meyer on Jan. 29 in St. Ives.", "He left."]),
    ("J. K. Falk spoke. Then A. Meyer.", ["J. K. Falk spoke.", "Then A. Meyer."]),
    ("It rose 3.5 percent. Shares of Quay Inc. fell.", ["It rose 3.5 percent.", "Shares of Quay Inc. fell."]),
    ("“It is over.” She left.", ["“It is over.”", "She left."]),
    ("“Is it over?” she asked. No.", ["“Is it over?” she asked.", "No."]),
    ("We wait … for him. Yes.", ["We wait … for him.", "Yes."]),
    ("We wait... Then he came.", ["We wait...", "Then he came."]),
    ("Really?! Yes.", ["Really?!", "Yes."]),
    ("Am 3. Oktober war Ruhe. Danach nicht.", ["Am 3. Oktober war Ruhe.", "Danach nicht."]),
    ("Das gilt z. B. hier. Und dort.", ["Das gilt z. B. hier.", "Und dort."]),
    ("It began in 2014. It ended.", ["It began in 2014.", "It ended."]),
    ("В 2014 г. Россия и т. д. Потом стало тихо. Конец.", ["В 2014 г. Россия и т. д. Потом стало тихо.", "Конец."]),
    ("Он сказал: «Нет.» Она ушла.", ["Он сказал: «Нет.»", "Она ушла."]),
    ("هل وصل؟ نعم. انتهى", ["هل وصل؟", "نعم.", "انتهى"]),
    ("港口关闭。工人罢工！为什么？", ["港口关闭。", "工人罢工！", "为什么？"]),
    ("彼は「行く。」と言った。終わり", ["彼は「行く。」", "と言った。", "終わり"]),
    ("वह आया। वह गया।", ["वह आया।", "वह गया।"]),
    ("No mark\nNext line", ["No mark", "Next line"]),
    ("See example.org for more. Yes.", ["See example.org for more.", "Yes."]),
    ("", []),
    ("...", ["..."]),
]


@pytest.mark.parametrize(("text", "expected"), SPLITS)
def test_where_sentences_end(text: str, expected: list[str]) -> None:
    """Abbreviations, initials, ordinals, quotations, ellipses, other scripts."""
    assert [text[start:end] for start, end in split(text)] == expected


def shown(query: str, document: Document, limit: int = 3) -> list[tuple[str, list[str]]]:
    """(text, marked words) of each sentence."""
    spans = evaluate(parse(query), document)
    assert spans is not None
    return [(item.text, [item.text[low:high] for low, high in item.marks]) for item in sentences(document, spans, limit=limit)]


LONG = "Word " * 100 + "the port and " + "word " * 30 + "the strike " + "word " * 100 + "end."
SHOWN = [
    (
        "port",
        Document(title="Port", body="The port is shut. A port again. Quay."),
        [("The port is shut.", ["port"]), ("A port again.", ["port"])],
    ),
    (
        "port OR strike",
        Document(body="A port. The port strike. A strike."),
        [("The port strike.", ["port", "strike"]), ("A port.", ["port"]), ("A strike.", ["strike"])],
    ),
    ("port", Document(title="The port. Closed", body="Quay."), [("The port.", ["port"])]),
    ('"red sea"', Document(body="It is red. Sea comes."), [("It is red. Sea comes.", ["red. Sea"])]),
    ("caption:port AND quay", Document(body="A quay.", caption="The port"), [("A quay.", ["quay"]), ("The port", ["port"])]),
    ("author:Falk", Document(author="Ursula Falk"), [("Ursula Falk", ["Falk"])]),
    ("language:en", Document(body="A port.", language="en"), []),
    ("port NEAR/9 quay", Document(body="The port. The quay."), [("The port.", ["port"]), ("The quay.", ["quay"])]),
]


@pytest.mark.parametrize(("query", "document", "expected"), SHOWN)
def test_which_sentences_are_shown(query: str, document: Document, expected: list[tuple[str, list[str]]]) -> None:
    """Most different words first, then text order; the title only when nothing else is marked."""
    assert shown(query, document) == expected


def test_limit_bounds_the_number() -> None:
    """At most `limit`; none for 0."""
    document = Document(body="Port. " * 9)
    assert [len(shown("port", document, limit)) for limit in (0, 1, 5)] == [0, 1, 5]


def test_long_sentence_is_cut_around_its_marks() -> None:
    """At most 300 characters at word borders, an ellipsis where something is missing, both marks kept."""
    ((text, marks),) = shown("port NEAR/50 strike", Document(body=LONG))
    assert len(text) <= LENGTH
    assert text.startswith("…")
    assert text.endswith("…")
    assert not text.startswith("… ")
    assert marks == ["port", "strike"]
    assert "Word" not in text.removeprefix("…").split()[0] or text.removeprefix("…").startswith("Word")


def test_long_text_without_blanks_is_cut() -> None:
    """Scripts without blanks and hostile strings keep the bound too."""
    ((text, marks),) = shown("港口", Document(body="船" * 900 + "港口" + "船" * 900))
    assert (len(text) <= LENGTH, marks) == (True, ["港口"])


def test_matched_words_are_the_surface_forms() -> None:
    """Each form once whatever its case, as first written."""
    document = Document(title="Ports", body="The PORT, the port and ports: Port’s end")
    spans = evaluate(parse("port*"), document)
    assert spans is not None
    assert matched_words(document, spans) == ("Ports", "PORT", "Port’s")


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.sampled_from(["port", "strike", "Mr.", "U.S.", "x" * 320, "2014.", "习。", "…", "“", ".”", "\n", "a.", "!", "é"]),
        max_size=120,
    )
)
def test_marks_always_hold_the_words(parts: list[str]) -> None:
    """Whatever the text: bound kept, every mark shows a searched word, marks are in order and inside."""
    body = normalise(" ".join(parts))
    document = Document(body=body)
    spans = evaluate(parse("port OR strike"), document)
    for item in sentences(document, spans or (), limit=99):
        assert item.field is Field.BODY
        assert len(item.text) <= LENGTH
        assert item.marks
        assert all(item.text[low:high] in {"port", "strike"} for low, high in item.marks)
        assert list(item.marks) == sorted(item.marks)


@settings(max_examples=200, deadline=None)
@given(st.text('aB.!?…"” \n。1é', max_size=80))
def test_splitting_loses_no_character(text: str) -> None:
    """Sentences are in order, do not overlap, and only blanks lie between."""
    last = 0
    for start, end in split(text):
        assert text[last:start].strip() == ""
        assert start < end
        last = end
    assert text[last:].strip() == ""
