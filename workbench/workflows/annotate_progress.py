"""Look how labelling goes: who answered how much and how fast, and where people differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

from annotation.aggregate import SUBMITTED
from annotation.disputes import Disputed, TextLikeness, compare_answers
from annotation.label_folder import (
    LabelFolder,
    Push,
    all_pushes,
    find_calibration,
    find_push,
    list_pushes,
)
from annotation.quality import (
    AnnotatorProgress,
    QuestionAgreement,
    annotator_progress,
    question_agreement,
)
from annotation.refusals import DatasetGoneError
from annotation.sync import PulledDataset, pull
from annotation.tasks import LabelKind
from workbench.errors import NotFoundError
from workbench.home import Home
from workbench.jobs import Job, list_jobs, start_job
from workbench.workflows.annotate_server import (
    AnnotationServer,
    annotation_status,
    dataset_url,
    open_argilla,
)
from workbench.workflows.calibration_standing import CalibrationStanding, read_standing
from workbench.workflows.decided_answers import decided_answers
from workbench.workflows.earlier_answers import late_answers

SHOWN_DISPUTES = 20
READING = "Read answers"  # title of the job


@dataclass(frozen=True, slots=True)
class LabellingProgress:
    """How one dataset stands.

    Attributes:
        kind: What is labelled.
        dataset: Name in Argilla.
        url: Where people answer it.
        read_at: When it was read, UTC.
        n_records: Records on the server.
        n_by_answers: Records by the number of answers submitted to them.
        annotators: What each user did, people first.
        agreement: Agreement on each question that has a scale.
        likeness: How alike texts are that several people wrote in the same place, by question.
        not_compared: Questions with answers of which no difference is measured.
        n_compared: Records with two answers that could be compared.
        n_disputed: Those on which people differ.
        disputed: The most disputed of them.
        n_decided: Records that a second task has decided; their first answers no longer count.
        n_late: Answers that an earlier version of the dataset got and this one lacks.
        calibration: How people do on the calibration set: this one, or else the one of the same
            kind that was pushed last; None if there is none.
        calibration_gone: What to do where the calibration set beside it, or its reference, was
            deleted in Argilla; empty where it was not.
    """

    kind: str
    dataset: str
    url: str
    read_at: str
    n_records: int
    n_by_answers: Mapping[int, int]
    annotators: tuple[AnnotatorProgress, ...]
    agreement: tuple[QuestionAgreement, ...]
    likeness: tuple[TextLikeness, ...]
    not_compared: tuple[str, ...]
    n_compared: int
    n_disputed: int
    disputed: tuple[Disputed, ...]
    n_decided: int = 0
    n_late: int = 0
    calibration: CalibrationStanding | None = None
    calibration_gone: str = ""


@dataclass(frozen=True, slots=True)
class KnownDataset:
    """A dataset that was pushed, and how it stood when it was last looked at.

    Attributes:
        kind: What is labelled.
        dataset: Name in Argilla.
        url: Where people answer it; empty if Argilla does not run.
        n_pushed: Records pushed.
        progress: `LabellingProgress` as JSON; None if nobody looked yet.
        calibration: Whether it is a calibration set.
    """

    kind: str
    dataset: str
    url: str
    n_pushed: int
    progress: Mapping[str, Any] | None
    calibration: bool = False


@dataclass(frozen=True, slots=True)
class LabellingOverview:
    """The server, every dataset that was pushed (the last one first), and the last reading."""

    server: AnnotationServer
    datasets: tuple[KnownDataset, ...]
    reading: Job | None


def read_progress(home: Home, kind: LabelKind, *, dataset: str = "") -> LabellingProgress:
    """Read a dataset's answers as a pull does, publish nothing, and say how it stands.

    Args:
        home: The project.
        kind: What is labelled.
        dataset: Name of the dataset in Argilla; empty for the one pushed last, or where nothing
            else was pushed for the calibration set.

    Raises:
        AnnotationError: Nothing of that kind was pushed.
        AnnotationServerError: Argilla does not answer, or its counts are not what was read.
    """
    calibration = find_calibration(home.labels, kind, dataset)
    if calibration and (dataset or not list_pushes(home.labels, kind)):
        return _read_calibration(home, *calibration)
    folder, push = find_push(home.labels, kind, dataset)
    found = _read(home, folder, push)
    if beside := find_calibration(home.labels, kind):
        try:
            found = replace(found, calibration=_read_calibration(home, *beside).calibration)
        except DatasetGoneError as exc:
            found = replace(found, calibration_gone=str(exc))
    folder.write_progress(asdict(found))
    return found


def _read(home: Home, folder: LabelFolder, push: Push) -> LabellingProgress:
    with open_argilla(home) as client:
        pulled = pull(client, push.dataset_id, folder, push.external_ids)
        found = _progress(push, pulled, dataset_url(client.url, push.dataset_id))
        decided = decided_answers(home, client, push, pulled)
        n_late = late_answers(home, client, push, pulled)
    return replace(found, n_decided=len(decided), n_late=n_late)


def _read_calibration(home: Home, folder: LabelFolder, push: Push) -> LabellingProgress:
    with open_argilla(home) as client:
        pulled = pull(client, push.dataset_id, folder, push.external_ids)
        found = _progress(push, pulled, dataset_url(client.url, push.dataset_id))
        standing = read_standing(home, client, folder, push, pulled)
    found = replace(found, calibration=standing)
    folder.write_progress(asdict(found))
    return found


def labelling_overview(home: Home) -> LabellingOverview:
    """Return what the project knows of its labelling, without reading any answer."""
    server = annotation_status(home)
    known = tuple(_known(server, folder, push) for folder, push in all_pushes(home.labels))
    reading = next((job for job in list_jobs(home.jobs) if job.title == READING), None)
    return LabellingOverview(server, known, reading)


def start_reading(home: Home, dataset: str) -> Job:
    """Read how a dataset stands in a job that outlives the page.

    Raises:
        NotFoundError: No dataset of that name was pushed.
    """
    push = next((push for _, push in all_pushes(home.labels) if push.dataset == dataset), None)
    if push is None:
        raise NotFoundError(
            "No dataset of that name was pushed from here.", "Go back to the list and choose one."
        )
    command = ["annotate", "progress", push.kind, f"--dataset={dataset}", "--home", str(home.root)]
    return start_job(home.jobs, READING, command)


def _known(server: AnnotationServer, folder: LabelFolder, push: Push) -> KnownDataset:
    url = dataset_url(server.url, push.dataset_id) if server.running else ""
    return KnownDataset(
        push.kind,
        push.dataset,
        url,
        len(push.external_ids),
        folder.read_progress(),
        push.calibration,
    )


def _progress(push: Push, pulled: PulledDataset, url: str) -> LabellingProgress:
    revisions = pulled.revisions
    compared = compare_answers(revisions)
    return LabellingProgress(
        push.kind,
        push.dataset,
        url,
        datetime.now(UTC).isoformat(timespec="seconds"),
        pulled.n_records,
        _by_answers(pulled),
        tuple(annotator_progress(revisions, pulled.material)),
        tuple(question_agreement(revisions)),
        compared.likeness,
        compared.not_compared,
        compared.n_compared,
        len(compared.disputed),
        compared.disputed[:SHOWN_DISPUTES],
    )


def _by_answers(pulled: PulledDataset) -> dict[int, int]:
    submitted = [item.external_id for item in pulled.revisions if item.status == SUBMITTED]
    answers = Counter(submitted)
    by_number = Counter(answers.values())
    by_number[0] = pulled.n_records - len(answers)
    return dict(sorted(by_number.items()))
