"""What becomes of a row that people labelled: its new text, and the decisions that say why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

from annotation.aggregate import InstructionOutcome
from annotation.instruction_task import CONTEXT, DRAFT, instruction_fields
from workbench.records import Example
from workbench.store import Decision
from workbench.task import Task
from workbench.workflows.annotate_marks import MarkFinder, missed_values, without_values

STAGE = "annotate"


@dataclass(frozen=True, slots=True)
class LabelledRow:
    """A row after people's answers.

    Attributes:
        example: As it is published; None if it goes.
        decisions: What people said of it; the first one is their verdict.
    """

    example: Example | None
    decisions: tuple[Decision, ...]


@dataclass(frozen=True, slots=True)
class RowLabeller:
    """Applies people's answers to rows.

    Attributes:
        task: The task file; with it the fields are those that people saw.
        finder: Finds what was known as personal data before people marked more.
        dataset: Name of the dataset in Argilla, for the evidence.
    """

    task: Task
    finder: MarkFinder
    dataset: str

    def apply(self, example: Example, outcome: InstructionOutcome) -> LabelledRow:
        """Return what becomes of a row.

        Personal data that people marked and nobody had found is replaced by its kind wherever it
        stands in the row, in what they wrote too.
        """
        missed = self._missed(example, outcome)
        decisions = [self._verdict(example, outcome)]
        if missed:
            decisions.append(self._marked(example, missed, outcome))
        if outcome.drop:
            return LabelledRow(None, tuple(decisions))
        return LabelledRow(without_values(_answered(example, outcome), missed), tuple(decisions))

    def _missed(self, example: Example, outcome: InstructionOutcome) -> dict[str, str]:
        # the instruction is the task file's, the same in every row: nothing of it is replaced here
        marks = {name: outcome.marks[name] for name in (CONTEXT, DRAFT) if name in outcome.marks}
        if not marks:
            return {}
        fields = instruction_fields(example, self.task)
        return missed_values(fields, marks, self.finder.find(fields))

    def _verdict(self, example: Example, outcome: InstructionOutcome) -> Decision:
        evidence = {
            "dataset": self.dataset,
            "answers": outcome.n_answers,
            "drop": outcome.n_drop,
            "second_reader": outcome.n_second_reader,
            "blank": outcome.n_blank,
            "ratings": dict(outcome.ratings),
            "problems": dict(outcome.problems),
            "simulated": outcome.simulated,
        }
        who, row = _who(outcome), example.example_id
        if outcome.drop:
            n_sure = outcome.n_answers - outcome.n_second_reader
            reason = f"{who} would drop it ({outcome.n_drop} of {n_sure})."
            return Decision(row, STAGE, "dropped", "drop", reason, evidence)
        if outcome.undecided and outcome.n_blank:
            reason = f"{who} keep it and wrote no answer; the row stays as it was."
            return Decision(row, STAGE, "no_answer", "flag", reason, evidence)
        if outcome.undecided:
            reason = f"{who} ask for a second reader; the row stays as it was."
            return Decision(row, STAGE, "second_reader", "flag", reason, evidence)
        if outcome.answer == example.completion.strip():
            reason = f"{who} approved the answer."
            return Decision(row, STAGE, "approved", "flag", reason, evidence)
        reason = f"{who} corrected the answer."
        return Decision(row, STAGE, "corrected", "edit", reason, evidence)

    def _marked(
        self, example: Example, missed: Mapping[str, str], outcome: InstructionOutcome
    ) -> Decision:
        kinds = dict(sorted(Counter(missed.values()).items()))
        reason = f"{_who(outcome)} marked personal data that curation had missed."
        return Decision(
            example.example_id,
            STAGE,
            "personal_data",
            "edit",
            reason,
            {"dataset": self.dataset, "kinds": kinds, "simulated": outcome.simulated},
        )


def _who(outcome: InstructionOutcome) -> str:
    return "Annotators" if not outcome.simulated else "Simulated annotators"


def _answered(example: Example, outcome: InstructionOutcome) -> Example:
    same = outcome.undecided or outcome.answer == example.completion.strip()
    return replace(
        example,
        completion=example.completion if same else outcome.answer,
        simulated=example.simulated or (outcome.simulated and not outcome.undecided),
    )
