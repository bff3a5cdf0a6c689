"""The scripted annotators and raters of the demo; all they answer is marked as simulated."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from workbench.demo.annotators import Preference, canonical_summary, prefer, score
from workbench.home import Home
from workbench.records import Example
from workbench.task import Task
from workbench.workflows.annotate_scripted import AnswerFunction, ScriptedItem
from workbench.workflows.people import create_account
from workbench.workflows.rater_client import BlindComparison, RaterClient

ANNOTATORS = ("ada", "ben", "cleo")
RATERS = ("simulated-dora", "simulated-emil")
_CHOICES: Mapping[Preference, str] = {
    "a2": "a_much_better",
    "a1": "a_better",
    "tie_good": "both_usable",
    "tie_bad": "both_unusable",
    "b1": "b_better",
    "b2": "b_much_better",
}
_VOTES: Mapping[Preference, str] = {
    "a2": "left",
    "a1": "left",
    "tie_good": "both_usable",
    "tie_bad": "both_unusable",
    "b1": "right",
    "b2": "right",
}


def instruction_answers(task: Task) -> AnswerFunction:
    """Return who brings drafts into house style and rates them as they were."""

    def answer(item: ScriptedItem) -> Mapping[str, str | int]:
        draft = item.fields["draft"]
        mended = canonical_summary(draft)
        ratings = score(draft, mended)
        return {
            "answer": mended,
            "verdict": "keep",
            **{f"rate_{criterion.name}": ratings[criterion.name] for criterion in task.rubric},
        }

    return answer


def preference_answers(examples: Mapping[str, Example]) -> AnswerFunction:
    """Return who chooses between two answers with the expert's summary at hand."""

    def answer(item: ScriptedItem) -> Mapping[str, str | int]:
        reference = canonical_summary(examples[item.example_id].completion)
        choice = prefer(item.fields["answer_a"], item.fields["answer_b"], reference)
        return {"choice": _CHOICES[choice]}

    return answer


def vote_as_simulated(
    home: Home, url: str, examples: Mapping[str, Example], note: Callable[[int], None]
) -> int:
    """Let every scripted rater vote on all that is open; return the number of votes cast."""
    references = {
        example.prompt[-1]["content"]: canonical_summary(example.completion)
        for example in examples.values()
    }
    cast = 0
    for name in RATERS:
        account = create_account(home, name, simulated=True)
        with RaterClient(url) as rater:
            rater.log_in(account.name, account.password)
            while (shown := rater.next()) is not None:
                choice, scores = _judge(shown, references[shown.prompt])
                rater.vote(shown.assignment, choice, scores=scores)
                cast += 1
                note(cast)
    return cast


def _judge(shown: BlindComparison, reference: str) -> tuple[str, dict[str, int]]:
    scores = {
        f"{criterion}:{side}": value
        for side, text in (("left", shown.left), ("right", shown.right))
        for criterion, value in score(text, reference).items()
        if criterion in shown.criteria
    }
    return _VOTES[prefer(shown.left, shown.right, reference)], scores
