"""Is it them, or our own network?"""

from aggregator.errors import FetchError, NotAFeedError, WorkerError
from aggregator.pipeline.reach import Reach
from aggregator.reasons import Reason


def failed(reach: Reach, host: str, reason: Reason = Reason.CONNECT, *, was_well: bool = True, status: int | None = None):
    return reach.fault_of_ours(f"http://{host}/feed", FetchError(reason, "", status=status), was_well=was_well)


def test_three_healthy_hosts_that_fall_silent_together_are_our_own_network() -> None:
    reach = Reach()
    assert failed(reach, "a.example") is None
    assert failed(reach, "b.example", Reason.DNS) is None
    assert failed(reach, "c.example", Reason.TIMEOUT) is Reason.OFFLINE
    assert reach.offline
    assert failed(reach, "long-dead.example", was_well=False) is Reason.OFFLINE


def test_one_host_is_one_host_however_many_feeds_it_has() -> None:
    reach = Reach()
    for feed in range(10):
        assert failed(reach, f"feeds{feed}.herald.example") is None


def test_hosts_that_failed_before_say_nothing_about_us() -> None:
    reach = Reach()
    for host in "abcdef":
        assert failed(reach, f"{host}.example", was_well=False) is None


def test_any_answer_shows_that_the_network_is_there() -> None:
    for answer in (lambda reach: reach.answered(), lambda reach: failed(reach, "x.example", Reason.HTTP_5XX, status=503)):
        reach = Reach()
        failed(reach, "a.example")
        failed(reach, "b.example")
        answer(reach)
        assert failed(reach, "c.example") is None
        failed(reach, "d.example")
        assert failed(reach, "e.example") is Reason.OFFLINE
        answer(reach)
        assert not reach.offline


def test_what_is_not_below_http_is_never_our_network() -> None:
    reach = Reach()
    for number, reason in enumerate((Reason.TLS, Reason.HTTP_404, Reason.TOO_LARGE, Reason.BLOCKED_ADDRESS, Reason.TRUNCATED)):
        assert failed(reach, f"{number}.example", reason) is None
    assert not reach.offline


def test_workers_that_cannot_be_started_are_our_fault_but_one_killed_over_a_page_is_not() -> None:
    reach = Reach()
    assert reach.fault_of_ours("http://a.example/", WorkerError(Reason.INTERNAL, "not started"), was_well=True) is Reason.INTERNAL
    assert reach.fault_of_ours("http://a.example/", WorkerError(Reason.WORKER_TIMEOUT), was_well=True) is None
    assert reach.fault_of_ours("http://a.example/", NotAFeedError(Reason.NOT_A_FEED, "html"), was_well=True) is None


def test_after_a_day_outlets_that_are_really_gone_are_told_as_such() -> None:
    now = 0.0
    reach = Reach(monotonic=lambda: now)
    for host in "abc":
        failed(reach, f"{host}.example")
    assert failed(reach, "a.example") is Reason.OFFLINE
    now = 24 * 3600.0 + 1
    assert failed(reach, "a.example") is None
    reach.answered()
    for host in "abc":
        found = failed(reach, f"{host}.example")
    assert found is Reason.OFFLINE
