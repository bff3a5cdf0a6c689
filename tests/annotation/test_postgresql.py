"""Argilla on a real PostgreSQL: start, push, answer, pull, restart, kills of either server."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import psutil
import pytest

from annotation import server
from annotation.instruction_task import instruction_task
from annotation.label_folder import LabelFolder
from annotation.sync import PulledDataset, PushedDataset, pull, push
from annotation.tasks import Definition, LabelItem
from tests.annotation.small_server import (
    answer,
    ask,
    is_stored,
    make_dataset,
    running_argilla,
    wait_until,
)
from tests.annotation.throwaway_postgresql import (
    PASSWORD,
    PostgreSQL,
    find_programs,
    running_postgresql,
)
from workbench.errors import AnnotationError
from workbench.home import Home
from workbench.processes import read_server
from workbench.task import load_task
from workbench.workflows.annotate_backup import back_up_annotation
from workbench.workflows.annotate_server import (
    annotation_status,
    open_argilla,
    start_annotation,
    stop_annotation,
)
from workbench.workflows.init_home import init_home

PROGRAMS = find_programs()
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(PROGRAMS is None, reason="PostgreSQL is not installed (initdb, postgres)"),
]
ITEMS = [
    LabelItem(f"row-{n}", {"instruction": "Sum up.", "context": f"Anna {n}", "draft": f"Anna, {n}"})
    for n in range(12)
]


@pytest.fixture(scope="module")
def database() -> Iterator[PostgreSQL]:
    assert PROGRAMS is not None
    with running_postgresql(PROGRAMS) as running:
        yield running


@pytest.fixture(scope="module")
def home(database: PostgreSQL, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    made = Home(tmp_path_factory.mktemp("postgresql") / "home")
    init_home(made.root, template="summarise", base_model="demo")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv(server.DATABASE_VARIABLE, database.url)
        with running_argilla(made):
            yield made


def _definition(home: Home) -> Definition:
    return instruction_task(load_task(home.task_file), source="any", kinds=("name", "email"))


def _push(home: Home) -> PushedDataset:
    with open_argilla(home) as client:
        return push(client, "workbench", _definition(home), ITEMS)


def _pull(home: Home) -> PulledDataset:
    with open_argilla(home) as client:
        return pull(client, _push(home).dataset_id, LabelFolder(home.labels / "any"), [])


def _answer(question: Mapping[str, Any]) -> object:
    """Return an answer that a question takes."""
    settings = question["settings"]
    if settings["type"] == "span":
        return [{"label": "name", "start": 0, "end": 4}]
    if settings["type"] == "text":
        return "Répondu\u2028🚀"
    first = settings["options"][0]["value"]
    return [first] if settings["type"] == "multi_label_selection" else first


def test_a_pull_brings_back_what_was_answered(home: Home) -> None:
    assert _push(home).n_new == len(ITEMS)
    given = {question["name"]: _answer(question) for question in _definition(home).questions}
    with open_argilla(home) as client:
        for record in client.records(_push(home).dataset_id):
            values = {name: {"value": value} for name, value in given.items()}
            answer = {"record_id": record.record_id, "status": "submitted", "values": values}
            list(client.answer([answer]))
    found = _pull(home)
    assert (found.n_records, found.n_new_revisions) == (len(ITEMS), len(ITEMS))
    assert [dict(revision.values) for revision in found.revisions] == [given] * len(ITEMS)
    assert _push(home) == PushedDataset(_push(home).dataset_id, 0, len(ITEMS))
    assert not list((home.servers / "argilla").glob("argilla.db*"))


def test_the_password_of_the_database_is_nowhere_on_the_disk(
    home: Home, database: PostgreSQL
) -> None:
    secrets = {PASSWORD.encode(), database.url.split(":")[2].split("@")[0].encode()}
    files = [path for path in home.root.rglob("*") if path.is_file()]
    assert Path(annotation_status(home).log) in files
    assert not [path for path in files if any(word in path.read_bytes() for word in secrets)]


def test_a_restart_finds_everything_again(home: Home) -> None:
    before = _pull(home).revisions
    stop_annotation(home)
    start_annotation(home)
    assert _pull(home).revisions == before
    _search_finds_all(home)


def test_a_killed_server_loses_no_answer_and_mends_its_index(home: Home) -> None:
    dataset = make_dataset(home)
    assert is_stored(answer(home, dataset.record_ids[0], "acknowledged"))
    before = _pull(home).revisions
    record = read_server(home.servers, "argilla")
    assert record
    processes = [p for p in psutil.process_iter() if _session(p) == record.session]
    os.kill(record.session, signal.SIGKILL)
    psutil.wait_procs(processes, timeout=20)
    assert not annotation_status(home).running
    (home.servers / "argilla" / "search.sqlite").unlink()
    start_annotation(home)
    assert _pull(home).revisions == before
    with open_argilla(home) as client:
        stored = [found.values for r in client.records(dataset.dataset_id) for found in r.responses]
    assert stored == [{"answer": "acknowledged"}]
    _search_finds_all(home)


def test_a_killed_database_is_used_again_once_it_is_back(home: Home, database: PostgreSQL) -> None:
    dataset = make_dataset(home, "patient")
    before = _pull(home).revisions
    database.stop(signal.SIGQUIT)  # at once, without a checkpoint, as after a loss of power
    assert not _acknowledges(home, dataset.record_ids[0])
    database.start()
    wait_until(lambda: _acknowledges(home, dataset.record_ids[0]))
    assert _pull(home).revisions == before


def _acknowledges(home: Home, record_id: str) -> bool:
    """Tell whether an answer was acknowledged; a database that is away gives an error instead."""
    found = answer(home, record_id, "patience")
    return found.is_success and is_stored(found)


def test_a_backup_says_that_postgresql_has_its_own(home: Home, tmp_path: Path) -> None:
    with pytest.raises(AnnotationError, match="PostgreSQL") as caught:
        back_up_annotation(home, tmp_path / "all.zip")
    assert "pg_dump" in caught.value.hint


def _search_finds_all(home: Home) -> None:
    status = {"type": "terms", "scope": {"entity": "response", "property": "status"}}
    body = {"filters": {"and": [{**status, "values": ["submitted"]}]}}
    path = f"datasets/{_push(home).dataset_id}/records/search"
    assert ask(home, "POST", path, json=body).json()["total"] == len(ITEMS)


def _session(process: psutil.Process) -> int:
    try:
        return os.getsid(process.pid)
    except ProcessLookupError:
        return 0
