"""The whole way on a real Argilla: start, push, answer, pull, search, survive a kill, stop."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from annotation import server
from annotation.credentials import annotators_file, read_credentials
from annotation.label_folder import find_push
from tests.annotation.small_server import answer_as, key_of, running_argilla
from workbench.demo import write_consultations
from workbench.demo.annotators import canonical_summary
from workbench.errors import AnnotationError, AnnotationServerError
from workbench.home import Home
from workbench.processes import read_server
from workbench.records import Example
from workbench.store import open_store, resolve_version
from workbench.version_rows import read_examples, read_pairs
from workbench.workflows.annotate_adjudicate import adjudicate_disputed
from workbench.workflows.annotate_progress import labelling_overview, read_progress
from workbench.workflows.annotate_pull import pull_instructions
from workbench.workflows.annotate_push import push_instructions
from workbench.workflows.annotate_scripted import ScriptedItem, answer_as_simulated
from workbench.workflows.annotate_server import (
    annotation_status,
    open_argilla,
    start_annotation,
    stop_annotation,
)
from workbench.workflows.curate import curate
from workbench.workflows.import_files import import_files
from workbench.workflows.init_home import init_home
from workbench.workflows.pull_answers import pull_preferences
from workbench.workflows.push_answers import push_preferences

pytestmark = pytest.mark.slow
LIMIT = 12


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    root = tmp_path_factory.mktemp("argilla")
    made = Home(root / "home")
    init_home(made.root, template="demo", base_model="demo")
    task = made.task_file.read_text()
    made.task_file.write_text(task.replace("annotators: []", "annotators: [clara]"))
    import_files(made, [write_consultations(root, count=150)])
    curate(made)
    with running_argilla(made):
        yield made


def _ratings(value: int) -> dict[str, int]:
    names = ("accuracy", "completeness", "conciseness", "format", "utility")
    return {f"rate_{name}": value for name in names}


def _correct(item: ScriptedItem) -> dict[str, str | int]:
    draft = item.fields["draft"]
    verdict = "drop" if item.example_id[0] in "01234567" else "keep"
    return {"answer": canonical_summary(draft) or draft, "verdict": verdict, **_ratings(8)}


def _search(home: Home, dataset: str, body: dict[str, Any], *, mine: bool = False) -> int:
    record = read_server(home.servers, "argilla")
    assert record
    key = {"X-Argilla-API-Key": read_credentials(home.secrets).api_key}
    path = f"{'me/' if mine else ''}datasets/{dataset}/records/search"
    answer = httpx.post(f"{record.url}/api/v1/{path}", json=body, headers=key, timeout=30)
    answer.raise_for_status()
    return int(answer.json()["total"])


def test_answers_come_back_as_a_version(home: Home) -> None:
    with pytest.raises(AnnotationError, match="No instructions"):
        pull_instructions(home)
    pushed = push_instructions(home, limit=LIMIT)
    assert (pushed.n_pushed, pushed.n_existing) == (LIMIT, 0)
    with pytest.raises(AnnotationError, match="Nobody has submitted"):
        pull_instructions(home)
    scripted = answer_as_simulated(home, "instructions", ["ada", "ben"], _correct)
    assert scripted.n_answers == LIMIT
    assert answer_as_simulated(home, "instructions", ["ada", "ben"], _correct).n_answers == 0
    assert push_instructions(home, limit=LIMIT).n_existing == LIMIT

    pulled = pull_instructions(home)
    parent = {e.example_id: e for e in read_examples(resolve_version(home, pulled.parent))}
    rows = read_examples(resolve_version(home, pulled.version))
    _, push = find_push(home.labels, "instructions")
    dropped = {name for name in push.external_ids if name[0] in "01234567"}
    assert pulled.n_answers == pulled.n_answered == pulled.n_new_revisions == LIMIT
    assert {row.example_id for row in rows} == parent.keys() - dropped
    assert sum(row.simulated for row in rows) == LIMIT - len(dropped) == pulled.simulated_rows
    for row in rows:
        assert row.simulated == (row.example_id in push.external_ids)
        if not row.simulated:
            assert row == parent[row.example_id]
    with open_store(home) as store:
        if dropped:
            decisions = store.decisions(row_id=min(dropped))
            assert any(item.decision.stage == "annotate" for item in decisions)
    assert pull_instructions(home).version == pulled.version


def test_progress_publishes_nothing_and_marks_scripts(home: Home) -> None:
    before = sorted(home.versions.iterdir())
    found = read_progress(home, "instructions")
    assert sorted(home.versions.iterdir()) == before
    assert found.n_by_answers == {0: 0, 1: LIMIT}
    assert sum(person.n_submitted for person in found.annotators) == LIMIT
    assert all(person.simulated for person in found.annotators)
    assert all(question.simulated for question in found.agreement)
    assert {q.found.alpha for q in found.agreement} == {None}  # one answer a record
    (known,) = labelling_overview(home).datasets
    assert known.url == found.url
    assert known.progress
    assert known.progress["n_records"] == LIMIT
    page = httpx.get(known.url)
    assert page.status_code == 200
    assert "<html" in page.text.lower()


def test_preferences_come_back_as_pairs(home: Home) -> None:
    version = resolve_version(home, "latest:examples")
    examples = read_examples(version, "train")[:LIMIT]
    _write_answers(home, version.manifest.digest, examples)
    pushed = push_preferences(home, answer_set="set1")
    assert (pushed.n_pushed, pushed.n_identical) == (LIMIT - 1, 1)

    def choose(item: ScriptedItem) -> dict[str, str | int]:
        good = item.fields["answer_a"].startswith("good")
        return {"choice": "a_much_better" if good else "b_better", "reason": "It is good."}

    answer_as_simulated(home, "preferences", ["ada"], choose)
    pulled = pull_preferences(home)
    pairs = read_pairs(resolve_version(home, pulled.version))
    assert len(pairs) == pulled.n_rows == LIMIT - 1
    assert all(p.chosen.startswith("good") and p.rejected.startswith("bad") for p in pairs)
    assert {pair.strength for pair in pairs} == {1, 2}
    assert all(pair.simulated for pair in pairs)
    _nothing_tells_the_order(home, pushed.dataset)


def test_records_are_filtered_and_ordered_by_what_can_be_read_on_them(home: Home) -> None:
    _, push = find_push(home.labels, "instructions")
    with open_argilla(home) as client:
        shown = {r.record_id: r.fields for r in client.records(push.dataset_id, include="")}
        key = key_of(client, "clara")
    lengths = {name: len((fields["context"] or "").split()) for name, fields in shown.items()}
    limit = sorted(lengths.values())[LIMIT // 2]
    scope = {"entity": "metadata", "metadata_property": "input_words"}
    body = {
        "filters": {"and": [{"type": "range", "scope": scope, "ge": limit}]},
        "sort": [{"scope": scope, "order": "desc"}],
    }
    with _as_user(home, key) as clara:
        path = f"me/datasets/{push.dataset_id}"
        found = clara.post(f"{path}/records/search", json=body).raise_for_status().json()
        properties = clara.get(f"{path}/metadata-properties").json()["items"]
        told = {
            each["name"]: clara.get(f"metadata-properties/{each['id']}/metrics").json()
            for each in properties
        }
    ids = [item["record"]["id"] for item in found["items"]]
    assert set(ids) == {name for name, n_words in lengths.items() if n_words >= limit}
    assert [lengths[name] for name in ids] == sorted(map(lengths.get, ids), reverse=True)
    assert list(told) == ["split", "input_words", "draft_words", "found_marks"]
    assert told["split"]["values"] == [{"term": "train", "count": LIMIT}]
    assert told["input_words"]["max"] == max(lengths.values())


def test_an_annotator_cannot_learn_which_answer_is_whose(home: Home) -> None:
    folder, push = find_push(home.labels, "preferences")
    with open_argilla(home) as client:
        key = key_of(client, "clara")
        records = [record.record_id for record in client.records(push.dataset_id)]
    with _as_user(home, key) as clara:
        seen = [clara.get(f"records/{record}") for record in records]
        paths = ("", "/fields", "/questions")
        seen += [clara.get(f"datasets/{push.dataset_id}{path}") for path in paths]
        properties = clara.get(f"me/datasets/{push.dataset_id}/metadata-properties")
        for each in properties.json()["items"]:
            seen.append(clara.get(f"metadata-properties/{each['id']}/metrics"))
        listed = clara.get(f"datasets/{push.dataset_id}/records")
    assert listed.status_code == 403
    assert [each["name"] for each in properties.json()["items"]] == ["split", "input_words"]
    told = "".join(answer.raise_for_status().text for answer in seen).lower()
    assert folder.read_assignment()
    for secret in ("sample", "set1", "sft", "dpo", "assignment"):
        assert secret not in told


def _as_user(home: Home, key: str) -> httpx.Client:
    url = f"{annotation_status(home).url}/api/v1/"
    return httpx.Client(base_url=url, headers={"X-Argilla-API-Key": key})


def _write_answers(home: Home, version: str, examples: list[Example]) -> None:
    folder = home.answers / "set1"
    folder.mkdir(parents=True)
    about = {"arm": "sft", "model": "sft-1", "version": version, "split": "train", "sampling": {}}
    about["created_at"] = "2026-11-23T12:00:00"
    (folder / "set.json").write_text(json.dumps(about))
    rows = []
    for number, example in enumerate(examples):
        texts = [f"good {number}", f"bad {number}" if number else "good 0"]
        for sample, text in enumerate(texts):
            rows.append(
                {
                    "example_id": example.example_id,
                    "split": example.split,
                    "sample": sample,
                    "prompt": list(example.prompt),
                    "text": text,
                }
            )
    (folder / "answers.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


def _nothing_tells_the_order(home: Home, dataset: str) -> None:
    _, push = find_push(home.labels, "preferences")
    with open_argilla(home) as client:
        for record in client.records(push.dataset_id):
            assert set(record.fields) == {"prompt", "answer_a", "answer_b"}
            assert record.external_id in push.external_ids
    # with its write-ahead log, where what was written last stands
    database = b"".join(
        file.read_bytes() for file in (home.servers / "argilla").glob("argilla.db*")
    )
    for secret in (b"sample_a", b"set1"):
        assert secret not in database


def test_search_and_progress_answer_as_the_pages_ask(home: Home) -> None:
    _, push = find_push(home.labels, "instructions")
    dataset = push.dataset_id
    status = {"type": "terms", "scope": {"entity": "response", "property": "status"}}
    submitted = {"filters": {"and": [{**status, "values": ["submitted"]}]}}
    pending = {"filters": {"and": [{**status, "values": ["pending"]}]}}
    assert _search(home, dataset, submitted) == LIMIT
    assert _search(home, dataset, pending) == 0
    assert _search(home, dataset, pending, mine=True) == LIMIT
    assert _search(home, dataset, {"query": {"text": {"q": "plaintiff", "field": "draft"}}})
    assert _search(home, dataset, {"query": {"text": {"q": "zzzz"}}}) == 0
    with open_argilla(home) as client:
        assert client.progress(dataset) == {"total": LIMIT, "completed": LIMIT, "pending": 0}


def test_a_person_can_log_in_and_nobody_else(home: Home) -> None:
    url = annotation_status(home).url
    login = read_credentials(home.secrets)
    form = {"username": login.username, "password": login.password}
    assert httpx.post(f"{url}/api/v1/token", data=form).status_code == 201
    given = json.loads(annotators_file(home.secrets).read_text())
    assert list(given) == ["clara"]
    own = {"username": "clara", "password": given["clara"]}
    assert httpx.post(f"{url}/api/v1/token", data=own).status_code == 201
    form["password"] = "12345678"
    assert httpx.post(f"{url}/api/v1/token", data=form).status_code == 401
    assert httpx.get(f"{url}/api/v1/me", headers={"X-Argilla-API-Key": "x"}).status_code == 401
    page = httpx.get(f"{url}/")
    assert "<html" in page.text.lower()
    assert "connect-src 'self'" in page.headers["content-security-policy"]


def test_a_killed_server_leaves_nothing_and_loses_nothing(home: Home) -> None:
    record = read_server(home.servers, "argilla")
    assert record
    processes = [p for p in psutil.process_iter() if _session(p) == record.session]
    assert any("redis" in p.name() for p in processes)
    os.kill(record.session, signal.SIGKILL)
    psutil.wait_procs(processes, timeout=20)
    assert not any(p.is_running() and p.status() != psutil.STATUS_ZOMBIE for p in processes)
    assert not annotation_status(home).running
    with pytest.raises(AnnotationServerError, match="does not run"):
        pull_instructions(home)
    (home.servers / "argilla" / "search.sqlite").write_bytes(b"damaged" * 999)
    start_annotation(home)
    assert pull_instructions(home).n_answers == LIMIT
    test_search_and_progress_answer_as_the_pages_ask(home)


def test_a_second_task_decides_what_people_differ_on(home: Home) -> None:
    _, first = find_push(home.labels, "instructions")
    with pytest.raises(AnnotationError, match="two answers that could be compared"):
        adjudicate_disputed(home, "instructions")
    row = next(name for name in first.external_ids if name[0] not in "01234567")
    _answer(home, "clara", first.dataset_id, row, "keep")
    _answer(home, "owner", first.dataset_id, row, "drop")
    with pytest.raises(AnnotationError, match=r"most disputed by 0\.17, none by 0\.9"):
        adjudicate_disputed(home, "instructions", min_dispute=0.9)
    found = adjudicate_disputed(home, "instructions")
    assert (found.n_disputed, found.n_pushed) == (1, 1)
    pulled = pull_instructions(home)  # keep and drop are equally many: the row stays
    assert row in {e.example_id for e in read_examples(resolve_version(home, pulled.version))}
    _, second = find_push(home.labels, "instructions", found.second)
    assert find_push(home.labels, "instructions")[1].dataset == first.dataset
    _answer(home, "owner", second.dataset_id, row, "drop")
    pulled = pull_instructions(home)
    assert row not in {e.example_id for e in read_examples(resolve_version(home, pulled.version))}


def test_a_row_that_needs_a_second_reader_goes_there_too(home: Home) -> None:
    _, first = find_push(home.labels, "instructions")
    row = [name for name in first.external_ids if name[0] not in "01234567"][1]
    _answer(home, "clara", first.dataset_id, row, "second_reader")
    found = adjudicate_disputed(home, "instructions", min_dispute=1.0)
    assert (found.n_disputed, found.n_second_reader, found.n_pushed) == (0, 1, 1)
    _, second = find_push(home.labels, "instructions", found.second)
    _answer(home, "owner", second.dataset_id, row, "drop")
    pulled = pull_instructions(home)
    assert row not in {e.example_id for e in read_examples(resolve_version(home, pulled.version))}


def _answer(home: Home, username: str, dataset: str, row: str, verdict: str) -> None:
    with open_argilla(home) as client:
        record = next(found for found in client.records(dataset) if found.external_id == row)
        given = {"answer": "An answer.", "verdict": verdict, **_ratings(8)}
        answer_as(client, record.record_id, username, given)


def test_stop_leaves_no_process(home: Home) -> None:
    record = read_server(home.servers, "argilla")
    assert record
    processes = [p for p in psutil.process_iter() if _session(p) == record.session]
    assert not stop_annotation(home).running
    assert not any(p.is_running() and p.status() != psutil.STATUS_ZOMBIE for p in processes)
    assert not Path(record.details["scratch"]).exists()
    assert not server.status(home).running


def _session(process: psutil.Process) -> int:
    try:
        return os.getsid(process.pid)
    except ProcessLookupError:
        return 0
