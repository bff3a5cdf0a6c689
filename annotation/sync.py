"""Move records to Argilla and answers back, without touching what people wrote or losing any."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from annotation.client import ArgillaClient, RecordsMovedError, Response, User
from annotation.dataset_making import ensure_dataset
from annotation.given_answers import GivenAnswers, given_answers
from annotation.item_checks import check_items
from annotation.label_folder import LabelFolder, Revision
from annotation.reading_material import ReadingMaterial, reading_material, shown_digest
from annotation.refusals import DatasetGoneError, NotOnServerError
from annotation.span_offsets import payload_in_units, without_marks_past_the_end
from annotation.tasks import (
    ANSWER_PREFIX,
    CarriedAnswer,
    Definition,
    LabelItem,
    record_payload,
)
from workbench.errors import AnnotationError, AnnotationServerError
from workbench.progress import say, track

_READS = 3  # people may answer while we read
_RECORDS = ("", "records")  # no user has an empty name


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
        material: What each record asks to read, by external id.
        shown: What each record shows; see `reading_material.shown_digest`.
    """

    revisions: tuple[Revision, ...]
    n_records: int
    missing: tuple[str, ...]
    n_new_revisions: int
    n_gone: int
    material: Mapping[str, ReadingMaterial]
    shown: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Target:
    """A dataset that is pushed to, as it was before.

    Attributes:
        dataset_id: Its id.
        record_ids: Argilla's ids of its records, by ours.
        answered: The answer of each user to each of them, without what it says, by our id.
    """

    dataset_id: str
    record_ids: Mapping[str, str]
    answered: Mapping[str, Mapping[str, Response]]


def push(
    client: ArgillaClient, workspace: str, definition: Definition, items: Sequence[LabelItem]
) -> PushedDataset:
    """Make the dataset if needed and add the records that it lacks; the others stay untouched.

    See `open_target` for the arguments and `send` for what they raise.
    """
    return send(client, open_target(client, workspace, definition, items), definition, items)


def open_target(
    client: ArgillaClient, workspace: str, definition: Definition, items: Sequence[LabelItem]
) -> Target:
    """Make the dataset if needed and return what is there.

    Args:
        client: With an owner's rights.
        workspace: Name of the workspace.
        definition: The dataset.
        items: Its records.

    Raises:
        AnnotationError: Argilla would refuse a record, and nothing was made; or records are there
            that show other answers to compare, or the same in another order.
    """
    check_items(definition, items)
    dataset = ensure_dataset(client, workspace, definition.payload)
    wanted = {item.external_id: _compared(item.fields) for item in items}
    record_ids: dict[str, str] = {}
    answered: dict[str, dict[str, Response]] = {}
    for record in client.records(dataset):
        shown = _compared(record.fields)
        if wanted.get(record.external_id, shown) != shown:
            raise _other_answers(definition, record.external_id)
        record_ids[record.external_id] = record.record_id
        answered[record.external_id] = {
            found.user_id: replace(found, values={}) for found in record.responses
        }
    return Target(dataset, record_ids, answered)


def _compared(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: text for name, text in fields.items() if name.startswith(ANSWER_PREFIX)}


def _other_answers(definition: Definition, name: str) -> AnnotationError:
    """Return the error for a blind order that is not the one known here: choices would be turned.

    It names no order.
    """
    return AnnotationError(
        f"Record {name} of {definition.name} shows other answers in Argilla than this home would "
        "push, or the same in another order; nothing was pushed.",
        "Another home pushed it, or labels/ is not what it was: push and pull from that home, put "
        "back its labels/ (`workbench annotate restore`), or push a set of another name.",
    )


def send(
    client: ArgillaClient,
    target: Target,
    definition: Definition,
    items: Sequence[LabelItem],
    carried: Mapping[str, Sequence[CarriedAnswer]] | None = None,
) -> PushedDataset:
    """Add the records that a dataset lacks.

    Args:
        client: With an owner's rights.
        target: The dataset.
        definition: The same.
        items: Its records.
        carried: What people answered before to records that are missing; they come with it.

    Raises:
        AnnotationServerError: Argilla stopped answering; pushing again adds the rest.
    """
    questions = client.question_ids(target.dataset_id)
    spans = client.span_fields(target.dataset_id)
    new = [
        payload_in_units(
            record_payload(item, questions, (carried or {}).get(item.external_id, ())),
            spans,
            questions,
        )
        for item in items
        if item.external_id not in target.record_ids
    ]
    if not client.embedded:
        new = _as_released_takes_them(new, spans, questions)
    with track(f"push {definition.name}", len(new)) as progress:
        for done in client.upsert_records(target.dataset_id, new):
            progress.update(done)
    return PushedDataset(target.dataset_id, len(new), len(items) - len(new))


