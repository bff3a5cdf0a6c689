"""Compare one answer with the reference: fields, overlap of words, length."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from workbench.evaluation.checks import check_answer
from workbench.evaluation.parsing import parse_answer
from workbench.task import Task

if TYPE_CHECKING:
    from rouge_score.rouge_scorer import RougeScorer
    from sacrebleu.metrics.bleu import BLEU

ROUGE = ("rouge1", "rouge2", "rougeL")


@dataclass(frozen=True, slots=True)
class AnswerScores:
    """Every number of one answer.

    Attributes:
        fields: 1 where the field's value is the reference's, else 0, by the field's name; only
            fields that the reference has. Case, runs of spaces and a final period do not count.
        checks: Whether each check passes.
        overlap: ROUGE-1, ROUGE-2, ROUGE-L (F1) and sentence BLEU, each in 0-1.
        words: Length of the answer.
    """

    fields: Mapping[str, float]
    checks: Mapping[str, bool]
    overlap: Mapping[str, float] = field(default_factory=dict)
    words: int = 0

    @property
    def field_accuracy(self) -> float | None:
        """Mean over the fields, or None where the reference has none that can be read."""
        return sum(self.fields.values()) / len(self.fields) if self.fields else None


def score_answer(answer: str, reference: str, task: Task) -> AnswerScores:
    """Compare an answer with the reference under the task's output, glossary and checks."""
    parsed = parse_answer(answer, task.output)
    wanted = parse_answer(reference, task.output)
    return AnswerScores(
        fields={
            name: float(normalise(parsed.values.get(name, "")) == normalise(value))
            for name, value in wanted.values.items()
        },
        checks=check_answer(answer, parsed, task),
        overlap=_overlap(answer, reference),
        words=len(answer.split()),
    )


def normalise(value: str) -> str:
    """Return a value as it is compared: case-folded, single spaces, no final period."""
    return " ".join(value.split()).rstrip(".").casefold()


def _overlap(answer: str, reference: str) -> dict[str, float]:
    rouge = _rouge().score(reference, answer)
    bleu = _bleu().sentence_score(answer, [reference]).score / 100
    return {**{name: float(rouge[name].fmeasure) for name in ROUGE}, "bleu": float(bleu)}


def corpus_bleu(answers: list[str], references: list[str]) -> float:
    """Return the BLEU of all answers together, in 0-1 (Papineni et al. 2002, by sacrebleu)."""
    from sacrebleu.metrics.bleu import BLEU

    return float(BLEU().corpus_score(answers, [references]).score) / 100


@lru_cache(maxsize=1)
def _rouge() -> RougeScorer:
    from rouge_score.rouge_scorer import RougeScorer

    return RougeScorer(list(ROUGE), use_stemmer=False)


@lru_cache(maxsize=1)
def _bleu() -> BLEU:
    from sacrebleu.metrics.bleu import BLEU

    return BLEU(effective_order=True)
