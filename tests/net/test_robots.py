"""robots.txt: whose group counts, which pattern wins, and that no file is too strange or too long to be read."""

import time
from datetime import timedelta

import pytest

from aggregator.net.robots import EVERYTHING, MAX_BYTES, parse_robots, product_token

US = "aggregator"


def allows(text: str, target: str, product: str = US) -> bool:
    return parse_robots(text, product=product).allows(target)


@pytest.mark.parametrize(
    ("agent", "token"),
    [
        ("aggregator/1.0 (+https://example.org/bot)", "aggregator"),
        ("Press-Office_Bot", "press-office_bot"),
        ("Mozilla/5.0 (compatible; NewsWatch/2.1; +https://example.org)", "newswatch"),
        ("Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101", "mozilla"),
        ("123 nothing", ""),
        ("", ""),
    ],
)
def test_the_name_is_taken_from_the_user_agent(agent, token):
    assert product_token(agent) == token


@pytest.mark.parametrize(
    ("text", "forbidden"),
    [
        ("User-agent: *\nDisallow: /", True),
        ("User-agent: *\nDisallow:", False),
        ("", False),
        ("User-agent: aggregator\nDisallow: /\n\nUser-agent: *\nDisallow:", True),
        ("User-agent: *\nDisallow: /\n\nUser-agent: aggregator\nDisallow:", False),
        ("User-agent: *\nDisallow: /\n\nUser-agent: aggregator\n", False),
        ("USER-AGENT: AGGREGATOR\nDISALLOW: /", True),
        ("user-agent: Aggregator/2.0\ndisallow: /", True),
        ("User-agent: aggregator-images\nDisallow: /", False),
        ("User-agent: aggre\nDisallow: /", False),
        ("User-agent: other\nDisallow: /", False),
        ("User-agent: other\nUser-agent: aggregator\nDisallow: /", True),
        ("User-agent: aggregator\nUser-agent: other\nDisallow: /", True),
        ("User-agent: aggregator\nAllow: /x\n\nUser-agent: other\nDisallow: /", False),
        ("User-agent: aggregator\n\nSitemap: https://x/y\n\nDisallow: /", True),
        ("User-agent: other\nCrawl-delay: 5\nUser-agent: aggregator\nDisallow: /", True),
        ("Disallow: /", False),
        ("User-agent *\nDisallow: /", False),
        ("User-agent: *\nDisalow: /", True),
        ("User-agent : *\nDisallow : /", True),
        ("\ufeffUser-agent: *\nDisallow: /", True),
        ("User-agent: *\rDisallow: /\r", True),
        ("User-agent: *\r\nDisallow: /\r\n", True),
        ("User-agent: * # everybody\nDisallow: / # all", True),
        ("#User-agent: *\n#Disallow: /", False),
        ("\tUser-agent:\t*\n \tDisallow:\t/ ", True),
        ("<html><body>User-agent: *<br>Disallow: /</body></html>", False),
        ("\0\x01\ufffd\nUser-agent: *\n::::\nDisallow: /\n" + "\ufffd" * 100, True),
        ("User-agent: *\nNoindex: /\nHost: x\nDisallow: /", True),
    ],
)
def test_whose_group_counts(text, forbidden):
    assert allows(text, "/news/1") is not forbidden


def test_groups_of_one_name_are_one_group():
    text = "User-agent: aggregator\nDisallow: /a\n\nUser-agent: *\nDisallow: /\n\nUser-agent: AGGREGATOR\nDisallow: /b\n"
    assert [allows(text, path) for path in ("/a", "/b", "/c")] == [False, False, True]
    text = "User-agent: *\nDisallow: /a\n\nUser-agent: *\nDisallow: /b\n"
    assert [allows(text, path) for path in ("/a", "/b", "/c")] == [False, False, True]