def _as_released_takes_them(
    payloads: Sequence[dict[str, Any]], spans: Mapping[str, str], questions: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Leave out what an Argilla that is not ours would refuse a whole batch for, and say so."""
    taken = [without_marks_past_the_end(each, spans, questions) for each in payloads]
    if n_left_out := sum(number for _, number in taken):
        say(
            f"{n_left_out} suggested marks are left out: this Argilla takes none at the end of a "
            "text with emoji."
        )
    return [payload for payload, _ in taken]


def pull(
    client: ArgillaClient, dataset_id: str, folder: LabelFolder, pushed: Sequence[str]
) -> PulledDataset:
    """Read every answer, compare the counts with the server's own, and keep every revision.

    Nothing is kept of a read that broke off or whose counts differ.

    Raises:
        DatasetGoneError: Somebody deleted the dataset; what was kept of it stays.
        AnnotationServerError: The counts differ, three times in a row, or Argilla does not answer.
    """
    try:
        read = _read_whole(client, dataset_id, folder.read_given())
    except NotOnServerError as exc:
        if dataset_id in client.dataset_ids():
            raise
        raise _gone(client, folder) from exc
    earlier = {revision.place for revision in folder.read_revisions()}
    present = {revision.place for revision in read.revisions}
    n_new = folder.add_revisions(read.revisions)
    return PulledDataset(
        tuple(read.revisions),
        read.n_records,
        tuple(name for name in pushed if name not in read.material),
        n_new,
        len(earlier - present),
        read.material,
        read.shown,
    )


def _gone(client: ArgillaClient, folder: LabelFolder) -> DatasetGoneError:
    """Return the error for a dataset that was deleted: what is left of it, and how to go on."""
    answers = {revision.response_id for revision in folder.read_revisions()}
    pushed = folder.read_push()
    again = f" with `{pushed.command}`" if pushed else ""
    comes_back = "its records come back with these answers"
    if pushed and pushed.adjudicates:
        comes_back = "it is asked anew"
    return DatasetGoneError(
        f"Dataset {folder.path.name} is no longer in Argilla at {client.url}; the {len(answers)} "
        f"answers that were read from it are kept in {folder.path}.",
        f"Push it again as before{again}: {comes_back}. A backup of the server brings back "
        "also what was answered since (`workbench annotate restore`).",
    )


def ensure_member(
    client: ArgillaClient, workspace_id: str, username: str, password: Callable[[], str]
) -> User:
    """Return a user who may work in the workspace, made with a new password if missing."""
    found = next((user for user in client.users() if user.username == username), None)
    user = found or client.create_user(username, password())
    client.add_to_workspace(workspace_id, user)
    return user


@dataclass(slots=True)
class _Read:
    """What one read of a dataset found."""

    n_records: int = 0
    revisions: list[Revision] = field(default_factory=list)
    material: dict[str, ReadingMaterial] = field(default_factory=dict)
    shown: dict[str, str] = field(default_factory=dict)

    @property
    def counts(self) -> Counter[tuple[str, str]]:
        answers = Counter((revision.username, revision.status) for revision in self.revisions)
        answers[_RECORDS] = self.n_records
        return answers


def _read_whole(client: ArgillaClient, dataset_id: str, given: Mapping[str, GivenAnswers]) -> _Read:
    difference = ""
    for _ in range(_READS):
        before = _server_counts(client, dataset_id)
        try:
            read = _read(client, dataset_id, given, n_records=before[_RECORDS])
        except RecordsMovedError as exc:
            difference = exc.message.rstrip(".")
            continue
        difference = _difference(before, read.counts, _server_counts(client, dataset_id))
        if not difference:
            return read
    raise AnnotationServerError(
        f"What was read from Argilla is not what it says it holds: {difference}.",
        "Pull again when nobody is answering; stop and start Argilla if it stays so.",
    )


def _read(
    client: ArgillaClient, dataset_id: str, given: Mapping[str, GivenAnswers], *, n_records: int
) -> _Read:
    names = {user.user_id: user.username for user in client.users()}
    spans = client.span_fields(dataset_id)
    read = _Read()
    with track("pull answers", n_records) as progress:
        for record in client.records(dataset_id):
            read.n_records += 1
            read.material[record.external_id] = reading_material(record.fields)
            read.shown[record.external_id] = shown_digest(record.fields)
            dated = given.get(record.external_id, {})
            read.revisions.extend(
                _revision(record.external_id, names.get(answer.user_id, answer.user_id), answer)
                for answer in given_answers(record, spans, dated)
            )
            progress.update(read.n_records)
    return read


def _server_counts(client: ArgillaClient, dataset_id: str) -> Counter[tuple[str, str]]:
    """Return the server's own numbers: of records, and of answers by user and status."""
    counts = Counter(client.answer_counts(dataset_id))
    counts[_RECORDS] = client.count_records(dataset_id)
    return counts


def _difference(
    before: Counter[tuple[str, str]],
    read: Counter[tuple[str, str]],
    after: Counter[tuple[str, str]],
) -> str:
    """Return how our counts differ from the server's, in words; empty if they do not.

    People may answer while we read, so a number may lie between what the server counted before and
    after. Where nobody answered the two are the same, and so must ours be.
    """
    for user, status in sorted(before.keys() | read.keys() | after.keys()):
        ends = sorted((before[user, status], after[user, status]))
        found = read[user, status]
        if not ends[0] <= found <= ends[1]:
            what = f"{status} answers of {user}" if user else "records"
            return f"{found} {what} read, {ends[0]} to {ends[1]} counted by the server"
    return ""


def _revision(external_id: str, username: str, found: Response) -> Revision:
    return Revision(
        response_id=found.response_id,
        updated_at=found.updated_at,
        inserted_at=found.inserted_at,
        external_id=external_id,
        username=username,
        status=found.status,
        values=found.values,
    )
