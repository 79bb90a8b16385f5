"""`outlets.toml` and `topics.toml` become declared values and a plan; the first mistake is named with its place."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.declare import (
    Declared,
    DeclaredList,
    DeclaredOutlet,
    DeclaredRecipient,
    DeclaredTopic,
    Known,
    KnownRow,
    describe,
    plan,
    read_declared,
    refusal,
    slug_of,
    summarise,
)
from aggregator.errors import ConfigError

STARTER = Path(__file__).parents[1] / "config"

OUTLET = "[[outlets]]\nname = 'A'\nfeeds = ['https://a.example/rss']\n"
TOPIC = "[[topics]]\nname = 'T'\nquery = 'grain'\nrecipients = ['desk@example.org']\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config").mkdir()
    return Path("config")


def read(folder, *, outlets="", topics=""):
    (folder / "outlets.toml").write_text(outlets, encoding="utf-8")
    (folder / "topics.toml").write_text(topics, encoding="utf-8")
    return read_declared(folder)


def failure(folder, **files):
    with pytest.raises(ConfigError) as caught:
        read(folder, **files)
    return f"{caught.value}\n{caught.value.hint}"


def check_order(said, parts):
    at = 0
    for part in parts:
        assert part in said[at:], (part, said)
        at = said.index(part, at)


# --- the starter configuration ---


def test_the_starter_files_are_right():
    declared = read_declared(STARTER)
    assert declared.outlets[0].name == "The Moscow Times"
    assert declared.outlets[0].feeds == ("https://www.themoscowtimes.com/rss/news",)
    assert len(declared.outlets) >= 20
    assert len({outlet.language for outlet in declared.outlets}) >= 8
    assert len({outlet.country for outlet in declared.outlets}) >= 12
    assert declared.topics[0].query == "(Putin OR Kremlin) NEAR/15 (Sisi OR Egypt*)"
    assert [person.address for person in declared.recipients] == ["desk@example.org"]


def test_files_that_are_absent_declare_nothing(folder):
    assert read_declared(folder) == Declared()


def test_a_folder_that_is_absent_is_an_error(tmp_path):
    with pytest.raises(ConfigError, match="there is no such folder"):
        read_declared(tmp_path / "nowhere")


# --- values ---


def test_every_key_of_an_outlet_arrives(folder, tmp_path):
    (tmp_path / "cookies.txt").write_text("")
    (tmp_path / "proxy").write_text("http://u:p@proxy:3128\n")
    declared = read(
        folder,
        outlets="""
[[outlets]]
id = "alpha"
name = "A"
url = "https://a.example"
language = "EN"
country = "nl"
feeds = ["https://a.example/rss", "https://a.example/atom"]
proxy_file = "proxy"
user_agent = "x/1"
cookies_file = "cookies.txt"
robots = false
first_poll = "alert"
enabled = false
tier = 1
learn_boilerplate = false
""",
    )
    assert declared.outlets == (
        DeclaredOutlet(
            slug="alpha",
            name="A",
            url="https://a.example",
            language="en",
            country="NL",
            feeds=("https://a.example/rss", "https://a.example/atom"),
            proxy="http://u:p@proxy:3128",
            user_agent="x/1",
            cookies_file=str(tmp_path / "cookies.txt"),
            robots=False,
            first_poll="alert",
            enabled=False,
            tier=1,
            learn_boilerplate=False,
        ),
    )


def test_a_topic_finds_its_recipients_by_name_or_address(folder):
    declared = read(
        folder,
        topics="""
