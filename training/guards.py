"""Checks before step one: the run can learn, learns the right tokens, and can be served after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any

from training.rendering import MASKED, Rendering
from training.rows import DpoRow, SftRow
from workbench.errors import TrainingError

# vLLM's own list (PEFTHelper._validate_features and its rank buckets), checked before hours are
# spent on an adapter that nobody can serve beside the base model.
_UNSERVABLE_FLAGS = (
    "use_dora",
    "lora_bias",
    "alora_invocation_tokens",
    "layer_replication",
    "modules_to_save",
    "trainable_token_indices",
)
_SERVABLE_INITS = (True, False, "gaussian", "orthogonal", "eva")
_LARGEST_SERVABLE_RANK = 512
_NAMED_ROWS = 10


class RowProblem(Enum):
    """Why a row may not be trained on; the value ends the sentence that names the row."""

    NOTHING_TRAINED = "the completion has no token to learn from."
    NO_END = (
        "the chat template writes no end token after the answer, so the model would never learn "
        "to stop. Use another chat template or set eos_token."
    )
    PROMPT_CHANGES = (
        "the chat template writes the prompt differently once an answer follows, so training and "
        "serving would see different prompts. Use another chat template."
    )


def check_rows(rows: Sequence[SftRow | DpoRow], end_ids: frozenset[int]) -> None:
    """Refuse rows that would teach nothing, or would not teach where an answer ends.

    Raises:
        TrainingError: The message names the rows, those of one problem together.
    """
    found: dict[RowProblem, list[str]] = {}
    for row in rows:
        if problem := row_problem(row, end_ids):
            found.setdefault(problem, []).append(row.row_id)
    if found:
        raise TrainingError(
            "\n".join(problem_sentence(problem, ids) for problem, ids in found.items()),
            "Correct or drop the rows and curate again; `workbench data inspect` shows their "
            "tokens.",
        )


def row_problem(row: SftRow | DpoRow, end_ids: frozenset[int]) -> RowProblem | None:
    """Return why a row may not be trained on, or None."""
    return next((p for r in row.renderings if (p := _rendering_problem(r, end_ids))), None)


def problem_sentence(problem: RowProblem, row_ids: Sequence[str]) -> str:
    """Return a problem and the rows that have it, in a sentence."""
    named = ", ".join(row_ids[:_NAMED_ROWS])
    more = f" and {len(row_ids) - _NAMED_ROWS} more" if len(row_ids) > _NAMED_ROWS else ""
    return f"{'Rows' if len(row_ids) > 1 else 'Row'} {named}{more}: {problem.value}"


def _rendering_problem(rendering: Rendering, end_ids: frozenset[int]) -> RowProblem | None:
    if not rendering.prefix_kept:
        return RowProblem.PROMPT_CHANGES
    # An empty answer still has its end token, and in many templates a line break behind it.
    if not set(rendering.completion_ids[:1]) - end_ids:
        return RowProblem.NOTHING_TRAINED
    # Templates may write a line break after the end token, but nothing more.
    if not end_ids & set(rendering.completion_ids[-2:]):
        return RowProblem.NO_END
    return None


def check_sft_dataset(dataset: Any, rows: Sequence[SftRow]) -> None:
    """Prove that the trainer's own token ids and loss mask are the ones that we checked.

    Raises:
        TrainingError: A row differs; the message names it.
    """
    if len(dataset) != len(rows):
        raise TrainingError(f"The trainer kept {len(dataset)} of {len(rows)} rows.")
    for prepared, row in zip(dataset, rows, strict=True):
        rendering = row.rendering
        ids = [*rendering.prompt_ids, *rendering.completion_ids]
        if prepared["input_ids"] != ids or prepared["labels"] != rendering.labels:
            raise TrainingError(f"Row {row.row_id}: the trainer renders it differently than we do.")
        if all(label == MASKED for label in prepared["labels"]):
            raise TrainingError(f"Row {row.row_id}: no token of it is in the loss.")


def check_dpo_dataset(dataset: Any, rows: Sequence[DpoRow]) -> None:
    """Prove the same of preference pairs. See `check_sft_dataset`."""
    if len(dataset) != len(rows):
        raise TrainingError(f"The trainer kept {len(dataset)} of {len(rows)} pairs.")
    for prepared, row in zip(dataset, rows, strict=True):
        chosen = prepared["prompt_ids"] + prepared["chosen_ids"]
        rejected = prepared["prompt_ids"] + prepared["rejected_ids"]
        ours = [[*r.prompt_ids, *r.completion_ids] for r in row.renderings]
        if [chosen, rejected] != ours:
            raise TrainingError(
                f"Pair {row.row_id}: the trainer renders it differently than we do."
            )


def check_trainable(model: Any) -> int:
    """Return the number of weights that will be trained.

    Raises:
        TrainingError: None will, or weights of the base model would be.
    """
    trained = {name: p for name, p in model.named_parameters() if p.requires_grad}
    if not trained:
        raise TrainingError(
            "No weight of the model is trainable: the run would change nothing.",
            "Check lora.target_modules against the model's layer names.",
        )
    foreign = sorted(name for name in trained if "lora_" not in name)
    if foreign:
        raise TrainingError(f"{foreign[0]} is trainable, but only adapter weights may be.")
    return sum(int(p.numel()) for p in trained.values())


def check_servable(adapter_config: Mapping[str, Any]) -> None:
    """Refuse an adapter that vLLM cannot serve beside its base model.

    Args:
        adapter_config: PEFT's configuration as a mapping, as in adapter_config.json.

    Raises:
        TrainingError: The message names the option.
    """
    for flag in _UNSERVABLE_FLAGS:
        if adapter_config.get(flag):
            raise TrainingError(
                f"The adapter uses {flag}, which vLLM cannot serve.", "Train a plain LoRA adapter."
            )
    if adapter_config.get("bias", "none") != "none":
        raise TrainingError(
            f"The adapter trains biases (bias={adapter_config['bias']!r}), which vLLM cannot serve."
        )
    if adapter_config.get("init_lora_weights", True) not in _SERVABLE_INITS:
        raise TrainingError(
            f"init_lora_weights={adapter_config['init_lora_weights']!r} changes the base weights, "
            "so the adapter cannot be served beside them."
        )
    if adapter_config.get("r", 0) > _LARGEST_SERVABLE_RANK:
        raise TrainingError(
            f"Rank {adapter_config['r']} is above {_LARGEST_SERVABLE_RANK}, vLLM's largest."
        )
