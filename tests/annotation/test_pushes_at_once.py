"""Pushes that meet on a real server: from one home, from two homes, and after one was cut off."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from annotation import push_turn
from annotation.client import ArgillaClient
from annotation.dataset_making import ensure_dataset
from annotation.label_folder import find_push
from annotation.push_turn import PushRunningError
from annotation.sync import PushedDataset, push
from annotation.tasks import Definition, LabelItem
from tests.annotation.labelled_home import labelled_home
from tests.annotation.small_server import ask
from workbench.home import Home
from workbench.workflows.annotate_people import apply_people
from workbench.workflows.annotate_push import push_instructions
from workbench.workflows.annotate_server import open_argilla

pytestmark = pytest.mark.slow

WORKSPACE, N_PAIRS, N_ITEMS = "workbench", 10, 30
TEXT = {"type": "text", "use_markdown": False}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    with labelled_home(tmp_path_factory.mktemp("pushes")) as made:
        yield made


def _definition(name: str) -> Definition:
    questions = [
        {"name": f"q{n}", "title": f"Question {n}", "required": n == 0, "settings": TEXT}
        for n in range(8)
    ]
    settings = {"distribution": {"strategy": "overlap", "min_submitted": 1}}
    fields = [{"name": "input", "title": "Input", "required": True, "settings": TEXT}]
    return Definition("instructions", name, settings, fields, questions)


def _items(n_items: int = N_ITEMS) -> list[LabelItem]:
    return [LabelItem(f"x{n}", {"input": f"text {n}"}) for n in range(n_items)]


def test_two_homes_that_push_to_one_server_make_one_dataset(home: Home) -> None:
    with open_argilla(home) as ada, open_argilla(home) as ben, ThreadPoolExecutor(2) as threads:
        ada.ensure_workspace(WORKSPACE)
        for n in range(N_PAIRS):
            both = Barrier(2)

            def send(client: ArgillaClient, name: str, both: Barrier = both) -> PushedDataset:
                both.wait()
                return push(client, WORKSPACE, _definition(name), _items())

            sent = [threads.submit(send, client, f"pair-{n}") for client in (ada, ben)]
            ids = {each.result().dataset_id for each in sent}
            assert len(ids) == 1
            found = [record.external_id for record in ada.records(ids.pop())]
            assert sorted(found) == sorted(item.external_id for item in _items())


def test_two_commands_of_one_home_push_one_after_the_other(home: Home) -> None:
    command = [sys.executable, "-m", "workbench.cli", "annotate", "push", "instructions"]
    pushes = [
        subprocess.Popen(
            [*command, "--limit", str(limit), "--home", str(home.root)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for limit in (20, 30)
    ]
    told = [process.communicate()[0] for process in pushes]
    assert [process.returncode for process in pushes] == [0, 0], told
    _, kept = find_push(home.labels, "instructions")
    with open_argilla(home) as client:
        there = [record.external_id for record in client.records(kept.dataset_id)]
    assert len(there) == len(kept.external_ids) == 30
    assert sorted(there) == sorted(kept.external_ids)


def test_a_push_that_waits_in_vain_names_the_process_and_sends_nothing(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(push_turn, "WAIT_SECONDS", 0.1)
    with push_turn.push_turn(home):
        for send in (push_instructions, apply_people):
            with pytest.raises(PushRunningError, match=rf"process {os.getpid()} \(since"):
                send(home)


def _ask(home: Home, method: str, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
    answer = ask(home, method, path, json=dict(body)).raise_for_status()
    return dict(answer.json())


def _begin(home: Home, client: ArgillaClient, name: str) -> tuple[str, Definition]:
    """Begin to make a dataset as a push does; return its id and the definition."""
    definition = _definition(name)
    place = {"workspace_id": client.ensure_workspace(WORKSPACE)}
    made = _ask(home, "POST", "datasets", {**definition.payload["settings"], **place})
    dataset = str(made["id"])
    _ask(home, "POST", f"datasets/{dataset}/fields", definition.fields[0])
    return dataset, definition


def test_the_rest_of_a_push_that_was_cut_off_is_replaced(home: Home) -> None:
    with open_argilla(home) as client:
        rest, definition = _begin(home, client, "cut-off")
        made = ensure_dataset(client, WORKSPACE, definition.payload, patience_seconds=0.5)
        assert made != rest
        assert rest not in client.dataset_ids()
        assert client.question_ids(made).keys() == {f"q{n}" for n in range(8)}
        assert ensure_dataset(client, WORKSPACE, definition.payload, patience_seconds=0.5) == made


def test_a_dataset_that_grows_slowly_is_waited_for(home: Home) -> None:
    with (
        open_argilla(home) as ada,
        open_argilla(home) as ben,
        ThreadPoolExecutor(1) as threads,
    ):
        dataset, definition = _begin(home, ada, "slow")
        waits = threads.submit(
            ensure_dataset, ben, WORKSPACE, definition.payload, patience_seconds=3.0
        )
        for question in definition.questions:  # 4 s in all, longer than its patience
            time.sleep(0.5)
            _ask(home, "POST", f"datasets/{dataset}/questions", question)
        _ask(home, "PUT", f"datasets/{dataset}/publish", {})
        assert waits.result() == dataset
