"""Each task on a real Argilla: what is pushed, what is answered, and what comes of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from annotation.client import RemoteRecord
from annotation.label_folder import LabelFolder, find_push
from annotation.tasks import LabelKind
from tests.annotation.labelled_home import (
    CAREFUL_TASK,
    NOTES,
    THREE_ANSWERS,
    TONE,
    Judge,
    answer_records,
    labelled_home,
    write_answer_set,
)
from workbench.errors import AnnotationError
from workbench.home import Home
from workbench.records import Example
from workbench.store import open_store, resolve_version
from workbench.version_rows import read_examples, read_pairs
from workbench.workflows.annotate_pull import pull_instructions
from workbench.workflows.annotate_push import (
    instruction_source,
    push_dataset,
    push_instructions,
)
from workbench.workflows.annotate_server import open_argilla
from workbench.workflows.curate import curate
from workbench.workflows.pull_answers import pull_preferences, pull_rankings
from workbench.workflows.pull_cleaning import pull_cleaning
from workbench.workflows.push_answers import push_preferences, push_rankings
from workbench.workflows.push_cleaning import push_cleaning
from workbench.workflows.sentence_labels import sentence_labels

pytestmark = pytest.mark.slow

RECIPE = "wording: {typos: flag}\npersonal_data: {replace: tag}\n"
DOCUMENT = " ".join(f"Clause {n} binds party {n * 7} for {n + 3} years." for n in range(520))
GLAD = "🚀 Thanks 😊 for a letter to ann@lawyers.net"
STORY = " ".join(f"On day {n} tenant {n * 3} saw water in room {n * 5}." for n in range(9))
Values = Mapping[str, Any]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    notes = [
        ("Good morning. He wrote to ann@lawyers.net twice.", "The claim was recieved."),
        ("Good afternoon. The boiler of Ms. Ida Kern broke.", "It is definately broken."),
        ("The lodger paid in Zembla on Monday.", "Paid."),
        (GLAD, "Thanks."),
        *NOTES[4:],
        (DOCUMENT, "Many clauses."),
        (STORY, "Water."),
        (f"{STORY} Then it dried.", "Water."),
    ]
    root = tmp_path_factory.mktemp("tasks")
    with labelled_home(
        root, task=CAREFUL_TASK, recipe=RECIPE, notes=notes, more=[_chats(root)]
    ) as made:
        yield made


def _answer(home: Home, kind: LabelKind, judge: Judge) -> int:
    """Answer, as the owner, the records pushed last of which there is something to say."""
    return answer_records(home, find_push(home.labels, kind)[1].dataset_id, "owner", judge)


def _chats(root: Path) -> Path:
    lines = []
    for number in range(12):
        long = " ".join(f"Item {n} costs {n * (number + 11)} and {n + number}." for n in range(900))
        turn = f"And the rent of unit {number}?" if number % 2 else long[:20_500]
        turns = [("user", f"Question {number} on lease {number * 9}"), ("assistant", "Which?")]
        turns.append(("user", turn))
        messages = [{"role": role, "content": said} for role, said in turns]
        messages.append({"role": "assistant", "content": f"Answer {number}."})
        lines.append(json.dumps({"messages": messages}))
    (root / "chats.jsonl").write_text("\n".join(lines) + "\n")
    return root / "chats.jsonl"


def _records(home: Home, kind: Any) -> list[RemoteRecord]:
    _, push = find_push(home.labels, kind)
    with open_argilla(home) as client:
        return list(client.records(push.dataset_id))


def _examples(home: Home, version: str) -> dict[str, Example]:
    return {row.example_id: row for row in read_examples(resolve_version(home, version))}


def _shown(record: RemoteRecord) -> dict[str, Any]:
    return {name: value for name, value in record.fields.items() if value is not None}


def test_long_documents_and_chats_are_shown(home: Home) -> None:
    push_instructions(home)
    shown = [_shown(record) for record in _records(home, "instructions")]
    assert {fields["instruction"] for fields in shown} == {"You are careful."}
    examples = list(_examples(home, "latest:examples").values())
    train = [row for row in examples if row.split == "train"]
    assert len(shown) == len(train)
    for chat in [row for row in train if row.source == "chats.jsonl"]:
        fields = next(each for each in shown if each["draft"] == chat.completion)
        is_long = len(chat.input) > 20_000
        assert bool(fields["context"]) == is_long
        assert ("conversation" in fields) != is_long
    lengths = [len(row.input) for row in train if row.source == "chats.jsonl"]
    assert min(lengths) < 100 < 20_000 < max(lengths)
    assert DOCUMENT in {fields.get("context") for fields in shown}


def test_a_mark_at_the_end_of_a_text_with_emoji_is_suggested(home: Home) -> None:
    push_instructions(home)
    with open_argilla(home) as client:
        _, push = find_push(home.labels, "instructions")
        records = list(client.records(push.dataset_id, include="suggestions"))
    (glad,) = [each for each in records if "Thanks 😊" in (each.fields["context"] or "")]
    text = glad.fields["context"]
    (marks,) = [each["value"] for each in glad.suggestions if isinstance(each["value"], list)]
    # in UTF-16 units, which count an emoji as two
    assert [(mark["label"], mark["end"]) for mark in marks] == [("email", len(text) + 2)]


def test_answers_marks_and_second_readers_come_back(home: Home) -> None:
    def judge(record: RemoteRecord) -> Values | None:
        text = record.fields.get("context") or ""
        common = {"answer": "Zembla it is.", "rate_utility": 6}
        if "Zembla" in text:
            start = text.index("Zembla")
            mark = {"label": "name", "start": start, "end": start + len("Zembla")}
            return {**common, "verdict": "keep", "problems": ["wrong"], "marks_context": [mark]}
        if "tenant 5" in text:
            return {**common, "verdict": "second_reader", "marks_draft": []}
        return None

    before = _examples(home, "latest:examples")
    assert _answer(home, "instructions", judge) > 1
    pulled = pull_instructions(home)
    after = _examples(home, pulled.version)
    changed = [name for name in before if before[name] != after[name]]
    assert [after[name].input for name in changed] == ["The lodger paid in [NAME] on Monday."]
    assert after[changed[0]].completion == "[NAME] it is."
    assert after[changed[0]].prompt[-1]["content"] == after[changed[0]].input
    assert pulled.outcomes["corrected"] == 1
    assert pulled.outcomes["second_reader"] == pulled.n_answered - 1
    with open_store(home) as store:
        said = [item.decision for item in store.decisions(changed[0], version=pulled.version)]
    assert {decision.rule for decision in said} == {"corrected", "personal_data"}
    assert "Zembla" not in json.dumps([dict(decision.evidence) for decision in said])


def test_answers_come_along_when_the_rubric_changes(home: Home) -> None:
    first, _ = find_push(home.labels, "instructions")
    push = first.read_push()
    assert push is not None
    home.task_file.write_text(CAREFUL_TASK + TONE)
    pushed = push_instructions(home, version=push.version)
    assert pushed.dataset != push.dataset
    answered = [record for record in _records(home, "instructions") if record.responses]
    assert len(answered) == pushed.n_carried > 1
    # the new criterion is required, so what was submitted waits for it
    assert {record.responses[0].status for record in answered} == {"draft"}
    assert {record.responses[0].values["rate_utility"] for record in answered} == {6}
    assert push_instructions(home, version=push.version).n_pushed == 0
    home.task_file.write_text(CAREFUL_TASK)


def test_answers_come_along_from_a_dataset_without_properties(home: Home) -> None:
    version = resolve_version(home, "latest:examples").manifest.digest
    source = instruction_source(home, version=version, split="validation")
    earlier = replace(source.definition, name="instructions-earlier", properties=())
    names = list(source.record_ids)
    folder = LabelFolder(home.labels / earlier.name)
    items = [replace(item, properties={}) for item in source.items(names, folder, ())]
    push_dataset(home, earlier, items, replace(source.made, dataset=earlier.name))
    common = {"answer": "Before.", "verdict": "keep", "rate_utility": 6}
    assert _answer(home, "instructions", lambda record: common) == len(names) > 1
    pushed = push_instructions(home, version=version, split="validation")
    assert (pushed.n_pushed, pushed.n_carried) == (len(names), len(names))
    assert push_instructions(home, version=version, split="validation").n_pushed == 0
    answered = [record.responses[0] for record in _records(home, "instructions")]
    assert [response.values for response in answered] == [common] * len(names)
    assert {response.status for response in answered} == {"submitted"}


def test_preferences_and_rankings_come_back_as_pairs(home: Home) -> None:
    write_answer_set(home, "three", THREE_ANSWERS, 9)
    order = {"good": 1, "fair": 2, "bad": 2}

    def rank(record: RemoteRecord) -> Values:
        sides = {side: record.fields[f"answer_{side}"].split()[0] for side in "abc"}
        return {"ranking": [{"value": side, "rank": order[text]} for side, text in sides.items()]}

    def choose(record: RemoteRecord) -> Values:
        a_is_good = record.fields["answer_a"].startswith("good")
        return {"choice": "a_better" if a_is_good else "b_better", "rate_a_utility": 7}

    assert push_rankings(home, answer_set="three").n_pushed == 9
    assert _answer(home, "rankings", rank) == 9
    ranked = read_pairs(resolve_version(home, pull_rankings(home).version))
    assert len(ranked) == 18  # good before fair, good before bad, and the tie is no pair
    assert all(pair.chosen.startswith("good") for pair in ranked)
    assert {pair.rejected.split()[0] for pair in ranked} == {"fair", "bad"}

    push_preferences(home, answer_set="three")
    _answer(home, "preferences", choose)
    chosen = pull_preferences(home)
    pairs = read_pairs(resolve_version(home, chosen.version))
    assert len(pairs) == 9
    assert all(pair.chosen.startswith("good") for pair in pairs)
    home.task_file.write_text(CAREFUL_TASK + TONE)  # its new criterion may be left out
    _refuse_another_order(home)
    again = push_preferences(home, answer_set="three")
    assert again.n_carried == 9
    repeated = read_pairs(resolve_version(home, pull_preferences(home).version))
    assert [(p.pair_id, p.chosen) for p in repeated] == [(p.pair_id, p.chosen) for p in pairs]
    home.task_file.write_text(CAREFUL_TASK)


def _refuse_another_order(home: Home) -> None:
    """A home whose labels are not those of the push refuses to go on: choices would be turned."""
    home.task_file.write_text(CAREFUL_TASK)
    folder, push = find_push(home.labels, "preferences")
    order = folder.read_assignment()
    name, first = next(iter(order.items()))
    turned = replace(first, sample_a=first.sample_b, sample_b=first.sample_a)
    folder.write_assignment({**order, name: turned})
    with pytest.raises(AnnotationError, match=f"Record .* of {push.dataset} shows other answers"):
        push_preferences(home, answer_set="three")
    folder.write_assignment(order)
    home.task_file.write_text(CAREFUL_TASK + TONE)


def test_reviewed_findings_are_obeyed_by_the_next_curation(home: Home) -> None:
    curated = curate(home).version
    before = _examples(home, curated)
    push_cleaning(home, version=curated)
    shown = json.dumps([dict(record.fields) for record in _records(home, "cleaning")])
    assert "ann@lawyers.net" not in shown
    assert "Ida Kern" not in shown

    def judge(record: RemoteRecord) -> Values | None:
        finding, text = record.fields["finding"], record.fields["text"]
        if finding.startswith("Chatter"):
            return {"ruling": "reject" if "afternoon" in text else "accept"}
        if finding.startswith("Spelling") and "recieved" in text:
            return {"ruling": "accept"}
        if finding.startswith("Spelling") and "definately" in text:
            return {"ruling": "correct", "correction": "surely"}
        if finding.startswith("Duplicate"):
            return {"ruling": "reject"}
        if finding.startswith("Personal") and "wrote to" in text:
            start = text.index("twice")
            mark = {"label": "name", "start": start, "end": start + len("twice")}
            return {"ruling": "accept", "marks_text": [mark]}
        return None

    assert _answer(home, "cleaning", judge) == 6
    pulled = pull_cleaning(home)
    assert pulled.outcomes == {"accept": 3, "correct": 1, "reject": 2}
    after = _examples(home, curate(home).version)
    texts = {row.input for row in after.values()} | {row.completion for row in after.values()}
    assert "He wrote to [EMAIL] [NAME]." in texts
    assert any(text.startswith("Good afternoon. The boiler of") for text in texts)
    assert {"The claim was received.", "It is surely broken."} <= texts
    assert len(after) == len(before) + 1  # the near-duplicate is back
    with open_store(home) as store:
        labels = {label.text: label.label for label in sentence_labels(store)}
        n_rulings = len(store.rulings())
    assert labels == {"Good morning.": "chatter", "Good afternoon.": "keep"}
    assert pull_cleaning(home).outcomes == pulled.outcomes
    with open_store(home) as store:
        assert len(store.rulings()) == n_rulings
    _change_minds(home)


def _change_minds(home: Home) -> None:
    """Reject what was corrected, put aside what was rejected: the next curation obeys that too."""

    def reject(record: RemoteRecord) -> Values | None:
        is_typo = record.fields["finding"].startswith("Spelling")
        return {"ruling": "reject"} if is_typo and "definately" in record.fields["text"] else None

    assert _answer(home, "cleaning", reject) == 1
    greeted = [
        {"record_id": each.record_id, "status": "discarded", "values": {}}
        for each in _records(home, "cleaning")
        if each.fields["finding"].startswith("Chatter") and "afternoon" in each.fields["text"]
    ]
    with open_argilla(home) as client:
        list(client.answer(greeted))
    pull_cleaning(home)
    after = _examples(home, curate(home).version)
    texts = {row.input for row in after.values()} | {row.completion for row in after.values()}
    assert "It is definately broken." in texts
    assert not any(text.startswith("Good afternoon") for text in texts)
    with open_store(home) as store:
        n_rulings, n_fixes = len(store.rulings()), len(store.last_corrections())
    pull_cleaning(home)
    with open_store(home) as store:
        assert (len(store.rulings()), len(store.last_corrections())) == (n_rulings, n_fixes)
