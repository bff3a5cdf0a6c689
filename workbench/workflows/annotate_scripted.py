"""Let scripted annotators answer in Argilla, through its own interface, marked as simulated."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from annotation.client import ArgillaClient
from annotation.credentials import new_password
from annotation.label_folder import LabelFolder, find_push
from annotation.roster import SIMULATED_PREFIX
from annotation.sync import ensure_member
from annotation.tasks import LabelKind
from workbench.home import Home
from workbench.progress import track
from workbench.settings import load_settings
from workbench.task import load_task
from workbench.workflows.annotate_server import open_argilla


@dataclass(frozen=True, slots=True)
class ScriptedItem:
    """What a scripted annotator sees.

    Attributes:
        external_id: Id of the record.
        example_id: The example that it stands on.
        annotator: Who is asked, without the prefix.
        fields: Text by field, or the turns of a chat, as a person would read it.
    """

    external_id: str
    example_id: str
    annotator: str
    fields: Mapping[str, Any]


AnswerFunction = Callable[[ScriptedItem], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class ScriptedResult:
    """What scripted annotators did: answers given, and records that they had answered before."""

    dataset: str
    annotators: tuple[str, ...]
    n_answers: int
    n_answered_before: int


def answer_as_simulated(
    home: Home, dataset_kind: LabelKind, annotators: Sequence[str], answer: AnswerFunction
) -> ScriptedResult:
    """Answer the dataset of that kind that was pushed last, as users `simulated-<name>`.

    Each record gets as many answers as the task file asks for, in turn from the annotators. What
    an annotator has answered is left alone, so the same call continues after an interruption.

    Args:
        home: The project.
        dataset_kind: What is labelled.
        annotators: Their names.
        answer: Returns the value for each question; called once per record and annotator.

    Raises:
        AnnotationError: Nothing was pushed, or Argilla refuses an answer.
    """
    folder, pushed = find_push(home.labels, dataset_kind)
    per_record = min(load_task(home.task_file).labelling.answers_per_record, len(annotators))
    workspace = load_settings(home.settings_file).argilla.workspace
    with open_argilla(home) as client:
        workspace_id = client.ensure_workspace(workspace)
        users = {
            name: ensure_member(client, workspace_id, f"{SIMULATED_PREFIX}{name}", new_password)
            for name in annotators
        }
        owners = {user.user_id: name for name, user in users.items()}
        work, before = _work(client, pushed.dataset_id, folder, annotators, per_record, owners)
        total = sum(len(items) for items in work.values())
        done = 0
        with track(f"simulated answers to {pushed.dataset}", total) as progress:
            for name, items in work.items():
                answers = [_submitted(record_id, answer(item)) for record_id, item in items]
                key = users[name].api_key
                with ArgillaClient(client.url, key, embedded=client.embedded) as own:
                    for sent in own.answer(answers):
                        progress.update(done + sent)
                done += len(answers)
    return ScriptedResult(pushed.dataset, tuple(annotators), total, before)


def _submitted(record_id: str, values: Mapping[str, Any]) -> dict[str, object]:
    given = {question: {"value": value} for question, value in values.items()}
    return {"record_id": record_id, "status": "submitted", "values": given}


def _work(
    client: ArgillaClient,
    dataset_id: str,
    folder: LabelFolder,
    annotators: Sequence[str],
    per_record: int,
    owners: Mapping[str, str],
) -> tuple[dict[str, list[tuple[str, ScriptedItem]]], int]:
    """Return who answers which records, and how many they have answered before."""
    work: dict[str, list[tuple[str, ScriptedItem]]] = {name: [] for name in annotators}
    assignment = folder.read_assignment()
    before = 0
    for position, record in enumerate(client.records(dataset_id)):
        answered = {owners.get(response.user_id) for response in record.responses}
        order = assignment.get(record.external_id)
        for turn in range(per_record):
            name = annotators[(position + turn) % len(annotators)]
            if name in answered:
                before += 1
                continue
            example_id = order.example_id if order else record.external_id
            item = ScriptedItem(record.external_id, example_id, name, dict(record.fields))
            work[name].append((record.record_id, item))
    return work, before