@pytest.mark.parametrize(
    ("rules", "target", "expected"),
    [
        ("Disallow: /fish", "/fish.html", False),
        ("Disallow: /fish", "/Fish", True),
        ("Disallow: /fish", "/catfish", True),
        ("Disallow: /fish/", "/fish", True),
        ("Disallow: /fish*", "/fishheads/yummy", False),
        ("Disallow: /*.php", "/folder/any.php?x=1", False),
        ("Disallow: /*.php$", "/any.php?x=1", True),
        ("Disallow: /*.php$", "/any.php", False),
        ("Disallow: /*.php$", "/any.php.php", False),
        ("Disallow: /fish*.php", "/fish/are/fun.php5", False),
        ("Disallow: /$", "/", False),
        ("Disallow: /$", "/x", True),
        ("Disallow: *", "/x", False),
        ("Disallow: *$", "/x", False),
        ("Disallow: /a*b*a$", "/aba", False),
        ("Disallow: /ab*ba$", "/aba", True),
        ("Disallow: /?id=", "/?id=5", False),
        ("Disallow: fish", "/fish", True),
        ("Allow: /p\nDisallow: /", "/page", True),
        ("Allow: /folder\nDisallow: /folder", "/folder/page", True),
        ("Disallow: /folder\nAllow: /folder", "/folder/page", True),
        ("Allow: /page\nDisallow: /*.htm", "/page.htm", False),
        ("Allow: /$\nDisallow: /", "/page.htm", False),
        ("Allow: /$\nDisallow: /", "/", True),
        ("Disallow: /foo/bar/ツ", "/foo/bar/%E3%83%84", False),
        ("Disallow: /foo/bar/%e3%83%84", "/foo/bar/ツ", False),
        ("Disallow: /foo/bar/%62%61%7a", "/foo/bar/baz", False),
        ("Disallow: /foo/bar/baz", "/foo/bar/%62%61z", False),
        ("Disallow: /a%2fb", "/a%2Fb", False),
        ("Disallow: /a%2Fb", "/a/b", True),
        ("Disallow: /a%2Ab", "/a*b", False),
        ("Disallow: /a%2Ab", "/axb", True),
        ("Disallow: /cost$5", "/cost$5", False),
        ("Disallow: /100%", "/100%zz", False),
        ("Disallow: /", "/robots.txt", True),
    ],
)
def test_the_longest_pattern_decides(rules, target, expected):
    assert allows(f"User-agent: *\n{rules}", target) is expected


@pytest.mark.parametrize(
    ("line", "seconds"),
    [
        ("Crawl-delay: 5", 5),
        ("crawl-delay:0.5", 0.5),
        ("Crawl-delay: 86400", 30),
        ("Crawl-delay: -1", 0),
        ("Crawl-delay: soon", 0),
        ("Crawl-delay: 9999999999999", 0),
        ("Crawl-delay: nan", 0),
        ("Crawl-delay: 1\nCrawl-delay: 3", 3),
    ],
)
def test_the_delay_is_read_and_capped(line, seconds):
    assert parse_robots(f"User-agent: *\n{line}", product=US).crawl_delay == timedelta(seconds=seconds)
    assert parse_robots(f"User-agent: other\n{line}", product=US).crawl_delay == timedelta()


def test_nothing_beyond_500_kib_is_looked_at():
    text = "User-agent: *\nDisallow: /a\n" + "#" * MAX_BYTES + "\nDisallow: /b\n"
    assert [allows(text, path) for path in ("/a", "/b")] == [False, True]


HOSTILE = [
    "/" + "*a" * 250_000,
    "\nDisallow: ".join("*" + "a" * 40 + "b" + "a" * 40 for _ in range(6_000)),
    "\nDisallow: ".join(f"*a*a*a*a*a{n}b$" for n in range(20_000)),
    "\nDisallow: ".join(f"/{n}" for n in range(50_000)),
    "/" + "%" * 500_000,
    "/" + "%41" * 160_000,
]


@pytest.mark.parametrize("patterns", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_patterns_cost_little(patterns):
    started = time.process_time()
    rules = parse_robots("User-agent: *\nDisallow: " + patterns, product=US)
    assert time.process_time() - started < 2
    started = time.process_time()
    rules.allows("/" + "a" * 7_990)
    assert time.process_time() - started < 0.5


def test_no_file_is_no_rule():
    assert EVERYTHING.allows("/anything")
    assert parse_robots("", product="") == EVERYTHING
