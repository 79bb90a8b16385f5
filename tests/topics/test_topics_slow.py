"""The engine agrees with the slow evaluator: what matches, what is marked, and that the index never loses a match."""

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.errors import QueryError
from aggregator.ids import TopicId
from aggregator.topics.canonical import show
from aggregator.topics.engine import Matcher, Query
from aggregator.topics.index import AllOf, AnyOf, Everything, Key, Narrow, Prefix, index_keys, narrow
from aggregator.topics.parser import parse
from aggregator.topics.values import Document, Topic
from tests.topics.slow import FIELDS, found, random_text, random_tree, render

TREES = 260
DOCUMENTS = 20


def random_documents(random: Random, count: int) -> list[Document]:
    return [
        Document(
            title=random_text(random, 5).replace("\n", " "),
            body=random_text(random, 40),
            author=random_text(random, 2),
            caption=random_text(random, 5),
            language=random.choice(("en", "ru")),
        )
        for _ in range(count)
    ]


def slow_spans(tree, document: Document):
    """Sorted (field, start, end) with overlaps joined."""
    marked = found(tree, {name: getattr(document, name) for name in FIELDS}, document.language)
    if marked is None:
        return None
    joined: list[tuple[str, int, int]] = []
    for name, start, end in sorted(marked, key=lambda mark: (FIELDS.index(mark[0]), mark[1], mark[2])):
        if joined and joined[-1][0] == name and start < joined[-1][2]:
            joined[-1] = (name, joined[-1][1], max(end, joined[-1][2]))
        else:
            joined.append((name, start, end))
    return joined


def admitted(condition: Narrow, keys: tuple[str, ...]) -> bool:
    match condition:
        case Key():
            return condition.key in keys
        case Prefix():
            return any(key.startswith(condition.prefix) for key in keys)
        case AllOf():
            return all(admitted(part, keys) for part in condition.parts)
        case AnyOf():
            return any(admitted(part, keys) for part in condition.parts)
        case Everything():
            return True


def random_topics(random: Random, count: int):
    """(tree, query) pairs that the parser accepts; trees that only exclude are refused by it."""
    topics = []
    while len(topics) < count:
        tree = random_tree(random)
        try:
            parse(render(tree))
        except QueryError:
            continue
        topics.append((tree, render(tree)))
    return topics


def as_tuples(spans):
    return None if spans is None else [(str(span.field), span.start, span.end) for span in spans]


def test_engine_agrees_with_slow_evaluator_on_5200_pairs() -> None:
    """Each of 260 random queries against 20 random documents: same decision, same marks."""
    random = Random(20261123)
    matches = 0
    for tree, source in random_topics(random, TREES):
        query = Query(parse(source))
        for document in random_documents(random, DOCUMENTS):
            expected = slow_spans(tree, document)
            assert as_tuples(query.find(document)) == expected, (source, document)
            matches += expected is not None
    assert TREES * DOCUMENTS // 10 < matches < TREES * DOCUMENTS * 9 // 10


def test_matcher_with_all_topics_agrees_with_each_alone() -> None:
    """Anchors and the shared vocabulary lose no topic and mix up none."""
    random = Random(7)
    topics = random_topics(random, 120)
    matcher = Matcher(
        [Topic(id=TopicId(number), name=f"topic {number}", query=source, version=3) for number, (_, source) in enumerate(topics)],
        {},
    )
    for document in random_documents(random, 25):
        expected = [
            (number, spans) for number, (tree, _) in enumerate(topics) if (spans := slow_spans(tree, document)) is not None
        ]
        assert [(match.topic_id, as_tuples(match.spans)) for match in matcher.match(document)] == expected


def test_candidates_of_the_index_contain_every_match() -> None:
    """`narrow` over `index_keys` never excludes a document that matches, and does exclude most others."""
    random = Random(11)
    excluded = 0
    for _, source in random_topics(random, 200):
        node = parse(source)
        query, condition = Query(node), narrow(node)
        for document in random_documents(random, 20):
            candidate = admitted(condition, index_keys(document))
            assert candidate or query.find(document) is None, source
            excluded += not candidate
    assert excluded > 300


@settings(max_examples=150, deadline=None)
@given(st.randoms(use_true_random=False))
def test_query_shown_in_brackets_reads_back_equal(random: Random) -> None:
    """`parse(show(parse(q)))` is the same tree."""
    for _, source in random_topics(random, 2):
        node = parse(source)
        assert parse(show(node)) == node
