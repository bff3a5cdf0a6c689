"""What a real Argilla does with users, records and datasets; our code leans on each fact.

They are those of "Argilla 2.8.0 integration" in the study of human evaluation that
`test_contract.py`, which asks the same of answers, leaves open.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

from annotation.client import ArgillaClient
from annotation.item_checks import check_items
from annotation.roster import Member, Roster, add_people, remove_people
from annotation.sync import ensure_dataset
from annotation.tasks import Definition, LabelItem, Suggestion
from tests.annotation.small_server import (
    answer_as,
    ask,
    hooked,
    key_of,
    running_argilla,
    wait_until,
)
from workbench.errors import AnnotationError
from workbench.home import Home
from workbench.workflows.annotate_server import annotation_status, open_argilla
from workbench.workflows.init_home import init_home

pytestmark = pytest.mark.slow

WORKSPACE = "facts"
UNPROCESSABLE = httpx.codes.UNPROCESSABLE_ENTITY
ROSTER = Roster(people={"ada": Member(), "ben": Member()})


def _options(*values: str) -> list[dict[str, str]]:
    return [{"value": value, "text": value} for value in values]


def _named(name: str, settings: Mapping[str, Any], *, required: bool = False) -> dict[str, Any]:
    return {"name": name, "title": name, "required": required, "settings": dict(settings)}


def _span(name: str, field: str) -> dict[str, Any]:
    return _named(name, {"type": "span", "field": field, "options": _options("name", "email")})


TEXT = {"type": "text", "use_markdown": False}
FIELDS = [_named("input", TEXT, required=True), _named("chat", {"type": "chat"})]
QUESTIONS = [
    _named("answer", TEXT, required=True),
    _named("note", TEXT),
    _named("order", {"type": "ranking", "options": _options("one", "two")}),
    _named("choice", {"type": "label_selection", "options": _options("yes", "no")}),
    _span("marks", "input"),
]


def _definition(name: str, *questions: Mapping[str, Any], **more: Any) -> Definition:
    distribution = {"strategy": "overlap", "min_submitted": 2}
    settings = {"distribution": distribution, "allow_extra_metadata": False, **more}
    return Definition("instructions", name, settings, FIELDS, [*QUESTIONS, *questions])


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    made = Home(tmp_path_factory.mktemp("facts") / "home")
    init_home(made.root, template="summarise", base_model="demo")
    with running_argilla(made):
        yield made


@pytest.fixture(scope="module")
def owner(home: Home) -> Iterator[ArgillaClient]:
    with open_argilla(home) as client:
        add_people(client, ROSTER, WORKSPACE, lambda name: f"password of {name}")
        yield client


@pytest.fixture
def dataset(owner: ArgillaClient, request: pytest.FixtureRequest) -> str:
    """A dataset of the test's own, with the records r1 and r2."""
    name = request.node.name.split("[")[0][:60]
    made = ensure_dataset(owner, WORKSPACE, _definition(name).payload)
    list(owner.upsert_records(made, [_row("r1"), _row("r2")]))
    return made


def _row(external_id: str, **more: Any) -> dict[str, Any]:
    return {"external_id": external_id, "fields": {"input": f"text of {external_id}"}, **more}


def _put(home: Home, dataset: str, rows: Sequence[Mapping[str, Any]]) -> httpx.Response:
    return ask(home, "PUT", f"datasets/{dataset}/records/bulk", json={"items": list(rows)})


def _remote(home: Home, dataset: str, external_id: str = "r1") -> dict[str, Any]:
    """Return a record as the server gives it to an owner."""
    wanted = {"include": ["responses", "suggestions"]}
    items = ask(home, "GET", f"datasets/{dataset}/records", params=wanted).json()["items"]
    return next(item for item in items if item["external_id"] == external_id)


