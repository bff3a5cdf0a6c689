"""Judge batches of rows in order, on as many processes as the machine has cores."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

from workbench.curation.judging.judge import RowJudge, Verdict, WaitingRow
from workbench.curation.outcomes import RowStage
from workbench.errors import DataError
from workbench.garbage import collect_seldom

Tag = TypeVar("Tag")
StageBuilder = Callable[[], Sequence[RowStage]]
# Below this a process costs more to start than it saves.
_ROWS_WORTH_A_PROCESS = 4000
_WAITING_PER_WORKER = 2

_judge: RowJudge | None = None


def judge_batches(
    build: StageBuilder, batches: Iterable[tuple[Tag, list[WaitingRow]]], *, n_rows: int
) -> Iterator[tuple[Tag, list[Verdict]]]:
    """Judge batches, each with a tag that comes back with its verdicts.

    Args:
        build: Makes the stages; picklable, since each process calls it.
        batches: Rows to judge; only a few batches are drawn ahead.
        n_rows: About how many rows there are, which decides whether processes are worth it.

    Yields: Tag and verdicts, in the order of the batches, whatever the number of processes.

    Raises:
        DataError: A process died, for want of memory most likely.
    """
    n_workers = min(os.cpu_count() or 1, n_rows // _ROWS_WORTH_A_PROCESS)
    if n_workers < 2:
        judge = RowJudge(build())
        for tag, rows in batches:
            yield tag, judge.judge(rows)
        return
    yield from _on_processes(build, batches, n_workers)


def _on_processes(
    build: StageBuilder, batches: Iterable[tuple[Tag, list[WaitingRow]]], n_workers: int
) -> Iterator[tuple[Tag, list[Verdict]]]:
    # `spawn`: a fork would copy locks that DuckDB's and Arrow's threads hold.
    workers = ProcessPoolExecutor(
        n_workers,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_start,
        initargs=(build, os.getpid()),
    )
    waiting: deque[tuple[Tag, Future[list[Verdict]]]] = deque()
    try:
        for tag, rows in batches:
            waiting.append((tag, workers.submit(_run, rows)))
            if len(waiting) > n_workers * _WAITING_PER_WORKER:
                first, verdicts = waiting.popleft()
                yield first, verdicts.result()
        while waiting:
            first, verdicts = waiting.popleft()
            yield first, verdicts.result()
    except BrokenProcessPool as exc:
        raise DataError(
            "A process that judged rows died: the machine has too little free memory.",
            "Close other programs and run the same command again: it continues.",
        ) from exc
    finally:
        workers.shutdown(cancel_futures=True)


def _start(build: StageBuilder, parent: int) -> None:
    global _judge  # noqa: PLW0603 - the one judge of this worker process
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the command, which ends us
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    collect_seldom()
    _judge = RowJudge(build())


def _end_with(parent: int) -> None:
    """Leave no orphan behind a command that was killed."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


def _run(rows: list[WaitingRow]) -> list[Verdict]:
    if _judge is None:
        raise AssertionError("a worker runs before it was started")
    return _judge.judge(rows)
