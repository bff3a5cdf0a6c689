"""What we keep of a labelling dataset in the home: what was asked, blind order, every answer.

`<home>/labels/<dataset>/push.json` says what was pushed, `assignment.json` which answer stood where
and `reference.json` what a calibration set is compared with (neither leaves the home),
`carried.json` which answers came from an earlier version of the dataset, and when they were given,
`revisions.jsonl` holds every revision of every answer that a pull saw.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, astuple, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from annotation.given_answers import GivenAnswer
from annotation.tasks import LabelKind
from annotation.torn_lines import TornLine, read_lines, set_aside
from workbench.errors import AnnotationError
from workbench.files import write_atomic, write_json
from workbench.held_lock import held_lock

_PUSH_FILE, _ASSIGNMENT_FILE, _REVISIONS_FILE = "push.json", "assignment.json", "revisions.jsonl"
_PROGRESS_FILE, _REFERENCE_FILE = "progress.json", "reference.json"
_CARRIED_FILE = "carried.json"
_LOCK_FILE = "writing.lock"
WAIT_SECONDS = 30.0  # reading and writing 100,000 revisions takes about a second


@dataclass(frozen=True, slots=True)
class Push:
    """What was pushed to one dataset.

    Attributes:
        kind: What is labelled.
        dataset: Its name in Argilla.
        dataset_id: Its id there.
        version: Digest of the version that the rows come from.
        split: Split that was asked for; empty where generated answers are compared.
        answer_set: Generated answers, for preferences and rankings.
        answers_sha256: Digest of their file.
        external_ids: Every record pushed so far.
        pushed_at: Time of the last push.
        seed: What the blind order was drawn with, where generated answers are compared.
        adjudicates: Dataset whose disputed records these are; empty for a first task.
        calibration: Whether everybody answers the same records here, to be compared with a
            reference; these answers never become rows or pairs.
    """

    kind: LabelKind
    dataset: str
    dataset_id: str
    version: str
    split: str = ""
    answer_set: str = ""
    answers_sha256: str = ""
    external_ids: tuple[str, ...] = ()
    pushed_at: str = ""
    seed: int | None = None
    adjudicates: str = ""
    calibration: bool = False

    @property
    def command(self) -> str:
        """The command that pushes such a dataset."""
        if self.adjudicates:
            return f"workbench annotate adjudicate {self.kind} --dataset {self.adjudicates}"
        return f"workbench annotate {'calibrate' if self.calibration else 'push'} {self.kind}"


@dataclass(frozen=True, slots=True)
class Assignment:
    """Which sample of which example stood as A, which as B, and which ones followed, if any."""

    example_id: str
    sample_a: int
    sample_b: int
    further: tuple[int, ...] = ()

    @property
    def samples(self) -> tuple[int, ...]:
        return self.sample_a, self.sample_b, *self.further


@dataclass(frozen=True, slots=True)
class Reference:
    """What the answers to a calibration set are compared with.

    Attributes:
        person: Who answers the same records in a dataset that others cannot see; empty if the
            answers come from a file.
        dataset: Name of that dataset in Argilla; empty with a file.
        dataset_id: Its id there; empty with a file.
        answers: Of a file, what it says by record and question, A and B as annotators see them.
    """

    person: str = ""
    dataset: str = ""
    dataset_id: str = ""
    answers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Revision:
    """One state of one person's answer to one record."""

    response_id: str
    updated_at: str
    inserted_at: str
    external_id: str
    username: str
    status: str
    values: Mapping[str, Any]

    @property
    def place(self) -> tuple[str, str]:
        """Record and person, of which Argilla keeps one answer."""
        return self.external_id, self.username

    @property
    def is_submitted(self) -> bool:
        """Whether it counts: a draft or a discarded answer does not."""
        return self.status == "submitted"

    @property
    def key(self) -> tuple[str, str]:
        return self.response_id, self.updated_at


