"""The first article of an outlet, in many renderings: no paragraph is lost, and of the boxes around it next to nothing stays.

Floors are what was reached; a rule that loses a paragraph or lets boxes through fails here. `renderings_apart` was written after
the rules: its first measurement, before any word of it was looked at, is in the benchmarks.
"""

import sys

import pytest

from tests.articles.renderings import LAYOUTS, PLACES, Result, measure, page_captions, pages, single_pages
from tests.articles.renderings_apart import LAYOUTS_APART, WORDS_APART, box_apart

APART = {"layouts": LAYOUTS_APART, "words": WORDS_APART, "build": box_apart}
SETS = {
    "one box": (lambda: single_pages(1), 0.005),
    "many boxes": (lambda: pages(1, languages=("en", "ru", "de", "ar")), 0.01),
    "one box, apart": (lambda: single_pages(1, languages=("en", "ru", "de", "fr", "es", "uk", "ar"), **APART), 0.005),
    "many boxes, apart": (lambda: pages(1, lengths=(1, 2, 5), **APART), 0.03),
}


@pytest.mark.parametrize("name", SETS)
def test_nothing_is_lost_and_hardly_anything_leaks(name, capsys):
    make, most = SETS[name]
    results = [measure(page) for page in make()]
    leaky = [result for result in results if result.leaked]
    paragraphs = sum(len(result.page.paragraphs) for result in results)
    with capsys.disabled():
        sys.stdout.write(f"\n{name}: {len(results)} pages, {paragraphs} paragraphs, lost {sum(len(r.lost) for r in results)}, ")
        sys.stdout.write(f"pages with a leak {len(leaky)} ({len(leaky) / len(results):.1%})\n")
    assert [(_name(result), result.lost) for result in results if result.lost] == []
    assert len(leaky) <= most * len(results), [(_name(result), result.leaked) for result in leaky[:5]]


def _name(result: Result) -> tuple[str, str, int, tuple[str, ...]]:
    return result.page.layout, result.page.language, result.page.length, result.page.boxes


@pytest.mark.parametrize("place", PLACES["caption"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_captions_are_kept_apart(layout, place):
    """Whatever a caption is built of, its words are in `captions` and not in the body."""
    for page, words in page_captions(layout, place):
        result = measure(page)
        assert (result.leaked, result.lost) == ((), ())
        assert words in result.captions
