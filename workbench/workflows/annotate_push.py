"""Push rows of a version, or pairs of generated answers, to Argilla."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from annotation.label_folder import Assignment, LabelFolder, Push
from annotation.pairs import PairedAnswers, SampledPair, assign_order, pair_answers, seeded_order
from annotation.sync import PushedDataset, push
from annotation.tasks import (
    Definition,
    LabelItem,
    instruction_item,
    instruction_task,
    preference_item,
    preference_task,
)
from workbench.errors import AnnotationError, EmptySplitError, LeakageError
from workbench.home import Home
from workbench.settings import load_settings
from workbench.store import resolve_version
from workbench.task import load_task
from workbench.version_rows import read_examples
from workbench.workflows.annotate_people import let_people_in
from workbench.workflows.annotate_server import open_argilla


@dataclass(frozen=True, slots=True)
class PushResult:
    """What a push did.

    Attributes:
        kind: `instructions` or `preferences`.
        dataset: Name of the dataset in Argilla.
        url: Where people answer it.
        version: Digest of the version that the rows come from.
        n_pushed: Records that are new on the server.
        n_existing: Records that were there; what people wrote is untouched.
        n_records: Records of this dataset that were pushed from here in all.
        n_identical: Pairs left out because both answers are the same.
        n_single: Prompts left out because they have one answer only.
    """

    kind: str
    dataset: str
    url: str
    version: str
    n_pushed: int
    n_existing: int
    n_records: int
    n_identical: int = 0
    n_single: int = 0


def push_instructions(
    home: Home,
    *,
    version: str = "latest:examples",
    split: str = "train",
    limit: int | None = None,
    seed: int = 7,
) -> PushResult:
    """Push examples, so that people correct, judge and rate their answers.

    Args:
        home: The project.
        version: Whose examples.
        split: Only this split.
        limit: At most so many, drawn by the seed; a larger limit adds to a smaller one.
        seed: Which ones a limit takes.

    Raises:
        EmptySplitError: The split holds no example.
        AnnotationServerError: Argilla does not answer.
    """
    source = resolve_version(home, version)
    examples = read_examples(source, split)
    digest = source.manifest.digest
    if not examples:
        raise EmptySplitError(
            f"Split {split} of version {digest} holds no example.",
            "Name another split or version; `workbench data list` shows them.",
        )
    drawn = seeded_order({item.example_id: item for item in examples}, seed=seed)[:limit]
    definition = instruction_task(load_task(home.task_file), source=f"{digest}:{split}")
    items = [instruction_item(example) for example in drawn]
    made = Push("instructions", definition.name, "", digest, split=split)
    return _push(home, definition, items, made)


def push_preferences(
    home: Home, *, answer_set: str, limit: int | None = None, seed: int = 7
) -> PushResult:
    """Push pairs of generated answers, blind, so that people choose the better one.

    Args:
        home: The project.
        answer_set: Name of a set of answers, two samples a prompt.
        limit: At most so many pairs, drawn by the seed; a larger limit adds to a smaller one.
        seed: Which pairs a limit takes, and which answer stands as A.

    Raises:
        AnnotationError: The set has no pair to choose from, or changed since an earlier push.
        LeakageError: An answer stands on a prompt of the test split.
        AnnotationServerError: Argilla does not answer.
    """
    answers = pair_answers(home.answers / answer_set)
    _check_answers(answers)
    digest = resolve_version(home, answers.version).manifest.digest
    definition = preference_task(load_task(home.task_file), source=f"{answer_set}:{seed}")
    folder = LabelFolder(home.labels / definition.name)
    before = folder.read_push()
    if before is not None and before.answers_sha256 != answers.sha256:
        raise AnnotationError(
            f"The answers of {answer_set} changed since they were pushed as {definition.name}.",
            "Generate new answers into a set of another name, and push that.",
        )
    drawn = seeded_order({pair.pair_id: pair for pair in answers.pairs}, seed=seed)[:limit]
    assignment = assign_order(drawn, folder.read_assignment(), seed=seed)
    folder.write_assignment(assignment)
    items = [_blind_item(pair, assignment[pair.pair_id]) for pair in drawn]
    made = Push(
        "preferences",
        definition.name,
        "",
        digest,
        answer_set=answer_set,
        answers_sha256=answers.sha256,
    )
    return _push(
        home, definition, items, made, n_identical=answers.n_identical, n_single=answers.n_single
    )


def _blind_item(pair: SampledPair, order: Assignment) -> LabelItem:
    return preference_item(
        pair.pair_id, pair.prompt, pair.texts[order.sample_a], pair.texts[order.sample_b]
    )


def _push(
    home: Home,
    definition: Definition,
    items: Sequence[LabelItem],
    made: Push,
    *,
    n_identical: int = 0,
    n_single: int = 0,
) -> PushResult:
    workspace = load_settings(home.settings_file).argilla.workspace
    with open_argilla(home) as client:
        let_people_in(home, client)
        pushed = push(client, workspace, definition, items)
        url = f"{client.url}/dataset/{pushed.dataset_id}/annotation-mode"
    total = _remember(home, definition, items, made, pushed)
    return PushResult(
        definition.kind,
        definition.name,
        url,
        made.version,
        pushed.n_new,
        pushed.n_existing,
        total,
        n_identical,
        n_single,
    )


def _remember(
    home: Home,
    definition: Definition,
    items: Sequence[LabelItem],
    made: Push,
    pushed: PushedDataset,
) -> int:
    """Keep what was pushed, what earlier pushes sent included; return how many records."""
    folder = LabelFolder(home.labels / definition.name)
    before = folder.read_push()
    ids = dict.fromkeys(before.external_ids if before else ())
    ids.update(dict.fromkeys(item.external_id for item in items))
    folder.write_push(
        Push(
            made.kind,
            made.dataset,
            pushed.dataset_id,
            made.version,
            made.split,
            made.answer_set,
            made.answers_sha256,
            tuple(ids),
        )
    )
    return len(ids)


def _check_answers(answers: PairedAnswers) -> None:
    if not answers.pairs:
        raise AnnotationError(
            f"The set {answers.set_id} has no prompt with two different answers "
            f"({answers.n_identical} identical, {answers.n_single} single).",
            "Generate two samples a prompt, at a temperature above 0.",
        )
    for pair in answers.pairs:
        if pair.split == "test":
            raise LeakageError(
                f"The set {answers.set_id} answers example {pair.example_id} of the test split.",
                "Collect preferences on `train` or `feedback` prompts.",
            )
