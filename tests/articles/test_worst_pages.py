"""The worst pages that pass the guard, each read by a real worker: what it costs in CPU, and that the pages beside it go on.

Prints the table. Bounds are for a machine that is busy with other things; what needs more than three seconds does so inside
trafilatura or libxml2, and is said so.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
import pytest_asyncio

from aggregator.articles.job import decode_extraction, encode_header
from aggregator.articles.values import Extraction, Status
from aggregator.errors import Blame, WorkerError
from aggregator.limits import DEFAULT_LIMITS
from aggregator.reasons import Reason
from aggregator.service.workers import WorkerPool
from tests.articles.support import NOW, PARAGRAPH, URL, page

pytestmark = pytest.mark.asyncio(loop_scope="module")

JOB = "tests.service.page_jobs:measured"
WARM_UP = ("aggregator.articles.job:warm_up",)
# A wall that is reached only when the CPU limit is not: on a busy machine it says nothing about a page.
WALL = timedelta(seconds=120)
# Twice what was measured for the dearest of these.
QUICK = 10.0
SOURCE = PARAGRAPH.encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    seconds: float
    found: Extraction


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def pool() -> AsyncIterator[WorkerPool]:
    async with WorkerPool(2, DEFAULT_LIMITS, jobs=(JOB,), warm_up=WARM_UP) as running:
        yield running


async def measure(pool: WorkerPool, html: bytes) -> Measured:
    header = encode_header(url=URL, content_type="text/html", feed=None, now=NOW, limits=DEFAULT_LIMITS)
    seconds, _, answer = (await pool.run(JOB, header, html, wall=WALL)).partition(b"\n")
    return Measured(seconds=float(seconds), found=decode_extraction(answer))


def around(inner: bytes) -> bytes:
    return page(f"<p>{PARAGRAPH}</p>@@").replace(b"@@", inner)


def linked(script: str) -> bytes:
    return page(f"<p>{PARAGRAPH}</p>", head=f'<script type="application/ld+json">{script}</script>')


def numbered(pattern: str, count: int) -> bytes:
    return "".join(pattern.replace("#", str(number)) for number in range(count)).encode()


def bomb() -> bytes:
    laughs = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    return f'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a0 "ha">{laughs}]><html><body><p>&a11;</p></body></html>'.encode()


BROKEN = '{"@type":"NewsArticle","headline":"Bridge","a":"' + 'x\\"{[' * 200_000
QUICK_PAGES: dict[str, Callable[[], bytes]] = {
    "1 MB of broken JSON-LD": lambda: linked(BROKEN),
    "4.9 MB of JSON-LD": lambda: linked("[" + '{"@type":"NewsArticle","headline":"abc","articleBody":"words"},' * 75_000 + "{}]"),
    "20,000 blocks of JSON-LD": lambda: around(b'<script type="application/ld+json">{"@type":"NewsArticle"}</script>' * 20_000),
    "74,000 date spans": lambda: around(numbered('<span class="date">2026-03-0#</span> ', 9) * 8_200),
    "70,000 time tags": lambda: around(b'<time datetime="2026-03-01T10:00:00Z">x</time> ' * 70_000),
    "70,000 words in span": lambda: around(b"<p>" + b"<span>word</span> " * 70_000 + b"</p>"),
    "35,000 words in span and b": lambda: around(b"<p>" + b"<span><b>word</b></span> " * 35_000 + b"</p>"),
    "50,000-cell table": lambda: around(b"<table>" + (b"<tr>" + b"<td>c 12</td>" * 10 + b"</tr>") * 5_000 + b"</table>"),
    "50,000 comments": lambda: around(b"<!-- a comment -->" * 50_000),
    "100,000 br": lambda: around(b"<p>" + b"word<br>" * 100_000 + b"</p>"),
    "140,000 unclosed b": lambda: around(b"<b>" * 140_000 + SOURCE),
    "200,000 zero bytes": lambda: around(b"<p>" + b"a\0b\0" * 100_000 + b"</p>"),
    "XML bomb": bomb,
    "UTF-7": lambda: page(f"<p>+ADw-script+AD4-alert(1)+ADw-/script+AD4- {PARAGRAPH}</p>").replace(b"utf-8", b"utf-7"),
    "4.9 MB without tags": lambda: b"<p>" + b"word " * 980_000,
    "4.9 MB in one word": lambda: around(b"<p>" + b"w" * 4_900_000 + b"</p>"),
    "4.8 MB of blank lines": lambda: around(b"<p>" + b"\n " * 2_400_000 + b"</p>"),
    "4.8 MB of dates": lambda: around(b"<p>" + b"2026-03-04 12/11/2020 " * 220_000 + b"</p>"),
    "10,000 h1": lambda: around(b"<h1>Bridge Opens to Traffic</h1>" * 10_000),
    "10,000 figures": lambda: around(b"<figure><img src='/a'><figcaption>A caption</figcaption></figure>" * 10_000),
    "5,000 asides": lambda: around(b"<aside class='related'><h3>Read more</h3><a href='/x'>Another title</a></aside>" * 5_000),
    "class of 100,000 characters, 10 times": lambda: around(
        (b"<div class='" + b"related " * 12_500 + b"'><p>" + SOURCE + b"</p></div>") * 10
    ),
    "20,000 forms with a button": lambda: around(b"<form><button>Donate now</button><input value='x'></form>" * 20_000),
    "74,000 options": lambda: around(b"<select>" + b"<option>Country</option>" * 74_000 + b"</select>"),
    "139,000 svg paths": lambda: around(b"<svg>" + b"<path d='M0'/>" * 139_000 + b"</svg>"),
    "nested 70,000 deep": lambda: around(b"<div>" * 70_000 + SOURCE + b"</div>" * 70_000),
}


# Over two seconds each.
_LONG = {
    *("4.9 MB of JSON-LD", "74,000 date spans", "50,000-cell table", "100,000 br", "74,000 options"),
    *("4.9 MB without tags", "4.9 MB in one word", "4.8 MB of blank lines"),
}


@pytest.mark.parametrize("name", [pytest.param(name, marks=[pytest.mark.long] * (name in _LONG)) for name in QUICK_PAGES])
async def test_it_costs_seconds_at_most(pool, name, capsys):
    """And what it holds of the article is found, or the status says that it is not."""
    html = QUICK_PAGES[name]()
    got = await measure(pool, html)
    with capsys.disabled():
        sys.stdout.write(f"\n| {name} | {len(html) / 1e6:.2f} MB | {got.seconds:.2f} s | {got.found.status} |")
    assert got.found.status is not Status.FAILED
    assert got.seconds < QUICK
    assert len(got.found.body) <= 400_000


# Up to 15 s, with the square of the number of paragraphs, links or buttons: spent in trafilatura, in `//p//text()` (libxml2 merges
# the sets of nodes, lxml walks back over neighbouring texts) and in tails joined one after the other. The worker's limit is the answer.
SLOW_PAGES: dict[str, Callable[[], bytes]] = {
    "4.9 MB in 38,000 paragraphs": lambda: around(numbered("<p>" + "words of paragraph # are counted " * 3 + "</p>", 38_000)),
    "70,000 links in a paragraph": lambda: around(b"<p>" + numbered('<a href="/a#">link #</a> ', 70_000) + b"</p>"),
    "37,000 links in li": lambda: around(b"<ul>" + numbered('<li><a href="/#">A headline of story # here</a></li>', 37_000)),
    "49,000 unclosed p b i": lambda: around(b"<p><b><i>" * 49_000 + SOURCE),
    "70,000 unclosed b p with text": lambda: around(b"<b>w<p>w" * 70_000),
    "100,000 br without words": lambda: around(b"<br>" * 100_000),
    "140,000 images": lambda: around(b"<img src='/a.jpg' alt='a b'>" * 140_000),
    "50,000 buttons among words": lambda: around(b"<p>" + b"<button>Share</button> word " * 50_000 + b"</p>"),
    "4,900 nested tables": lambda: around((b"<table><tr><td>" * 70 + SOURCE + b"</td></tr></table>" * 70) * 200),
    "class of 100,000 characters, 40 times": lambda: around(
        (b"<div class='" + b"related " * 12_500 + b"'><p>" + SOURCE + b"</p></div>") * 40
    ),
    "100,000 meta": lambda: page(f"<p>{PARAGRAPH}</p>", head='<meta property="article:author" content="A B">' * 100_000),
    "100 tags with 5,500 attributes": lambda: around((b"<div " + numbered("a# ", 5_500) + b">x</div>") * 100),
}


@pytest.mark.long
@pytest.mark.parametrize("name", SLOW_PAGES)
async def test_it_ends_or_is_stopped_at_the_limit_and_blamed(pool, name, capsys):
    html = SLOW_PAGES[name]()
    try:
        got = await measure(pool, html)
        cost, verdict = f"{got.seconds:.2f} s", got.found.status.value
        assert got.found.status is not Status.FAILED
    except WorkerError as error:
        cost, verdict = f"over {DEFAULT_LIMITS.worker_cpu.total_seconds():g} s", f"stopped: {error.detail}"
        assert error.blame is Blame.BYTES
    with capsys.disabled():
        sys.stdout.write(f"\n| {name} | {len(html) / 1e6:.2f} MB | {cost} | {verdict} |")


async def test_a_page_that_passes_the_guard_and_hangs_the_parser_is_stopped_while_others_go_on():
    """Twenty ordinary pages pass through one worker while the other dies of one hostile page after the other."""
    limits = replace(DEFAULT_LIMITS, worker_cpu=timedelta(seconds=1))
    hostile = [SLOW_PAGES["100 tags with 5,500 attributes"](), SLOW_PAGES["70,000 unclosed b p with text"]()]
    async with WorkerPool(2, limits, jobs=(JOB,), warm_up=WARM_UP) as pool:
        ends: list[WorkerError] = []

        async def attack() -> None:
            for html in hostile:
                with pytest.raises(WorkerError) as caught:
                    await measure(pool, html)
                ends.append(caught.value)

        attacking = asyncio.create_task(attack())
        await asyncio.sleep(0)
        found = [await measure(pool, page(f"<p>{PARAGRAPH}</p><p>{number} boats came.</p>")) for number in range(20)]
        # All twenty, before the second hostile page had used up its second.
        assert len(ends) < len(hostile)
        await attacking
    assert all(PARAGRAPH in got.found.body for got in found)
    assert [(end.reason, end.blame) for end in ends] == [(Reason.WORKER_TIMEOUT, Blame.BYTES)] * 2


@pytest.mark.long
async def test_what_hostile_pages_leave_behind_costs_the_next_one_nothing():
    """Six pages of 190 MB each in the same worker of 1 GiB, then an ordinary one: it is read."""
    async with WorkerPool(1, DEFAULT_LIMITS, jobs=(JOB,), warm_up=WARM_UP) as one:
        for _ in range(6):
            await measure(one, QUICK_PAGES["100,000 br"]())
        assert PARAGRAPH in (await measure(one, page(f"<p>{PARAGRAPH}</p>"))).found.body


@pytest.mark.parametrize(("levels", "status", "words"), [(240, "read", ""), (260, "failed", "nested too deeply")])
async def test_what_the_parser_loses_to_nesting_is_reported_and_no_empty_success(pool, levels, status, words):
    html = b"<html><body>" + b"<div>" * levels + b"<p>" + SOURCE + b"</p>" + b"</div>" * levels
    found = (await measure(pool, html)).found
    assert (found.status is Status.FAILED) is (status == "failed")
    assert words in found.detail
    assert (PARAGRAPH in found.body) is (status == "read")
