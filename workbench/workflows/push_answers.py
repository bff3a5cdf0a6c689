"""Push generated answers to Argilla, blind: two to choose from, or three or four to rank."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from annotation.label_folder import Assignment, LabelFolder, Push, list_pushes
from annotation.preference_task import (
    answers_item,
    is_chat,
    preference_task,
    ranking_task,
)
from annotation.sampled_answers import (
    AnsweredPrompt,
    SampledAnswers,
    assign_order,
    sampled_answers,
    seeded_order,
)
from annotation.tasks import Definition, LabelItem, LabelKind
from workbench.errors import AnnotationError, LeakageError
from workbench.home import Home
from workbench.store import resolve_version
from workbench.task import load_task
from workbench.workflows.annotate_push import PushResult, push_dataset

RANKED_ANSWERS = (3, 4)


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
    answers = sampled_answers(home.answers / answer_set)
    definition = preference_task(
        load_task(home.task_file),
        source=f"{answer_set}:{seed}",
        has_chats=any(is_chat(each.prompt) for each in answers.prompts),
    )
    return _push(home, answers, definition, limit=limit, seed=seed)


def push_rankings(
    home: Home, *, answer_set: str, n_answers: int = 3, limit: int | None = None, seed: int = 7
) -> PushResult:
    """Push three or four generated answers a prompt, blind, so that people rank them.

    Args:
        home: The project.
        answer_set: Name of a set of answers, as many samples a prompt.
        n_answers: Answers of each record, 3 or 4.
        limit: See `push_preferences`.
        seed: See `push_preferences`.

    Raises:
        AnnotationError: As `push_preferences`, or another number of answers is asked for.
        LeakageError: An answer stands on a prompt of the test split.
        AnnotationServerError: Argilla does not answer.
    """
    if n_answers not in RANKED_ANSWERS:
        raise AnnotationError(
            f"{n_answers} answers cannot be ranked.",
            "Rank 3 or 4; of two answers people choose with `annotate push preferences`.",
        )
    answers = sampled_answers(home.answers / answer_set, n_answers=n_answers)
    definition = ranking_task(
        load_task(home.task_file),
        source=f"{answer_set}:{seed}",
        n_answers=n_answers,
        has_chats=any(is_chat(each.prompt) for each in answers.prompts),
    )
    return _push(home, answers, definition, limit=limit, seed=seed)


def _push(
    home: Home, answers: SampledAnswers, definition: Definition, *, limit: int | None, seed: int
) -> PushResult:
    _check_answers(answers)
    digest = resolve_version(home, answers.version).manifest.digest
    folder = LabelFolder(home.labels / definition.name)
    before = folder.read_push()
    if before is not None and before.answers_sha256 != answers.sha256:
        raise AnnotationError(
            f"The answers of {answers.set_id} changed since they were pushed as {definition.name}.",
            "Generate new answers into a set of another name, and push that.",
        )
    drawn = seeded_order({each.record_id: each for each in answers.prompts}, seed=seed)[:limit]
    known = folder.read_assignment() or _earlier_order(home, definition.kind, answers, seed)
    assignment = assign_order(drawn, known, seed=seed)
    folder.write_assignment(assignment)
    made = Push(
        definition.kind,
        definition.name,
        "",
        digest,
        answer_set=answers.set_id,
        answers_sha256=answers.sha256,
        seed=seed,
    )
    items = [_blind_item(each, assignment[each.record_id]) for each in drawn]
    result = push_dataset(home, definition, items, made)
    return replace(result, n_identical=answers.n_identical, n_single=answers.n_single)


def _earlier_order(
    home: Home, kind: LabelKind, answers: SampledAnswers, seed: int
) -> Mapping[str, Assignment]:
    """Return the order in which an earlier version of the dataset showed the same answers.

    It stays, so that what people said of A and B can be carried over.
    """
    for folder, push in list_pushes(home.labels, kind):
        same_set = (push.answer_set, push.answers_sha256) == (answers.set_id, answers.sha256)
        if same_set and push.seed == seed:
            wanted = {each.record_id: len(each.texts) for each in answers.prompts}
            return {
                name: order
                for name, order in folder.read_assignment().items()
                if len(order.samples) == wanted.get(name)
            }
    return {}


def _blind_item(answered: AnsweredPrompt, order: Assignment) -> LabelItem:
    shown = [answered.texts[sample] for sample in order.samples]
    return answers_item(answered.record_id, answered.prompt, shown)


def _check_answers(answers: SampledAnswers) -> None:
    if not answers.prompts:
        raise AnnotationError(
            f"The set {answers.set_id} has no prompt with as many different answers "
            f"({answers.n_identical} with identical ones, {answers.n_single} with too few).",
            "Generate as many samples a prompt, at a temperature above 0.",
        )
    for each in answers.prompts:
        if each.split == "test":
            raise LeakageError(
                f"The set {answers.set_id} answers example {each.example_id} of the test split.",
                "Collect preferences on `train` or `feedback` prompts.",
            )
