"""One command of a home sends to Argilla at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from workbench.errors import AnnotationError
from workbench.held_lock import held_lock
from workbench.home import Home
from workbench.progress import track

WAIT_SECONDS = 60.0
_LOCK_FILE = "push.lock"


class PushRunningError(AnnotationError):
    """Another command of this home is sending to Argilla."""


@contextmanager
def push_turn(home: Home) -> Iterator[None]:
    """Keep other commands of a home from sending to Argilla for the enclosed work.

    Who comes later waits, then sends what is still missing: two at once would make the same users,
    the same dataset and the same records.

    Raises:
        PushRunningError: Another command has not finished for too long; it is named.
    """
    with ExitStack() as held:
        try:
            held.enter_context(_lock(home, 0))
        except PushRunningError:
            with track("wait for another command that sends to Argilla"):
                held.enter_context(_lock(home, WAIT_SECONDS))
        yield


@contextmanager
def _lock(home: Home, wait_seconds: float) -> Iterator[None]:
    def busy(holder: str) -> PushRunningError:
        return PushRunningError(
            f"Another command sends to Argilla: {holder}. It did not finish within "
            f"{wait_seconds:g} s.",
            "Wait for it, then run this command again: it adds what is missing.",
        )

    home.labels.mkdir(parents=True, exist_ok=True, mode=0o700)
    with held_lock(home.labels / _LOCK_FILE, wait_seconds=wait_seconds, busy=busy):
        yield
