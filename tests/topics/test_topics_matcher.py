"""The matcher over many topics: positions, marks, metadata-only topics, hostile texts."""

import time

import pytest

from aggregator.errors import QueryError
from aggregator.ids import TopicId
from aggregator.topics.engine import Matcher, evaluate
from aggregator.topics.parser import parse
from aggregator.topics.values import Document, Field, Match, Position, Span, Topic
from aggregator.topics.words import text_keys

FILLER = "filler " * 70


def topic(number: int, query: str) -> Topic:
    return Topic(id=TopicId(number), name=f"topic {number}", query=query, version=number * 10)


def marked(query: str, document: Document) -> list[str] | None:
    """`field:characters` of every span."""
    spans = evaluate(parse(query), document)
    return None if spans is None else [f"{span.field}:{getattr(document, span.field)[span.start : span.end]}" for span in spans]


POSITIONS = [
    ("port", Document(title="Port closed", body="The port"), Position.HEADLINE),
    ("port", Document(title="Strike", body="The port is shut."), Position.LEAD),
    ("port", Document(body=FILLER + "port"), Position.LEAD),
    ("port", Document(body="Short.\n" + FILLER + "port"), Position.BODY),
    ("port", Document(body="Short.\n" + "filler " * 58 + "port"), Position.LEAD),
    ("caption:port", Document(caption="The port"), Position.CAPTION),
    ("caption:port OR port", Document(body=FILLER + "\nport", caption="port"), Position.BODY),
    ("author:Falk", Document(author="Ursula Falk"), Position.METADATA),
    ("language:en", Document(title="Port", language="en"), Position.METADATA),
    ("language:en AND NOT port", Document(title="Quay", language="en"), Position.METADATA),
]


@pytest.mark.parametrize(("query", "document", "expected"), POSITIONS)
def test_position_is_the_best_place(query: str, document: Document, expected: Position) -> None:
    """Headline, lead (first paragraph or 60 words), body, caption, metadata."""
    (match,) = Matcher([topic(1, query)], {}).match(document)
    assert match.position is expected


MARKS = [
    ("port NOT strike", Document(body="the port"), ["body:port"]),
    ("port NEAR/3 strike", Document(body="port and the strike"), ["body:port", "body:strike"]),
    ('"port authority"', Document(body="the Port\u00a0Authority"), ["body:Port\u00a0Authority"]),
    ("port OR (strike AND pay)", Document(body="strike in the port"), ["body:port"]),
    ("port OR strike", Document(title="Strike", body="Port"), ["title:Strike", "body:Port"]),
    ("Falk", Document(body="Falk’s Falks-Falk"), ["body:Falk’s", "body:Falk"]),
    ('"a b" OR "b c"', Document(body="a b c"), ["body:a b c"]),
    ("title:port AND port", Document(title="port", body="port"), ["title:port", "body:port"]),
    ("title:port", Document(title="port", body="port"), ["title:port"]),
    ("START/1(port)", Document(body="port port"), ["body:port"]),
    ("习近平", Document(body="主席习近平。习近"), ["body:习近平"]),
    ("port NEAR/1 quay NEAR/1 sea", Document(body="port x quay x sea"), ["body:port", "body:quay", "body:sea"]),
    ("language:de", Document(body="x", language="de"), []),
    ("port\u00ad", Document(body="port"), ["body:port"]),
]


@pytest.mark.parametrize(("query", "document", "expected"), MARKS)
def test_marks_are_the_words_that_decided(query: str, document: Document, expected: list[str]) -> None:
    """Exclusions and properties mark nothing, NEAR marks its operands, a branch that failed marks nothing."""
    assert marked(query, document) == expected


def test_each_topic_with_its_version_in_order() -> None:
    """Topics without a needed word are looked at for every document; others only when their words are there."""
    topics = [topic(5, "language:ru"), topic(2, "port"), topic(9, "absent OR port*"), topic(4, "absent"), topic(3, "author:Falk")]
    found = Matcher(topics, {}).match(Document(title="Ports", body="port", author="A. Falk", language="ru-RU"))
    assert [(match.topic_id, match.topic_version) for match in found] == [(5, 50), (2, 20), (9, 90), (3, 30)]
    assert found[1] == Match(
        topic_id=TopicId(2), topic_version=20, position=Position.LEAD, spans=(Span(field=Field.BODY, start=0, end=4),)
    )


def test_author_of_one_topic_is_no_text_of_another() -> None:
    """Reading the author for one topic does not widen the plain words of its neighbours."""
    matcher = Matcher([topic(1, "author:Falk"), topic(2, "Falk"), topic(3, "caption:Falk")], {})
    assert [match.topic_id for match in matcher.match(Document(body="port", author="Falk"))] == [1]


def test_unreadable_query_is_refused_at_build() -> None:
    """A topic is never silently left out."""
    with pytest.raises(QueryError, match="missing after AND"):
        Matcher([topic(1, "port"), topic(2, "port AND")], {})


def test_lists_are_filled_in_at_build() -> None:
    """A new matcher knows the new words."""
    document = Document(body="the quay")
    assert Matcher([topic(1, "@places")], {"places": ("port",)}).match(document) == ()
    assert len(Matcher([topic(1, "@places")], {"places": ("port", "quay")}).match(document)) == 1


HOSTILE = [
    ("port NEAR/50 port NEAR/50 port NEAR/50 quay", "port " * 200_000),
    ('"port port port port" AND quay', "port " * 200_000),
    ("ATLEAST/3(port OR quay) NOT sea", "port quay " * 100_000),
    ("abc" + "?" * 150 + "*", ("abc" + "d" * 160 + " ") * 2_000),
    ("port", "a." * 200_000),
    ("port", "a'" * 200_000),
    ("port", "\u0301" * 200_000),
    ("port", "1,2." * 100_000),
    ("port", "習" * 200_000),
    ("port OR quay", "x" * 1_000_000),
]


@pytest.mark.parametrize(("query", "text"), HOSTILE, ids=[f"{query[:20]} in {text[:6]!a}" for query, text in HOSTILE])
def test_hostile_text_is_read_in_bounded_time(query: str, text: str) -> None:
    """A page of repeated words or marks costs seconds at most: no quadratic step."""
    began = time.process_time()
    Matcher([topic(1, query)], {}).match(Document(body=text))
    assert time.process_time() - began < 10


def test_keys_hold_no_blank() -> None:
    """The index separates keys by blanks: compatibility forms that unfold into several words must not bring one in."""
    for word in ("ﷺ", "½", "´", "a´b", "㍿", "ﬁn", "K"):
        assert not any(char.isspace() for key in text_keys(word) for char in key)


def test_thousand_topics_cost_far_less_than_a_thousand_searches() -> None:
    """Cost grows with what is found, not with the number of topics: ratio in one run, no absolute time."""
    document = Document(title="Port of Quay", body="The strike at the port goes on. " * 60)
    few = Matcher([topic(n, f"name{n} AND (strike OR pay)") for n in range(10)], {})
    many = Matcher([topic(n, f"name{n} AND (strike OR pay)") for n in range(1_000)], {})
    assert few.match(document) == many.match(document) == ()

    def cost(matcher: Matcher) -> float:
        began = time.process_time()
        for _ in range(20):
            matcher.match(document)
        return time.process_time() - began

    assert min(cost(many) for _ in range(5)) < 5 * min(cost(few) for _ in range(5))
