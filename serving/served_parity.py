"""Prove that a served model is the one that was trained.

Token ids must be equal: the server renders prompts as training did. Log-probabilities are held
against two references:

- the merged model itself, run by transformers in bf16. Only the kernels differ, so the limits are
  tight: on CPU and GPU alike two bf16 kernels differ by about 0.02 nats a token on average.
- the trained model, whose base was NF4. Serving in 16 bit undoes the quantisation error of the
  base, which is no fault; so the limit is relative: the served model must be nearer to the trained
  one than `MAX_SHARE_OF_EFFECT` of the way that training went from the base.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from serving.client import ChatClient
from workbench.errors import ParityError
from workbench.parity_rows import ParityRow

PARITY_RECORD = "served_parity.json"
DECIDED_MARGIN = 0.25  # nats between the best and the second-best token
MAX_MERGED_DIFFERENCE = 0.05  # nats, mean over tokens
MAX_SHARE_OF_EFFECT = 0.5  # of the mean |trained - base|
MIN_TRAINED_DIFFERENCE = 0.1  # nats; below this a difference to the trained model never fails
MIN_DECIDED_AGREEMENT = 0.98
_CHECK = "Merge and serve again; if it fails again, the template or the weights changed."


@dataclass(frozen=True, slots=True)
class Reference:
    """What the merged model itself gives one row: log-probability, best token, its lead (nats)."""

    log_probs: tuple[float, ...]
    top1: tuple[int, ...]
    leads: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class ServedParity:
    """The served model against the merged and the trained one; differences in nats a token.

    Attributes:
        name: The merged model.
        backend: What served it.
        prompts: Parity prompts compared.
        tokens: Answer tokens compared.
        equal_token_ids: Prompts whose token ids equal training's (all of them).
        merged_difference: Mean |served - merged| log-probability.
        merged_difference_max: Largest one.
        trained_difference: Mean |served - trained|.
        trained_effect: Mean |trained - base|, for scale: how far training went.
        top1_merged: Share of tokens with the merged model's best token, in 0-1.
        top1_trained: Share with the trained model's best token, in 0-1.
        decided_tokens: Tokens where the merged model leads clearly.
        decided_agreement: Share of these with the same best token, in 0-1.
    """

    name: str
    backend: str
    prompts: int
    tokens: int
    equal_token_ids: int
    merged_difference: float
    merged_difference_max: float
    trained_difference: float
    trained_effect: float
    top1_merged: float
    top1_trained: float
    decided_tokens: int
    decided_agreement: float


@dataclass(frozen=True, slots=True)
class _Token:
    served: float
    served_best: int
    merged: float
    merged_best: int
    lead: float
    trained: float
    trained_best: int
    base: float


def check_served(
    client: ChatClient,
    model: str,
    rows: Sequence[ParityRow],
    references: Sequence[Reference],
    *,
    name: str,
    backend: str,
) -> ServedParity:
    """Ask a server for the parity rows and compare; see `enforce` for the limits.

    Raises:
        ParityError: The server renders a prompt differently than training did.
        ServingError: The server does not answer.
    """
    tokens: list[_Token] = []
    for row, reference in zip(rows, references, strict=True):
        _check_token_ids(client, model, row)
        judged = client.judge_ids(model, row.prompt_ids, row.completion_ids)
        tokens.extend(_tokens(row, reference, judged))
    return _summary(tokens, prompts=len(rows), name=name, backend=backend)


def enforce(parity: ServedParity) -> None:
    """Refuse a served model that differs by more than rounding and quantisation explain.

    Raises:
        ParityError: A limit is passed; the message names it and the measured value.
    """
    if parity.merged_difference > MAX_MERGED_DIFFERENCE:
        raise ParityError(
            f"{parity.name} as served by {parity.backend} differs from the merged model by "
            f"{parity.merged_difference:.3f} nats a token (limit {MAX_MERGED_DIFFERENCE}).",
            _CHECK,
        )
    if parity.decided_agreement < MIN_DECIDED_AGREEMENT:
        raise ParityError(
            f"{parity.name} as served prefers another token in {1 - parity.decided_agreement:.1%} "
            f"of {parity.decided_tokens} cases that the merged model decides by {DECIDED_MARGIN} "
            "nats.",
            _CHECK,
        )
    limit = max(MIN_TRAINED_DIFFERENCE, MAX_SHARE_OF_EFFECT * parity.trained_effect)
    if parity.trained_difference > limit:
        raise ParityError(
            f"{parity.name} as served differs from the trained model by "
            f"{parity.trained_difference:.3f} nats a token (limit {limit:.3f}: half of what "
            "training changed).",
            _CHECK,
        )


def _check_token_ids(client: ChatClient, model: str, row: ParityRow) -> None:
    prompt_ids, completion_ids = client.token_ids(model, row.messages, row.completion)
    served = [*prompt_ids, *completion_ids]
    # Training may count a line break after the end of turn; an answer ends before it.
    if served != row.input_ids[: len(served)] or len(served) < len(row.input_ids) - 1:
        raise ParityError(
            f"The server renders example {row.example_id} into other tokens than training did.",
            "Serve with the chat template and tokenizer that the run was trained with.",
        )


def _tokens(
    row: ParityRow, reference: Reference, judged: Sequence[tuple[float, int]]
) -> list[_Token]:
    return [
        _Token(served, best, merged, merged_best, lead, trained, trained_best, base)
        for (served, best), merged, merged_best, lead, trained, trained_best, base in zip(
            judged,
            reference.log_probs,
            reference.top1,
            reference.leads,
            row.log_probs,
            row.top1,
            row.base_log_probs,
            strict=True,
        )
    ]


def _summary(tokens: Sequence[_Token], *, prompts: int, name: str, backend: str) -> ServedParity:
    decided = [token for token in tokens if token.lead >= DECIDED_MARGIN]
    apart = [abs(token.served - token.merged) for token in tokens]
    return ServedParity(
        name=name,
        backend=backend,
        prompts=prompts,
        tokens=len(tokens),
        equal_token_ids=prompts,
        merged_difference=_mean(apart),
        merged_difference_max=max(apart),
        trained_difference=_mean(abs(t.served - t.trained) for t in tokens),
        trained_effect=_mean(abs(t.trained - t.base) for t in tokens),
        top1_merged=_share(t.served_best == t.merged_best for t in tokens),
        top1_trained=_share(t.served_best == t.trained_best for t in tokens),
        decided_tokens=len(decided),
        decided_agreement=_share(t.served_best == t.merged_best for t in decided),
    )


def _mean(values: Iterable[float]) -> float:
    listed = list(values)
    return sum(listed) / len(listed)


def _share(answers: Iterable[bool]) -> float:
    """Return the share that is true; of none, all are."""
    listed = list(answers)
    return sum(listed) / len(listed) if listed else 1.0
