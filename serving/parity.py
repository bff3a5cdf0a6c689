"""Prove that a merged model computes what base and adapter compute side by side.

Three questions, each with its own limit:

1. Is every adapted weight on disk the one that PEFT's own code would merge? All values within one
   rounding step of bf16, and `MIN_EQUAL_VALUES` of them bit-equal: a matrix product taken in blocks
   of rows may differ from the whole one in the last bit of float32, which flips a bf16 rounding
   about once in 65,000 values.
2. Do both models give the same next-token distributions on the run's parity prompts? Here two
   bf16 sums differ by rounding alone: a merged weight is rounded once to 8 bits of mantissa
   (relative error up to 2^-9), where the unmerged model adds an exact float32 branch.
   A single forgotten weight can hide below this limit, which is why question 1 is asked.
3. Where the unmerged model is decided, is the most likely token the same? A best token that leads
   by less than `DECIDED_MARGIN` may flip by rounding: bf16 logits of 8 to 16 are 0.06 apart.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import torch
import transformers
from peft import PeftModel
from peft.tuners.lora import LoraLayer as PeftLoraLayer
from safetensors import SafetensorError, safe_open
from transformers import AutoModelForCausalLM

from serving.checkpoint import read_shards
from serving.served_parity import DECIDED_MARGIN, Reference
from workbench.errors import ParityError
from workbench.parity_rows import ParityRow

MAX_MEAN_KL = 0.01  # nats a token; measured rounding is 1e-4 to 2e-3
MIN_DECIDED_AGREEMENT = 0.99
MIN_EQUAL_VALUES = 0.999
_ONE_STEP = 2.0**-7  # bf16 keeps 8 bits: neighbours are at most this far apart, relatively
_TINY = 1e-6  # sums that cancel to nearly nothing
LanguageModel: TypeAlias = Any  # what transformers and PEFT return has no usable types
_AGAIN = "Merge again; if it fails again, the base or the adapter changed since training."


@dataclass(frozen=True, slots=True)
class MergeParity:
    """Merged against unmerged, over the answers of the run's parity prompts.

    Attributes:
        prompts: Number of prompts compared.
        tokens: Number of answer tokens compared.
        exact_weights: Adapted weights that are the ones of PEFT's own merge (all of them).
        mean_kl: Mean KL(unmerged ‖ merged) in nats a token.
        max_kl: Largest KL of one token.
        max_log_prob_difference: Largest difference of one answer token's log-probability.
        top1_agreement: Share of tokens with the same most likely token, in 0-1.
        decided_tokens: Tokens where the unmerged model leads by `DECIDED_MARGIN` or more.
        decided_agreement: The same share among these.
        adapter_effect: Mean KL(unmerged ‖ base): what the adapter does, for scale.
        trained_difference: Mean |merged - trained| log-probability. The trained model has an NF4
            base, so this is the cost of serving in 16 bit; it is reported, not limited.
    """

    prompts: int
    tokens: int
    exact_weights: int
    mean_kl: float
    max_kl: float
    max_log_prob_difference: float
    top1_agreement: float
    decided_tokens: int
    decided_agreement: float
    adapter_effect: float
    trained_difference: float


def check_merged(base: Path, adapter: Path, merged: Path, rows: Sequence[ParityRow]) -> MergeParity:
    """Compare a merged model with its base and adapter.

    Raises:
        ParityError: They differ by more than rounding explains.
    """
    with _quiet():
        unmerged = PeftModel.from_pretrained(load_model(base), str(adapter)).eval()
        exact = _check_weights(unmerged, merged)
        expected = [log_probabilities(unmerged, row) for row in rows]
        with unmerged.disable_adapter():
            bare = [log_probabilities(unmerged, row) for row in rows]
        del unmerged
        model = load_model(merged)
        found = [log_probabilities(model, row) for row in rows]
    parity = _compare(rows, expected, found, bare, exact_weights=exact)
    _enforce(parity, merged)
    return parity


def load_model(folder: Path) -> LanguageModel:
    """Load a model in bf16 on the CPU, from disk alone."""
    try:
        model: Any = AutoModelForCausalLM.from_pretrained(
            str(folder), dtype=torch.bfloat16, local_files_only=True
        )
    except (OSError, ValueError, RuntimeError, SafetensorError) as exc:
        raise ParityError(f"{folder} cannot be loaded as a model: {exc}.", _AGAIN) from exc
    return model.eval()


def log_probabilities(model: LanguageModel, row: ParityRow) -> torch.Tensor:
    """Return the log-probabilities at each answer token, float32, (tokens, vocabulary)."""
    with torch.inference_mode():
        logits = model(torch.tensor([row.input_ids]), use_cache=False).logits[0]
    answer = logits[len(row.prompt_ids) - 1 : -1]  # the logits that predict the answer's tokens
    return torch.log_softmax(answer.float(), dim=-1)


def reference(model: LanguageModel, row: ParityRow) -> Reference:
    """Return what a model gives one row, for comparison with a server."""
    scores = log_probabilities(model, row)
    best = scores.topk(2, dim=-1)
    return Reference(
        log_probs=tuple(answer_log_probs(scores, row).tolist()),
        top1=tuple(best.indices[:, 0].tolist()),
        leads=tuple((best.values[:, 0] - best.values[:, 1]).tolist()),
    )


def references(folder: Path, rows: Sequence[ParityRow]) -> list[Reference]:
    """Run a merged model over the parity rows."""
    with _quiet():
        model = load_model(folder)
        return [reference(model, row) for row in rows]


def answer_log_probs(distribution: torch.Tensor, row: ParityRow) -> torch.Tensor:
    """Pick each answer token's log-probability, (tokens,)."""
    return distribution.gather(1, torch.tensor(row.completion_ids)[:, None])[:, 0]


