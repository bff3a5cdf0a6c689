"""Answers that a dataset lacks: of earlier versions of it, and of records that were deleted.

Argilla's questions are fixed once a dataset is published, so a changed rubric makes a new one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from annotation.client import ArgillaClient, Response
from annotation.given_answers import given_answers
from annotation.label_folder import LabelFolder, Revision
from annotation.reading_material import shown_digest
from annotation.tasks import CarriedAnswer
from workbench.progress import track

# After any time that Argilla says.
ALWAYS = "\uffff"
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
        known: Until when it knows what each user said of a record; `ALWAYS` of those who said it
            here, in place of what they say elsewhere.
    """

    questions: Sequence[Mapping[str, Any]]
    shown: Mapping[str, str]
    known: Mapping[str, Mapping[str, str]]


def carried_from(
    client: ArgillaClient, earlier: Iterable[Earlier], wanted: Wanted
) -> dict[str, list[CarriedAnswer]]:
    """Return what people answered to the same records in other datasets, as far as it fits.

    Args:
        client: With an owner's rights.
        earlier: Other versions of the dataset, the latest first; of each person and record the
            first answer found is taken.
        wanted: Only an answer to a record that shows the same is carried over, and of those that
            were carried over before one that its author changed since.
    """
    taken: set[tuple[str, str]] = set()
    carried: dict[str, list[CarriedAnswer]] = defaultdict(list)
    for each in earlier:
        given, spans = each.folder.read_given(), client.span_fields(each.dataset_id)
        with track("answers to carry over"):
            for record in client.records(each.dataset_id):
                name = record.external_id
                if wanted.shown.get(name) != shown_digest(record.fields):
                    continue
                known = wanted.known.get(name, {})
                for answer in given_answers(record, spans, given.get(name, {})):
                    place, until = (name, answer.user_id), known.get(answer.user_id)
                    if place in taken or (until is not None and answer.updated_at <= until):
                        continue
                    taken.add(place)
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


def _carried(answer: Response) -> CarriedAnswer:
    return CarriedAnswer(
        answer.user_id, answer.status, answer.values, answer.inserted_at, answer.updated_at
    )
