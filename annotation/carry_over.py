"""Answers that a dataset lacks: of earlier versions of it, and of records that were deleted.

Argilla's questions are fixed once a dataset is published, so a changed rubric makes a new one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from annotation.client import ArgillaClient, Response
from annotation.given_answers import given_answers
from annotation.label_folder import LabelFolder, Revision
from annotation.reading_material import shown_digest
from annotation.refusals import ConflictError
from annotation.span_offsets import values_in_units
from annotation.sync import Target
from annotation.tasks import CarriedAnswer, LabelItem, response_payload
from workbench.progress import track

SUBMITTED, DRAFT, DISCARDED = "submitted", "draft", "discarded"


@dataclass(frozen=True, slots=True)
class Earlier:
    """Another version of a dataset: its folder here and its id on the server."""

    folder: LabelFolder
    dataset_id: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which answers a dataset can take.

    Attributes:
        questions: What it asks, as the server takes it.
        shown: What each record shows; see `reading_material.shown_digest`.
        answered: Users who need nothing carried to a record, since they answered it.
    """

    questions: Sequence[Mapping[str, Any]]
    shown: Mapping[str, str]
    answered: Mapping[str, set[str]]


def carried_from(
    client: ArgillaClient, earlier: Iterable[Earlier], wanted: Wanted
) -> dict[str, list[CarriedAnswer]]:
    """Return what people answered to the same records in other datasets, as far as it fits.

    Args:
        client: With an owner's rights.
        earlier: Other versions of the dataset, the latest first; of each person and record the
            first answer found is taken.
        wanted: Only an answer to a record that shows the same is carried over.
    """
    taken = {name: set(users) for name, users in wanted.answered.items()}
    carried: dict[str, list[CarriedAnswer]] = defaultdict(list)
    for each in earlier:
        given, spans = each.folder.read_given(), client.span_fields(each.dataset_id)
        with track("answers to carry over"):
            for record in client.records(each.dataset_id):
                name = record.external_id
                if wanted.shown.get(name) != shown_digest(record.fields):
                    continue
                users = taken.setdefault(name, set())
                for answer in given_answers(record, spans, given.get(name, {})):
                    if answer.user_id in users:
                        continue
                    users.add(answer.user_id)
                    if fitting := fitting_answer(_carried(answer), wanted.questions):
                        carried[name].append(fitting)
    return dict(carried)


def kept_answers(
    revisions: Iterable[Revision], user_ids: Mapping[str, str], names: set[str]
) -> dict[str, list[CarriedAnswer]]:
    """Return the last answer that we saw of each person to some records.

    Args:
        revisions: Every one that was kept, the oldest first.
        user_ids: Argilla's ids by user name; what somebody said whom it no longer knows stays here.
        names: The records.
    """
    last: dict[tuple[str, str], Revision] = {}
    for revision in revisions:
        if revision.external_id in names and revision.username in user_ids:
            last[revision.external_id, revision.username] = revision
    found: dict[str, list[CarriedAnswer]] = defaultdict(list)
    for (name, username), revision in last.items():
        times = (revision.inserted_at, revision.updated_at)
        answer = CarriedAnswer(user_ids[username], revision.status, revision.values, *times)
        found[name].append(answer)
    return dict(found)


def fitting_answer(
    answer: CarriedAnswer, questions: Sequence[Mapping[str, Any]]
) -> CarriedAnswer | None:
    """Return an answer without what the questions do not ask or do not take.

    A submitted answer that lacks what is required becomes a draft, for its author to complete; of
    one of which nothing is left comes None.
    """
    by_name = {question["name"]: question for question in questions}
    required = {name for name, question in by_name.items() if question["required"]}
    values = {
        name: value
        for name, value in answer.values.items()
        if name in by_name and fits(value, by_name[name]["settings"])
    }
    if not values and answer.status != DISCARDED:
        return None
    is_whole = answer.status != SUBMITTED or required <= values.keys()
    return replace(answer, status=answer.status if is_whole else DRAFT, values=values)


def fits(value: Any, settings: Mapping[str, Any]) -> bool:  # noqa: ANN401 - as the server gave it
    """Tell whether a question takes a value, as Argilla would judge it."""
    if settings["type"] == "text":
        return isinstance(value, str)
    options = [option["value"] for option in settings["options"]]
    if settings["type"] in ("label_selection", "rating"):
        return value in options
    if not isinstance(value, list):
        return False
    if settings["type"] == "multi_label_selection":
        return bool(value) and set(value) <= set(options)
    if settings["type"] == "span":
        return all(span["label"] in options for span in value)
    places = range(1, len(options) + 1)  # of a ranking
    return sorted(item["value"] for item in value) == sorted(options) and all(
        item["rank"] in places for item in value
    )


def give_as_authors(
    client: ArgillaClient,
    target: Target,
    items: Sequence[LabelItem],
    late: Mapping[str, Sequence[CarriedAnswer]],
) -> int:
    """Give answers to records that are there, each as its author; return how many were given.

    Sent with the record, an answer would replace what its author says at this moment. Who may no
    longer work there gives none.

    Args:
        client: With an owner's rights.
        target: The dataset.
        items: The records.
        late: The answers, by record.
    """
    fields = {item.external_id: item.fields for item in items}
    spans = client.span_fields(target.dataset_id)
    n_given = 0
    for user in client.who_may_answer(target.dataset_id):
        theirs = [
            (name, answer)
            for name, answers in late.items()
            for answer in answers
            if answer.user_id == user.user_id
        ]
        if not theirs:
            continue
        with ArgillaClient(client.url, user.api_key, embedded=client.embedded) as own:
            for name, answer in theirs:
                values = values_in_units(answer.values, fields[name], spans)
                said = response_payload(replace(answer, values=values))
                with suppress(ConflictError):
                    own.give(target.record_ids[name], said)
                    n_given += 1
    return n_given


def _carried(answer: Response) -> CarriedAnswer:
    return CarriedAnswer(
        answer.user_id, answer.status, answer.values, answer.inserted_at, answer.updated_at
    )
