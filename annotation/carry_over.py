"""Old answers in a new version of a dataset, since Argilla's questions are fixed once published."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from annotation.client import ArgillaClient, RemoteRecord, Response
from annotation.tasks import CarriedAnswer, Definition, LabelItem
from workbench.progress import track

SUBMITTED, DRAFT, DISCARDED = "submitted", "draft", "discarded"


def carried_from(
    client: ArgillaClient,
    dataset_ids: Iterable[str],
    definition: Definition,
    items: Sequence[LabelItem],
) -> dict[str, tuple[CarriedAnswer, ...]]:
    """Return what people answered to the same records in other datasets, as far as it fits.

    Args:
        client: With an owner's rights.
        dataset_ids: Earlier versions of the dataset, the latest first; a record's answers come
            from the first one in which somebody answered it.
        definition: The new version.
        items: Its records. Only an answer to a record that shows the same is carried over.
    """
    shown = {item.external_id: dict(item.fields) for item in items}
    carried: dict[str, tuple[CarriedAnswer, ...]] = {}
    for dataset_id in dataset_ids:
        with track("answers to carry over"):
            for record in client.records(dataset_id):
                name = record.external_id
                if name in carried or not _shows(record, shown.get(name)):
                    continue
                if answers := fitting_answers(record.responses, definition):
                    carried[name] = answers
    return carried


def fitting_answers(
    responses: Sequence[Response], definition: Definition
) -> tuple[CarriedAnswer, ...]:
    """Return answers without what the dataset does not ask or does not take.

    A submitted answer that lacks what is required becomes a draft, for its author to complete; one
    of which nothing is left is not carried over.
    """
    questions = {question["name"]: question for question in definition.questions}
    required = {name for name, question in questions.items() if question["required"]}
    carried = []
    for response in responses:
        values = {
            name: value
            for name, value in response.values.items()
            if name in questions and fits(value, questions[name]["settings"])
        }
        is_whole = response.status != SUBMITTED or required <= values.keys()
        if values or response.status == DISCARDED:
            status = response.status if is_whole else DRAFT
            carried.append(CarriedAnswer(response.user_id, status, values))
    return tuple(carried)


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


def _shows(record: RemoteRecord, fields: Mapping[str, Any] | None) -> bool:
    """Tell whether a record shows the same; the server adds empty fields that were left out."""
    seen = {name: value for name, value in record.fields.items() if value is not None}
    return fields is not None and seen == dict(fields)
