"""Words, keys, the index, advice, and what `topics check` shows."""

import pytest

from aggregator.errors import QueryError
from aggregator.topics.canonical import show
from aggregator.topics.checking import check
from aggregator.topics.index import AllOf, AnyOf, Everything, Key, Narrow, Prefix, narrow
from aggregator.topics.lemmas import Lemmatiser
from aggregator.topics.lints import lint
from aggregator.topics.parser import parse
from aggregator.topics.words import query_keys, text_keys, word_spans

LISTS = {"places": ("port", "old quay")}

WORDS = [
    ("al-Sisi's U.S. visit", ["al", "Sisi's", "U.S.", "visit"]),
    ("e.g. C++, C# and Google+", ["e.g.", "C++", "C#", "and", "Google+"]),
    ("AT&T 1,000.50 3rd 10:30", ["AT", "T", "1,000.50", "3rd", "10", "30"]),
    ("习近平 met Жанна", ["习", "近", "平", "met", "Жанна"]),
    ("‘quoted’ 'single'", ["quoted", "single"]),
    ("हिन्दी की", ["हिन्दी", "की"]),
    ("e\u0301te\u0301", ["e\u0301te\u0301"]),
    ("snake_case", ["snake", "case"]),
    ("Об’єднання об'єднання", ["Об’єднання", "об'єднання"]),
    ("end.Start", ["end", "Start"]),
    ("— … ! \u0301", []),
    ("ท่าเรือ", ["ท่", "า", "เ", "รื", "อ"]),
]


@pytest.mark.parametrize(("text", "expected"), WORDS)
def test_what_a_word_is(text: str, expected: list[str]) -> None:
    """One word, one position."""
    assert [text[start:end] for start, end in word_spans(text)] == expected


TEXT_KEYS = [
    ("Port", {"port"}),
    ("Müller", {"müller", "muller", "mueller"}),
    ("Straße", {"strasse"}),
    ("O’Brien", {"o'brien", "obrien"}),
    ("she'll", {"she'll"}),
    ("Putin's", {"putin's", "putin"}),
    ("l’Ukraine", {"l'ukraine", "ukraine", "lukraine"}),
    ("U.S.", {"u.s.", "u.s", "us"}),
    ("C++", {"c++", "c"}),
    ("1,000", {"1,000"}),
    ("мой", {"мой"}),
    ("ёлка", {"елка"}),
    ("Łódź", {"łódź", "lodz"}),
    ("والسيسي", {"والسيسي", "سيسي"}),
    ("ＡＢＣ", {"abc"}),
]


@pytest.mark.parametrize(("word", "expected"), TEXT_KEYS)
def test_keys_of_a_text_word(word: str, expected: set[str]) -> None:
    """Everything a word answers to."""
    assert text_keys(word) == expected


QUERY_KEYS = [
    ("Müller", {"müller", "mueller"}),
    ("Muller", {"muller"}),
    ("U.S.", {"u.s"}),
    ("Putin's", {"putin"}),
    ("السيسي", {"السيسي", "سيسي"}),
    ("Пути́н", {"путин"}),
]


@pytest.mark.parametrize(("word", "expected"), QUERY_KEYS)
def test_keys_of_a_query_word(word: str, expected: set[str]) -> None:
    """Marks that were typed are wanted."""
    assert query_keys(word) == expected


SHOWN = [
    ("a b", "a AND b"),
    ("a OR b c -d", "a OR (b AND c AND NOT d)"),
    ("a NEAR/2 b ONEAR/3 c", "(a NEAR/2 b) ONEAR/3 c"),
    ("(((a)))", "a"),
    ("“red sea”", '"red sea"'),
    ('"OR"', '"OR"'),
    ("al-Sisi", '"al-Sisi"'),
    ("习近平", '"习近平"'),
    ('="AT&T"', '="AT&T"'),
    ("=WHO ~go", "=WHO AND ~go"),
    ("title:(a OR b)", "title:(a OR b)"),
    ("TITLE:a", "title:a"),
    ("ATLEAST/2(a)", "ATLEAST/2(a)"),
    ("START/9(a OR b)", "START/9(a OR b)"),
    ("@places AND a", "@places AND a"),
    ("language:(ru OR uk)", 'language:"ru" OR language:"uk"'),
    ("a（b OR c）", "a AND (b OR c)"),
    ('«a "b" c»', '«a "b" c»'),
]


