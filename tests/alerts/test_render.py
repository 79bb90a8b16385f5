"""What a mail shows, and what no outlet can make it show."""

import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser
from pathlib import Path

import pytest

from aggregator.alerts.digest import catch_up_subject, digest_subject, sections
from aggregator.alerts.render import render, render_text_only
from aggregator.alerts.values import AlertKind, Health, Letter, MessageKind
from aggregator.alerts.view import pieces, safe_url
from aggregator.ids import ArticleId, StoryId
from aggregator.topics.values import Field, Position, Sentence
from tests.alerts.samples import NOW, alert_letter, also, digest_letter, item, letter, sentence

GOLDEN = Path(__file__).with_name("golden")
UPDATE = os.environ.get("UPDATE_GOLDEN") == "1"
LETTERS = {"alert": alert_letter, "digest": digest_letter}


def parsed(done_letter: Letter) -> EmailMessage:
    found = message_from_bytes(render(done_letter).mime, policy=policy.default)
    assert isinstance(found, EmailMessage)
    return found


def part(done_letter: Letter, kind: str) -> str:
    body = parsed(done_letter).get_body((kind,))
    assert body is not None
    return str(body.get_content())


class Seen(HTMLParser):
    """What a mail program would make of the HTML: tags, attributes and text."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words += data

    def names(self) -> set[str]:
        return {name for name, _ in self.tags}

    def attributes(self) -> set[str]:
        return {attribute for _, attributes in self.tags for attribute in attributes}

    def links(self) -> list[str]:
        return [attributes["href"] or "" for name, attributes in self.tags if "href" in attributes and name == "a"]


@pytest.mark.parametrize("name", LETTERS)
def test_the_text_part_is_the_golden_text(name: str) -> None:
    """Run with UPDATE_GOLDEN=1 to write the files anew after a wanted change, then read the difference."""
    done = render(LETTERS[name]())
    shown = f"Subject: {done.subject}\n\n{done.text}"
    path = GOLDEN / f"{name}.txt"
    if UPDATE:
        path.write_text(shown, encoding="utf-8")
    assert shown == path.read_text(encoding="utf-8")
    assert done.text == render_text_only(LETTERS[name]())
    assert part(LETTERS[name](), "plain").replace("\r\n", "\n") == done.text


@pytest.mark.parametrize("name", LETTERS)
def test_the_html_part_is_the_golden_html(name: str) -> None:
    html = part(LETTERS[name](), "html").replace("\r\n", "\n")
    path = GOLDEN / f"{name}.html"
    if UPDATE:
        path.write_text(html, encoding="utf-8")
    assert html == path.read_text(encoding="utf-8")


VECTORS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<!--><img src=x onerror=alert(1)>-->",
    "<!-- --!><img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<math><mtext><img src=x onerror=alert(1)></mtext></math>",
    '"><script>alert(1)</script>',
    "' onmouseover='alert(1)",
    '" onmouseover="alert(1)',
    '<a href="javascript:alert(1)">x</a>',
    '<a href="java&#9;script:alert(1)">x</a>',
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\tscript:alert(1)",
    "\x01javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "<iframe src=https://evil.example></iframe>",
    "<link rel=stylesheet href=https://evil.example/x.css>",
    "<style>@import 'https://evil.example/x.css';</style>",
    "<body background=https://evil.example/x.png>",
    "<form action=https://evil.example><input name=p></form>",
    '<meta http-equiv="refresh" content="0;url=https://evil.example">',
    "</title></style></textarea><script>alert(1)</script>",
    "<object data=https://evil.example></object>",
    "<base href=https://evil.example>",
    "<video poster=https://evil.example/x></video>",
    "{{ 7 * 7 }}{% for x in range(9) %}x{% endfor %}",
    "\ufeff<\u0000script>alert(1)</script>",
)
OURS = {
    "html", "head", "meta", "title", "style", "body", "article", "h2", "h3", "p", "a", "bdi", "em", "blockquote", "mark", "div", "hr",
}  # fmt: skip
ATTRIBUTES = {"lang", "dir", "charset", "name", "content", "class", "href", "rel"}


@pytest.mark.parametrize("vector", VECTORS)
@pytest.mark.parametrize("kind", [MessageKind.ALERT, MessageKind.DIGEST, MessageKind.NOTICE])
def test_no_text_of_an_outlet_becomes_markup_or_a_link(kind: MessageKind, vector: str) -> None:
    """Every field hostile, the finished mail read back: only our tags, no handler, nothing remote, links only http(s) or our mailto."""
    marks = Sentence(field=Field.BODY, text=vector, marks=((0, 3), (5, 9)))
    hostile = item(
        headline=vector,
        topic_name=vector,
        outlet=vector,
        url=vector,
        why=vector,
        language=vector,
        matched_words=(vector,),
        sentences=(marks,),
        also_in=(also(vector, 1, vector),),
        copy_url=vector,
        mute_url=vector,
    )
    health = Health(outlets_total=1, outlets_read=0, troubles=(vector,))
    sent = letter(hostile, kind=kind, health=health, subject=vector, paragraphs=(vector,), unsubscribe_url=vector)
    assert render(sent).problem == ""
    seen = Seen(part(sent, "html"))
    assert seen.names() <= OURS
    assert seen.attributes() <= ATTRIBUTES
    assert seen.links() == ["mailto:alerts@alerts.example?subject=unsubscribe"]
    assert "49" not in seen.words


def test_the_only_style_is_ours_and_fetches_nothing() -> None:
    html = part(digest_letter(), "html")
    assert "url(" not in html
    assert "@import" not in html
    assert "src=" not in html
    assert "http-equiv" not in html


@pytest.mark.parametrize(
    ("url", "usable"),
    [
        ("https://news.example/a?b=c&d=e#f", True),
        ("http://news.example:8080/", True),
        ("HTTPS://NEWS.EXAMPLE/", True),
        ("https://пример.example/путь", True),
        ("https://news.example/it's(1)", True),
        ("ftp://news.example/", False),
        ("//news.example/a", False),
        ("/a", False),
        ("https:///a", False),
        ("https://user:pass@news.example/", False),
        ("https://news.example\\@evil.example/", False),
        ("https://news.example/a b", False),
        ("https://news.example/\u202egnp", False),
        ("https://[::1/", False),
        ("https://news.example/" + "a" * 5_000, False),
        ("mailto:a@b.example", False),
        ("", False),
    ],
)
def test_only_plain_web_addresses_become_links(url: str, usable: bool) -> None:
    assert safe_url(url) == (url if usable else "")


def test_an_address_that_may_not_be_a_link_is_shown_as_text() -> None:
    sent = letter(item(url="javascript:alert(1)"))
    assert "javascript:alert(1)" in part(sent, "plain")
    assert "javascript:alert(1)" in Seen(part(sent, "html")).words


@pytest.mark.parametrize(
    ("text", "marks", "expected"),
    [
        ("one two three", ((4, 7),), "one *two* three"),
        ("one two three", ((8, 13), (0, 3)), "*one* two *three*"),
        ("one two three", ((0, 5), (3, 7)), "*one t**wo* three"),
        ("one two", ((4, 99),), "one *two*"),
        ("one two", ((-5, 3),), "*one* two"),
        ("one two", ((5, 5), (9, 12), (6, 2)), "one two"),
        ("a\u202eb two", ((4, 7),), "ab *two*"),
        ("one\n two", ((5, 8),), "one *two*"),
        ("", ((0, 1),), ""),
        ("x" * 1000 + " two " + "y" * 1000, ((1001, 1004),), "… " + "x" * 199 + " *two* " + "y" * 396 + " …"),
    ],
)
def test_marks_stand_where_the_words_are(text: str, marks: tuple[tuple[int, int], ...], expected: str) -> None:
    found = pieces(Sentence(field=Field.BODY, text=text, marks=marks))
    assert "".join(f"*{piece.text}*" if piece.marked else piece.text for piece in found) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "[Harbour and Bridge] Council votes to close the old bridge"),
        ({"also_in": (also("A", 1),)}, "[Harbour and Bridge] Council votes to close the old bridge (+1 outlet)"),
        (
            {"also_in": (also("A", 1), also("B", 1), also("A", 2), also("Northern Gazette", 1))},
            "[Harbour and Bridge] Council votes to close the old bridge (+2 outlets)",
        ),
        ({"kind": AlertKind.EDIT}, "[Harbour and Bridge] Changed: Council votes to close the old bridge"),
        ({"headline": "a\r\nb  =?c"}, "[Harbour and Bridge] a b = ?c"),
        ({"headline": "", "topic_name": "X"}, "[X]"),
    ],
)
def test_the_subject_of_an_alert(changes: dict[str, object], expected: str) -> None:
    assert render(letter(item(**changes))).subject == expected


def test_a_long_headline_is_cut_but_the_outlets_are_still_counted() -> None:
    subject = render(letter(item(headline="слово " * 200, topic_name="t" * 300, also_in=(also("A", 1),)))).subject
    assert len(subject) <= 160
    assert subject.endswith("… (+1 outlet)")


def test_subjects_of_digests() -> None:
    one, two = item(), item(topic_name="B", article_id=ArticleId(2), story_id=StoryId(2))
    assert digest_subject((one, two), "Mon 23 Nov") == "[News digest] 2 stories in 2 topics, Mon 23 Nov"
    assert digest_subject((one, item(topic_name="B")), "Mon 23 Nov") == "[News digest] 1 story in 2 topics, Mon 23 Nov"
    assert digest_subject((), "Mon 23 Nov") == "[News digest] no stories, Mon 23 Nov"
    assert catch_up_subject((one,), "Sat 21 Nov") == "[News digest] catch-up: 1 story in 1 topic since Sat 21 Nov"
    late = replace(digest_letter(), catch_up=True)
    assert render(late).subject == "[News digest] catch-up: 3 stories in 2 topics since Sun 22 Nov"


def test_the_day_of_a_digest_is_the_recipients_day() -> None:
    late = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
    assert render(letter(kind=MessageKind.DIGEST, now=late)).subject.endswith("Tue 24 Nov")
    assert render(letter(kind=MessageKind.DIGEST, now=late, timezone="America/New_York")).subject.endswith("Mon 23 Nov")


def test_a_digest_has_topics_by_name_then_tier_then_time() -> None:
    early, late = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 2, tzinfo=UTC)
    items = (
        item(topic_name="b", article_id=ArticleId(1), tier=2, published_at=early),
        item(topic_name="A", article_id=ArticleId(2), tier=0, published_at=early),
        item(topic_name="A", article_id=ArticleId(3), tier=2, published_at=late),
        item(topic_name="A", article_id=ArticleId(4), tier=2, published_at=None, first_seen_at=early),
        item(topic_name="A", article_id=ArticleId(5), tier=1, published_at=late),
    )
    found = [(part_of.topic_name, [each.article_id for each in part_of.items]) for part_of in sections(items)]
    assert found == [("A", [5, 4, 3, 2]), ("b", [1])]


def test_an_empty_digest_says_so_and_shows_how_far_it_can_be_trusted() -> None:
    empty = replace(digest_letter(), items=())
    for kind in ("plain", "html"):
        assert "No stories in this time." in part(empty, kind)
        assert "37 of 38 outlets read; Coast Radio has been silent for 3 times its usual gap." in part(empty, kind)


@pytest.mark.parametrize(
    ("language", "direction", "lang"),
    [("ar", "rtl", "ar"), ("fa-IR", "rtl", "fa-IR"), ("en", "auto", "en"), ("", "auto", None), ('x" onload="y', "auto", None)],
)
def test_the_direction_of_a_story_follows_its_language(language: str, direction: str, lang: str | None) -> None:
    tags = Seen(part(letter(item(language=language)), "html")).tags
    (story,) = (attributes for name, attributes in tags if name == "article")
    assert (story.get("dir"), story.get("lang")) == (direction, lang)


@pytest.mark.parametrize(
    ("timezone", "shown"),
    [
        ("Europe/Amsterdam", "Mon 23 Nov 2026, 09:12 CET"),
        ("Europe/Moscow", "Mon 23 Nov 2026, 11:12 MSK"),
        ("America/Sao_Paulo", "Mon 23 Nov 2026, 05:12 UTC-03"),
        ("Asia/Kathmandu", "Mon 23 Nov 2026, 13:57 UTC+0545"),
        ("Mars/Olympus", "Mon 23 Nov 2026, 08:12 UTC"),
    ],
)
def test_times_are_local_and_name_their_zone(timezone: str, shown: str) -> None:
    assert shown in part(letter(timezone=timezone), "plain")


@pytest.mark.parametrize("when", [datetime.max.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC)])
@pytest.mark.parametrize("timezone", ["Pacific/Kiritimati", "America/New_York"])
def test_an_impossible_date_does_not_stop_the_mail(when: datetime, timezone: str) -> None:
    assert render(letter(item(published_at=when), timezone=timezone)).problem == ""


HUGE = item(
    headline="Ω" * 5_000,
    why="w" * 5_000,
    sentences=tuple(sentence("слово " * 2_000, "слово") for _ in range(50)),
    matched_words=("w" * 500,) * 50,
    url="https://a.example/" + "b" * 3_500,
)


@pytest.mark.parametrize(
    "sent",
    [alert_letter(), digest_letter(), letter(HUGE), letter(*[HUGE] * 30, kind=MessageKind.DIGEST)],
    ids=["alert", "digest", "huge", "huge digest"],
)
def test_a_mail_is_ascii_with_crlf_short_lines_and_the_same_bytes_again(sent: Letter) -> None:
    mime = render(sent).mime
    assert mime.isascii()
    assert mime.count(b"\n") == mime.count(b"\r\n") == mime.count(b"\r")
    assert max(map(len, mime.split(b"\r\n"))) <= 998
    assert render(sent).mime == mime


def test_two_messages_have_two_boundaries() -> None:
    assert parsed(letter()).get_boundary() != parsed(letter(message_id="<other@alerts.example>")).get_boundary()


def test_both_parts_say_what_a_reader_needs() -> None:
    sent = alert_letter()
    seen = Seen(part(sent, "html"))
    for text in (part(sent, "plain"), seen.words):
        for needed in (
            "Council votes",
            "Northern Gazette",
            "09:12 CET",
            "Coast Radio",
            "09:25 CET",
            "harbour NEAR/10 bridge",
            "in the lead",
            "37 of 38 outlets read",
        ):
            assert needed in text
    assert "*harbour*" in part(sent, "plain")
    assert ("mark", {}) in seen.tags
    assert "https://gazette.example/bridge?id=1&from=feed" in seen.links()
    assert "https://gazette.example/bridge?id=1&from=feed" in part(sent, "plain")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"partly_read": True}, "Only the headline and the feed's summary could be read so far."),
        ({"kind": AlertKind.COMPLETION}, "The full text could be read by now."),
        ({"kind": AlertKind.EDIT}, "Changed since we told you."),
        ({"published_at": None}, "first seen Mon 23 Nov 2026, 09:20 CET"),
        ({"headline": " \n "}, "(no headline)"),
        ({"sentences": (sentence("A b.", "b"),) * 10}, "and 2 more places"),
        ({"position": Position.METADATA, "matched_words": (), "sentences": ()}, "Found: by outlet, section or language"),
        ({"wrong_url": "https://n.example/w"}, "wrong hit"),
    ],
)
def test_what_a_story_says_about_itself(changes: dict[str, object], words: str) -> None:
    sent = letter(item(**changes))
    assert words in part(sent, "plain")
    assert words in Seen(part(sent, "html")).words


def test_notices_and_test_mails_show_their_own_words_or_ours() -> None:
    notice = letter(
        kind=MessageKind.NOTICE, items=(), subject="Feed is dead", paragraphs=("It was <b>silent</b>.", "Look at it.")
    )
    assert render(notice).subject == "Feed is dead"
    assert "It was <b>silent</b>." in part(notice, "plain")
    assert "<p>It was &lt;b&gt;silent&lt;/b&gt;.</p>" in part(notice, "html")
    probe = letter(kind=MessageKind.TEST, items=())
    assert render(probe).subject == "[aggregator] Test mail"
    assert "if you read it, alerts arrive" in part(probe, "plain")


def test_many_troubles_are_counted_not_listed() -> None:
    health = Health(outlets_total=40, outlets_read=28, troubles=tuple(f"Outlet {number} is silent." for number in range(12)))
    text = part(letter(health=health), "plain")
    assert "Outlet 7 is silent; and 4 more troubles." in text
    assert "Outlet 8" not in text


def test_rendering_does_not_depend_on_the_machines_locale_or_zone() -> None:
    """A service started under another TZ and LANG writes the same bytes."""
    code = "import sys; from tests.alerts.samples import digest_letter; from aggregator.alerts.render import render; sys.stdout.buffer.write(render(digest_letter()).mime)"
    here = Path(__file__)
    env = os.environ | {
        "TZ": "Pacific/Apia",
        "LC_ALL": "C",
        "PYTHONPATH": str(here.parents[2]),
    }
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=60, check=True, env=env)
    assert run.stdout == render(digest_letter()).mime


def test_the_date_header_is_the_moment_of_rendering() -> None:
    assert parsed(letter())["Date"].datetime == NOW
