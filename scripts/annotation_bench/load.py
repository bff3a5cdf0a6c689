"""Twenty people who answer at once, and the same with the server killed in the middle."""

from __future__ import annotations

import os
import signal
import statistics
import time
from collections.abc import Sequence
from pathlib import Path

from benchmark import Section

from annotation import server
from annotation.client import ArgillaClient
from annotation_bench.annotators import Annotator, Ledger
from annotation_bench.own_server import new_home, served
from workbench.home import Home

_PEOPLE = 20
_SECONDS, _QUICK_SECONDS = 600, 20
_RECORDS, _QUICK_RECORDS = 20_000, 2_000
_WORDS = "the claimant states that the lease of the flat ended in March and asks for her deposit "
# A careful person needs minutes; two seconds an answer is somebody who clicks without reading.
_PAUSES = {"as fast as the server answers": 0.0, "an answer every 2 s each": 2.0}
_LOCKED = "database is locked"


def measure(folder: Path, *, quick: bool) -> Section:
    """Measure submits of people without a pause, with one, and with a kill of the server."""
    seconds = _QUICK_SECONDS if quick else _SECONDS
    section = Section(
        f"{_PEOPLE} people answer at once for {seconds} s",
        ("load", "answers", "answers/s", "p50 ms", "p95 ms", "max ms", "failed", "lost"),
    )
    with served(new_home(folder)) as home:
        for name, pause in _PAUSES.items():
            _measure(section, home, name, pause, seconds, records=_records(quick), kill=False)
        name = "as fast as the server answers, server killed"
        _measure(section, home, name, 0.0, seconds, records=_records(quick), kill=True)
        log = home.servers / f"{server.SERVER}.log"
        section.figures["lock_errors"] = log.read_text(errors="replace").count(_LOCKED)
    section.notes.append(
        "failed: requests that got an error or none and were sent again. lost: acknowledged "
        f"answers that the server does not have afterwards. Lock errors in the log: "
        f"{section.figures['lock_errors']}."
    )
    return section


def _records(quick: bool) -> int:
    return _QUICK_RECORDS if quick else _RECORDS


def _measure(
    section: Section,
    home: Home,
    name: str,
    pause: float,
    seconds: float,
    *,
    records: int,
    kill: bool,
) -> None:
    with server.connect(home) as client:
        dataset, users = _prepare(client, f"load-{len(section.rows)}", records)
        ledger = Ledger()
        people = [
            Annotator(client.url, user, dataset, ledger, pause_seconds=pause) for user in users
        ]
        for person in people:
            person.start()
        time.sleep(seconds / 2)
        if kill:
            _kill_web_server(home)
        time.sleep(seconds / 2)
        for person in people:
            person.stopping.set()
        for person in people:
            person.join()
        lost = _lost(client, dataset, ledger)
    _add_row(section, name, ledger, seconds, lost)


def _add_row(section: Section, name: str, ledger: Ledger, seconds: float, lost: int) -> None:
    times = sorted(ledger.submit_seconds)
    p95 = times[int(len(times) * 0.95)]
    failed = sum(ledger.failures.values()) + ledger.n_unreachable
    found = {
        "answers": len(times),
        "answers_per_second": round(len(times) / seconds, 1),
        "p50_ms": round(statistics.median(times) * 1000, 1),
        "p95_ms": round(p95 * 1000, 1),
        "max_ms": round(times[-1] * 1000, 1),
        "failed": failed,
        "lost": lost,
    }
    section.rows.append((name, *(f"{value:,}" for value in found.values())))
    section.figures[name] = {**found, "failures": ledger.failures}


def _prepare(client: ArgillaClient, name: str, n_records: int) -> tuple[str, list[tuple[str, str]]]:
    """Make a dataset with records, and people who may answer them; return ids and keys."""
    workspace = client.ensure_workspace("workbench")
    known = {user.username: user for user in client.users()}
    users = []
    for number in range(_PEOPLE):
        username = f"person-{number}"
        user = known.get(username) or client.create_user(username, f"password of {username}")
        client.add_to_workspace(workspace, user)
        users.append((user.user_id, user.api_key))
    dataset = client.create_dataset(workspace, _definition(name))
    rows = [_record(number) for number in range(n_records)]
    for _ in client.upsert_records(dataset, rows):
        pass
    return dataset, users


def _definition(name: str) -> dict[str, object]:
    labels = [{"value": "keep", "text": "Keep"}, {"value": "drop", "text": "Drop"}]
    return {
        "settings": {"name": name, "distribution": {"strategy": "overlap", "min_submitted": 20}},
        "fields": [
            {"name": "draft", "title": "Draft", "required": True, "settings": {"type": "text"}}
        ],
        "questions": [
            {"name": "answer", "title": "Answer", "required": True, "settings": {"type": "text"}},
            {
                "name": "verdict",
                "title": "Verdict",
                "required": True,
                "settings": {"type": "label_selection", "options": labels},
            },
        ],
    }


def _record(number: int) -> dict[str, object]:
    return {"external_id": f"row-{number}", "fields": {"draft": f"Note {number}: {_WORDS * 12}"}}


def _kill_web_server(home: Home) -> None:
    parts: Sequence[server.ServerPart] = server.status(home).parts
    os.kill(next(part.pid for part in parts if part.name == "server"), signal.SIGKILL)


def _lost(client: ArgillaClient, dataset: str, ledger: Ledger) -> int:
    """Count acknowledged answers that the server does not have, or has with another text."""
    stored = {
        (record.record_id, answer.user_id): answer.values.get("answer")
        for record in client.records(dataset)
        for answer in record.responses
        if answer.status == "submitted"
    }
    return sum(stored.get(key) != text for key, text in ledger.answers.items())
