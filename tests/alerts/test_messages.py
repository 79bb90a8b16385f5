"""Keys, Message-IDs and addresses."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from aggregator.alerts.addresses import parse_address
from aggregator.alerts.messages import alert_key, digest_key, domain_of, message_id
from aggregator.alerts.values import AlertKind
from aggregator.errors import UsageError
from aggregator.ids import ArticleId, RecipientId, TopicId


def test_a_message_id_is_stable_and_depends_on_secret_and_key() -> None:
    one = message_id(b"secret", "alert:1:2:3:match:0", "alerts.example")
    assert one == "<2e6faf73705d36119343683fafd7a88fe851ca07@alerts.example>"
    assert (
        len({one, message_id(b"other", "alert:1:2:3:match:0", "alerts.example"), message_id(b"secret", "x", "alerts.example")})
        == 3
    )


def test_a_message_id_fits_its_column_whatever_the_domain() -> None:
    assert len(message_id(b"s", "k", ".".join(["a" * 60] * 4))) <= 255


def test_keys_name_everything_that_makes_a_message_one() -> None:
    slot = datetime(2026, 11, 23, 8, tzinfo=timezone(timedelta(hours=1)))
    assert alert_key(TopicId(1), RecipientId(2), ArticleId(3), AlertKind.EDIT, 4) == "alert:1:2:3:edit:4"
    assert digest_key(RecipientId(2), "daily at 08:00 UTC", slot) == "digest:2:daily at 08:00 UTC:2026-11-23T07:00:00Z"
    assert digest_key(RecipientId(2), "x", slot) == digest_key(RecipientId(2), "x", slot.astimezone(UTC))


@pytest.mark.parametrize(
    ("sender", "domain"),
    [
        ("News alerts <alerts@Example.ORG>", "example.org"),
        ("alerts@localhost", "localhost"),
        ("a@bücher.example", "xn--bcher-kva.example"),
    ],
)
def test_domain_of_a_sender(sender: str, domain: str) -> None:
    assert domain_of(sender) == domain


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("desk@example.org", "desk@example.org"),
        (" Desk+news@EXAMPLE.org ", "Desk+news@example.org"),
        ("a@пример.example", "a@xn--e1afmkfd.example"),
    ],
)
def test_a_recipient_is_normalised(text: str, expected: str) -> None:
    assert parse_address(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("News alerts <alerts@example.org>", "News alerts <alerts@example.org>"),
        ('"Alerts, Inc." <alerts@example.org>', "Alerts, Inc. <alerts@example.org>"),
        ("alerts@example.org", "alerts@example.org"),
        ("Новости <alerts@example.org>", "Новости <alerts@example.org>"),
    ],
)
def test_a_sender_may_have_a_name(text: str, expected: str) -> None:
    assert parse_address(text, display_name=True) == expected


BAD = [
    "", "desk", "@example.org", "desk@", "a b@example.org", "a@b@c", "a@b..c", "a@-b.example", ".a@example.org", "a..b@example.org",
    "a@example.org\nBcc: x@y.example", "a@example.org\r\n", "a@example.org, b@example.org", "a@example.org;b@example.org", "Name <a@example.org>",
    "<script>@example.org", '"a b"@example.org', "a@[127.0.0.1]", "имя@example.org", "a@exam\u2028ple.org", "a" * 65 + "@example.org",
    "a@" + "b" * 64 + ".example", "a@" + ".".join(["b" * 60] * 5), "a\0@example.org", "a@\ud800.example", "=?utf-8?q?a?=@x <b@c>",
]  # fmt: skip


@pytest.mark.parametrize("text", BAD)
def test_a_wrong_address_is_refused_with_a_hint_and_one_clean_line(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_address(text)
    assert caught.value.hint
    assert caught.value.message.isprintable()


@pytest.mark.parametrize(
    "text", ["A\r\nBcc: x@y.example <a@example.org>", "A\u202e <a@example.org>", "A <a@example.org> <b@example.org>"]
)
def test_a_sender_name_that_could_change_headers_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse_address(text, display_name=True)
