"""What the doctor asks over the network: name servers, outlets, proxies, the mail server, the own page. Each gives one finding."""

import asyncio
import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TypeVar

from aggregator.alerts.addresses import parse_address
from aggregator.clock import Clock
from aggregator.errors import DeliveryError, FetchError, UsageError
from aggregator.net import probe
from aggregator.net.dial import is_address
from aggregator.net.resolve import Resolver
from aggregator.net.smtp import MailDoor
from aggregator.net.values import Response
from aggregator.reasons import Reason, explain
from aggregator.service import examinations as judge
from aggregator.service import verdict
from aggregator.service.examinations import Finding, fault, not_checked, ok, warning
from aggregator.service.patient import Patient
from aggregator.settings import FetchSettings
from aggregator.store.lock import holder_of
from aggregator.store.values import WatchedFeed
from aggregator.text import printable

T = TypeVar("T")
SAMPLE = 5
ASKED = 3
# The example of the starter configuration: mail servers refuse it, or nobody gets the bounces.
_EXAMPLES = ("@example.org", "@example.com")
_OTHER_PORT = 'set [web] listen = "127.0.0.1:8001"'
_UNSET = "its settings cannot be read, see configuration"


async def names(patient: Patient, resolver: Resolver, *, every: bool) -> Finding:
    """Are the outlets' names found. Those behind a proxy are the proxy's to look up."""
    direct = [feed for feed in patient.feeds if not (feed.proxy or patient.settings.fetch.proxy)]
    hosts = [(feed.outlet, host) for feed in _one_a_host(direct) if (host := probe.host_of(feed.url))]
    chosen = hosts if every else spread(hosts, SAMPLE)
    answers = await asyncio.gather(*(_is_found(resolver, host) for _, host in chosen))
    return judge.names(chosen, [asked for asked, found in zip(chosen, answers, strict=True) if not found])


async def _is_found(resolver: Resolver, host: str) -> bool:
    try:
        return is_address(host) or bool(await resolver.resolve(host, 443))
    except FetchError:
        return False


def _one_a_host(feeds: Iterable[WatchedFeed]) -> list[WatchedFeed]:
    return list({feed.host_key: feed for feed in feeds}.values())