[[topics]]
name = "T"
query = '@grain AND title:Egypt*'
recipients = ["News Desk", "other@Example.org", "CHIEF@example.org"]
[[recipients]]
address = "desk@example.org"
name = "News desk"
timezone = "Europe/Amsterdam"
deliver = "daily at 08:00"
quiet = "22:00-07:00"
max_per_day = 5
[[recipients]]
address = "chief@example.org"
[[lists]]
name = "grain"
words = ["wheat", "winter wheat", "пшениця"]
""",
    )
    assert declared.topics == (
        DeclaredTopic(
            slug="t",
            name="T",
            query="@grain AND title:Egypt*",
            recipients=("desk@example.org", "other@example.org", "chief@example.org"),
        ),
    )
    assert declared.lists == (DeclaredList(name="grain", words=("wheat", "winter wheat", "пшениця")),)
    assert declared.recipients == (
        DeclaredRecipient(
            address="desk@example.org",
            name="News desk",
            timezone="Europe/Amsterdam",
            deliver="daily at 08:00",
            quiet="22:00-07:00",
            max_per_day=5,
        ),
        DeclaredRecipient(address="chief@example.org"),
        DeclaredRecipient(address="other@example.org"),
    )


# --- mistakes ---

WRONG_OUTLETS = [
    ("[[outlet]]\nname = 'A'", ["config/outlets.toml:1: outlet", "unknown block", 'Did you mean "outlets"?']),
    ("[outlets]\nname = 'A'", ["outlets", "[[outlets]]"]),
    (OUTLET + "feedz = []", ["config/outlets.toml:4: outlets[1].feedz", 'Did you mean "feeds"?']),
    ("[[outlets]]\nfeeds = ['https://a.example/rss']", ["config/outlets.toml:1: outlets[1]", 'needs the key "name"']),
    ("[[outlets]]\nname = 'A'", ['needs the key "feeds"']),
    ("[[outlets]]\nname = 'A'\nfeeds = []", [":3: outlets[1].feeds", "must not be an empty list"]),
    ("[[outlets]]\nname = ''\nfeeds = ['https://a.example']", ["outlets[1].name", "must not be empty"]),
    ("[[outlets]]\nname = 'A'\nfeeds = 'https://a.example'", ["must be a list"]),
    ("[[outlets]]\nname = 'A'\nfeeds = ['a.example/rss']", ["is not a web address", "in full"]),
    ("[[outlets]]\nname = 'A'\nfeeds = ['file:///etc/passwd']", ["is not a web address"]),
    ("[[outlets]]\nname = 'A'\nfeeds = ['https://u:p@a.example/rss']", ["must not hold a user name"]),
    ("[[outlets]]\nname = 'A'\nfeeds = ['https://a.example:0/rss']", ["is not a web address"]),
    ("[[outlets]]\nname = 'A'\nfeeds = ['https://a b/rss']", ["is not a web address"]),
    ("[[outlets]]\nname = 'A'\nfeeds = ['https://a.example/rss', 'https://a.example/rss']", ["twice"]),
    (OUTLET + OUTLET.replace("'A'", "'B'"), [":6: outlets[2].feeds", "stands already", '"A"']),
    (OUTLET + OUTLET.replace("'A'", "'B'").replace("https://a", "https://A"), ["outlets[2].feeds", "stands already"]),
    (OUTLET + OUTLET.replace("/rss", "/x"), [":5: outlets[2].name", "outlets.toml:2", "Give one of them another"]),
    (OUTLET + OUTLET.replace("/rss", "/x").replace("'A'", "'Á'"), ["outlets[2]", "the same id"]),
    (OUTLET + "id = 'No Blanks'", [":4: outlets[1].id", "small letters"]),
    (OUTLET + "language = 'english please'", ["is not a language code"]),
    (OUTLET + "country = 'Russia'", ["is not a country code"]),
    (OUTLET + "robots = 'no'", ["must be true or false"]),
    (OUTLET + "learn_boilerplate = 'no'", ["learn_boilerplate", "must be true or false"]),
    (OUTLET + "learn_boilerplates = false", ["learn_boilerplate"]),
    (OUTLET + "tier = 0", ["is 0", "1 to 9"]),
    (OUTLET + "first_poll = 'loud'", ['"silent", "alert"']),
    (OUTLET + "cookies_file = 'nowhere.txt'", ["there is no file", "nowhere.txt"]),
    (OUTLET + "proxy = 'proxy:3128'", ["is not the address of a proxy"]),
    (OUTLET + "url = 'javascript:alert(1)'", ["is not a web address"]),
]


@pytest.mark.parametrize(("text", "parts"), WRONG_OUTLETS, ids=range(len(WRONG_OUTLETS)))
def test_a_mistake_in_outlets_is_named(folder, text, parts):
    check_order(failure(folder, outlets=text), parts)


PERSON = "[[recipients]]\naddress = 'desk@example.org'\nname = 'Desk'\n"
WRONG_TOPICS = [
    ("[[topic]]\n", ["config/topics.toml:1: topic", 'Did you mean "topics"?']),
    (TOPIC + "recipient = []", ['Did you mean "recipients"?']),
    (TOPIC.replace("['desk@example.org']", "[]"), [":4: topics[1].recipients", "must not be an empty list"]),
    (TOPIC.replace("desk@example.org", "desk"), ["topics[1].recipients", "who is no recipient"]),
    (PERSON + TOPIC.replace("desk@example.org", "Desc"), ["topics[1].recipients", 'Did you mean "Desk"?']),
    (PERSON + TOPIC.replace("'desk@example.org'", "'Desk', 'DESK@example.org'"), ["names desk@example.org twice"]),
    (TOPIC.replace("desk@example.org", "desk@@example.org"), ["topics[1].recipients", "is no mail address"]),
    (
        TOPIC.replace("desk@example.org", "desk@example.org\\nBcc: x@y.z").replace("['", '["').replace("']", '"]'),
        ["topics[1].recipients"],
    ),
    (TOPIC.replace("'grain'", "''"), ["topics[1].query", "empty"]),
    (TOPIC.replace("'grain'", "5"), ["topics[1].query", "must be a text"]),
    (TOPIC.replace("'grain'", "'(Putin OR'"), ["config/topics.toml:3: topics[1].query: column", "(Putin OR\n", "^"]),
    (TOPIC.replace("'grain'", "'NOT grain'"), ["topics[1].query"]),
    (TOPIC.replace("'grain'", "'@nobody'"), ["topics[1].query", "@nobody"]),
    (TOPIC + "deliver = 'daily'", ["topics[1].deliver"]),
    (TOPIC + "deliver = 'daily at 25:00'", ["topics[1].deliver"]),
    (TOPIC + "timezone = 'Amsterdam'", ["topics[1].timezone", "Europe/Amsterdam"]),
    (TOPIC + "enabled = 1", ["must be true or false"]),
    (TOPIC + TOPIC, [":6: topics[2].name", "topics.toml:2"]),
    (TOPIC + "id = 'x'\n" + TOPIC.replace("'T'", "'U'") + "id = 'x'", ["topics[2].id", "the same id"]),
    ("[[recipients]]\nname = 'x'", ['needs the key "address"']),
    ("[[recipients]]\naddress = 'x'", ["recipients[1].address"]),
    (PERSON + PERSON, ["recipients[2].address", "the same address"]),
    (PERSON + PERSON.replace("desk@", "other@"), ["recipients[2].name", "the same name"]),
    (PERSON + "quiet = 'at night'", ["recipients[1].quiet"]),
    (PERSON + "max_per_day = 0", ["is 0"]),
    (PERSON + "timezone = 'Mars/Base'", ["recipients[1].timezone"]),
    ("[[lists]]\nname = 'a b'\nwords = ['x']", ["lists[1].name"]),
    ("[[lists]]\nname = 'a'\nwords = []", ["lists[1].words", "must not be an empty list"]),
    ("[[lists]]\nname = 'a'\nwords = ['x', 'x']", ["twice"]),
    ("[[lists]]\nname = 'a'\nwords = ['...']", ["lists[1].words"]),
    ("[[lists]]\nname = 'a'\nwords = ['x']\n[[lists]]\nname = 'a'\nwords = ['y']", [":5: lists[2].name", "the same name"]),
    ("topics = 5", ["topics", "[[topics]]"]),
    ("[[topics]\n", ["config/topics.toml:1:", "is not valid TOML"]),
]


@pytest.mark.parametrize(("text", "parts"), WRONG_TOPICS, ids=range(len(WRONG_TOPICS)))
def test_a_mistake_in_topics_is_named(folder, text, parts):
    said = failure(folder, topics=text)
    check_order(said, parts)
    assert "\n" not in said.partition("\n")[0]


def test_the_caret_stands_below_the_mistake(folder):
    said = failure(folder, topics=TOPIC.replace("'grain'", "'grain AND (wheat'")).splitlines()
    query, caret = next(i for i, line in enumerate(said) if line.strip().startswith("grain AND")), None
    caret = said[query + 1]
    assert caret.strip().startswith("^")
    assert said[query][caret.index("^")] == "("


# --- ids ---

SLUGS = [
    ("The Moscow Times", "the-moscow-times"),
    ("El País", "el-pais"),
    ("  24 Horas! ", "24-horas"),
    ("Коммерсантъ", "n-"),
    ("朝日新聞デジタル", "n-"),
    ("!!!", "n-"),
    ("RT по-русски", "rt-"),
    ("x" * 300, "x" * 80 + "-"),
]


@pytest.mark.parametrize(("name", "start"), SLUGS)
def test_a_slug_is_readable_and_never_empty(name, start):
    assert slug_of(name).startswith(start)


@given(st.text(min_size=1, max_size=120))
def test_a_slug_is_stable_short_and_plain(name):
    slug = slug_of(name)
    assert slug == slug_of(name)
    assert slug
    assert len(slug) <= 90
    assert slug.isascii()
    assert not set(slug) & set(" \n/\\\"'")


def test_different_names_in_another_script_get_different_slugs():
    assert slug_of("Коммерсантъ") != slug_of("Ведомости")


# --- digests ---

CHANGES = [
    (DeclaredOutlet(slug="a", name="A", feeds=("https://a/x",)), {"tier": 1}),
    (DeclaredOutlet(slug="a", name="A", feeds=("https://a/x",)), {"learn_boilerplate": False}),
    (DeclaredOutlet(slug="a", name="A", feeds=("https://a/x",)), {"feeds": ("https://a/x", "https://a/y")}),
    (DeclaredTopic(slug="a", name="A", query="x", recipients=("a@b.c",)), {"query": "y"}),
    (DeclaredTopic(slug="a", name="A", query="x", recipients=("a@b.c",)), {"recipients": ("d@b.c",)}),
    (DeclaredRecipient(address="a@b.c"), {"quiet": "22:00-07:00"}),
    (DeclaredList(name="a", words=("x",)), {"words": ("x", "y")}),
]


@pytest.mark.parametrize(("value", "change"), CHANGES)
def test_a_digest_changes_with_the_content_and_only_then(value, change):
    assert replace(value).digest == value.digest
    assert replace(value, **change).digest != value.digest


# --- plans ---


def outlet(slug, **more):
    return DeclaredOutlet(slug=slug, name=slug, feeds=(f"https://{slug}.example/rss",), **more)


def row(value, **more):
    return KnownRow(**({"slug": value.slug, "origin": "file", "digest": value.digest} | more))


A = outlet("a")
OFF = outlet("a", enabled=False)

# (declared, known row or none, the steps of the plan that name "a")
STEPS = [
    (A, None, {"add"}),
    (OFF, None, {"add"}),
    (A, row(A), {"unchanged"}),
    (A, row(A, digest="old"), {"change"}),
    (A, row(A, paused_by="file"), {"resume"}),
    (A, row(A, paused_by="file", digest="old"), {"change", "resume"}),
    (A, row(A, paused_by="person"), {"unchanged", "paused_by_person"}),
    (A, row(A, paused_by="person", digest="old"), {"change", "paused_by_person"}),
    (OFF, row(A), {"change", "pause"}),
    (OFF, row(OFF, paused_by="file"), {"unchanged"}),
    (A, row(A, origin="page"), {"left"}),
    (A, row(A, origin="import", digest="old"), {"left"}),
    (None, row(A), {"pause"}),
    (None, row(A, paused_by="file"), set()),
    (None, row(A, paused_by="person"), set()),
    (None, row(A, origin="page"), set()),
]


@pytest.mark.parametrize(("value", "known", "steps"), STEPS)
def test_a_plan_changes_only_what_files_own_and_pauses_what_vanished(value, known, steps):
    made = plan(Declared(outlets=(value,) if value else ()), Known(outlets=(known,) if known else ()))
    names = ("add", "change", "pause", "resume", "unchanged", "left", "paused_by_person")
    assert {name for name in names if "a" in getattr(made.outlets, name)} == steps
    assert made.empty == (not steps & {"add", "change", "pause", "resume"})


def test_the_plan_is_told_in_words():
    made = plan(
        Declared(outlets=(outlet("new"), outlet("kept"), outlet("mine")), lists=(DeclaredList(name="l", words=("x",)),)),
        Known(outlets=(row(outlet("kept"), digest="old"), row(outlet("mine"), origin="page"), row(outlet("gone")))),
    )
    assert describe(made) == (
        "+ outlet new (new)",
        "~ outlet kept (changed)",
        "- outlet gone (paused)",
        "= outlet mine (made by a person, left as it is)",
        "+ list l (new)",
    )
    assert summarise(made) == "2 new, 1 changed, 1 paused"


# (rows that run, of them declared, too drastic?)
DRASTIC = [(3, 0, False), (4, 4, False), (4, 3, False), (4, 2, True), (10, 7, False), (10, 6, True), (10, 0, True)]


@pytest.mark.parametrize(("running", "declared", "too_drastic"), DRASTIC)
@pytest.mark.parametrize("noun", ["outlets", "topics"])
def test_a_plan_that_would_pause_more_than_three_in_ten_is_drastic(noun, running, declared, too_drastic):
    values = [
        outlet(f"o{i}") if noun == "outlets" else DeclaredTopic(slug=f"t{i}", name="x", query="x", recipients=("a@b.c",))
        for i in range(running)
    ]
    known = Known(**{noun: tuple(row(value) for value in values)})
    made = plan(Declared(**{noun: tuple(values[:declared])}), known)
    assert made.too_drastic is too_drastic
    assert bool(refusal(made)) is too_drastic


def test_paused_rows_do_not_count_as_drastic():
    """Ten outlets of which nine are paused already: an empty file pauses only one."""
    rows = tuple(row(outlet(f"o{i}"), paused_by="file" if i else "") for i in range(10))
    assert not plan(Declared(), Known(outlets=rows)).too_drastic


slugs = st.lists(st.sampled_from("abcdefgh"), unique=True).map(lambda names: tuple(outlet(name) for name in names))


@given(slugs, slugs, st.sets(st.sampled_from("abcdefgh")))
def test_after_a_plan_nothing_is_left_to_do(wanted, held, by_person):
    """Applying a plan and planning again gives an empty plan; what a person paused stays paused."""
    known = Known(outlets=tuple(row(value, paused_by="person" if value.slug in by_person else "") for value in held))
    declared = Declared(outlets=wanted)
    after = apply(declared, known)
    again = plan(declared, after)
    assert again.empty
    assert all(r.paused_by == "person" for r in after.outlets if r.slug in by_person and r.slug in {v.slug for v in held})


def apply(declared, known):
    made = plan(declared, known).outlets
    values = {value.slug: value for value in declared.outlets}
    rows = {r.slug: r for r in known.outlets}
    for slug in made.add:
        rows[slug] = row(values[slug])
    for slug in made.change:
        rows[slug] = replace(rows[slug], digest=values[slug].digest)
    for slug in made.pause:
        rows[slug] = replace(rows[slug], paused_by="file")
    for slug in made.resume:
        rows[slug] = replace(rows[slug], paused_by="")
    return Known(outlets=tuple(rows.values()))
