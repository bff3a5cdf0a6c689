"""One thread writes: requests that wait together are committed together.

A request is answered only after the commit that holds it has returned, so an answer means durable.
Each request has a savepoint of its own; one that fails takes none of its neighbours with it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from workbench.errors import DiskFullError, NotSavedError, StoreBusyError, WorkbenchError

_LARGEST_GROUP = 64

ResultT = TypeVar("ResultT")
Work = Callable[[Connection], Any]


class GroupCommitWriter:
    """Runs write requests on one connection in one thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._queue: SimpleQueue[tuple[Work, Future[Any]] | None] = SimpleQueue()
        self._gate = threading.Lock()
        self._closed = False
        # A daemon: whatever it has not committed was never acknowledged.
        self._thread = threading.Thread(target=self._run, name="judgments-writer", daemon=True)
        self._thread.start()

    def submit(self, work: Callable[[Connection], ResultT]) -> Future[ResultT]:
        """Queue a write; the future is done once it is durable, or carries what prevented it."""
        future: Future[ResultT] = Future()
        with self._gate:
            if self._closed:
                raise NotSavedError("The judgments database is closed.", "Start the app again.")
            self._queue.put((work, future))
        return future

    def close(self) -> None:
        """Finish what is queued and end the thread."""
        with self._gate:
            if self._closed:
                return
            self._closed = True
            self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (first := self._queue.get()) is not None:
            group = [first]
            stop = self._gather(group)
            self._commit(group)
            if stop:
                return

    def _gather(self, group: list[tuple[Work, Future[Any]]]) -> bool:
        """Add what waits already; return whether the end of the queue was among it."""
        while len(group) < _LARGEST_GROUP:
            try:
                item = self._queue.get_nowait()
            except Empty:
                return False
            if item is None:
                return True
            group.append(item)
        return False

    def _commit(self, group: list[tuple[Work, Future[Any]]]) -> None:
        results: list[tuple[Future[Any], Any]] = []
        refusals: list[tuple[Future[Any], BaseException]] = []
        try:
            with self._engine.begin() as connection:
                for work, future in group:
                    try:
                        with connection.begin_nested():
                            results.append((future, work(connection)))
                    except DBAPIError:
                        raise  # the connection is in doubt: nothing of this group is acknowledged
                    except Exception as exc:  # noqa: BLE001 - raised again where the caller waits
                        refusals.append((future, exc))
        except Exception as exc:  # noqa: BLE001 - converted, and raised again where the callers wait
            self._fail(group, exc)
            return
        for future, result in results:
            future.set_result(result)
        for future, refusal in refusals:
            future.set_exception(refusal)

    def _fail(self, group: list[tuple[Work, Future[Any]]], exc: Exception) -> None:
        if isinstance(exc, DBAPIError) and len(group) > 1 and not _is_disk_fault(exc):
            for item in group:  # find the one that is to blame; the others deserve their commit
                self._commit([item])
            return
        for _, future in group:
            future.set_exception(as_saving_error(exc))


def as_saving_error(exc: Exception) -> WorkbenchError:
    """Word a failed commit for the person whose work was not written."""
    reason = _reason(exc)
    if "full" in reason:
        return DiskFullError(
            "NOT SAVED: no space is left on the disk that holds the judgments.",
            "Free some space, then save again: what you entered is kept on the page.",
        )
    if "locked" in reason:
        return StoreBusyError(
            "NOT SAVED: another process holds the judgments database.", "Save again in a moment."
        )
    # Integrity messages name columns, never values, so they are safe to show.
    return NotSavedError(
        f"NOT SAVED: the judgments database refused the write ({reason}).",
        "Save again; if it stays so, `workbench doctor` checks the file.",
    )


def _is_disk_fault(exc: DBAPIError) -> bool:
    return any(word in _reason(exc) for word in ("full", "I/O", "malformed"))


def _reason(failure: BaseException) -> str:
    """Return the database's own words for what came first.

    On a full disk SQLite ends the transaction itself, so undoing it fails too and hides the cause.
    """
    first = failure
    cause = failure.__context__
    while cause is not None:
        first = cause if isinstance(cause, DBAPIError) else first
        cause = cause.__context__
    return str(first.orig) if isinstance(first, DBAPIError) else type(first).__name__
