"""A second task for the records on which people differ; what is answered there decides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from annotation.client import ArgillaClient, RemoteRecord
from annotation.dataset_making import ensure_dataset
from annotation.sync import PushedDataset

SUFFIX = "-adjudication"
_GUIDELINES = (
    "## You decide\n\nThose who answered these records differ. What you answer counts in place of "
    "what they said.\n\n"
)


def push_disputed(
    client: ArgillaClient, dataset_id: str, workspace: str, wanted: Iterable[str]
) -> PushedDataset:
    """Copy records into a dataset that asks the same, needs one answer and shows nobody else's.

    Pushing again adds what is missing and touches nothing else.

    Args:
        client: With an owner's rights.
        dataset_id: The dataset whose records are disputed.
        workspace: Where the second task is: of those who decide, not of those who differ.
        wanted: External ids of the disputed records.
    """
    described = client.describe_dataset(dataset_id)
    target = ensure_dataset(client, workspace, second_task(described))
    there = {record.external_id for record in client.records(target, include="")}
    chosen = set(wanted)
    names = {question: name for name, question in client.question_ids(dataset_id).items()}
    questions = client.question_ids(target)
    # one that was made before there were properties takes none
    declared = {made["name"] for made in client.describe_dataset(target)["properties"]}
    copies = [
        _copy(record, {old: questions[name] for old, name in names.items()}, declared)
        for record in client.records(dataset_id, include="suggestions")
        if record.external_id in chosen - there
    ]
    for _ in client.upsert_records(target, copies):
        pass
    return PushedDataset(target, len(copies), len(chosen) - len(copies))


def second_task(described: Mapping[str, Any]) -> dict[str, Any]:
    """Return the definition of the second task from that of the first."""
    settings = {
        "name": f"{described['name']}{SUFFIX}",
        "guidelines": _GUIDELINES + (described["guidelines"] or ""),
        "allow_extra_metadata": False,
        "distribution": {"strategy": "overlap", "min_submitted": 1},
    }
    return {
        "settings": settings,
        "fields": described["fields"],
        "questions": described["questions"],
        "properties": described["properties"],
    }


def _copy(record: RemoteRecord, new_ids: Mapping[str, str], declared: set[str]) -> dict[str, Any]:
    """Return a record as it is sent again: no answer, the same properties and suggestions."""
    return {
        "external_id": record.external_id,
        "fields": record.fields,
        "metadata": {name: value for name, value in record.metadata.items() if name in declared},
        "suggestions": [
            {**made, "question_id": new_ids[made["question_id"]]} for made in record.suggestions
        ],
    }
