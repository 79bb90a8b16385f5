"""SIGTERM, and a machine that sleeps: nothing is lost, nothing is repeated, nothing stays held."""

import os
import signal
import time

from tests.faults.children import Child, waited
from tests.faults.series import Series
from tests.faults.verify import look, repeated

# The grace for work under way, and what the doors need to close.
ENDS_WITHIN = 25.0


def test_sigterm_at_any_moment_ends_the_service_cleanly(series: Series) -> None:
    """Exit 0 within the grace, no lease left, no mail repeated; the next run does the rest."""
    for _ in range(6):
        moment = series.chance.uniform(0, 3)
        series.disturb(f"SIGTERM after {moment:.2f} s", lambda run, moment=moment: ended(run, moment))
        assert look(series.world).leased == ()
        series.news()
    series.finish()
    assert repeated(series.world.mailbox.messages) == []


def ended(run: Child, moment: float) -> bool:
    """From the moment on at which the service is there."""
    run.until_there()
    time.sleep(moment)
    asked = time.monotonic()
    run.process.terminate()
    assert run.wait(60) == 0, run.words()
    assert time.monotonic() - asked < ENDS_WITHIN
    return False


def test_a_machine_that_sleeps_while_reading_and_sending_doubles_nothing(series: Series) -> None:
    """All its processes stand still for 3 s in the middle of the work, twice, and go on as if nothing had been."""

    def asleep(run: Child) -> bool:
        for mails in (3, 10):
            waited(lambda mails=mails: len(series.world.mailbox.messages) >= mails, "mails go out")
            os.killpg(run.process.pid, signal.SIGSTOP)
            time.sleep(0.2)  # what was on its way arrives
            before = len(series.world.mailbox.messages)
            time.sleep(3)
            assert len(series.world.mailbox.messages) == before, "it did not stand still"
            os.killpg(run.process.pid, signal.SIGCONT)
        waited(lambda: len(series.world.mailbox.messages) > 15, "mails go out again")
        return ended(run, 0)

    series.disturb("suspend", asleep)
    series.finish()
    assert repeated(series.world.mailbox.messages) == []