def test_with_a_user_argilla_deletes_all_their_answers(
    home: Home, owner: ArgillaClient, dataset: str
) -> None:
    """Why `roster.remove_people` takes people out of workspaces and deletes nobody."""
    people = {**ROSTER.people, "tmp": Member()}
    add_people(owner, Roster(people=people), WORKSPACE, lambda name: f"password of {name}")
    record = _remote(home, dataset)["id"]
    for name in ("ada", "tmp"):
        answer_as(owner, record, name, {"answer": name})
    remove_people(owner, ROSTER, WORKSPACE, [])
    assert len(_remote(home, dataset)["responses"]) == 2
    user = next(user for user in owner.users() if user.username == "tmp")
    assert ask(home, "DELETE", f"users/{user.user_id}").is_success
    (left,) = _remote(home, dataset)["responses"]
    assert left["values"]["answer"]["value"] == "ada"


def test_the_time_of_a_record_does_not_tell_of_its_answers(
    home: Home, owner: ArgillaClient, dataset: str
) -> None:
    """Why `sync.pull` reads every record and compares answers by (id, time of the answer)."""
    before = _remote(home, dataset)
    answer_as(owner, before["id"], "ada", {"answer": "first"})
    first = _remote(home, dataset)
    assert first["updated_at"] == before["updated_at"]
    answer_as(owner, before["id"], "ada", {"answer": "second thoughts"})
    edited = _remote(home, dataset)
    assert edited["updated_at"] == before["updated_at"]
    assert edited["responses"][0]["id"] == first["responses"][0]["id"]
    assert edited["responses"][0]["updated_at"] > first["responses"][0]["updated_at"]
    answer_as(owner, before["id"], "ben", {"answer": "the second of two"})
    whole = _remote(home, dataset)
    assert (whole["status"], edited["status"]) == ("completed", "pending")
    assert whole["updated_at"] > before["updated_at"]
    answer_as(owner, before["id"], "ben", {"answer": "changed after it was complete"})
    assert _remote(home, dataset)["updated_at"] == whole["updated_at"]
    assert not whole["updated_at"].endswith(("Z", "+00:00"))  # UTC without saying so


def test_marks_are_asked_once_a_field_and_a_half_made_dataset_is_removed(
    owner: ArgillaClient,
) -> None:
    """Why `questions.marks_question` is asked once a field; `client.create_dataset` cleans up."""
    before = owner.dataset_ids()
    with pytest.raises(AnnotationError, match=r"refused POST .*questions"):
        ensure_dataset(owner, WORKSPACE, _definition("half", _span("more", "input")).payload)
    assert owner.dataset_ids() == before
    assert ensure_dataset(owner, WORKSPACE, _definition("half").payload) not in before


def test_turns_of_a_chat_cannot_be_marked(home: Home, owner: ArgillaClient) -> None:
    """Why `instruction_task.MARKED_FIELDS` are texts: of a chat Argilla counts turns as letters."""
    definition = _definition("chat marks", _span("in_chat", "chat"))
    made = ensure_dataset(owner, WORKSPACE, definition.payload)
    chat = [{"role": "user", "content": "Call Ann."}]
    list(owner.upsert_records(made, [{**_row("r1"), "fields": {"input": "x", "chat": chat}}]))
    record = _remote(home, made)["id"]
    mark = {"label": "name", "start": 5, "end": 8}
    with pytest.raises(AnnotationError, match="length that is `1`"):
        answer_as(owner, record, "ada", {"answer": "x", "in_chat": [mark]})


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (LabelItem("bad", {"input": "x"}, {"note": Suggestion("y", "llama (v1)")}), "agent"),
        (LabelItem("good", {"input": "x"}), "same id"),
        (LabelItem("bad", {"input": "x", "body": "y"}), "no such field"),
        (LabelItem("bad", {}), "required"),
        (LabelItem("bad", {"input": "x", "chat": [{"role": "u" * 21, "content": "y"}]}), "role"),
        (LabelItem("bad", {"input": "x", "chat": [{"role": "u", "content": "y"}] * 501}), "501"),
    ],
    ids=["agent", "same id twice", "unknown field", "missing field", "long role", "many turns"],
)
def test_one_bad_record_refuses_all_of_a_request(
    home: Home, owner: ArgillaClient, dataset: str, bad: LabelItem, words: str
) -> None:
    """Why `item_checks.check_items` looks at each record before anything is sent."""
    questions = owner.question_ids(dataset)
    suggested = [
        {"question_id": questions[name], "value": each.value, "agent": each.agent}
        for name, each in bad.suggestions.items()
    ]
    sent = {"external_id": bad.external_id, "fields": bad.fields, "suggestions": suggested}
    assert _put(home, dataset, [_row("good"), sent]).status_code == UNPROCESSABLE
    assert {found.external_id for found in owner.records(dataset)} == {"r1", "r2"}
    with pytest.raises(AnnotationError, match=words):
        check_items(_definition("any"), [LabelItem("good", {"input": "x"}), bad])