@dataclass(frozen=True, slots=True)
class LabelFolder:
    """The folder of one dataset."""

    path: Path

    def read_push(self) -> Push | None:
        """Return what was pushed, or None if nothing was."""
        content = _read_json(self.path / _PUSH_FILE)
        if content is None:
            return None
        return Push(**{**content, "external_ids": tuple(content["external_ids"])})

    def write_push(self, push: Push) -> None:
        """Keep what was pushed, with the time of now."""
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        stamped = replace(push, pushed_at=datetime.now(UTC).isoformat())
        write_json(self.path / _PUSH_FILE, asdict(stamped))

    def add_push(self, push: Push) -> Push:
        """Keep what was pushed, with the records of earlier pushes; return it with all of them."""
        with self._turn():
            before = self.read_push()
            ids = dict.fromkeys([*(before.external_ids if before else ()), *push.external_ids])
            whole = replace(push, external_ids=tuple(ids))
            self.write_push(whole)
        return whole

    def read_assignment(self) -> dict[str, Assignment]:
        """Return the blind order by pair."""
        content = _read_json(self.path / _ASSIGNMENT_FILE) or {}
        return {
            pair: Assignment(**{**value, "further": tuple(value.get("further", ()))})
            for pair, value in content.items()
        }

    def write_assignment(self, assignment: Mapping[str, Assignment]) -> None:
        """Keep the blind order; before the first record is pushed."""
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_json(
            self.path / _ASSIGNMENT_FILE,
            {pair: asdict(value) for pair, value in sorted(assignment.items())},
        )

    def read_reference(self) -> Reference | None:
        """Return what the answers are compared with; None where there is no calibration set."""
        content = _read_json(self.path / _REFERENCE_FILE)
        return None if content is None else Reference(**content)

    def write_reference(self, reference: Reference) -> None:
        """Keep what the answers are compared with; before the first record is pushed."""
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_json(self.path / _REFERENCE_FILE, asdict(reference))

    def read_given(self) -> dict[str, dict[str, GivenAnswer]]:
        """Return the answers that pushes brought here, by record and user id."""
        content = _read_json(self.path / _CARRIED_FILE) or {}
        return {
            name: {user_id: GivenAnswer(*times) for user_id, times in by_user.items()}
            for name, by_user in content.items()
        }

    def add_given(self, given: Mapping[str, Mapping[str, GivenAnswer]]) -> None:
        """Keep what a push brings here, by record and user id."""
        if not given:
            return
        with self._turn():
            known = self.read_given()
            for name, by_user in given.items():
                known[name] = {**known.get(name, {}), **by_user}
            content = {
                name: {user_id: list(astuple(each)) for user_id, each in by_user.items()}
                for name, by_user in sorted(known.items())
            }
            write_json(self.path / _CARRIED_FILE, content)

    def read_revisions(self) -> list[Revision]:
        """Return every revision seen so far, the oldest first, without a last line that was torn.

        Raises:
            AnnotationError: Another line is damaged; it is named.
        """
        return self._kept()[0]

    def add_revisions(self, revisions: Iterable[Revision]) -> int:
        """Keep the revisions that are new; return how many were.

        A last line that an earlier crash tore is set aside in a file of its own.

        Raises:
            AnnotationError: Another process is writing into the folder for too long, or a line
                before the last is damaged.
        """
        file = self.path / _REVISIONS_FILE
        with self._turn():
            known, torn = self._kept()
            if torn:
                set_aside(file, torn)
            seen = {revision.key for revision in known}
            new = [revision for revision in revisions if revision.key not in seen]
            if new or torn:
                lines = [json.dumps(asdict(item), ensure_ascii=False) for item in [*known, *new]]
                write_atomic(file, "".join(f"{line}\n" for line in lines))
        return len(new)

    def read_progress(self) -> dict[str, Any] | None:
        """Return how labelling stood when it was last looked at, or None if nobody looked."""
        return _read_json(self.path / _PROGRESS_FILE)

    def write_progress(self, progress: Mapping[str, Any]) -> None:
        """Keep how labelling stands."""
        write_json(self.path / _PROGRESS_FILE, progress)

    def _kept(self) -> tuple[list[Revision], TornLine | None]:
        file = self.path / _REVISIONS_FILE
        if not file.is_file():
            return [], None
        return read_lines(file, lambda row: Revision(**row))

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Keep other processes from writing between our reading a file and our replacing it."""

        def busy(holder: str) -> AnnotationError:
            return AnnotationError(
                f"{self.path} was being written by {holder} for more than {WAIT_SECONDS:g} s; "
                "nothing was changed.",
                "Wait until that command has finished and run this one again.",
            )

        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        with held_lock(self.path / _LOCK_FILE, wait_seconds=WAIT_SECONDS, busy=busy):
            yield


def label_files(labels: Path) -> dict[str, Path]:
    """Return every file that we keep of labelling, by its path in the folder; no locks, no drafts.

    Most stand in a folder of their dataset; `workspaces.json` stands above these, and the revisions
    of reference answers in a folder of the calibration set's.
    """
    return {
        file.relative_to(labels).as_posix(): file
        for file in sorted(labels.rglob("*"))
        if file.suffix in (".json", ".jsonl") and not file.name.startswith(".") and file.is_file()
    }


def all_pushes(labels: Path) -> list[tuple[LabelFolder, Push]]:
    """Return every dataset that was pushed from here, the one pushed last first."""
    folders = [LabelFolder(file.parent) for file in labels.glob(f"*/{_PUSH_FILE}")]
    found = [(folder, push) for folder in folders if (push := folder.read_push()) is not None]
    return sorted(found, key=lambda item: (item[1].pushed_at, item[1].dataset), reverse=True)


def list_pushes(
    labels: Path, kind: LabelKind, *, calibration: bool = False
) -> list[tuple[LabelFolder, Push]]:
    """Return every first task of a kind that was pushed, or every calibration set, the last first.

    The two are never mixed: what people answer to a calibration set stays there.
    """
    return [
        (folder, push)
        for folder, push in all_pushes(labels)
        if push.kind == kind and not push.adjudicates and push.calibration == calibration
    ]


def find_push(labels: Path, kind: LabelKind, dataset: str = "") -> tuple[LabelFolder, Push]:
    """Return the first task of that kind that was pushed last, or the dataset of that name.

    A calibration set is never found: nothing is learned from its answers.

    Raises:
        AnnotationError: There is none.
    """
    for folder, push in all_pushes(labels):
        if push.kind == kind and (push.dataset == dataset if dataset else not push.adjudicates):
            if not push.calibration:
                return folder, push
            if dataset:
                raise AnnotationError(
                    f"{dataset} is a calibration set: its answers become no rows and no pairs.",
                    f"See them with `workbench annotate progress {kind} --dataset {dataset}`.",
                )
    named = f" named {dataset}" if dataset else ""
    raise AnnotationError(
        f"No {kind}{named} were pushed to Argilla from here.",
        f"Push some with `workbench annotate push {kind}`.",
    )


def find_first(labels: Path, kind: LabelKind, dataset: str = "") -> tuple[LabelFolder, Push]:
    """Return a task whose own answers can be read as a whole; see `find_push`.

    Raises:
        AnnotationError: There is none, or the name is that of a second task, which holds only what
            people differ on.
    """
    folder, push = find_push(labels, kind, dataset)
    if push.adjudicates:
        raise AnnotationError(
            f"{dataset} holds only what people differ on in {push.adjudicates}; its answers count "
            "when that one is pulled.",
            f"Pull both with `workbench annotate pull {kind} --dataset {push.adjudicates}`.",
        )
    return folder, push


def find_calibration(
    labels: Path, kind: LabelKind, dataset: str = ""
) -> tuple[LabelFolder, Push] | None:
    """Return the calibration set of a kind that was pushed last, or the one of that name."""
    found = list_pushes(labels, kind, calibration=True)
    return next((each for each in found if dataset in ("", each[1].dataset)), None)


def find_adjudication(labels: Path, dataset: str) -> tuple[LabelFolder, Push] | None:
    """Return the second task that decides the disputed records of a dataset, or None."""
    found = [(folder, push) for folder, push in all_pushes(labels) if push.adjudicates == dataset]
    return found[0] if found else None


def _read_json(file: Path) -> dict[str, Any] | None:
    if not file.is_file():
        return None
    try:
        content: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as exc:
        raise AnnotationError(
            f"{file} is not the file that was written.",
            "Put it back: a file that `workbench annotate backup` wrote holds it.",
        ) from exc
    return content