def spread(items: Sequence[T], count: int) -> list[T]:
    """`count` of them, evenly from first to last."""
    if len(items) <= count:
        return list(items)
    return [items[place * (len(items) - 1) // (count - 1)] for place in range(count)]


async def clock(patient: Patient, resolver: Resolver, own: Clock, *, deadline: timedelta) -> Finding:
    """The Date of the answers of up to three outlets, one small request each."""
    chosen = spread(_one_a_host(patient.feeds), ASKED)
    gaps: list[timedelta] = []
    reasons: list[str] = []

    async def compare(feed: WatchedFeed) -> None:
        try:
            answer = await probe.ask(
                door, probe.small_page(feed.url), deadline=deadline, proxy=feed.proxy, user_agent=feed.user_agent
            )
        except FetchError as error:
            reasons.append(f"{probe.host_of(feed.url)}: {explain(error.reason)}")
            return
        told = probe.told_time(answer)
        if told is not None:
            gaps.append(own.now() - told)

    async with probe.AnyAnswerDoor(patient.settings.fetch, patient.settings.limits, resolver=resolver, clock=own) as door:
        await asyncio.gather(*(compare(feed) for feed in chosen))
    return judge.clock(probe.median_gap(gaps), asked=len(chosen), reasons=reasons, now=own.now())


async def proxies(patient: Patient, resolver: Resolver) -> Finding:
    """The general proxy and those of single outlets."""
    if not patient.known:
        return not_checked("proxy", _UNSET)
    used = dict.fromkeys(proxy for proxy in (patient.settings.fetch.proxy, *(feed.proxy for feed in patient.feeds)) if proxy)
    if not used:
        return ok("proxy", "none is used")
    problems = [problem for problem in await asyncio.gather(*(_proxy_problem(proxy, resolver) for proxy in used)) if problem]
    if problems:
        return fault(
            "proxy", "; ".join(problems), "is it running? correct proxy in aggregator.toml or outlets.toml", by_network=True
        )
    return ok("proxy", f"{', '.join(probe.shown_proxy(proxy) for proxy in used)} answers")


async def _proxy_problem(proxy: str, resolver: Resolver) -> str:
    try:
        await probe.reach_proxy(proxy, resolver)
    except FetchError as error:
        return f"{probe.shown_proxy(proxy)}: {printable(error.detail)}"
    return ""


async def mail(patient: Patient, *, deadline: timedelta) -> Finding:
    """Connects, encrypts and logs in as for a message, and sends none."""
    smtp = patient.settings.smtp
    if not patient.known:
        return not_checked("mail", _UNSET)
    if not smtp.host:
        return warning(
            "mail", "no mail server is configured: every message is held, none leaves", "set host under [smtp] in aggregator.toml"
        )
    short = min(deadline * 0.8, patient.settings.limits.smtp_connect)
    limits = replace(patient.settings.limits, smtp_connect=short, smtp_command=short, smtp_total=deadline * 0.9)
    door = MailDoor(smtp, limits)
    where = f"{smtp.host}:{smtp.port}"
    try:
        greeting = await door.check()
    except DeliveryError as error:
        found = f"{where}: {explain(error.reason)} ({printable(error.detail)})"
        return fault(
            "mail", found, _mail_remedy(error.reason), by_network=error.reason is Reason.SMTP_CONNECT and not _is_near(smtp.host)
        )
    finally:
        await door.close()
    return _sender(smtp.sender) or ok("mail", f"{where} takes our mail{', logged in' if smtp.username else ''}: {greeting[:60]}")


def _mail_remedy(reason: Reason) -> str:
    remedies = {
        Reason.SMTP_AUTH: "correct username and password (or password_file) under [smtp]",
        Reason.SMTP_TLS: "correct security and port under [smtp]: tls with 465, starttls with 587",
        Reason.SMTP_TIMEOUT: "correct host, port and security under [smtp], or ask who runs the mail server",
    }
    return remedies.get(reason, "correct host and port under [smtp]; is the mail server running?")


def _sender(sender: str) -> Finding | None:
    try:
        address = parse_address(sender, display_name=True)
    except UsageError as error:
        return fault("mail", f"the sender cannot be used: {error.message}", error.hint)
    if address.rstrip(">").endswith(_EXAMPLES):
        return warning("mail", f"the sender is still the example, {address}", "set sender under [smtp] to an address of yours")
    return None


def _is_near(host: str) -> bool:
    return host == "localhost" or is_address(host)


async def page(patient: Patient, own: Clock, *, deadline: timedelta) -> Finding:
    """The port of the page: free, ours, or somebody else's."""
    listen = patient.settings.web.listen
    host, _, port = listen.rpartition(":")
    holder = holder_of(patient.settings.data_dir / "aggregator.lock") if patient.embedded else None
    if not patient.known:
        return not_checked("page", _UNSET)
    if port == "0":
        return ok("page", "takes any free port")
    answer = await _ask_page(patient, host, port, own, deadline=deadline)
    if answer is not None and is_ours(answer):
        return _our_page(listen, answer, patient, own, here=holder is not None or not patient.embedded)
    problem = probe.port_problem(host.strip("[]"), int(port))
    runs = holder is not None and holder.command == "run"
    if problem and not (runs and answer is None):
        return fault("page", f"{listen}: {problem.lower()}, by another program", f"end that program, or {_OTHER_PORT}")
    if runs:
        return fault("page", f"{listen}: `run` works, and its page does not answer", "start it again, and see its log")
    return ok("page", f"{listen} is free")


async def _ask_page(patient: Patient, host: str, port: str, own: Clock, *, deadline: timedelta) -> Response | None:
    near = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]"}.get(host, host)  # noqa: S104 - where it is asked, not where it listens
    fetch = FetchSettings(user_agent=patient.settings.fetch.user_agent, allow_networks=("0.0.0.0/0", "::/0"))
    async with probe.AnyAnswerDoor(fetch, patient.settings.limits, clock=own) as door:
        try:
            return await probe.ask(door, f"http://{near}:{port}/health", deadline=deadline * 0.5)
        except FetchError:
            return None


def is_ours(answer: Response) -> bool:
    """Told by the form of /health, or by the strict header that even a refusal carries."""
    if "default-src 'none'" in (answer.header("content-security-policy") or ""):
        return True
    return "verdict" in _document(answer)


def _document(answer: Response) -> dict[str, object]:
    try:
        found = json.loads(answer.body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _our_page(listen: str, answer: Response, patient: Patient, own: Clock, *, here: bool) -> Finding:
    """`here`: somebody holds this installation's database, so that the page may be its own."""
    if not here:
        return fault("page", f"{listen}: another aggregator shows its page there", _OTHER_PORT)
    if answer.status == 503:
        why = _why_not(patient, own)
        found = f"{listen} says that the service does not work{why and f': {why}'}"
        return fault("page", found, "see: aggregator status")
    return ok("page", f"http://{listen}/ answers")


def _why_not(patient: Patient, own: Clock) -> str:
    """What the page judges, judged once more: no body is read of an answer that is an error. "" when all is well by now."""
    if patient.seen is None:
        return patient.illness.message if patient.illness else ""
    told = verdict.judge(patient.seen, verdict.Setting(running=True, now=own.now()))
    return "" if told.serving else told.words
