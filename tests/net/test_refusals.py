"""Point 32 of feeds: a refusal names who refuses, where that shows, and ordinary pages are taken for none."""

from datetime import timedelta

import pytest

from aggregator.errors import FetchError
from aggregator.limits import Limits
from aggregator.net.http import HttpDoor
from aggregator.net.values import Request
from aggregator.reasons import Reason
from tests.newspaper import Behaviour, Newspaper

CLOUDFLARE = ("Server", "cloudflare")
DATADOME = b"<html><head><title>herald.example</title></head><body><script>var dd={'cid':'x'}</script><script src='https://ct.captcha-delivery.com/c.js'></script></body></html>"
INCAPSULA = b"<html><body>Request unsuccessful. Incapsula incident ID: 1234-5678</body></html>"


def answer(status: int, body: bytes = b"<html><body>No.</body></html>", *headers: tuple[str, str]) -> Behaviour:
    return Behaviour(status=status, body=body, headers=headers)


REFUSALS = [
    (answer(403, b"", ("cf-mitigated", "challenge"), CLOUDFLARE), "403: Cloudflare asks for a human (cf-mitigated: challenge)"),
    (answer(503, b"", ("cf-mitigated", "challenge")), "503: Cloudflare asks for a human (cf-mitigated: challenge)"),
    (answer(403, b"", ("CF-Mitigated", "Block\x1b[2J")), "403: Cloudflare blocks us (cf-mitigated: block)"),
    (answer(403, b"error code: 1020", CLOUDFLARE), "403: Cloudflare blocks us (error 1020)"),
    (answer(429, b"<span class='cf-code-label'>Error code 1015</span>", CLOUDFLARE), "429: Cloudflare blocks us (error 1015)"),
    (answer(403, b"<script src='/cdn-cgi/challenge-platform/x.js'>"), "403: Cloudflare asks for a human (its challenge script)"),
    (answer(403, DATADOME, ("X-DataDome", "protected")), "403: DataDome asks for a human (x-datadome)"),
    (answer(401, DATADOME), "401: DataDome asks for a human (x-datadome)"),
    (answer(403, INCAPSULA), "403: Imperva (Incapsula) refuses us (its incident page)"),
    (answer(403, b"<iframe src='/_Incapsula_Resource?a'>"), "403: Imperva (Incapsula) refuses us (its script)"),
    (answer(403, b"", ("x-amzn-waf-action", "captcha")), "403: AWS WAF asks for a human (x-amzn-waf-action: captcha)"),
    (answer(202, b"", ("x-amzn-waf-action", "challenge")), "202: AWS WAF asks for a human (x-amzn-waf-action: challenge)"),
    (answer(403, b"", ("Server", "AkamaiGHost")), "403: Akamai's bot protection refuses us (its Access Denied page)"),
    (
        answer(403, b"<H1>Access Denied</H1> Reference&#32;&#35;18&#46;1f2e</P> https://errors.edgesuite.net/18.1f"),
        "403: Akamai's bot protection refuses us (its Access Denied page)",
    ),
    (answer(403, b'<div id="px-captcha">'), "403: HUMAN (PerimeterX) asks for a human (px-captcha)"),
    (answer(403, b"Access Denied - Sucuri Website Firewall"), "403: Sucuri's firewall refuses us (its Access Denied page)"),
    (answer(403, b"<div class='g-recaptcha' data-sitekey='x'>"), "403: it shows a captcha"),
    (answer(403, b"x" * 60_000 + b"<div class='g-recaptcha'>"), "status 403"),
    (answer(403), "status 403"),
    (answer(401), "status 401"),
    (answer(404, DATADOME), "status 404"),
    (Behaviour(status=403, body=b"g-recaptcha", headers=(("Content-Encoding", "br"),)), "status 403"),
    (Behaviour(status=403, body=b"cut <div class='h-captcha'> off" * 9, cut_after=40), "403: it shows a captcha"),
    (Behaviour(status=403, body=b"<p>and so on</p>" * 4096, endless=True), "status 403"),
]  # fmt: skip


async def refused(newspaper: Newspaper, behaviour: Behaviour) -> FetchError:
    site = newspaper.outlet("herald.example")
    site.script("/rss", behaviour)
    request = Request(url=site.url("/rss"), raw_cap=200_000, decoded_cap=200_000, deadline=timedelta(seconds=5))
    async with HttpDoor(newspaper.fetch_settings(), Limits()) as door:
        with pytest.raises(FetchError) as caught:
            await door.get(request)
    return caught.value


@pytest.mark.parametrize(("behaviour", "detail"), REFUSALS, ids=range(len(REFUSALS)))
async def test_p32_a_refusal_names_its_cause(newspaper: Newspaper, behaviour, detail):
    error = await refused(newspaper, behaviour)
    assert (error.detail, error.status) == (detail, behaviour.status)


@pytest.mark.parametrize(
    ("body", "headers", "words"),
    [
        (b"<html>wait</html>", (("cf-mitigated", "challenge"),), "200: Cloudflare asks for a human (cf-mitigated: challenge)"),
        (INCAPSULA, (), "200: Imperva (Incapsula) refuses us (its incident page)"),
        (DATADOME, (("x-datadome", "protected"),), "200: DataDome asks for a human (x-datadome)"),
        (
            b"<title>Just a moment...</title><script src='/cdn-cgi/challenge-platform/h/b/orchestrate'></script>",
            (),
            "200: Cloudflare asks for a human (its challenge page)",
        ),
    ],
)
async def test_a_challenge_in_the_place_of_the_document_is_a_refusal(newspaper: Newspaper, body, headers, words):
    error = await refused(newspaper, Behaviour(body=body, headers=headers, content_type="text/html; charset=utf-8"))
    assert (error.reason, error.status, error.detail) == (Reason.HTTP_403, 200, words)


@pytest.mark.parametrize(
    "body",
    [
        b"<html><title>How g-recaptcha and DataDome work</title><div class='g-recaptcha'></div></html>",
        b"<html><script src='/_Incapsula_Resource?SWJIYLWA=1'></script><p>News</p></html>",
        b"<html><p>News</p><script src='/cdn-cgi/challenge-platform/scripts/jsd/main.js'></script></html>",
    ],
)
async def test_ordinary_pages_of_protected_sites_are_read(newspaper: Newspaper, body):
    site = newspaper.outlet("herald.example")
    site.script("/page", Behaviour(body=body, headers=(("x-datadome", "protected"), CLOUDFLARE)))
    request = Request(url=site.url("/page"), raw_cap=9999, decoded_cap=9999, deadline=timedelta(seconds=5))
    async with HttpDoor(newspaper.fetch_settings(), Limits()) as door:
        assert (await door.get(request)).body == body


async def test_a_refusal_that_drips_is_not_waited_for(newspaper: Newspaper):
    error = await refused(newspaper, Behaviour(status=403, body=b"<div class='g-recaptcha'>" + b"." * 900, drip=(30, 0.5)))
    assert error.detail == "403: it shows a captcha"