def test_at_most_500_records_go_in_one_request(
    home: Home, owner: ArgillaClient, dataset: str
) -> None:
    """Why `client.upsert_records` sends 500 at a time, and `client.records` reads in pages."""
    rows = [_row(f"n{number}") for number in range(501)]
    assert _put(home, dataset, rows).status_code == UNPROCESSABLE
    assert list(owner.upsert_records(dataset, rows)) == [500, 501]
    found = [record.external_id for record in owner.records(dataset, include="")]
    assert found == ["r1", "r2", *(row["external_id"] for row in rows)]
    path = f"datasets/{dataset}/records"
    assert len(ask(home, "GET", path, params={"limit": 1000}).json()["items"]) == 503
    assert ask(home, "GET", path, params={"limit": 1001}).status_code == UNPROCESSABLE


def test_a_suggestion_replaces_that_of_its_question_alone(
    home: Home, owner: ArgillaClient, dataset: str
) -> None:
    """Why suggestions can be sent later, and why none goes away by being left out."""
    questions = owner.question_ids(dataset)

    def suggest(**values: str) -> dict[str, str]:
        made = [{"question_id": questions[name], "value": said} for name, said in values.items()]
        list(owner.upsert_records(dataset, [_row("r1", suggestions=made)]))
        names = {question: name for name, question in questions.items()}
        found = _remote(home, dataset)["suggestions"]
        return {names[each["question_id"]]: each["value"] for each in found}

    assert suggest(answer="one", note="a note") == {"answer": "one", "note": "a note"}
    assert suggest(answer="two") == {"answer": "two", "note": "a note"}
    assert suggest() == {"answer": "two", "note": "a note"}


def test_who_is_a_user_is_told_with_keys_and_to_the_owner_alone(
    home: Home, owner: ArgillaClient, caplog: pytest.LogCaptureFixture
) -> None:
    """Why pulls need an owner's key, and why `client.User` keeps its key out of every text."""
    with caplog.at_level(logging.DEBUG):
        users = owner.users()
    keys = {user.username: user.api_key for user in users}
    assert {"owner", "ada", "ben"} <= keys.keys()
    assert all(len(key) > 20 for key in keys.values())
    told = repr(users) + str(users[0]) + caplog.text + Path(annotation_status(home).log).read_text()
    assert not [name for name, key in keys.items() if key in told]
    with ArgillaClient(owner.url, keys["ada"]) as own:
        assert own.me().username == "ada"
        with pytest.raises(AnnotationError, match="does not allow GET users") as caught:
            own.users()
        assert keys["ada"] not in str(caught.value)
        with pytest.raises(AnnotationError, match="does not allow POST workspaces"):
            own.ensure_workspace("of my own")


