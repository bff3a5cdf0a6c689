"""What a real Argilla does with answers, users and records: facts that the sync rests on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from annotation.adjudication import SUFFIX, push_disputed
from annotation.client import ArgillaClient
from annotation.credentials import read_credentials
from annotation.disputes import compare_answers
from annotation.label_folder import LabelFolder, Revision
from annotation.roster import Member, Roster, add_people, remove_people
from annotation.sync import pull, push
from annotation.tasks import Definition, LabelItem
from tests.annotation.small_server import ask, key_of, running_argilla
from workbench.errors import AnnotationError
from workbench.home import Home
from workbench.workflows.annotate_server import (
    annotation_status,
    open_argilla,
    start_annotation,
    stop_annotation,
)
from workbench.workflows.init_home import init_home

pytestmark = pytest.mark.slow

WORKSPACE = "contract"
ROSTER = Roster(
    people={
        "ada": Member(),
        "ben": Member(),
        "eve": Member(role="admin"),
    }
)
TEXT = {"type": "text", "use_markdown": False}
EMOJI = "Call 🚀 Mary"  # 11 characters, 12 UTF-16 units: Argilla's pages say that Mary is 8 to 12


def _options(*values: object) -> list[dict[str, object]]:
    return [{"value": value, "text": str(value)} for value in values]


def _named(name: str, settings: Mapping[str, Any], *, required: bool = False) -> dict[str, Any]:
    return {"name": name, "title": name, "required": required, "settings": settings}


QUESTIONS = [
    _named(
        "verdict", {"type": "label_selection", "options": _options("keep", "drop")}, required=True
    ),
    _named("order", {"type": "ranking", "options": _options("one", "two", "three")}),
    _named("rate", {"type": "rating", "options": [{"value": n} for n in range(1, 11)]}),
    _named("marks", {"type": "span", "field": "input", "options": _options("name")}),
    _named("answer", TEXT),
]
DEFINITION = Definition(
    "instructions",
    "contract",
    {
        "guidelines": None,
        "allow_extra_metadata": False,
        "distribution": {"strategy": "overlap", "min_submitted": 2},
    },
    [
        _named("input", TEXT, required=True),
        _named("chat", {"type": "chat", "use_markdown": False}),
    ],
    QUESTIONS,
)
ITEMS = [LabelItem(f"x{n}", {"input": EMOJI if n == 1 else f"text {n}"}) for n in range(1, 8)]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    made = Home(tmp_path_factory.mktemp("contract") / "home")
    init_home(made.root, template="summarise", base_model="demo")
    with running_argilla(made):
        yield made


@pytest.fixture(scope="module")
def owner(home: Home) -> Iterator[ArgillaClient]:
    with open_argilla(home) as client:
        yield client


@pytest.fixture(scope="module")
def dataset(owner: ArgillaClient) -> str:
    changes = add_people(owner, ROSTER, WORKSPACE, lambda name: f"password of {name}")
    assert changes.created == ["ada", "ben", "eve"]
    return push(owner, WORKSPACE, DEFINITION, ITEMS).dataset_id


def _record_ids(owner: ArgillaClient, dataset: str) -> dict[str, str]:
    return {found.external_id: found.record_id for found in owner.records(dataset)}


def _answer(
    owner: ArgillaClient, dataset: str, name: str, external_id: str, status: str, values: object
) -> None:
    record = _record_ids(owner, dataset)[external_id]
    given = {q: {"value": v} for q, v in values.items()} if isinstance(values, dict) else values
    with ArgillaClient(owner.url, key_of(owner, name)) as own:
        list(own.answer([{"record_id": record, "status": status, "values": given}]))


def _by_person(revisions: tuple[Revision, ...]) -> dict[tuple[str, str], Revision]:
    return {(item.external_id, item.username): item for item in revisions}


def test_every_kind_of_answer_comes_back_as_it_was_given(
    owner: ArgillaClient, dataset: str, tmp_path: Path
) -> None:
    tie = [{"value": "one", "rank": 1}, {"value": "two", "rank": 1}, {"value": "three", "rank": 2}]
    shown = [{"label": "name", "start": 8, "end": 11}]  # its end, 12, is refused: 11 characters
    full = {"verdict": "keep", "order": tie, "rate": 7, "marks": shown, "answer": "Yes\u2028🚀"}
    _answer(owner, dataset, "ada", "x1", "submitted", full)
    _answer(owner, dataset, "ben", "x1", "draft", {"answer": "half"})
    _answer(owner, dataset, "ada", "x2", "discarded", {})
    _answer(owner, dataset, "ben", "x2", "discarded", None)
    _answer(owner, dataset, "ben", "x3", "submitted", {"verdict": "drop"})

    found = pull(owner, dataset, LabelFolder(tmp_path), [item.external_id for item in ITEMS])
    answers = _by_person(found.revisions)
    assert {key: item.status for key, item in answers.items()} == {
        ("x1", "ada"): "submitted",
        ("x1", "ben"): "draft",
        ("x2", "ada"): "discarded",
        ("x2", "ben"): "discarded",
        ("x3", "ben"): "submitted",
    }
    marked = [{"label": "name", "start": 7, "end": 10}]
    kept = answers["x1", "ada"].values
    assert [{k: mark[k] for k in ("label", "start", "end")} for mark in kept["marks"]] == marked
    assert {**kept, "marks": shown} == full
    assert answers["x1", "ben"].values == {"answer": "half"}
    assert answers["x2", "ada"].values == answers["x2", "ben"].values == {}
    assert all(item.inserted_at and item.updated_at for item in found.revisions)
    assert (found.n_records, found.missing, found.n_new_revisions) == (7, (), 5)
    assert list(found.revisions) == LabelFolder(tmp_path).read_revisions()


def test_a_changed_answer_is_another_revision_and_pushing_again_touches_none(
    owner: ArgillaClient, dataset: str, tmp_path: Path
) -> None:
    folder = LabelFolder(tmp_path)
    before = pull(owner, dataset, folder, [])
    _answer(owner, dataset, "ben", "x3", "submitted", {"verdict": "keep", "answer": "second"})
    more = [*ITEMS, LabelItem("x8", {"input": "text 8"})]
    pushed = push(owner, WORKSPACE, DEFINITION, more)
    assert (pushed.dataset_id, pushed.n_new, pushed.n_existing) == (dataset, 1, 7)
    after = pull(owner, dataset, folder, [])
    assert after.n_new_revisions == 1
    kept = [item for item in folder.read_revisions() if item.external_id == "x3"]
    assert [item.values["verdict"] for item in kept] == ["drop", "keep"]
    assert len({item.response_id for item in kept}) == 1
    unchanged = {item.key for item in before.revisions if item.external_id != "x3"}
    assert unchanged <= {item.key for item in after.revisions}


def test_a_record_deleted_on_the_server_is_named_and_its_answers_are_kept(
    owner: ArgillaClient, dataset: str, tmp_path: Path
) -> None:
    _answer(owner, dataset, "ada", "x4", "submitted", {"verdict": "keep"})
    folder = LabelFolder(tmp_path)
    pull(owner, dataset, folder, [])
    record = _record_ids(owner, dataset)["x4"]
    url = f"{owner.url}/api/v1/records/{record}"
    gone = httpx.delete(url, headers={"X-Argilla-API-Key": key_of(owner, "owner")})
    assert gone.status_code == 200
    found = pull(owner, dataset, folder, ["x1", "x4"])
    assert (found.missing, found.n_gone, found.n_records) == (("x4",), 1, 7)
    assert [item.external_id for item in folder.read_revisions()].count("x4") == 1


def test_what_argilla_refuses_is_refused_before_and_by_it(
    owner: ArgillaClient, dataset: str
) -> None:
    turns = [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": ""}]
    empty = LabelItem("x9", {"input": "x", "chat": turns})
    with pytest.raises(AnnotationError, match="record x9, field chat: turn 2 is empty"):
        push(owner, WORKSPACE, DEFINITION, [empty])
    payload = {"external_id": "x9", "fields": dict(empty.fields), "metadata": {}, "suggestions": []}
    with pytest.raises(AnnotationError, match="refused"):
        list(owner.upsert_records(dataset, [payload]))
    with pytest.raises(AnnotationError, match="refused the answer"):
        _answer(owner, dataset, "ada", "x5", "submitted", {"verdict": "perhaps"})
    assert "x9" not in _record_ids(owner, dataset)


def test_who_leaves_the_roster_leaves_the_workspace_and_no_answer_is_lost(
    owner: ArgillaClient, dataset: str, tmp_path: Path
) -> None:
    before = pull(owner, dataset, LabelFolder(tmp_path), [])
    smaller = Roster(people={"ada": Member(role="admin"), "eve": Member(role="admin")})
    changes = add_people(owner, smaller, WORKSPACE, pytest.fail)
    assert (changes.created, changes.changed, changes.added) == ([], ["ada"], [])
    assert remove_people(owner, smaller, WORKSPACE, []) == [f"{WORKSPACE}: ben"]
    assert remove_people(owner, smaller, WORKSPACE, []) == []
    assert {user.username: user.role for user in owner.users()} == {
        "owner": "owner",
        "ada": "admin",
        "ben": "annotator",
        "eve": "admin",
    }
    with pytest.raises(AnnotationError, match="not allowed"):
        _answer(owner, dataset, "ben", "x6", "submitted", {"verdict": "keep"})
    after = pull(owner, dataset, LabelFolder(tmp_path), [])
    assert after.revisions == before.revisions
    assert add_people(owner, ROSTER, WORKSPACE, str).added == [f"{WORKSPACE}: ben"]


def test_disputed_records_are_asked_again_where_those_who_differ_see_nothing(
    owner: ArgillaClient, dataset: str, tmp_path: Path
) -> None:
    _answer(owner, dataset, "ada", "x5", "submitted", {"verdict": "keep", "rate": 9})
    _answer(owner, dataset, "ben", "x5", "submitted", {"verdict": "drop", "rate": 9})
    disputed = compare_answers(pull(owner, dataset, LabelFolder(tmp_path), []).revisions).disputed
    assert "x5" in [record.external_id for record in disputed]
    suggested = {"question_id": owner.question_ids(dataset)["answer"], "value": "as it was"}
    list(owner.upsert_records(dataset, [{"external_id": "x5", "suggestions": [suggested]}]))

    made = push_disputed(owner, dataset, f"{WORKSPACE}{SUFFIX}", ["x5"])
    assert (made.n_new, made.n_existing) == (1, 0)
    assert push_disputed(owner, dataset, f"{WORKSPACE}{SUFFIX}", ["x5"]).n_new == 0
    (record,) = owner.records(made.dataset_id, include="suggestions")
    assert (record.external_id, record.fields) == ("x5", {"input": "text 5"})
    assert [suggestion["value"] for suggestion in record.suggestions] == ["as it was"]
    first, second = (owner.describe_dataset(name) for name in (dataset, made.dataset_id))
    assert (first["fields"], first["questions"]) == (second["fields"], second["questions"])
    with (
        ArgillaClient(owner.url, key_of(owner, "ben")) as own,
        pytest.raises(AnnotationError, match="does not allow"),
    ):
        own.describe_dataset(made.dataset_id)


def test_our_server_takes_and_finds_a_long_turn_of_a_chat(home: Home, owner: ArgillaClient) -> None:
    workspace = owner.ensure_workspace(WORKSPACE)
    definition = {**DEFINITION.payload, "settings": {**DEFINITION.settings, "name": "long"}}
    dataset = owner.create_dataset(workspace, definition)
    said = "clause " * 3600 + "epilogue"  # 25,208 characters; Argilla's own limit is 20,000
    chat = [{"role": "user", "content": "Read it."}, {"role": "assistant", "content": said}]
    row = {"external_id": "long", "fields": {"input": "x", "chat": chat}}
    assert list(owner.upsert_records(dataset, [row])) == [1]
    (stored,) = owner.records(dataset)
    assert stored.fields["chat"] == chat
    query = {"query": {"text": {"q": "epilogue", "field": "chat"}}}
    found = ask(home, "POST", f"datasets/{dataset}/records/search", json=query)
    assert found.json()["total"] == 1


def test_an_owner_is_no_annotator(owner: ArgillaClient) -> None:
    with pytest.raises(AnnotationError, match="owner of the Argilla server"):
        add_people(owner, Roster(people={"owner": Member()}), WORKSPACE, str)
    with pytest.raises(AnnotationError, match="scripted"):
        add_people(owner, Roster(people={"simulated-x": Member()}), WORKSPACE, str)


def test_a_login_stays_valid_after_a_restart(home: Home, owner: ArgillaClient) -> None:
    login = read_credentials(home.secrets)
    form = {"username": login.username, "password": login.password}
    token = httpx.post(f"{owner.url}/api/v1/token", data=form).json()["access_token"]
    stop_annotation(home)
    start_annotation(home)
    url = annotation_status(home).url
    answer = httpx.get(f"{url}/api/v1/me", headers={"Authorization": f"Bearer {token}"})
    assert answer.json()["username"] == login.username
