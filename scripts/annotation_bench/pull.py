"""Push records, answer each three times, and pull: how long the sync takes, revisions kept."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from benchmark import Section

from annotation.client import ArgillaClient
from annotation.label_folder import LabelFolder
from annotation.sync import pull, push
from annotation.tasks import Definition, LabelItem
from annotation_bench.own_server import new_home, served
from workbench.workflows.annotate_server import open_argilla

_RECORDS, _QUICK_RECORDS = 10_000, 1_000
_PEOPLE = 3
_WORKSPACE = "workbench"
_TEXT = {"type": "text", "use_markdown": False}
_LABELS = {
    "type": "label_selection",
    "options": [{"value": value, "text": value} for value in ("keep", "drop")],
}
# About 1 KB, as long as a note of a consultation.
_SENTENCE = "The claimant states that the lease ended in March and asks for the deposit. "
_N_SENTENCES = 13


def measure(folder: Path, *, quick: bool) -> Section:
    """Time a push, the first pull of all answers, and a pull that finds nothing new."""
    n_records = _QUICK_RECORDS if quick else _RECORDS
    items = [LabelItem(f"r{number}", _fields(number)) for number in range(n_records)]
    section = Section(
        f"{n_records:,} records of 1 KB with {_PEOPLE} answers each, counts checked and every "
        "revision kept",
        ("what", "seconds", "records/s", "answers"),
    )
    with served(new_home(folder)) as home, open_argilla(home) as client:
        started = time.perf_counter()
        dataset = push(client, _WORKSPACE, _definition(), items).dataset_id
        _add(section, "push", time.perf_counter() - started, n_records, n_answers=0)
        _answer_all(client, dataset, [item.external_id for item in items])
        for name in ("first pull", "pull again"):
            started = time.perf_counter()
            found = pull(client, dataset, LabelFolder(folder / "labels"), [])
            seconds = time.perf_counter() - started
            _add(section, name, seconds, found.n_records, n_answers=len(found.revisions))
    return section


def _add(section: Section, name: str, seconds: float, n_records: int, *, n_answers: int) -> None:
    rate = n_records / seconds
    section.rows.append((name, f"{seconds:.2f}", f"{rate:,.0f}", f"{n_answers:,}"))
    section.figures[name] = {
        "seconds": round(seconds, 2),
        "records_per_second": round(rate),
        "answers": n_answers,
    }


def _fields(number: int) -> dict[str, str]:
    return {"input": f"Note {number}. {_SENTENCE * _N_SENTENCES}"}


def _definition() -> Definition:
    return Definition(
        "instructions",
        "pull",
        {
            "guidelines": None,
            "allow_extra_metadata": False,
            "distribution": {"strategy": "overlap", "min_submitted": _PEOPLE},
        },
        [{"name": "input", "title": "Input", "required": True, "settings": _TEXT}],
        [
            {"name": "answer", "title": "Answer", "required": False, "settings": _TEXT},
            {"name": "verdict", "title": "Keep?", "required": True, "settings": _LABELS},
        ],
    )


def _answer_all(client: ArgillaClient, dataset: str, names: Sequence[str]) -> None:
    """Give every record its answers, in bulk; only the pull is measured."""
    people = [
        client.create_user(f"person-{number}", f"password of {number}") for number in range(_PEOPLE)
    ]
    values = {"answer": {"value": _SENTENCE * 3}, "verdict": {"value": "keep"}}
    answered = [
        {
            "external_id": name,
            "responses": [
                {"user_id": person.user_id, "status": "submitted", "values": values}
                for person in people
            ],
        }
        for name in names
    ]
    for _ in client.upsert_records(dataset, answered):
        pass