def test_metadata_is_wiped_by_nothing_and_kept_if_left_out(home: Home, dataset: str) -> None:
    """Why `sync.push` leaves alone the records that are there already."""
    path = f"datasets/{dataset}/metadata-properties"
    made = _property("split", {"type": "terms"})
    assert ask(home, "POST", path, json=made).is_success
    for sent, kept in (
        ({"metadata": {"split": "test"}}, {"split": "test"}),
        ({}, {"split": "test"}),
        ({"metadata": {}}, {}),
    ):
        assert _put(home, dataset, [_row("r1", **sent)]).is_success
        assert (_remote(home, dataset)["metadata"] or {}) == kept
    undeclared = _row("r1", metadata={"length": 3})
    assert _put(home, dataset, [undeclared]).status_code == UNPROCESSABLE


def test_hidden_metadata_other_answers_and_agents_are_read_with_an_annotators_key(
    home: Home, owner: ArgillaClient, dataset: str
) -> None:
    """Why no arm, model or set is ever stored in Argilla; see `preference_task`."""
    hidden = {**_property("arm", {"type": "terms"}), "visible_for_annotators": False}
    ask(home, "POST", f"datasets/{dataset}/metadata-properties", json=hidden)
    note = {"question_id": owner.question_ids(dataset)["note"], "value": "n", "agent": "model-7"}
    _put(home, dataset, [_row("r1", metadata={"arm": "dpo"}, suggestions=[note])])
    record = _remote(home, dataset)["id"]
    answer_as(owner, record, "ben", {"answer": "what ben thinks"})
    key = {"X-Argilla-API-Key": key_of(owner, "ada")}
    seen = httpx.get(f"{owner.url}/api/v1/records/{record}", headers=key)
    told = json.dumps(seen.raise_for_status().json())
    for secret in ('"arm": "dpo"', '"r1"', "what ben thinks", "model-7"):
        assert secret in told


def test_answers_that_are_sent_again_replace_newer_ones_without_a_word(
    home: Home, owner: ArgillaClient, dataset: str
) -> None:
    """Why a push sends answers with records that are new only, never with what was read."""
    record = _remote(home, dataset)
    answer_as(owner, record["id"], "ada", {"answer": "v1"})
    old = _remote(home, dataset)["responses"]
    answer_as(owner, record["id"], "ada", {"answer": "v2"})
    again = [{key: each[key] for key in ("user_id", "status", "values")} for each in old]
    assert _put(home, dataset, [_row("r1", responses=again)]).is_success
    (stored,) = _remote(home, dataset)["responses"]
    assert stored["values"]["answer"]["value"] == "v1"


def test_a_ranking_needs_its_ranks_to_be_submitted(
    home: Home, owner: ArgillaClient, dataset: str
) -> None:
    """Why `rankings` and `carry_over.fits` speak of ranks, not of an order of names."""
    record = _remote(home, dataset)["id"]
    bare = [{"value": "two"}, {"value": "one"}]
    with pytest.raises(AnnotationError, match="refused the answer"):
        answer_as(owner, record, "ada", {"answer": "x", "order": bare})
    tied = [{"value": "two", "rank": 1}, {"value": "one", "rank": 1}]
    answer_as(owner, record, "ada", {"answer": "x", "order": tied})
    assert _remote(home, dataset)["responses"][0]["values"]["order"]["value"] == tied


def test_a_published_dataset_takes_no_field_question_or_label_more(
    home: Home, owner: ArgillaClient, dataset: str
) -> None:
    """Why `tasks.define` names a dataset by what it asks: a change of that is another dataset."""
    for path, more in (("fields", _named("more", TEXT)), ("questions", _named("more", TEXT))):
        refused = ask(home, "POST", f"datasets/{dataset}/{path}", json=more)
        assert refused.status_code == UNPROCESSABLE
    asked = owner.describe_dataset(dataset)["questions"]
    settings = {"type": "label_selection", "options": _options("yes", "no", "perhaps")}
    ids = owner.question_ids(dataset)
    refused = ask(home, "PATCH", f"questions/{ids['choice']}", json={"settings": settings})
    assert refused.status_code == UNPROCESSABLE
    # of a ranking more labels are not refused, they are left out without a word
    settings = {"type": "ranking", "options": _options("one", "two", "three")}
    ask(home, "PATCH", f"questions/{ids['order']}", json={"settings": settings})
    assert ask(home, "DELETE", f"questions/{ids['order']}").status_code == UNPROCESSABLE
    assert owner.describe_dataset(dataset)["questions"] == asked


