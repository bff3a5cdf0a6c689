"""Pull answers from Argilla and publish what they say as a new version."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from annotation.aggregate import (
    InstructionOutcome,
    PreferenceOutcome,
    judge_instruction,
    judge_preference,
    submitted_by_record,
)
from annotation.client import ArgillaClient
from annotation.label_folder import (
    Assignment,
    LabelFolder,
    Push,
    Revision,
    find_adjudication,
    find_push,
)
from annotation.pairs import SampledPair, pair_answers
from annotation.sync import PulledDataset, pull
from annotation.tasks import LabelKind
from workbench.curation.pair_rows import SetFinding
from workbench.errors import AnnotationError
from workbench.home import Home
from workbench.records import Example, PreferencePair
from workbench.store import Decision, resolve_version
from workbench.version_rows import read_examples
from workbench.workflows.annotate_server import open_argilla
from workbench.workflows.examine_pairs import examine_pairs
from workbench.workflows.publish import publish_examples, publish_pairs

STAGE = "annotate"
RELATION = "answers pulled from"


@dataclass(frozen=True, slots=True)
class PullResult:
    """What a pull brought.

    Attributes:
        kind: `instructions` or `preferences`.
        dataset: Name of the dataset in Argilla.
        version: Digest of the published version.
        parent: Digest of the version that was labelled.
        n_records: Records on the server.
        n_answered: Records with a submitted answer.
        n_answers: Submitted answers.
        n_drafts: Answers that were saved but not submitted; they do not count.
        n_discarded: Records that somebody put aside.
        n_new_revisions: Answers that are new or changed since the last pull.
        n_gone: Answers that an earlier pull saw and that are no longer on the server.
        n_missing: Pushed records that are no longer on the server.
        outcomes: How many records ended how.
        n_rows: Rows of the new version.
        simulated_rows: Those that a scripted annotator wrote or approved.
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


@dataclass(frozen=True, slots=True)
class _Labelled:
    """Answers to one dataset, as read."""

    push: Push
    pulled: PulledDataset
    answers: Mapping[str, list[Revision]]
    folder: LabelFolder = field(repr=False)


def pull_instructions(home: Home, *, dataset: str = "") -> PullResult:
    """Publish the labelled version anew: answers replaced by people's, dropped rows left out.

    Args:
        home: The project.
        dataset: Name of the dataset in Argilla; empty for the one pushed last.

    Raises:
        AnnotationError: Nothing was pushed, or nobody has submitted an answer.
        AnnotationServerError: Argilla does not answer, or its counts are not what was read.
    """
    labelled = _pull(home, "instructions", dataset)
    parent = resolve_version(home, labelled.push.version)
    outcomes = {name: judge_instruction(found) for name, found in labelled.answers.items()}
    rows, decisions = [], []
    for example in read_examples(parent):
        outcome = outcomes.get(example.example_id)
        if outcome is None:
            rows.append(example)
            continue
        decisions.append(_decision(example, outcome, labelled.push.dataset))
        if not outcome.drop:
            rows.append(_labelled_example(example, outcome))
    version = publish_examples(
        home,
        rows,
        parents=[labelled.push.version],
        recipe=_recipe(labelled),
        decisions=decisions,
        relation=RELATION,
    )
    counts = Counter(decision.rule for decision in decisions)
    return _result(
        labelled, version.manifest.digest, counts, len(rows), sum(row.simulated for row in rows)
    )


def pull_preferences(home: Home, *, dataset: str = "") -> PullResult:
    """Publish the chosen and the rejected answer of each pair that people prefer one of.

    See `pull_instructions`.
    """
    labelled = _pull(home, "preferences", dataset)
    known = _pushed_pairs(home, labelled.push)
    assignment = labelled.folder.read_assignment()
    counts: Counter[str] = Counter()
    rows = []
    for name, found in sorted(labelled.answers.items()):
        if name not in known or name not in assignment:
            raise AnnotationError(
                f"Record {name} of {labelled.push.dataset} is not a pair pushed from here.",
                "Remove it in Argilla, or restore the home's labels folder from a backup.",
            )
        outcome = judge_preference(found)
        counts[_outcome_name(outcome)] += 1
        if outcome.direction:
            rows.append(_pair(known[name], assignment[name], outcome))
    if not rows:
        raise AnnotationError(
            f"No answer to {labelled.push.dataset} prefers one answer to the other.",
            "Label more pairs, then pull again.",
        )
    examined = examine_pairs(home, rows)
    version = publish_pairs(
        home,
        examined.pairs,
        parents=[labelled.push.version],
        recipe={**_recipe(labelled), **examined.described()},
        decisions=examined.decisions,
        relation=RELATION,
    )
    n_simulated = sum(pair.simulated for pair in examined.pairs)
    result = _result(labelled, version.manifest.digest, counts, len(examined.pairs), n_simulated)
    return replace(result, left_out=examined.dropped, balance=examined.balance)


