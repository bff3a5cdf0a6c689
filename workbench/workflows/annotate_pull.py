"""Pull answers from Argilla and publish what they say as a new version."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from annotation.aggregate import judge_instruction, submitted_by_record
from annotation.label_folder import LabelFolder, Push, Revision, find_first
from annotation.sync import PulledDataset, pull
from annotation.tasks import LabelKind
from workbench.curation.pairs.rows import SetFinding
from workbench.errors import AnnotationError
from workbench.home import Home
from workbench.records import Example
from workbench.store import Decision, resolve_version
from workbench.task import load_task
from workbench.version_rows import read_examples
from workbench.workflows.annotate_marks import MarkFinder
from workbench.workflows.annotate_server import open_argilla
from workbench.workflows.decided_answers import decided_answers, missing_adjudication
from workbench.workflows.earlier_answers import late_answers
from workbench.workflows.labelled_rows import RowLabeller
from workbench.workflows.labelled_versions import WORKFLOW, with_other_splits
from workbench.workflows.publish import publish_examples
from workbench.workflows.recipe_file import load_recipe

RELATION = "answers pulled from"


@dataclass(frozen=True, slots=True)
class PullResult:
    """What a pull brought.

    Attributes:
        kind: What was labelled.
        dataset: Name of the dataset in Argilla.
        version: Digest of the published version; empty where findings were reviewed.
        parent: Digest of the version that was labelled.
        n_records: Records on the server.
        n_answered: Records with a submitted answer.
        n_answers: Submitted answers.
        n_drafts: Answers that were saved but not submitted; they do not count.
        n_discarded: Records that somebody put aside.
        n_new_revisions: Answers that are new or changed since the last pull.
        n_gone: Answers that an earlier pull saw and that are no longer on the server.
        n_missing: Pushed records that are no longer on the server.
        missing_adjudication: Name of the second task if it is no longer on the server; what was
            decided there does not count then.
        n_late: Answers that an earlier version of the dataset got and this one lacks; they do not
            count until a push brings them here.
        outcomes: How many records ended how.
        n_rows: Rows of the new version.
        simulated_rows: Those that a scripted annotator wrote or approved; of findings, those that
            scripts alone answered.
        left_out: Preference pairs that the doctor dropped, by rule.
        balance: Whether length or one rater tells chosen from rejected, of preferences.
    """

    kind: str
    dataset: str
    version: str
    parent: str
    n_records: int
    n_answered: int
    n_answers: int
    n_drafts: int
    n_discarded: int
    n_new_revisions: int
    n_gone: int
    n_missing: int
    outcomes: Mapping[str, int]
    n_rows: int
    simulated_rows: int
    left_out: Mapping[str, int] = field(default_factory=dict)
    balance: tuple[SetFinding, ...] = ()
    missing_adjudication: str = ""
    n_late: int = 0


@dataclass(frozen=True, slots=True)
class Labelled:
    """Answers to one dataset, as read; the last two as in `PullResult`.

    Attributes:
        answers: The submitted ones that count, by record.
        overruled: Those in whose place a second task decided; what they marked still counts.
    """

    push: Push
    pulled: PulledDataset
    answers: Mapping[str, list[Revision]]
    overruled: Mapping[str, list[Revision]]
    folder: LabelFolder = field(repr=False)
    missing_adjudication: str = ""
    n_late: int = 0


def pull_instructions(home: Home, *, dataset: str = "") -> PullResult:
    """Publish the labelled version anew: answers replaced by people's, dropped rows left out.

    Args:
        home: The project.
        dataset: Name of the dataset in Argilla; empty for the one pushed last.

    Raises:
        AnnotationError: Nothing was pushed, or nobody has submitted an answer.
        AnnotationServerError: Argilla does not answer, or its counts are not what was read.
    """
    labelled = read_labelled(home, "instructions", dataset)
    parent = resolve_version(home, labelled.push.version)
    outcomes = {
        name: judge_instruction(found, labelled.overruled.get(name, ()))
        for name, found in labelled.answers.items()
    }
    labeller = RowLabeller(
        load_task(home.task_file),
        MarkFinder(load_recipe(home).personal_data),
        labelled.push.dataset,
    )
    rows: list[Example] = []
    decisions: list[Decision] = []
    counts: Counter[str] = Counter()
    for example in read_examples(parent):
        outcome = outcomes.get(example.example_id)
        if outcome is None:
            rows.append(example)
            continue
        row = labeller.apply(example, outcome)
        counts[row.decisions[0].rule] += 1
        decisions += row.decisions
        if row.example:
            rows.append(row.example)
    rows, parents = with_other_splits(home, labelled.push, rows)
    version = publish_examples(
        home,
        rows,
        parents=parents,
        recipe=recipe_of(labelled),
        decisions=decisions,
        relation=RELATION,
    )
    return pull_result(
        labelled, version.manifest.digest, counts, len(rows), sum(row.simulated for row in rows)
    )


def read_labelled(home: Home, kind: LabelKind, dataset: str) -> Labelled:
    """Pull the answers to a dataset; see `pull_instructions`.

    Raises:
        AnnotationError: Nothing was pushed, or nobody has submitted an answer.
        AnnotationServerError: Argilla does not answer, or its counts are not what was read.
    """
    folder, pushed = find_first(home.labels, kind, dataset)
    with open_argilla(home) as client:
        pulled = pull(client, pushed.dataset_id, folder, pushed.external_ids)
        decided = decided_answers(home, client, pushed, pulled)
        missing = missing_adjudication(home, client, pushed.dataset)
        n_late = late_answers(home, client, pushed, pulled)
    first = submitted_by_record(pulled.revisions)
    answers = {**first, **decided}
    if not answers:
        raise AnnotationError(
            f"Nobody has submitted an answer to {pushed.dataset} yet.",
            "Answer some records in Argilla, then pull again.",
        )
    overruled = {name: first[name] for name in decided if name in first}
    return Labelled(pushed, pulled, answers, overruled, folder, missing, n_late)


def recipe_of(labelled: Labelled) -> dict[str, object]:
    """Return what made a version from answers, for its manifest."""
    push = labelled.push
    return {
        "workflow": WORKFLOW,
        "kind": push.kind,
        "dataset": push.dataset,
        "split": push.split,
        "answer_set": push.answer_set,
        "answers": sum(len(found) for found in labelled.answers.values()),
    }


def pull_result(
    labelled: Labelled, version: str, outcomes: Mapping[str, int], n_rows: int, simulated: int
) -> PullResult:
    """Return what a pull brought.

    Args:
        labelled: The answers.
        version: Digest of the version that was published.
        outcomes: How many records ended how.
        n_rows: Rows of the new version.
        simulated: Those of a scripted annotator.
    """
    statuses = Counter(revision.status for revision in labelled.pulled.revisions)
    return PullResult(
        kind=labelled.push.kind,
        dataset=labelled.push.dataset,
        version=version,
        parent=labelled.push.version,
        n_records=labelled.pulled.n_records,
        n_answered=len(labelled.answers),
        n_answers=statuses["submitted"],
        n_drafts=statuses["draft"],
        n_discarded=statuses["discarded"],
        n_new_revisions=labelled.pulled.n_new_revisions,
        n_gone=labelled.pulled.n_gone,
        n_missing=len(labelled.pulled.missing),
        outcomes=dict(sorted(outcomes.items())),
        n_rows=n_rows,
        simulated_rows=simulated,
        missing_adjudication=labelled.missing_adjudication,
        n_late=labelled.n_late,
    )
