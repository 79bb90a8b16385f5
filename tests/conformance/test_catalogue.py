"""No point of the checklist may lose its test."""

import ast
import re
from pathlib import Path

TESTS = Path(__file__).parents[1]
POINTS = range(1, 83)  # 83, WebSub, is for later
_TEST = re.compile(r"test((?:_p\d\d)+)_")


def points_of(name: str) -> set[int]:
    """The numbers that the name of a test begins with: test_p37_p38_… has two."""
    found = _TEST.match(name)
    return {int(number) for number in re.findall(r"\d\d", found[1])} if found else set()


def found_points() -> set[int]:
    found: set[int] = set()
    for file in TESTS.rglob("test_*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                found |= points_of(node.name)
    return found


def test_every_point_has_a_test() -> None:
    assert sorted(set(POINTS) - found_points()) == []


def test_the_numbers_are_read_from_names() -> None:
    assert points_of("test_p02_etag_is_sent_back") == {2}
    assert points_of("test_p37_p38_both") == {37, 38}
    assert points_of("test_post_07_x") == points_of("helper_p02_x") == set()
