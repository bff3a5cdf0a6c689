"""The process that parses untrusted files: `python -m workbench.curation.importing.child`.

It reads requests as lines of JSON on its standard input and answers on its standard output. It
holds no key and writes no file; it bounds itself before it opens anything, and `parser.py` watches
it.
"""

from __future__ import annotations

import json
import os
import queue
import resource
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import psutil
from pydantic import TypeAdapter

from workbench.curation.importing.opening import (
    ReadRequest,
    examined_rows,
    lay_out,
    open_request,
)
from workbench.curation.importing.preview import preview_request
from workbench.curation.importing.wire import wire_schema, write_outcome, write_rows
from workbench.errors import ImportFileError

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Task:
    """One thing for the child to do.

    Attributes:
        action: `look` gives how a file is read, `read` its rows too, `preview` the first of them.
        request: The file.
        cpu_seconds: CPU time that it may take.
    """

    action: Literal["look", "read", "preview"]
    request: ReadRequest
    cpu_seconds: float


def main(memory_bytes: int) -> None:
    """Answer requests until the standard input ends."""
    import pyarrow as pa

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is our parent's to handle
    stream = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not mix with the answers
    pa.set_cpu_count(1)
    _bound_memory(memory_bytes)
    with pa.ipc.new_stream(stream, wire_schema()) as writer:
        for line in _lines_of_stdin():
            task = TypeAdapter(Task).validate_json(line)
            _bound_cpu(task.cpu_seconds)
            write_outcome(writer, _outcome(writer, task))
            stream.flush()


def _outcome(writer: pa.RecordBatchStreamWriter, task: Task) -> dict[str, Any]:
    try:
        return _ACTIONS[task.action](writer, task.request)
    except ImportFileError as exc:
        return {"error": [exc.message, exc.hint]}
    except MemoryError:
        return {"failure": "memory"}
    except BrokenPipeError:
        raise
    except Exception as exc:  # noqa: BLE001 - whatever a file does to a parser is about the file
        return {"failure": f"{type(exc).__name__} {_place_of(exc)}"}


def _look(writer: pa.RecordBatchStreamWriter, request: ReadRequest) -> dict[str, Any]:
    with open_request(request) as opened:
        return {"reading": _plain(lay_out(request, opened))}


def _read(writer: pa.RecordBatchStreamWriter, request: ReadRequest) -> dict[str, Any]:
    with open_request(request) as opened:
        reading = lay_out(request, opened)
        n_rows, n_ties = write_rows(writer, examined_rows(request, opened, reading))
    return {"reading": _plain(reading), "n_rows": n_rows, "n_ties": n_ties}


def _preview(writer: pa.RecordBatchStreamWriter, request: ReadRequest) -> dict[str, Any]:
    return {"preview": _plain(preview_request(request))}


_ACTIONS: dict[str, Callable[[pa.RecordBatchStreamWriter, ReadRequest], dict[str, Any]]] = {
    "look": _look,
    "read": _read,
    "preview": _preview,
}


def _plain(value: object) -> Any:  # noqa: ANN401 - JSON has no types
    return json.loads(TypeAdapter(type(value)).dump_json(value))


def _lines_of_stdin() -> Iterator[bytes]:
    """Yield requests; end the process at once when our parent has gone, even amid one."""
    lines: queue.Queue[bytes] = queue.Queue()

    def listen() -> None:
        for line in sys.stdin.buffer:
            lines.put(line)
        os._exit(0)

    threading.Thread(target=listen, daemon=True).start()
    while True:
        yield lines.get()


def _bound_memory(memory_bytes: int) -> None:
    """Refuse to reserve more than `memory_bytes` beyond what this program already maps."""
    mapped = psutil.Process().memory_info().vms
    with suppress(ValueError, OSError):  # macOS has no such bound; there `parser.py` measures alone
        resource.setrlimit(resource.RLIMIT_AS, (mapped + memory_bytes,) * 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core dump would hold the user's text


def _bound_cpu(seconds: float) -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    total = int(used.ru_utime + used.ru_stime + seconds) + 1
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (total, hard))


def _place_of(exc: Exception) -> str:
    trace, place = exc.__traceback__, ""
    while trace is not None:
        place = f"in {Path(trace.tb_frame.f_code.co_filename).name}, line {trace.tb_lineno}"
        trace = trace.tb_next
    return place


if __name__ == "__main__":
    main(int(sys.argv[1]))
