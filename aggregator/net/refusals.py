"""Who stands behind a refusal: bot protections sign their answers, and the owner can do something about a cause with a name.

Only marks that a protection puts there itself count; an article about captchas must not be taken for one.
"""

import re
from typing import Final, Protocol

# Enough of an answer's body to know it by.
GLANCE: Final = 16 * 1024
_CLOUDFLARE_CODE: Final = re.compile(rb"error code: (1\d{3})|cf-code-label[^>]{0,80}>Error code (1\d{3})", re.IGNORECASE)
_AKAMAI: Final = re.compile(rb"errors\.edgesuite\.net|Reference(?:&#32;| )(?:&#35;|#)\d")
# Pages that stand in the place of another, by what no other page has.
_CHALLENGES: Final = (
    (re.compile(rb"Request unsuccessful\. Incapsula incident ID"), "Imperva (Incapsula) refuses us (its incident page)"),
    (
        re.compile(rb"<title>Just a moment\.\.\.</title>.{0,16000}/cdn-cgi/challenge-platform/", re.DOTALL),
        "Cloudflare asks for a human (its challenge page)",
    ),
)
# On a refusal also marks count that ordinary pages of protected sites have.
_REFUSALS: Final = (
    (re.compile(rb"""id=["']px-captcha["']|window\._pxAppId"""), "HUMAN (PerimeterX) asks for a human (px-captcha)"),
    (re.compile(rb"Sucuri Website Firewall"), "Sucuri's firewall refuses us (its Access Denied page)"),
    (re.compile(rb"_Incapsula_Resource"), "Imperva (Incapsula) refuses us (its script)"),
    (re.compile(rb"/cdn-cgi/challenge-platform/"), "Cloudflare asks for a human (its challenge script)"),
    (
        re.compile(rb"""class=["'](?:g-recaptcha|h-captcha|cf-turnstile)["' ]|google\.com/recaptcha/|hcaptcha\.com/1/api\.js"""),
        "it shows a captcha",
    ),
)
_WORD: Final = re.compile(r"[\w-]{1,40}")


class Answered(Protocol):
    """An answer with its headers and as much of its body as was read."""

    @property
    def body(self) -> bytes: ...
    def header(self, name: str) -> str | None: ...


def cause(answer: Answered) -> str:
    """Who refuses and by what mark it is known, "" when that does not show. For answers that are refusals (401, 403, 429, 503)."""
    signed = signed_challenge(answer)
    if signed:
        return signed
    body, server = answer.body[:GLANCE], (answer.header("server") or "").lower()
    code = _CLOUDFLARE_CODE.search(body)
    if "cloudflare" in server and code:
        return f"Cloudflare blocks us (error {(code[1] or code[2]).decode()})"
    if "akamaighost" in server or (b"Access Denied" in body and _AKAMAI.search(body)):
        return "Akamai's bot protection refuses us (its Access Denied page)"
    if answer.header("x-datadome"):
        return "DataDome refuses us (x-datadome)"
    return next((words for mark, words in _REFUSALS if mark.search(body)), "")


def signed_challenge(answer: Answered) -> str:
    """The bot protection that put its own page in the place of what was asked for, whatever the status says; "" for none."""
    mitigated = _word(answer.header("cf-mitigated"))
    if mitigated == "challenge":
        return "Cloudflare asks for a human (cf-mitigated: challenge)"
    if mitigated:
        return f"Cloudflare blocks us (cf-mitigated: {mitigated})"
    waf = _word(answer.header("x-amzn-waf-action"))
    if waf:
        return f"AWS WAF asks for a human (x-amzn-waf-action: {waf})"
    body = answer.body[:GLANCE]
    if b"captcha-delivery.com" in body and (answer.header("x-datadome") or b"var dd=" in body):
        return "DataDome asks for a human (x-datadome)"
    return next((words for mark, words in _CHALLENGES if mark.search(body)), "")


def _word(value: str | None) -> str:
    found = _WORD.match((value or "").strip().lower())
    return found[0] if found else ""