@pytest.mark.parametrize(
    "question",
    [
        _named("q", {"type": "rating", "options": [{"value": n} for n in range(1, 13)]}),
        _named("q", {"type": "rating", "options": [{"value": n} for n in (9, 10, 11)]}),
        {**_named("q", TEXT), "title": "t" * 501},
        {**_named("q", TEXT), "description": "d" * 1001},
        _named(
            "q", {"type": "label_selection", "options": _options(*"abcd"), "visible_options": 2}
        ),
    ],
    ids=["twelve ratings", "a rating of 11", "long title", "long description", "two labels shown"],
)
def test_what_questions_keeps_to_is_argillas_limit(
    owner: ArgillaClient, question: dict[str, Any]
) -> None:
    """Why `questions` shortens titles and anchors, rates 1 to 10 and shows eight labels."""
    with pytest.raises(AnnotationError, match="refused POST"):
        ensure_dataset(owner, WORKSPACE, _definition("beyond a limit", question).payload)


def test_guidelines_end_and_a_required_question_is_needed(owner: ArgillaClient) -> None:
    """Why `tasks.define` cuts guidelines, and every task requires an answer."""
    long = _definition("long guidelines", guidelines="g" * 10_001)
    with pytest.raises(AnnotationError, match="refused POST datasets"):
        ensure_dataset(owner, WORKSPACE, long.payload)
    optional = Definition("instructions", "optional", {}, FIELDS, [_named("note", TEXT)])
    with pytest.raises(AnnotationError, match=r"refused PUT .*publish"):
        ensure_dataset(owner, WORKSPACE, optional.payload)


def test_marks_are_suggested_with_a_score_each(home: Home, owner: ArgillaClient) -> None:
    """Why `instruction_task.suggested_marks` gives as many scores as places."""
    made = ensure_dataset(owner, WORKSPACE, _definition("scores").payload)
    question = owner.question_ids(made)["marks"]
    marks = [{"label": "name", "start": 0, "end": 4}, {"label": "email", "start": 5, "end": 7}]

    def suggest(score: object) -> int:
        suggestion = {"question_id": question, "value": marks, "agent": "rules", "score": score}
        return _put(home, made, [_row("r1", suggestions=[suggestion])]).status_code

    assert [suggest(0.5), suggest([0.5]), suggest([0.5, 1.1])] == [UNPROCESSABLE] * 3
    assert suggest([0.5, 1.0]) == httpx.codes.OK


def test_webhooks_tell_of_single_answers_and_not_of_those_sent_with_records(
    home: Home, owner: ArgillaClient, dataset: str
) -> None:
    """Why a pull reads everything and waits for no webhook."""
    record = _remote(home, dataset)["id"]
    user = owner.me().user_id
    sent = {"user_id": user, "status": "submitted", "values": {"answer": {"value": "sent along"}}}
    with hooked(home, ["response.created", "response.updated"]) as received:
        assert _put(home, dataset, [_row("r1", responses=[sent])]).is_success
        answer_as(owner, record, "ada", {"answer": "given"})
        wait_until(lambda: bool(received))  # jobs are done in order
    assert [event["data"]["user"]["username"] for event in received] == ["ada"]
    assert len(_remote(home, dataset)["responses"]) == 2


def test_a_text_field_has_no_limit(owner: ArgillaClient, dataset: str) -> None:
    """Why `instruction_fields` shows as text what is too long for a chat."""
    said = "clause " * 60_000
    row = {"external_id": "long", "fields": {"input": said}}
    list(owner.upsert_records(dataset, [row]))
    assert [len(r.fields["input"]) for r in owner.records(dataset)][-1] == len(said)


def _property(name: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": name, "title": name, "settings": dict(settings)}