@pytest.mark.parametrize(("query", "expected"), SHOWN)
def test_query_read_back(query: str, expected: str) -> None:
    """With every bracket; and reading it again gives the same tree."""
    node = parse(query, LISTS)
    assert show(node) == expected
    assert parse(show(node), LISTS) == node


LINTS = [
    ("a1 OR b1 AND c1", [(7, "mixed without brackets")]),
    ("a1 OR (b1 AND c1)", []),
    ("port strike", [(1, "side by side")]),
    ("port -strike", []),
    ("port and strike", [(1, "side by side"), (6, "'and' is searched as a word")]),
    ('port AND "and"', [(10, "'and' is in very many")]),
    ("US AND port", [(1, "US also finds 'us'")]),
    ("=US AND port", []),
    ("the AND port", [(1, "'the' is in very many")]),
    ('"the port"', []),
    ('"what now?"', [(7, "now? does not find now")]),
    ("organi?e", []),
    ("'red sea'", [(1, "side by side"), (1, "single quotation marks")]),
    ("O'Brien AND it's", []),
    ("@places", []),
    ("NATO AND EU", []),
]


@pytest.mark.parametrize(("query", "expected"), LINTS)
def test_advice(query: str, expected: list[tuple[int, str]]) -> None:
    """Column and words of each warning; none for queries that say what they mean."""
    found = lint(parse(query, LISTS), query)
    assert [item.pos + 1 for item in found] == [column for column, _ in expected]
    assert all(words in item.message for item, (_, words) in zip(found, expected, strict=True))
    assert all(item.end > item.pos and item.hint for item in found)


NARROWED: list[tuple[str, Narrow]] = [
    ("port", Key(key="port")),
    ("Müll", AnyOf(parts=(Key(key="muell"), Key(key="müll")))),
    ("port*", Prefix(prefix="port")),
    ("org?n", Prefix(prefix="org")),
    ("=WHO", Key(key="who")),
    ('"red sea"', AllOf(parts=(Key(key="red"), Key(key="sea")))),
    ("red NEAR/2 sea", AllOf(parts=(Key(key="red"), Key(key="sea")))),
    ("red NOT sea", Key(key="red")),
    ("red OR source:x", Everything()),
    ("red AND source:x", Key(key="red")),
    ("author:red", Everything()),
    ("title:red", Key(key="red")),
    ("@places", AnyOf(parts=(Key(key="port"), AllOf(parts=(Key(key="old"), Key(key="quay")))))),
]


@pytest.mark.parametrize(("query", "expected"), NARROWED)
def test_condition_over_the_index(query: str, expected: Narrow) -> None:
    """Only what the index can tell."""
    assert narrow(parse(query, LISTS)) == expected


def test_an_inflected_word_is_never_narrowed() -> None:
    """The index holds written forms only; a word that also matches other forms must not be looked up by its own."""
    lemmatiser = Lemmatiser()
    assert narrow(parse("порт"), lemmatise=lemmatiser) == Everything()
    assert narrow(parse("порт AND canal"), lemmatise=lemmatiser) == narrow(parse("canal"))
    assert narrow(parse("~go"), lemmatise=lemmatiser) == Everything()


def test_check_tells_what_each_word_finds() -> None:
    """The silent rules (marks, inflection, capitals) are said aloud."""
    checked = check("Müller OR порт OR =WHO OR strik* OR organi?e OR ~go OR Muller", {}, lemmatise=Lemmatiser())
    words = dict(checked.words)
    assert list(words) == ["Müller", "порт", "=WHO", "strik*", "organi?e", "~go", "Muller"]
    assert words["Müller"] == "müller or mueller, with the marks as typed"
    assert words["порт"].startswith("порт порта порту")
    assert words["=WHO"] == "only WHO, exactly as written"
    assert words["strik*"] == "words that begin with strik"
    assert words["~go"] == "go and its forms, in the language of the article"
    assert words["Muller"] == "muller"
    assert checked.lints == ()
    assert checked.canonical.startswith("Müller OR порт")


def test_check_refuses_what_parse_refuses() -> None:
    """One reading of a query everywhere."""
    with pytest.raises(QueryError, match="column 6"):
        check("port AND"[:0] + "a AND", {})


def test_without_a_lemmatiser_words_are_written_forms() -> None:
    """`порт` and `~go` then find what is written."""
    assert dict(check("порт ~go", {}).words) == {"порт": "порт", "~go": "go"}
