"""Is it them, or is it us? A machine without a network must not count its silence against the outlets.

Three hosts that answered at their last poll (or were never asked) and now all fail below HTTP, with no answer from anybody
in between, are taken as the failure of our own network. What fails from then on is put off for a minute or two and counts against
nobody, until one host answers. Fewer than three could be their own bad day; a host that failed before says nothing about us.
"""

import time
from collections.abc import Callable
from datetime import timedelta

from aggregator.errors import AggregatorError, FetchError, WorkerError
from aggregator.feeds.urls import host_key
from aggregator.reasons import Reason

# Failures that a dead network of ours looks like. A reset in the middle of an answer or a bad certificate is somebody's answer.
BELOW_HTTP = frozenset({Reason.DNS, Reason.CONNECT, Reason.TIMEOUT})
_WORKERS_DOWN = frozenset({Reason.INTERNAL, Reason.INTERRUPTED})
_HOSTS = 3
# After a day it is no longer put down to us: outlets that are really gone must be told as such in the end.
_LONGEST_S = 24 * 3600.0
AGAIN = timedelta(minutes=1)


class Reach:
    """Counts who could not be reached since the last answer."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._silent: set[str] = set()
        self._since = 0.0
        self.offline = False

    def answered(self) -> None:
        """Somebody spoke to us: the network is there."""
        self._silent.clear()
        self.offline = False

    def failed(self, host: str, reason: Reason, *, was_well: bool) -> bool:
        """An exchange with `host` failed. True: it is our network, do not blame the host."""
        if reason not in BELOW_HTTP:
            return False
        if was_well:
            self._silent.add(host)
        if not self.offline and len(self._silent) >= _HOSTS:
            self.offline, self._since = True, self._monotonic()
        return self.offline and self._monotonic() - self._since < _LONGEST_S

    def fault_of_ours(self, url: str, error: AggregatorError, *, was_well: bool) -> Reason | None:
        """The reason when a failed exchange or job says something about us; None when it is about the page or feed at `url`."""
        if isinstance(error, WorkerError) and error.reason in _WORKERS_DOWN:
            return error.reason
        if not isinstance(error, FetchError):
            return None
        if error.status is not None:
            self.answered()
        return Reason.OFFLINE if self.failed(host_key(url), error.reason, was_well=was_well) else None
