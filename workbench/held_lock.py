"""A lock between processes that tells who holds it to whom has to give up."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from workbench.errors import WorkbenchError


@contextmanager
def held_lock(
    file: Path, *, wait_seconds: float, busy: Callable[[str], WorkbenchError]
) -> Iterator[None]:
    """Hold a lock file for the enclosed work. The system frees it when its holder dies.

    Args:
        file: The lock file, `<name>.lock`; who holds it stands in `<name>.holder` beside it.
        wait_seconds: How long to wait for the holder.
        busy: Returns the error for who waited in vain, from words that name the holder.

    Raises:
        WorkbenchError: What `busy` returns: somebody held the lock for longer than that.
    """
    lock = FileLock(file, timeout=wait_seconds, mode=0o600)
    holder_file = file.with_suffix(".holder")
    try:
        lock.acquire()
    except Timeout as exc:
        raise busy(_holder(holder_file)) from exc
    try:
        _announce(holder_file)
        yield
    finally:
        holder_file.unlink(missing_ok=True)
        lock.release()


def _announce(holder_file: Path) -> None:
    """Say who holds the lock; only for the message, so a torn or stale file does no harm."""
    try:
        holder_file.write_text(
            json.dumps({"pid": os.getpid(), "since": f"{datetime.now(UTC):%H:%M:%S} UTC"})
        )
    except OSError as exc:
        if exc.errno in (errno.ENOSPC, errno.EDQUOT):
            return  # the real write will meet the full disk and say so
        raise


def _holder(holder_file: Path) -> str:
    try:
        holder = json.loads(holder_file.read_text())
        return f"process {holder['pid']} (since {holder['since']})"
    except (OSError, ValueError, KeyError):
        return "another process"
