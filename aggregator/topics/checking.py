"""What `topics check` says about a query."""

from collections.abc import Mapping

from aggregator.topics.canonical import show
from aggregator.topics.lints import lint
from aggregator.topics.parser import parse
from aggregator.topics.syntax import Mode, Node, Word, walk
from aggregator.topics.values import Checked
from aggregator.topics.vocabulary import Lemmatise, Wanted, wanted
from aggregator.topics.words import base, fold

_FORMS_SHOWN = 12


def check(source: str, lists: Mapping[str, tuple[str, ...]], *, lemmatise: Lemmatise | None = None) -> Checked:
    """The query read back, advice, and for each distinct word what it finds. Raises QueryError."""
    node = parse(source, lists)
    return Checked(canonical=show(node), lints=lint(node, source), words=_words(node, lemmatise))


def _words(node: Node, lemmatise: Lemmatise | None) -> tuple[tuple[str, str], ...]:
    found: dict[str, str] = {}
    for part in walk(node):
        if isinstance(part, Word):
            sign = {Mode.EXACT: "=", Mode.INFLECTED: "~", Mode.PLAIN: ""}[part.mode]
            found.setdefault(sign + part.text, _finds(part, wanted(part, inflect=lemmatise is not None), lemmatise))
    return tuple(found.items())


def _finds(word: Word, want: Wanted, lemmatise: Lemmatise | None) -> str:
    if want.exact:
        return f"only {word.text}, exactly as written"
    if want.pattern:
        return f"words like {word.text}; ? is one letter"
    if want.prefix:
        return f"words that begin with {' or '.join(sorted(want.keys))}"
    forms = lemmatise.forms(word.text) if lemmatise and want.inflected else ()
    if forms:
        return " ".join(forms[:_FORMS_SHOWN]) + (" …" if len(forms) > _FORMS_SHOWN else "")
    if want.inflected:
        return f"{base(word.text)} and its forms, in the language of the article"
    return _written(word, want)


def _written(word: Word, want: Wanted) -> str:
    plain = base(word.text)
    others = sorted(want.keys - {plain})
    marks = ", with the marks as typed" if fold(plain) != plain and word.text.isalpha() else ""
    return " or ".join([plain, *others]) + marks
