"""Files against database: what is to be added, changed, paused. Pure; writing it is the store's work."""

from collections.abc import Sequence
from typing import Literal

from aggregator.declare.values import FROM_FILE, Changes, Declared, DeclaredRow, Known, KnownRow, Plan

Noun = Literal["outlet", "topic", "recipient", "list"]

_SIGNS = (("add", "+"), ("change", "~"), ("pause", "-"), ("resume", ">"))
_WORDS = {"add": "new", "change": "changed", "pause": "paused", "resume": "running again"}


def plan(declared: Declared, known: Known) -> Plan:
    """The steps from `known` to `declared`. Rows that people made stay theirs; what vanished from the files is paused, never deleted."""
    return Plan(
        outlets=_compare("outlet", declared.outlets, known.outlets),
        topics=_compare("topic", declared.topics, known.topics),
        recipients=_compare("recipient", declared.recipients, known.recipients),
        lists=_compare("list", declared.lists, known.lists),
    )


def _compare(noun: Noun, wanted: Sequence[DeclaredRow], held: Sequence[KnownRow]) -> Changes:
    rows = {row.slug: row for row in held}
    steps: dict[str, list[str]] = {
        name: [] for name in ("add", "change", "pause", "resume", "unchanged", "left", "paused_by_person")
    }
    for value in wanted:
        for step in _steps(value, rows.get(value.slug)):
            steps[step].append(value.slug)
    declared = {value.slug for value in wanted}
    for row in held:
        if row.slug not in declared and row.origin == FROM_FILE and row.enabled:
            steps["pause"].append(row.slug)
    running = sum(row.enabled and row.origin == FROM_FILE for row in held)
    return Changes(noun=noun, running=running, **{name: tuple(slugs) for name, slugs in steps.items()})


def _steps(value: DeclaredRow, row: KnownRow | None) -> tuple[str, ...]:
    """Names of the `Changes` fields one declared value belongs to."""
    if row is None:
        return ("add",)
    if row.origin != FROM_FILE:
        return ("left",)
    steps: tuple[str, ...] = ("change",) if row.digest != value.digest else ()
    if value.enabled and row.paused_by == FROM_FILE:
        steps += ("resume",)
    elif value.enabled and row.paused_by:
        steps += ("paused_by_person",)
    elif not value.enabled and row.enabled:
        steps += ("pause",)
    return steps if set(steps) - {"paused_by_person"} else (*steps, "unchanged")


def describe(made: Plan) -> tuple[str, ...]:
    """The plan in words, one line a step, as `apply` prints it: `+ outlet the-moscow-times (new)`."""
    lines: list[str] = []
    for changes in made.nouns:
        for field, sign in _SIGNS:
            lines += [f"{sign} {changes.noun} {slug} ({_WORDS[field]})" for slug in getattr(changes, field)]
        lines += [f"= {changes.noun} {slug} (made by a person, left as it is)" for slug in changes.left]
        lines += [f"= {changes.noun} {slug} (stays paused: a person paused it)" for slug in changes.paused_by_person]
    return tuple(lines)


def summarise(made: Plan) -> str:
    """One line for people: `3 new, 1 changed, 0 paused, 18 unchanged`."""
    counts = {
        word: sum(len(getattr(changes, field)) for changes in made.nouns)
        for field, word in (
            ("add", "new"),
            ("change", "changed"),
            ("pause", "paused"),
            ("resume", "running again"),
            ("unchanged", "unchanged"),
        )
    }
    return ", ".join(f"{count} {word}" for word, count in counts.items() if count or word in ("new", "changed", "paused"))


def refusal(made: Plan) -> str:
    """Why the plan is too drastic, in one line; "" when it is not."""
    for changes in (made.outlets, made.topics):
        if changes.too_drastic:
            return f"this would pause {len(changes.pause)} of {changes.running} {changes.noun}s that came from the files"
    return ""
