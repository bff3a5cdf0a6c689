"""Prove that the reference model of a DPO run is the SFT adapter that it continues.

A wrong reference (the bare base model) also starts at a loss of ln 2, since policy and reference
are equal then too. Only the log-probabilities tell: the trainer's reference must give the pairs
what the SFT model gave them before the trainer existed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from training.callbacks import keep_stdout
from training.rows import DpoRow
from training.scoring import Score, score
from workbench.errors import TrainingError

PROOF_PAIRS = 8
# Nats a token. The two paths sum in a different order in bf16; the bare base model is tenths off.
_TOLERANCE_PER_TOKEN = 0.02
_LN2_TOLERANCE = 1e-3


@dataclass(frozen=True, slots=True)
class PairScores:
    """What the SFT model gives the proof pairs, measured before any trainer touched it."""

    rows: tuple[DpoRow, ...]
    chosen: tuple[Score, ...]
    rejected: tuple[Score, ...]


@dataclass(frozen=True, slots=True)
class ReferenceProof:
    """Mean log-probabilities of the proof pairs' completions, in nats, and the step-0 loss."""

    pairs: int
    sft_chosen: float
    reference_chosen: float
    sft_rejected: float
    reference_rejected: float
    tolerance: float
    loss: float
    expected_loss: float | None

    def to_json(self) -> dict[str, Any]:
        """Return the proof as the run record keeps it."""
        return asdict(self)


def score_pairs(model: Any, rows: Sequence[DpoRow], *, pad_id: int) -> PairScores:
    """Score the first pairs under the SFT model."""
    sample = tuple(rows[:PROOF_PAIRS])
    return PairScores(
        sample,
        tuple(score(model, [row.chosen_rendering for row in sample], pad_id=pad_id)),
        tuple(score(model, [row.rejected_rendering for row in sample], pad_id=pad_id)),
    )


def prove_reference(trainer: Any, dataset: Any, expected: PairScores) -> ReferenceProof:
    """Compare the trainer's own reference with the SFT model on the same pairs.

    Args:
        trainer: A `DPOTrainer` before its first step.
        dataset: The proof pairs as the trainer takes them, in the order of `expected`.
        expected: What the SFT model gave.

    Raises:
        TrainingError: The reference is another model, or the policy does not start from it.
    """
    keep_stdout(trainer)
    metrics = trainer.evaluate(dataset, metric_key_prefix="proof")
    beta = trainer.args.beta
    # reward = beta x (policy - reference), so the reference follows from what TRL reports.
    reference = {
        side: metrics[f"eval_logps/{side}"] - metrics[f"eval_rewards/{side}"] / beta
        for side in ("chosen", "rejected")
    }
    proof = ReferenceProof(
        pairs=len(expected.rows),
        sft_chosen=_mean(expected.chosen),
        reference_chosen=reference["chosen"],
        sft_rejected=_mean(expected.rejected),
        reference_rejected=reference["rejected"],
        tolerance=_TOLERANCE_PER_TOKEN * _mean_tokens(expected),
        loss=metrics["proof_loss"],
        expected_loss=_expected_loss(trainer.args),
    )
    _check(proof)
    return proof


def _check(proof: ReferenceProof) -> None:
    gaps = (
        abs(proof.sft_chosen - proof.reference_chosen),
        abs(proof.sft_rejected - proof.reference_rejected),
    )
    if not max(gaps) <= proof.tolerance:  # also true for NaN
        raise TrainingError(
            f"The DPO reference is not the SFT adapter: it gives the chosen answers "
            f"{proof.reference_chosen:.3f} nats on average, the SFT model {proof.sft_chosen:.3f} "
            f"(tolerance {proof.tolerance:.3f}).",
            "Train from a complete SFT run: `workbench train dpo --sft-run latest:sft`.",
        )
    if (
        proof.expected_loss is not None
        and not abs(proof.loss - proof.expected_loss) <= _LN2_TOLERANCE
    ):
        raise TrainingError(
            f"The DPO loss starts at {proof.loss:.4f} instead of ln 2 = {proof.expected_loss:.4f}: "
            "policy and reference differ before the first step."
        )


def _expected_loss(args: Any) -> float | None:
    plain = list(args.loss_type) in (["sigmoid"], ["robust"])
    return math.log(2) if plain else None


def _mean(scores: Sequence[Score]) -> float:
    return math.fsum(item.total for item in scores) / len(scores)


def _mean_tokens(expected: PairScores) -> float:
    counts = [len(item.log_probs) for item in (*expected.chosen, *expected.rejected)]
    return sum(counts) / len(counts)
