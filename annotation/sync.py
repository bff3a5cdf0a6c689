"""Move records to Argilla and answers back, without touching what people wrote or losing any."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from annotation.client import ArgillaClient, RemoteRecord, User
from annotation.label_folder import LabelFolder, Revision
from annotation.tasks import CarriedAnswer, Definition, LabelItem, record_payload
from workbench.errors import AnnotationServerError
from workbench.progress import track

_READS = 3  # people may answer while we read


@dataclass(frozen=True, slots=True)
class PushedDataset:
    """A dataset after a push: its id, and how many records were new or there already."""

    dataset_id: str
    n_new: int
    n_existing: int


@dataclass(frozen=True, slots=True)
class PulledDataset:
    """A dataset as it was read.

    Attributes:
        revisions: The present state of every answer, drafts and discarded ones included.
        n_records: Records on the server.
        missing: Pushed records that are no longer there.
        n_new_revisions: Answers that are new or changed since the last pull.
        n_gone: Answers that an earlier pull saw and that are no longer there.
    """

    revisions: tuple[Revision, ...]
    n_records: int
    missing: tuple[str, ...]
    n_new_revisions: int
    n_gone: int


def push(
    client: ArgillaClient,
    workspace: str,
    definition: Definition,
    items: Sequence[LabelItem],
    *,
    carried: Mapping[str, Sequence[CarriedAnswer]] | None = None,
) -> PushedDataset:
    """Make the dataset if needed and add the records that it lacks; the others stay untouched.

    Args:
        client: With an owner's rights.
        workspace: Name of the workspace.
        definition: The dataset.
        items: Its records.
        carried: By record, what people answered to it in an earlier version of the dataset.
    """
    workspace_id = client.ensure_workspace(workspace)
    found = client.find_dataset(workspace_id, definition.name)
    if found is not None and found["status"] == "draft":
        # an earlier push was cut off before it published: no record, no answer is in it
        client.delete_dataset(str(found["id"]))
        found = None
    dataset = str(found["id"]) if found else client.create_dataset(workspace_id, definition.payload)
    existing = {record.external_id for record in client.records(dataset, with_responses=False)}
    questions = client.question_ids(dataset)
    new = [
        record_payload(item, questions, (carried or {}).get(item.external_id, ()))
        for item in items
        if item.external_id not in existing
    ]
    with track(f"push {definition.name}", len(new)) as progress:
        for done in client.upsert_records(dataset, new):
            progress.update(done)
    return PushedDataset(dataset, len(new), len(items) - len(new))


def pull(
    client: ArgillaClient, dataset_id: str, folder: LabelFolder, pushed: Sequence[str]
) -> PulledDataset:
    """Read every answer, compare the counts with the server's own, and keep every revision.

    Raises:
        AnnotationServerError: The counts differ, three times in a row.
    """
    records, revisions = _read_whole(client, dataset_id)
    earlier = {revision.response_id for revision in folder.read_revisions()}
    present = {revision.response_id for revision in revisions}
    n_new = folder.add_revisions(revisions)
    there = {record.external_id for record in records}
    return PulledDataset(
        tuple(revisions),
        len(records),
        tuple(name for name in pushed if name not in there),
        n_new,
        len(earlier - present),
    )


def ensure_member(
    client: ArgillaClient, workspace_id: str, username: str, password: Callable[[], str]
) -> User:
    """Return a user who may work in the workspace, made with a new password if missing."""
    found = next((user for user in client.users() if user.username == username), None)
    user = found or client.create_user(username, password())
    client.add_to_workspace(workspace_id, user)
    return user


def _read_whole(
    client: ArgillaClient, dataset_id: str
) -> tuple[list[RemoteRecord], list[Revision]]:
    difference = ""
    for _ in range(_READS):
        total = client.progress(dataset_id)["total"]
        records = []
        with track("pull answers", total) as progress:
            for record in client.records(dataset_id):
                records.append(record)
                progress.update(len(records))
        names = {user.user_id: user.username for user in client.users()}
        revisions = [item for record in records for item in _revisions(record, names)]
        difference = _difference(client, dataset_id, len(records), revisions)
        if not difference:
            return records, revisions
    raise AnnotationServerError(
        f"What was read from Argilla is not what it says it holds: {difference}.",
        "Pull again when nobody is answering; stop and start Argilla if it stays so.",
    )


def _difference(
    client: ArgillaClient, dataset_id: str, n_records: int, revisions: Sequence[Revision]
) -> str:
    """Return how our counts differ from the server's, in words; empty if they do not."""
    total = client.progress(dataset_id)["total"]
    if total != n_records:
        return f"{n_records} records read, {total} counted by the server"
    ours = Counter((revision.username, revision.status) for revision in revisions)
    theirs = client.answer_counts(dataset_id)
    for user, status in sorted(ours.keys() | theirs.keys()):
        read, counted = ours[user, status], theirs.get((user, status), 0)
        if read != counted:
            return f"{read} {status} answers of {user} read, {counted} counted by the server"
    return ""


def _revisions(record: RemoteRecord, names: Mapping[str, str]) -> list[Revision]:
    return [
        Revision(
            response_id=found.response_id,
            updated_at=found.updated_at,
            inserted_at=found.inserted_at,
            external_id=record.external_id,
            username=names.get(found.user_id, found.user_id),
            status=found.status,
            values=found.values,
        )
        for found in record.responses
    ]
