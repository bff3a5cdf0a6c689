"""Push generated answers to Argilla, blind: two to choose from, or three or four to rank."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from annotation.label_folder import Assignment, LabelFolder, Push
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
)
from annotation.tasks import Definition, LabelItem
from workbench.errors import AnnotationError, LeakageError
from workbench.home import Home
from workbench.store import resolve_version
from workbench.task import load_task
from workbench.workflows.annotate_push import Pushes, PushResult, push_drawn

RANKED_ANSWERS = (3, 4)


@dataclass(frozen=True, slots=True)
class AnswerSource:
    """Prompts with their generated answers, laid out in blind order."""

    definition: Definition
    made: Push
    answers: SampledAnswers
    seed: int

    @property
    def record_ids(self) -> Mapping[str, str]:
        return {each.example_id: each.record_id for each in self.answers.prompts}

    def items(
        self, record_ids: Sequence[str], folder: LabelFolder, earlier: Pushes
    ) -> list[LabelItem]:
        """Return records in the order in which they were shown before, else in one that is drawn.

        The order is kept in the folder.

        Raises:
            AnnotationError: The answers changed since they were pushed to this dataset.
        """
        before = folder.read_push()
        if before is not None and before.answers_sha256 != self.answers.sha256:
            raise AnnotationError(
                f"The answers of {self.answers.set_id} changed since they were pushed as "
                f"{before.dataset}.",
                "Generate new answers into a set of another name, and push that.",
            )
        by_id = {each.record_id: each for each in self.answers.prompts}
        drawn = [by_id[name] for name in record_ids]
        known = folder.read_assignment() or _earlier_order(earlier, self.answers, self.seed)
        assignment = assign_order(drawn, known, seed=self.seed)
        folder.write_assignment(assignment)
        return [_blind_item(each, assignment[each.record_id]) for each in drawn]


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
    return _push(home, preference_source(home, answer_set=answer_set, seed=seed), limit=limit)


def preference_source(home: Home, *, answer_set: str, seed: int) -> AnswerSource:
    """Return pairs of generated answers; see `push_preferences`."""
    answers = sampled_answers(home.answers / answer_set)
    definition = preference_task(
        load_task(home.task_file),
        source=f"{answer_set}:{seed}",
        has_chats=any(is_chat(each.prompt) for each in answers.prompts),
    )
    return _source(home, answers, definition, seed=seed)


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
    source = ranking_source(home, answer_set=answer_set, n_answers=n_answers, seed=seed)
    return _push(home, source, limit=limit)


def ranking_source(home: Home, *, answer_set: str, n_answers: int, seed: int) -> AnswerSource:
    """Return three or four generated answers a prompt; see `push_rankings`."""
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
    return _source(home, answers, definition, seed=seed)


def _source(
    home: Home, answers: SampledAnswers, definition: Definition, *, seed: int
) -> AnswerSource:
    _check_answers(answers)
    made = Push(
        definition.kind,
        definition.name,
        "",
        resolve_version(home, answers.version).manifest.digest,
        answer_set=answers.set_id,
        answers_sha256=answers.sha256,
        seed=seed,
    )
    return AnswerSource(definition, made, answers, seed)


def _push(home: Home, source: AnswerSource, *, limit: int | None) -> PushResult:
    result = push_drawn(home, source, limit=limit, seed=source.seed)
    answers = source.answers
    return replace(result, n_identical=answers.n_identical, n_single=answers.n_single)


def _earlier_order(pushes: Pushes, answers: SampledAnswers, seed: int) -> Mapping[str, Assignment]:
    """Return the order in which an earlier version of the dataset showed the same answers.

    It stays, so that what people said of A and B can be carried over.
    """
    for folder, push in pushes:
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
    return answers_item(answered.record_id, answered.prompt, shown, split=answered.split)


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
