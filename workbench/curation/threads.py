"""Apply a function to a stream of batches on a few threads, results in the order of the batches."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

N_THREADS = 2
# Handed to a kernel at a time. Arrays for several thousand are so large that they come fresh from
# the operating system every time, which costs as much as the work and makes threads wait.
BATCH_TEXTS = 512


def in_order(
    function: Callable[[Item], Result], items: Iterable[Item], n_threads: int = N_THREADS
) -> Iterator[Result]:
    """Yield `function(item)` for each item.

    Only as many items are taken ahead as keep the threads busy, so a stream stays a stream.
    Threads help where the function spends its time in kernels, which hold no lock.
    """
    waiting: deque[Future[Result]] = deque()
    with ThreadPoolExecutor(n_threads) as pool:
        for item in items:
            waiting.append(pool.submit(function, item))
            if len(waiting) > n_threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def batches(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Cut a stream into lists of `size` items; the last may be shorter."""
    stream = iter(items)
    while batch := list(islice(stream, size)):
        yield batch
