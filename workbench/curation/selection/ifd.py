"""How much an instruction helps a model to write the answer: instruction-following difficulty."""

from __future__ import annotations

import math
from typing import Protocol


class AnswerScorer(Protocol):
    """A model as seen from here."""

    def answer_log_probability(self, prompt: str, completion: str) -> tuple[float, int]:
        """Return the summed natural log-probability of a completion's tokens, and their number.

        The prompt that they follow may be empty.
        """
        ...


def difficulty(scorer: AnswerScorer, prompt: str, completion: str) -> float | None:
    """Return the IFD score of an example: loss of the answer after its prompt / loss without it.

    Li et al., "From Quantity to Quality: Boosting LLM Performance with Self-Guided Data Selection
    for Instruction Tuning" (2023), equation 3, with the mean loss a token. Near 0 the prompt gives
    the answer away; near 1 it hardly helps: hard, and by that paper worth most. Above 1 the answer
    is less likely with the prompt than without: the two do not fit, and the paper leaves it out.

    Returns: The score, 0 or more; None if it cannot be told, as the completion has no token or is
    certain without the prompt.
    """
    with_prompt = _mean_loss(scorer, prompt, completion)
    alone = _mean_loss(scorer, "", completion)
    if with_prompt is None or not alone:
        return None
    return with_prompt / alone


def worth(difficulty: float | None) -> float:
    """Return a number by which examples are ranked: the more difficult the better, up to 1.

    Behind them come those above 1, the least misfit first, and then those that cannot be told.
    """
    if difficulty is None:
        return -math.inf
    return difficulty if difficulty <= 1 else -difficulty


def _mean_loss(scorer: AnswerScorer, prompt: str, completion: str) -> float | None:
    log_probability, n_tokens = scorer.answer_log_probability(prompt, completion)
    return -log_probability / n_tokens if n_tokens else None
