"""What second tasks decided of the records of a dataset, in place of those who differed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from annotation.aggregate import submitted_by_record
from annotation.carry_over import SUBMITTED, fitting_answer
from annotation.client import ArgillaClient
from annotation.label_folder import LabelFolder, Push, Revision, find_adjudication, list_pushes
from annotation.sync import PulledDataset, pull
from annotation.tasks import CarriedAnswer
from workbench.home import Home

Answers = dict[str, list[Revision]]


def decided_answers(
    home: Home, client: ArgillaClient, push: Push, pulled: PulledDataset
) -> Answers:
    """Return what was decided of each record; it counts in place of all other answers.

    Args:
        home: The project.
        client: With an owner's rights.
        push: What was pushed to the dataset.
        pulled: What people answered in it.
    """
    second = _second_task(home, client, push.dataset)
    own = submitted_by_record(_read(client, *second).revisions) if second else {}
    return {**earlier_decisions(home, client, push, pulled), **own}


def earlier_decisions(
    home: Home, client: ArgillaClient, push: Push, pulled: PulledDataset
) -> Answers:
    """Return what second tasks of other versions of a dataset decided, the latest version first.

    As after a change of the rubric: a decision counts where the record shows the same, all of it
    fits what is asked now, and nobody has answered here since. See `decided_answers`.
    """
    others = [
        second
        for _, each in list_pushes(home.labels, push.kind)
        if each.dataset != push.dataset
        and not set(push.external_ids).isdisjoint(each.external_ids)
        and (second := _second_task(home, client, each.dataset))
    ]
    if not others:
        return {}
    questions = client.describe_dataset(push.dataset_id)["questions"]
    here = {
        name: found[-1].updated_at for name, found in submitted_by_record(pulled.revisions).items()
    }
    decided: Answers = {}
    for second in others:
        read = _read(client, *second)
        for name, found in submitted_by_record(read.revisions).items():
            same = name in pulled.shown and read.shown.get(name) == pulled.shown[name]
            if name in decided or not same or here.get(name, "") > found[-1].updated_at:
                continue
            if fitting := _fitting(found, questions):
                decided[name] = fitting
    return decided


def missing_adjudication(home: Home, client: ArgillaClient, dataset: str) -> str:
    """Return the name of a dataset's second task if somebody deleted it on the server, else ""."""
    second = find_adjudication(home.labels, dataset)
    is_gone = second is not None and second[1].dataset_id not in client.dataset_ids()
    return second[1].dataset if second and is_gone else ""


def _second_task(
    home: Home, client: ArgillaClient, dataset: str
) -> tuple[LabelFolder, Push] | None:
    """Return a dataset's second task; None if it has none that is on the server."""
    if missing_adjudication(home, client, dataset):
        return None
    return find_adjudication(home.labels, dataset)


def _read(client: ArgillaClient, folder: LabelFolder, push: Push) -> PulledDataset:
    return pull(client, push.dataset_id, folder, push.external_ids)


def _fitting(found: Sequence[Revision], questions: Sequence[Mapping[str, Any]]) -> list[Revision]:
    """Return answers without what is not asked, and none that lacks what is required."""
    fitting = []
    for revision in found:
        answer = CarriedAnswer(revision.username, revision.status, revision.values)
        left = fitting_answer(answer, questions)
        if left is not None and left.status == SUBMITTED:
            fitting.append(replace(revision, values=left.values))
    return fitting
