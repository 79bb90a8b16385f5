"""Hostile headlines; as a script (run by test_headers.py on other interpreters) each goes through our header code.

Needs the standard library alone: other interpreters have no pytest.
"""

import sys
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.policy import SMTP

ATTACKS = (
    "A =?UTF-8?Q?=0A?=Bcc: injected@example.com",
    "A =?UTF-8?Q?=0D=0A?=Bcc: injected@example.com",
    "A =?UTF-8?Q?=0A?=",
    "A =?UTF-8?B?Cg==?=Bcc: injected@example.com",
    "A =?utf-8?q?=0A=0A<script>alert(1)</script>?=",
    "A\nBcc: injected@example.com",
    "A\r\nBcc: injected@example.com",
    "A\r\n\r\nbody",
    "A\rBcc: injected@example.com",
    "A\n",
    "A\u2028Bcc: injected@example.com",
    "A\u2029Bcc: injected@example.com",
    "A\x85Bcc: injected@example.com",
    "A\x0bBcc: injected@example.com",
    "A\x0cBcc: injected@example.com",
    "A\x00B",
    "A\ud800B",
    "A\u202egnp.exe",
    "A =\u200b?utf-8?q?=0A?=Bcc: injected@example.com",
    "A ==?utf-8?q?=0A?=?Bcc: x",
    "=?utf-8?b?" + "QUJD" * 100 + "?=",
    "Привет =?UTF-8?Q?=0A?=Bcc: injected@example.com",
    "é" * 500,
    "x" * 10_000,
    "\t" * 200 + "A",
    "\U0001f600" * 80,
    "%0d%0aBcc: injected@example.com",
    "A\\r\\nBcc: injected@example.com",
)


def harmless(attack: str) -> bool:
    from aggregator.alerts.headers import check, header_text, tokens_line, words_line  # noqa: PLC0415  the path is set by main

    body = EmailMessage(policy=SMTP)
    body.set_content("text\n", cte="quoted-printable")
    body.add_alternative("<p>text</p>\n", subtype="html", cte="quoted-printable")
    body.set_boundary("=_fixed")
    mime = words_line("Subject", attack) + tokens_line("To", ["desk@press.example"]) + body.as_bytes()
    check(mime, ("Subject", "To", *body.keys()), attack)
    parsed = message_from_bytes(mime, policy=policy.default)
    return parsed["Subject"] == header_text(attack) and parsed["Bcc"] is None and parsed["To"] == "desk@press.example"


def main() -> None:
    sys.path.insert(0, sys.argv[1])
    sys.dont_write_bytecode = True
    print(sum(harmless(attack) for attack in ATTACKS), "harmless")  # noqa: T201


if __name__ == "__main__":
    main()