def _check_weights(unmerged: LanguageModel, merged: Path) -> int:
    stored = {p.name: shard.path for shard in read_shards(merged) for p in shard.tensors}
    checked = 0
    layers: list[tuple[str, Any]] = [
        (name, module)
        for name, module in unmerged.base_model.model.named_modules()
        if isinstance(module, PeftLoraLayer)
    ]
    for name, module in layers:
        key = f"{name}.weight"
        weight = module.get_base_layer().weight.data.clone()
        weight += module.get_delta_weight("default")
        with safe_open(stored[key], framework="pt") as file:
            found = file.get_tensor(key).to(weight.dtype)
        if not is_same_weight(weight, found):
            raise ParityError(f"{key} in {merged} is not base plus adapter.", _AGAIN)
        checked += 1
    return checked


def is_same_weight(expected: torch.Tensor, found: torch.Tensor) -> bool:
    """Tell whether two 16-bit weights are the same but for single roundings."""
    close = torch.isclose(found.float(), expected.float(), rtol=_ONE_STEP, atol=_TINY)
    equal = (found == expected).float().mean()
    return bool(close.all()) and float(equal) >= MIN_EQUAL_VALUES


def _compare(
    rows: Sequence[ParityRow],
    expected: Sequence[torch.Tensor],
    found: Sequence[torch.Tensor],
    bare: Sequence[torch.Tensor],
    *,
    exact_weights: int,
) -> MergeParity:
    want, have = torch.cat(list(expected)), torch.cat(list(found))
    kl = _kl(want, have)
    same = want.argmax(-1) == have.argmax(-1)
    best = want.topk(2, dim=-1).values
    decided = best[:, 0] - best[:, 1] >= DECIDED_MARGIN
    wanted = torch.cat([answer_log_probs(d, r) for d, r in zip(expected, rows, strict=True)])
    given = torch.cat([answer_log_probs(d, r) for d, r in zip(found, rows, strict=True)])
    trained = torch.tensor([value for row in rows for value in row.log_probs])
    return MergeParity(
        prompts=len(rows),
        tokens=len(kl),
        exact_weights=exact_weights,
        mean_kl=float(kl.mean()),
        max_kl=float(kl.max()),
        max_log_prob_difference=float((wanted - given).abs().max()),
        top1_agreement=float(same.float().mean()),
        decided_tokens=int(decided.sum()),
        decided_agreement=float(same[decided].float().mean()) if decided.any() else 1.0,
        adapter_effect=float(_kl(want, torch.cat(list(bare))).mean()),
        trained_difference=float((given - trained).abs().mean()),
    )


def _kl(left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """Return KL(left ‖ right) of log-probabilities, nats, (tokens,)."""
    return (left.exp() * (left - right)).sum(-1).clamp_min(0)


def _enforce(parity: MergeParity, merged: Path) -> None:
    if parity.mean_kl > MAX_MEAN_KL:
        raise ParityError(
            f"{merged} differs from base plus adapter by {parity.mean_kl:.4f} nats a token over "
            f"{parity.tokens} tokens; rounding explains {MAX_MEAN_KL}.",
            _AGAIN,
        )
    if parity.decided_agreement < MIN_DECIDED_AGREEMENT:
        raise ParityError(
            f"{merged} prefers another token than base plus adapter in "
            f"{1 - parity.decided_agreement:.1%} of {parity.decided_tokens} clear cases.",
            _AGAIN,
        )


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the libraries' own bars and notes to each other off the terminal."""
    bars: Any = transformers.utils.logging  # its functions carry no types
    shown = bars.is_progress_bar_enabled()
    bars.disable_progress_bar()
    try:
        with warnings.catch_warnings():
            # PEFT 0.21 still asks transformers by the old name
            warnings.filterwarnings("ignore", ".is_gradient_checkpointing.", FutureWarning)
            yield
    finally:
        if shown:
            bars.enable_progress_bar()
