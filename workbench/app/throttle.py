"""Slow down guessing: five failed logins, then a wait that doubles."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

_FREE_FAILURES = 5
_FIRST_WAIT_SECONDS = 30.0
_LONGEST_WAIT_SECONDS = 15 * 60.0
_FORGET_SECONDS = 60 * 60.0
_MOST_KEYS = 10_000


@dataclass(slots=True)
class _Failures:
    count: int
    last: float


class LoginThrottle:
    """Counts failures per key; a key is a user name or an address."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._gate = threading.Lock()
        self._failures: OrderedDict[str, _Failures] = OrderedDict()

    def begin(self, *keys: str) -> float:
        """Begin a try: return 0 if it may go on, else how many seconds it must wait.

        A try counts as failed from its beginning, so that many at once gain nothing; `succeeded`
        takes that back.
        """
        now = self._clock()
        with self._gate:
            if wait := max((self._wait(key) for key in keys), default=0.0):
                return wait
            for key in keys:
                known = self._failures.pop(key, None)
                fresh = known is None or now - known.last > _FORGET_SECONDS
                count = 1 if known is None or fresh else known.count + 1
                self._failures[key] = _Failures(count, now)
            while len(self._failures) > _MOST_KEYS:
                self._failures.popitem(last=False)
            return 0.0

    def succeeded(self, *keys: str) -> None:
        """Forget the failures of these keys."""
        with self._gate:
            for key in keys:
                self._failures.pop(key, None)

    def _wait(self, key: str) -> float:
        known = self._failures.get(key)
        if known is None or known.count < _FREE_FAILURES:
            return 0.0
        doublings = min(known.count - _FREE_FAILURES, 10)
        wait = min(_FIRST_WAIT_SECONDS * 2.0**doublings, _LONGEST_WAIT_SECONDS)
        return max(0.0, known.last + wait - self._clock())