def _pushed_pairs(home: Home, push: Push) -> dict[str, SampledPair]:
    answers = pair_answers(home.answers / push.answer_set)
    if answers.sha256 != push.answers_sha256:
        raise AnnotationError(
            f"The answers of {answers.set_id} changed since they were pushed.",
            "Restore answers.jsonl as it was when it was pushed.",
        )
    return {pair.pair_id: pair for pair in answers.pairs}


def _pull(home: Home, kind: LabelKind, dataset: str) -> _Labelled:
    folder, pushed = find_push(home.labels, kind, dataset)
    with open_argilla(home) as client:
        pulled = pull(client, pushed.dataset_id, folder, pushed.external_ids)
        decided = _adjudicated(home, client, pushed.dataset)
    answers = {**submitted_by_record(pulled.revisions), **decided}
    if not answers:
        raise AnnotationError(
            f"Nobody has submitted an answer to {pushed.dataset} yet.",
            "Answer some records in Argilla, then pull again.",
        )
    return _Labelled(pushed, pulled, answers, folder)


def _adjudicated(home: Home, client: ArgillaClient, dataset: str) -> dict[str, list[Revision]]:
    """Return what a second task decided, by record; it counts in place of all other answers."""
    second = find_adjudication(home.labels, dataset)
    if second is None:
        return {}
    folder, push = second
    pulled = pull(client, push.dataset_id, folder, push.external_ids)
    return submitted_by_record(pulled.revisions)


def _labelled_example(example: Example, outcome: InstructionOutcome) -> Example:
    same = outcome.answer == example.completion.strip()
    return replace(
        example,
        completion=example.completion if same else outcome.answer,
        simulated=example.simulated or outcome.simulated,
    )


def _decision(example: Example, outcome: InstructionOutcome, dataset: str) -> Decision:
    evidence = {
        "dataset": dataset,
        "answers": outcome.n_answers,
        "drop": outcome.n_drop,
        "ratings": dict(outcome.ratings),
        "simulated": outcome.simulated,
    }
    who = "Annotators" if not outcome.simulated else "Simulated annotators"
    if outcome.drop:
        reason = f"{who} would drop it ({outcome.n_drop} of {outcome.n_answers})."
        return Decision(example.example_id, STAGE, "dropped", "drop", reason, evidence)
    if outcome.answer == example.completion.strip():
        reason = f"{who} approved the answer."
        return Decision(example.example_id, STAGE, "approved", "flag", reason, evidence)
    reason = f"{who} corrected the answer."
    return Decision(example.example_id, STAGE, "corrected", "edit", reason, evidence)


def _pair(pair: SampledPair, order: Assignment, outcome: PreferenceOutcome) -> PreferencePair:
    chosen, rejected = pair.texts[order.sample_a], pair.texts[order.sample_b]
    if outcome.direction < 0:
        chosen, rejected = rejected, chosen
    return PreferencePair(
        pair_id=pair.pair_id,
        example_id=pair.example_id,
        split=pair.split,
        prompt=pair.prompt,
        chosen=chosen,
        rejected=rejected,
        strength=outcome.strength,
        raters=outcome.raters,
        origin="annotation",
        simulated=outcome.simulated,
    )


def _outcome_name(outcome: PreferenceOutcome) -> str:
    if not outcome.direction:
        return "no preference"
    return "much better" if outcome.strength > 1 else "better"


def _recipe(labelled: _Labelled) -> dict[str, object]:
    push = labelled.push
    return {
        "workflow": "annotate",
        "kind": push.kind,
        "dataset": push.dataset,
        "split": push.split,
        "answer_set": push.answer_set,
        "answers": sum(len(found) for found in labelled.answers.values()),
    }


def _result(
    labelled: _Labelled, version: str, outcomes: Mapping[str, int], n_rows: int, simulated: int
) -> PullResult:
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
    )
