"""A second, slow reading of the query language: lists of words, every combination tried, nothing shared with the engine.

Trees are plain tuples made by `random_tree`; `render` writes them as a query, `found` evaluates them directly, so that the
parser's reading of the rendered query is checked too. Only ASCII words: folding has its own tables.
"""

import re
from functools import cache
from random import Random

FIELDS = ("title", "body", "author", "caption")
WORDS = ("alpha", "beta", "gamma", "delta", "alphabet", "Beta", "GAMMA", "delta")
STEMS = ("alp", "alpha", "bet", "gam")


def random_text(random: Random, longest: int) -> str:
    """Words with the separators that matter: blanks, hyphens, sentence ends, paragraph breaks."""
    words = [random.choice(WORDS) for _ in range(random.randint(0, longest))]
    gaps = [random.choice((" ", " ", " ", "-", ". ", ", ", "\n", " filler ", " one two three ")) for _ in words]
    return "".join(word + gap for word, gap in zip(words, gaps, strict=True)).strip(" \n-,")


def random_place(random: Random, depth: int = 2):
    """A tree that has places: what NEAR, ATLEAST and START accept."""
    choice = random.random()
    if depth == 0 or choice < 0.5:
        return random_term(random)
    if choice < 0.7:
        return ("or", tuple(random_place(random, depth - 1) for _ in range(random.randint(2, 3))))
    near = (random_place(random, depth - 1), random_place(random, depth - 1))
    return ("near", *near, random.choice((0, 1, 2, 5)), random.random() < 0.4)


def random_term(random: Random):
    choice = random.random()
    if choice < 0.6:
        return ("word", random.choice(WORDS))
    if choice < 0.7:
        return ("prefix", random.choice(STEMS))
    if choice < 0.8:
        return ("exact", random.choice(WORDS))
    return ("phrase", tuple(random.choice(WORDS) for _ in range(random.randint(2, 3))))


def random_tree(random: Random, depth: int = 3):
    choice = random.random()
    if depth == 0 or choice < 0.35:
        return random_place(random)
    parts = tuple(random_tree(random, depth - 1) for _ in range(random.randint(2, 3)))
    if choice < 0.6:
        negated = tuple(("not", part) if place and random.random() < 0.3 else part for place, part in enumerate(parts))
        return ("and", negated)
    if choice < 0.75:
        return ("or", parts)
    if choice < 0.82:
        return ("atleast", random.randint(1, 4), random_place(random))
    if choice < 0.89:
        return ("start", random.randint(1, 6), random_place(random))
    if choice < 0.93:
        return ("and", (("meta", random.choice(("ru", "en"))), parts[0]))
    inner = random_place(random) if random.random() < 0.5 else ("and", (random_place(random), ("not", random_place(random))))
    return ("scope", random.choice(FIELDS), inner)


def render(tree) -> str:
    """The query, every inner part in brackets."""
    kind = tree[0]
    if kind in {"word", "prefix", "exact"}:
        return {"word": "", "prefix": "", "exact": "="}[kind] + tree[1] + ("*" if kind == "prefix" else "")
    if kind == "phrase":
        return f'"{" ".join(tree[1])}"'
    if kind == "near":
        return f"({render(tree[1])}) {'O' if tree[4] else ''}NEAR/{tree[3]} ({render(tree[2])})"
    if kind in {"and", "or"}:
        return f" {kind.upper()} ".join(f"({render(part)})" if part[0] != "not" else render(part) for part in tree[1])
    if kind == "not":
        return f"NOT ({render(tree[1])})"
    if kind == "meta":
        return f"language:{tree[1]}"
    name = {"scope": f"{tree[1]}:", "atleast": f"ATLEAST/{tree[1]}", "start": f"START/{tree[1]}"}[kind]
    return f"{name}({render(tree[2])})"


def _words(text: str):
    """(position, start, end, word)."""
    words, position, last = [], 0, None
    for found in re.finditer(r"\w+", text):
        if last is not None and "\n" in text[last : found.start()]:
            position += 1
        words.append((position, found.start(), found.end(), found[0]))
        position, last = position + 1, found.end()
    return words


def found(tree, texts: dict[str, str], language: str):
    """None, or the set of (field, start, end) in characters that are marked."""
    document = {name: _words(text) for name, text in texts.items()}
    result = _evaluate(tree, document, ("title", "body"), language)
    if result is None:
        return None
    marked = set()
    for name, marks in result:
        by_position = {position: (start, end) for position, start, end, _ in document[name]}
        marked |= {(name, by_position[low][0], by_position[high - 1][1]) for low, high in marks}
    return marked


def _evaluate(tree, document, fields, language):
    kind = tree[0]
    if kind == "and":
        results = [_evaluate(part, document, fields, language) for part in tree[1]]
        return None if None in results else [hit for result in results for hit in result]
    if kind == "or":
        results = [_evaluate(part, document, fields, language) for part in tree[1]]
        return None if all(result is None for result in results) else [hit for result in results if result for hit in result]
    if kind == "not":
        return [] if _evaluate(tree[1], document, fields, language) is None else None
    if kind == "scope":
        return _evaluate(tree[2], document, (tree[1],), language)
    if kind == "meta":
        return [] if tree[1] == language else None
    hits = _places(tree, document, fields)
    return [(name, marks) for name, _, _, marks in hits] or None


def _places(tree, document, fields):
    """Set of (field, from position, to position, marks)."""
    kind = tree[0]
    if kind == "atleast":
        hits = _places(tree[2], document, fields)
        return (
            hits
            if sum(_most_disjoint(frozenset((low, high) for name, low, high, _ in hits if name == field)) for field in fields)
            >= tree[1]
            else set()
        )
    if kind == "start":
        hits = _places(tree[2], document, fields)
        return {hit for hit in hits if hit[0] == "title" or (hit[0] == "body" and hit[2] <= tree[1])}
    if kind == "or":
        return set().union(*(_places(part, document, fields) for part in tree[1]))
    if kind == "near":
        return _near(tree, document, fields)
    return _term(tree, document, fields)


def _near(tree, document, fields):
    found = set()
    for name, low, high, marks in _places(tree[1], document, fields):
        for other, low2, high2, marks2 in _places(tree[2], document, fields):
            if name == other and 0 <= low2 - high <= tree[3]:
                found.add((name, low, high2, marks | marks2))
            if name == other and not tree[4] and 0 <= low - high2 <= tree[3]:
                found.add((name, low2, high, marks | marks2))
    return found


def _term(tree, document, fields):
    found = set()
    wanted = tree[1] if tree[0] == "phrase" else (tree[1],)
    for name in fields:
        words = {position: word for position, _, _, word in document[name]}
        for start in words:
            here = [words.get(start + step) for step in range(len(wanted))]
            if None not in here and all(_same(tree[0], want, word) for want, word in zip(wanted, here, strict=True)):
                found.add((name, start, start + len(wanted), frozenset({(start, start + len(wanted))})))
    return found


def _same(kind, want, word):
    if kind == "exact":
        return want == word
    return word.lower().startswith(want) if kind == "prefix" else want.lower() == word.lower()


def _most_disjoint(places) -> int:
    """The largest number of places that do not overlap, by trying each one or leaving it."""
    ordered = sorted(places)

    @cache
    def best(index: int, free: int) -> int:
        if index == len(ordered):
            return 0
        low, high = ordered[index]
        without = best(index + 1, free)
        return max(without, 1 + best(index + 1, high)) if low >= free else without

    return best(0, 0)
