"""Parse untrusted files in a child process, within bounds of memory and time.

Whatever a file does to a parser (a crash, endless work, memory without end) ends that process and
is one `ImportFileError` here. The child gets paths and no keys: encryption stays on this side.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psutil
from pydantic import TypeAdapter

from workbench.curation.importing.child import Task
from workbench.curation.importing.limits import ParserLimits
from workbench.curation.importing.opening import Reading, ReadRequest
from workbench.curation.importing.preview import FilePreview
from workbench.curation.importing.wire import OUTCOME, NumberedRow, read_rows
from workbench.errors import ImportFileError

if TYPE_CHECKING:
    import pyarrow as pa

_WATCH_SECONDS = 0.05
# What a parser needs of our environment; secrets that stand there are none of its business.
_PASSED_ON = ("PATH", "PYTHONPATH", "LANG", "LC_ALL", "TMPDIR")


@dataclass(frozen=True, slots=True)
class ReadingOutcome:
    """What came of reading a file: how it was read, its data rows, and ties among answers."""

    reading: Reading
    n_rows: int
    n_ties: int


class Parser:
    """A running child process; made by `start_parser`."""

    def __init__(self, process: subprocess.Popen[bytes], limits: ParserLimits) -> None:
        self._process = process
        self._limits = limits
        self._stream: pa.RecordBatchStreamReader | None = None
        self._waits_since: float | None = None
        self._ended_for = ""

    @property
    def pid(self) -> int:
        """Id of the child process."""
        return self._process.pid

    def look(self, request: ReadRequest) -> Reading:
        """Return how a file would be read.

        Raises:
            ImportFileError: It cannot be imported as asked.
        """
        return self._finish(request, "look").reading

    def preview(self, request: ReadRequest) -> FilePreview:
        """Return the first rows of a file as they would be read.

        Raises:
            ImportFileError: It cannot be opened.
        """
        self._send("preview", request)
        *_, outcome = self._answers(request)
        return TypeAdapter(FilePreview).validate_python(_content(outcome)["preview"])

    def read(self, request: ReadRequest) -> Iterator[list[NumberedRow] | ReadingOutcome]:
        """Yield a file's rows in batches, and in the end what came of it.

        Raises:
            ImportFileError: It cannot be read to its end.
        """
        self._send("read", request)
        for answer in self._answers(request):
            yield answer if isinstance(answer, list) else _outcome(answer)

    def _finish(self, request: ReadRequest, action: str) -> ReadingOutcome:
        self._send(action, request)
        *_, outcome = self._answers(request)
        return _outcome(_content(outcome))

    def watch(self) -> None:
        """End the child when it goes beyond its bounds; runs in a thread of its own."""
        child = psutil.Process(self._process.pid)
        while self._process.poll() is None:
            with suppress(psutil.Error):
                if child.memory_info().rss > self._limits.memory_bytes:
                    self._end("memory")
            since = self._waits_since
            if since and time.monotonic() - since > self._limits.silent_seconds:
                self._end("silence")
            time.sleep(_WATCH_SECONDS)

    def _end(self, reason: str) -> None:
        self._ended_for = self._ended_for or reason
        self._process.kill()

    def _send(self, action: str, request: ReadRequest) -> None:
        seconds = self._limits.cpu_seconds + self._limits.cpu_seconds_per_mb * _size_mb(request)
        task = TypeAdapter(Task).validate_python(
            {"action": action, "request": request, "cpu_seconds": seconds}
        )
        line = TypeAdapter(Task).dump_json(task) + b"\n"
        stdin = self._process.stdin
        try:
            if stdin is not None:
                stdin.write(line)
                stdin.flush()
        except OSError as exc:
            raise self._broken(request) from exc

    def _answers(self, request: ReadRequest) -> Iterator[list[NumberedRow] | dict[str, Any]]:
        """Yield batches of rows until the outcome, which comes last."""
        while True:
            batch, notes = self._next_batch(request)
            if notes is not None and OUTCOME in notes:
                outcome = json.loads(notes[OUTCOME])
                self._check(request, outcome)
                yield outcome
                return
            yield list(read_rows(batch))

    def _next_batch(self, request: ReadRequest) -> tuple[pa.RecordBatch, Any]:
        import pyarrow as pa

        self._waits_since = time.monotonic()
        try:
            if self._stream is None:
                self._stream = pa.ipc.open_stream(self._process.stdout)
            batch, notes = self._stream.read_next_batch_with_custom_metadata()
        except (pa.ArrowException, OSError, StopIteration, EOFError) as exc:
            raise self._broken(request) from exc
        finally:
            self._waits_since = None
        return batch, notes

    def _check(self, request: ReadRequest, outcome: dict[str, Any]) -> None:
        if error := outcome.get("error"):
            raise ImportFileError(*error)
        if failure := outcome.get("failure"):
            raise self._failed(request, failure)

    def _broken(self, request: ReadRequest) -> ImportFileError:
        """Return the error for a child that ended amid a request."""
        code = self._process.wait()
        if self._ended_for:
            return self._failed(request, self._ended_for)
        if code == -signal.SIGXCPU:
            return self._failed(request, "cpu")
        memory = self._limits.memory_bytes >> 20
        how = f"ended by signal {-code}" if code < 0 else f"exit code {code}"
        return self._failed(
            request, f"its parser broke down ({how}), or needed more than {memory} MiB of memory"
        )

    def _failed(self, request: ReadRequest, failure: str) -> ImportFileError:
        limits = self._limits
        kinds = {
            "memory": f"it needs more than {limits.memory_bytes >> 20} MiB of memory",
            "silence": f"it gave no row for {limits.silent_seconds:.0f} seconds",
            "cpu": "it took more CPU time than a file of its size may",
        }
        return ImportFileError(
            f"{request.item.name} cannot be read: {kinds.get(failure, failure)}.",
            "It may be damaged or made to do harm. If you trust it, save it as JSON Lines.",
        )


@contextmanager
def start_parser(limits: ParserLimits | None = None) -> Iterator[Parser]:
    """Start the child; it ends with the block, or with us."""
    limits = limits or ParserLimits()
    environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    # The system's allocator reserves no more than it uses, so that the bound on memory holds.
    environment |= {"ARROW_DEFAULT_MEMORY_POOL": "system", "PYTHONHASHSEED": "0"}
    with subprocess.Popen(
        [sys.executable, "-m", "workbench.curation.importing.child", str(limits.memory_bytes)],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        parser = Parser(process, limits)
        watcher = threading.Thread(target=parser.watch, daemon=True)
        watcher.start()
        try:
            yield parser
        finally:
            process.kill()
            watcher.join()
            if process.stdin is not None:
                with suppress(OSError):  # what we asked last may never have been taken
                    process.stdin.close()


def _outcome(content: dict[str, Any]) -> ReadingOutcome:
    reading = TypeAdapter(Reading).validate_python(content["reading"])
    return ReadingOutcome(reading, content.get("n_rows", 0), content.get("n_ties", 0))


def _content(answer: list[NumberedRow] | dict[str, Any]) -> dict[str, Any]:
    if isinstance(answer, list):
        raise TypeError("the last answer is the outcome")
    return answer


def _size_mb(request: ReadRequest) -> float:
    items = [request.item, *filter(None, [request.partner])]
    return sum(path.stat().st_size for item in items for path in item.paths) / 1e6
