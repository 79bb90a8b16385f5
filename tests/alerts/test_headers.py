"""No headline, topic or outlet can write a header; the same attacks are tried on every interpreter that is installed."""

import os
import shutil
import subprocess
import sys
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.alerts.headers import check, header_text, tokens_line, words_line
from aggregator.alerts.render import fallback, render
from aggregator.alerts.values import MessageKind
from tests.alerts.header_attacks import ATTACKS
from tests.alerts.samples import item, letter

NAMES = ["date", "from", "to", "subject", "message-id", "list-id", "list-unsubscribe", "auto-submitted", "precedence", "mime-version", "content-type"]  # fmt: skip
CHECKOUT = Path(__file__).parents[2]


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_hostile_text_in_every_place_leaves_exactly_our_headers(attack: str) -> None:
    hostile = item(
        headline=attack, topic_name=attack, outlet=attack, why=attack, matched_words=(attack,), language=attack, url=attack
    )
    done = render(letter(hostile, references=(attack, f"<{attack}@x>"), list_id=attack))
    parsed = message_from_bytes(done.mime, policy=policy.default)
    assert [name.lower() for name in parsed] == NAMES
    assert parsed["Subject"] == done.subject
    assert len(done.subject) <= 160
    assert done.problem == ""
    assert parsed.is_multipart()
    assert not parsed.defects


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("field", ["message_id", "sender", "address", "timezone"])
def test_even_a_broken_row_gives_a_mail(field: str, attack: str) -> None:
    """Sender, address and id come from configuration and database; if they are spoilt the fallback goes out, without a foreign header."""
    done = render(letter(**{field: attack}))
    parsed = message_from_bytes(done.mime, policy=policy.default)
    assert not {name.lower() for name in parsed} - {*NAMES, "content-transfer-encoding"}
    assert (done.problem == "") == (field == "timezone")


@given(st.text(max_size=400))
def test_any_text_reads_back_as_the_subject_that_was_meant(text: str) -> None:
    wire = words_line("Subject", text)
    assert all(len(line) <= 78 for line in wire.decode("ascii").splitlines())
    assert message_from_bytes(wire + b"\r\n", policy=policy.default)["Subject"] == header_text(text)


@given(st.text(max_size=200), st.integers(2, 50))
def test_header_text_is_one_clean_line_within_its_limit(text: str, limit: int) -> None:
    clean = header_text(text, limit)
    assert len(clean) <= limit
    assert "=?" not in clean
    assert not set(clean) & set("\r\n\0\u2028\u2029\u202e\x85")
    clean.encode()


@pytest.mark.parametrize("token", ["a\nb", "a\r", "é", "x" * 1000, "\0", "\x7f"])
def test_a_token_that_is_not_for_the_wire_is_refused(token: str) -> None:
    with pytest.raises(ValueError, match="not for a header"):
        tokens_line("List-Id", [token])


def test_long_message_ids_and_links_stay_whole() -> None:
    """The standard library encodes tokens over 78 characters as encoded words, which no program reads as an id."""
    reference = f"<{'a' * 120}@alerts.example>"
    url = "https://news.example/u/" + "f" * 200
    parsed = message_from_bytes(render(letter(references=(reference,), unsubscribe_url=url)).mime, policy=policy.compat32)
    assert parsed["References"].strip() == reference
    assert f"<{url}>" in parsed["List-Unsubscribe"]


def test_references_are_threaded_without_ourselves_and_bounded() -> None:
    many = tuple(f"<{number}@alerts.example>" for number in range(40))
    own = "<0123456789abcdef@alerts.example>"
    parsed = message_from_bytes(render(letter(references=(*many, own, many[0]))).mime)
    kept = parsed["References"].split()
    assert kept == [many[0], *many[-11:]]
    assert parsed["In-Reply-To"] == many[-1]


@pytest.mark.parametrize(
    ("url", "unsubscribe", "one_click"),
    [
        ("", "<mailto:alerts@alerts.example?subject=unsubscribe>", None),
        (
            "https://n.example/u/t",
            "<https://n.example/u/t>, <mailto:alerts@alerts.example?subject=unsubscribe>",
            "List-Unsubscribe=One-Click",
        ),
        ("http://n.example/u/t", "<http://n.example/u/t>, <mailto:alerts@alerts.example?subject=unsubscribe>", None),
        ("javascript:alert(1)", "<mailto:alerts@alerts.example?subject=unsubscribe>", None),
        ("https://n.example/>,<mailto:x@y", "<mailto:alerts@alerts.example?subject=unsubscribe>", None),
    ],
)
def test_one_click_needs_https_and_a_token_of_ours(url: str, unsubscribe: str, one_click: str | None) -> None:
    parsed = message_from_bytes(render(letter(unsubscribe_url=url, public_url="https://n.example")).mime, policy=policy.default)
    assert parsed["List-Unsubscribe"] == unsubscribe
    assert parsed["List-Unsubscribe-Post"] == one_click


