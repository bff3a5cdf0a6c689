"""Two people differ on a real Argilla, a third one decides: each kind of task from end to end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from annotation.client import RemoteRecord
from annotation.label_folder import find_push
from annotation.tasks import LabelKind
from tests.annotation.labelled_home import (
    CAREFUL_TASK,
    NOTES,
    THREE_ANSWERS,
    Judge,
    answer_records,
    labelled_home,
    write_answer_set,
)
from workbench.errors import AnnotationError
from workbench.home import Home
from workbench.store import open_store, resolve_version
from workbench.version_rows import read_examples, read_pairs
from workbench.workflows.annotate_adjudicate import adjudicate_disputed
from workbench.workflows.annotate_progress import LabellingProgress, read_progress
from workbench.workflows.annotate_pull import pull_instructions
from workbench.workflows.annotate_push import push_instructions
from workbench.workflows.curate import curate
from workbench.workflows.pull_answers import pull_preferences, pull_rankings
from workbench.workflows.pull_cleaning import pull_cleaning
from workbench.workflows.push_answers import push_preferences, push_rankings
from workbench.workflows.push_cleaning import push_cleaning

pytestmark = pytest.mark.slow

BOTH = "labelling: {annotators: [clara, bert], answers_per_record: 2}\n"
RECIPE = "wording: {typos: flag}\npersonal_data: {replace: tag}\n"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    notes = [
        ("Good morning. He wrote to the court twice.", "The claim was recieved."),
        ("Good afternoon. The boiler broke.", "It is definately broken."),
        *NOTES[2:],
    ]
    with labelled_home(
        tmp_path_factory.mktemp("disputes"), task=CAREFUL_TASK + BOTH, recipe=RECIPE, notes=notes
    ) as made:
        yield made


def _differ(home: Home, kind: LabelKind, clara: Judge, bert: Judge) -> LabellingProgress:
    """Answer every record twice, and return how labelling goes."""
    _, push = find_push(home.labels, kind)
    answer_records(home, push.dataset_id, "clara", clara)
    answer_records(home, push.dataset_id, "bert", bert)
    return read_progress(home, kind)


def _decide(home: Home, kind: LabelKind, judge: Judge) -> int:
    """Answer the second task as the owner; return how many records it holds."""
    found = adjudicate_disputed(home, kind)
    _, second = find_push(home.labels, kind, found.second)
    return answer_records(home, second.dataset_id, "owner", judge)


def test_a_decided_finding_reaches_the_next_curation(home: Home) -> None:
    limited = push_cleaning(home, limit=2)
    assert (limited.n_rows, limited.n_pushed) == (2, 4)  # each row has two findings
    push_cleaning(home)
    found = _differ(
        home, "cleaning", lambda _: {"ruling": "accept"}, lambda _: {"ruling": "reject"}
    )
    n_records = found.n_records
    assert n_records >= 4
    assert (found.n_compared, found.n_disputed, found.n_decided) == (n_records, n_records, 0)
    (agreement,) = found.agreement
    assert (agreement.question, agreement.scale) == ("ruling", "nominal")
    # all differ: 1 - (2n - 1) / n of n records, Krippendorff's bound for two labels
    assert agreement.found.alpha == pytest.approx(1 - (2 * n_records - 1) / n_records)
    assert pull_cleaning(home).outcomes == {"undecided": n_records}

    def decide(record: RemoteRecord) -> Mapping[str, Any]:
        if "definately" in record.fields["text"]:
            return {"ruling": "correct", "correction": "surely"}
        return {"ruling": "reject" if "afternoon" in record.fields["text"] else "accept"}

    assert _decide(home, "cleaning", decide) == n_records
    assert read_progress(home, "cleaning").n_decided == n_records
    assert "undecided" not in pull_cleaning(home).outcomes
    rows = read_examples(resolve_version(home, curate(home).version))
    texts = {row.input for row in rows} | {row.completion for row in rows}
    assert {"The claim was received.", "It is surely broken."} <= texts
    assert "He wrote to the court twice." in texts
    assert "Good afternoon. The boiler broke." in texts
    with open_store(home) as store:
        assert {ruling.ruling for ruling in store.rulings()} == {"accepted", "undone"}


def test_a_decided_answer_is_learned(home: Home) -> None:
    push_instructions(home, limit=3)

    def answer(text: str) -> Judge:
        return lambda _: {"answer": text, "verdict": "keep", "rate_utility": 7}

    def marked(record: RemoteRecord) -> Mapping[str, Any]:
        start = record.fields["context"].index(" ") + 1
        mark = {"label": "name", "start": start, "end": start + len("tenant")}
        return {**(answer("The rent is due.")(record) or {}), "marks_context": [mark]}

    found = _differ(home, "instructions", marked, answer("It was paid at once."))
    assert (found.n_compared, found.n_disputed) == (3, 3)
    assert dict(found.disputed[0].said) == {"answer": {"text 1": 1, "text 2": 1}}
    (likeness,) = found.likeness
    assert (likeness.found.n, likeness.found.n_equal) == (3, 0)
    assert likeness.found.value == pytest.approx(1 - 3 * found.disputed[0].dispute)
    with pytest.raises(AnnotationError, match="differ, the most disputed by"):
        adjudicate_disputed(home, "instructions", min_dispute=0.9)
    assert _decide(home, "instructions", answer("The rent is due on Monday.")) == 3
    rows = read_examples(resolve_version(home, pull_instructions(home).version))
    decided = [row.input for row in rows if row.completion == "The rent is due on Monday."]
    assert len(decided) == 3
    assert all("[NAME]" in shown for shown in decided)  # who decides need not mark it again


def test_decisions_outlast_a_change_of_the_guidelines(home: Home) -> None:
    _, before = find_push(home.labels, "instructions")
    task = home.task_file.read_text()
    words = 'labelling: {guidelines: "Read all of it.", '
    home.task_file.write_text(task.replace("labelling: {", words))
    push_instructions(home, limit=3)
    _, after = find_push(home.labels, "instructions")
    assert after.dataset != before.dataset
    assert read_progress(home, "instructions").n_decided == 3
    rows = read_examples(resolve_version(home, pull_instructions(home).version))
    assert sum(row.completion == "The rent is due on Monday." for row in rows) == 3
    with pytest.raises(AnnotationError, match="decided in the second task of an earlier"):
        adjudicate_disputed(home, "instructions")
    new = {"answer": "It is due in May.", "verdict": "keep", "rate_utility": 7}
    name = after.external_ids[0]
    answer_records(
        home, after.dataset_id, "bert", lambda each: new if each.external_id == name else None
    )
    assert read_progress(home, "instructions").n_decided == 2  # who answers anew is heard
    again = adjudicate_disputed(home, "instructions")
    assert (again.n_disputed, again.n_pushed) == (1, 1)
    home.task_file.write_text(task)


def test_decided_rankings_and_choices_keep_the_blind_order(home: Home) -> None:
    write_answer_set(home, "three", THREE_ANSWERS, 6)

    def rank(*order: str) -> Judge:
        def judge(record: RemoteRecord) -> Mapping[str, Any]:
            sides = {record.fields[f"answer_{side}"].split()[0]: side for side in "abc"}
            ranked = [{"value": sides[text], "rank": n} for n, text in enumerate(order, start=1)]
            return {"ranking": ranked}

        return judge

    push_rankings(home, answer_set="three")
    found = _differ(home, "rankings", rank("bad", "fair", "good"), rank("good", "fair", "bad"))
    assert (found.n_disputed, found.disputed[0].dispute) == (6, 1.0)
    (agreement,) = found.agreement
    assert (agreement.unit, agreement.found.n_units) == ("order", 18)
    with pytest.raises(AnnotationError, match="prefers one answer"):
        pull_rankings(home)  # no two agree on anything
    assert _decide(home, "rankings", rank("good", "fair", "bad")) == 6
    pairs = read_pairs(resolve_version(home, pull_rankings(home).version))
    order = {"good": 0, "fair": 1, "bad": 2}
    assert len(pairs) == 18
    assert all(order[p.chosen.split()[0]] < order[p.rejected.split()[0]] for p in pairs)

    def choose(wanted: str) -> Judge:
        return lambda record: {
            "choice": "a_better" if record.fields["answer_a"].startswith(wanted) else "b_better"
        }

    push_preferences(home, answer_set="three")
    found = _differ(home, "preferences", choose("good"), choose("fair"))
    assert (found.n_disputed, found.disputed[0].dispute) == (6, 0.5)
    assert _decide(home, "preferences", choose("good")) == 6
    pairs = read_pairs(resolve_version(home, pull_preferences(home).version))
    assert len(pairs) == 6
    assert all(pair.chosen.startswith("good") for pair in pairs)