@pytest.mark.parametrize(
    ("list_id", "expected"),
    [
        ("", "<alerts.alerts.example>"),
        ("bridge", "<bridge.alerts.example>"),
        ("<bridge.lists.example>", "<bridge.lists.example>"),
        ("Bridge & Harbour\r\nBcc: x", "<bridge-harbour-bcc-x.alerts.example>"),
    ],
)
def test_list_id_is_always_there_and_dotted(list_id: str, expected: str) -> None:
    assert message_from_bytes(render(letter(list_id=list_id)).mime)["List-Id"] == expected


@pytest.mark.parametrize(
    ("sender", "wire"),
    [
        ("News alerts <a@b.example>", "News alerts <a@b.example>"),
        ('"Alerts, \\ Inc." <a@b.example>', '"Alerts, \\\\ Inc." <a@b.example>'),
        ("a@b.example", "a@b.example"),
        ("Новости <a@b.example>", "=?utf-8?b?0J3QvtCy0L7RgdGC0Lg=?= <a@b.example>"),
    ],
)
def test_the_sender_on_the_wire(sender: str, wire: str) -> None:
    assert message_from_bytes(render(letter(sender=sender)).mime)["From"] == wire


def test_mails_say_that_a_machine_wrote_them() -> None:
    """No out-of-office answers: RFC 3834."""
    parsed = message_from_bytes(render(letter()).mime)
    assert (parsed["Auto-Submitted"], parsed["Precedence"]) == ("auto-generated", "bulk")


@pytest.mark.parametrize("kind", MessageKind)
def test_the_fallback_has_a_plain_subject_and_the_links(kind: MessageKind) -> None:
    done = fallback(letter(item(headline=ATTACKS[0]), kind=kind), problem="ValueError: x")
    parsed = message_from_bytes(done.mime, policy=policy.default)
    assert parsed["Subject"] == done.subject
    assert done.subject in ("New match #7", "[News digest] 1 story in 1 topic", "[aggregator] notice", "[aggregator] test")
    assert "https://gazette.example/bridge" in done.text
    assert done.problem == "ValueError: x"
    assert parsed.get_content_type() == "text/plain"


@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13"])
def test_the_same_attacks_are_harmless_on_other_interpreters(version: str) -> None:
    """The header code needs nothing but the standard library, so it runs on an interpreter without our environment."""
    python = _from_pyenv(version) or shutil.which(f"python{version}")
    if python is None:
        pytest.skip(f"no python{version} on this machine")
    run = subprocess.run(
        [python, "-I", "-W", "error", str(Path(__file__).with_name("header_attacks.py")), str(CHECKOUT)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={key: value for key, value in os.environ.items() if not key.startswith("PYTHON")},
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip() == f"{len(ATTACKS)} harmless"


def _from_pyenv(version: str) -> str | None:
    if sys.version.startswith(f"{version}."):
        return sys.executable
    found = sorted((Path.home() / ".pyenv" / "versions").glob(f"{version}.*/bin/python"))
    return str(found[-1]) if found else None


@pytest.mark.parametrize(
    ("mime", "says"),
    [
        (b"Subject: a\r\nBcc: x@y.example\r\n\r\n", "headers read back"),
        (b"Subject: b\r\n\r\n", "subject reads back"),
        (b"\r\n", "headers read back"),
        (b"Subject: a\r\nContent-Type: multipart/mixed\r\n\r\nx", "headers read back"),
    ],
)
def test_a_mail_that_reads_back_otherwise_is_not_sent(mime: bytes, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        check(mime, ("Subject",), "a")


def test_a_mail_with_a_broken_structure_is_not_sent() -> None:
    with pytest.raises(ValueError, match="defects"):
        check(b"Subject: a\r\nContent-Type: multipart/mixed\r\n\r\nx", ("Subject", "Content-Type"), "a")
