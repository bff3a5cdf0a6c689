"""The exact token ids of a chat row, and which of them are learned.

This is the one rendering of the package: lengths, the loss mask's proof, the parity rows and the
token inspector all come from it. It renders as TRL does: the prompt with the generation prompt,
the prompt with the completion, and the completion begins where the two part.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from training.upstream import template_errors
from workbench.errors import ConfigError
from workbench.records import Message

MASKED = -100
_BATCH_ROWS = 1024


@dataclass(frozen=True, slots=True)
class Rendering:
    """Token ids of one row.

    Attributes:
        prompt_ids: What the model reads; never in the loss.
        completion_ids: What it learns, end of turn included.
        prefix_kept: False if the template renders the prompt alone differently than before an
            answer, so that training and serving would see different prompts.
    """

    prompt_ids: tuple[int, ...]
    completion_ids: tuple[int, ...]
    prefix_kept: bool

    @property
    def length(self) -> int:
        return len(self.prompt_ids) + len(self.completion_ids)

    @property
    def labels(self) -> list[int]:
        """Ids with the prompt masked, as the loss sees them."""
        return [MASKED] * len(self.prompt_ids) + list(self.completion_ids)


def render(tokenizer: Any, prompt: Sequence[Message], completion: str) -> Rendering:
    """Return the token ids of a prompt and its completion under the tokenizer's chat template.

    Raises:
        TrainingError: The template refuses the prompt's roles.
    """
    return render_all(tokenizer, [(prompt, completion)])[0]


def render_all(tokenizer: Any, rows: Sequence[tuple[Sequence[Message], str]]) -> list[Rendering]:
    """Return the renderings of many prompts and completions, in their order. See `render`.

    Rows go through the tokenizer by the thousand, which may spread a batch over the cores.
    """
    renderings: list[Rendering] = []
    for start in range(0, len(rows), _BATCH_ROWS):
        renderings += _render_batch(tokenizer, rows[start : start + _BATCH_ROWS])
    return renderings


def _render_batch(
    tokenizer: Any, rows: Sequence[tuple[Sequence[Message], str]]
) -> Iterator[Rendering]:
    prompts = [[*prompt] for prompt, _ in rows]
    answered = [[*prompt, _answer(completion)] for prompt, completion in rows]
    alone = _ids(tokenizer, prompts, add_generation_prompt=True)
    whole = _ids(tokenizer, answered, add_generation_prompt=False)
    for left, right in zip(alone, whole, strict=True):
        shared = _shared_length(left, right)
        yield Rendering(tuple(right[:shared]), tuple(right[shared:]), shared == len(left))


def _answer(completion: str) -> Message:
    return {"role": "assistant", "content": completion}


def _shared_length(left: Sequence[int], right: Sequence[int]) -> int:
    if left == right[: len(left)]:  # nearly always: one comparison in place of one a token
        return len(left)
    pairs = enumerate(zip(left, right, strict=False))
    return next(
        (index for index, (one, other) in pairs if one != other), min(len(left), len(right))
    )


def _ids(
    tokenizer: Any, conversations: list[list[Message]], *, add_generation_prompt: bool
) -> list[list[int]]:
    with template_errors(conversations):
        encoded = tokenizer.apply_chat_template(
            conversations,
            tokenize=True,
            add_generation_prompt=add_generation_prompt,
            return_dict=True,
            tokenizer_kwargs={
                "return_attention_mask": False,
                # it would warn of rows beyond the model's context, which we leave out and count
                "verbose": False,
            },
        )
    ids: list[list[int]] = encoded["input_ids"]
    return ids


def check_template(tokenizer: Any, *, place: str) -> str:
    """Return the SHA-256 of the chat template.

    Raises:
        ConfigError: The tokenizer has no template or no end token, so no turn could be ended.
    """
    if not tokenizer.chat_template:
        raise ConfigError(
            f"The tokenizer in {place} has no chat template.",
            "Use an instruction-tuned model, or put a chat_template.jinja into its folder.",
        )
    if tokenizer.eos_token_id is None:
        raise ConfigError(
            f"The tokenizer in {place} has no end token.", "Set eos_token in tokenizer_config.json."
        )
    return hashlib.sha256(tokenizer.chat_template.encode()).hexdigest()


def end_of_turn_ids(tokenizer: Any, eos_ids: Sequence[int]) -> frozenset[int]:
    """Return the tokens that end an answer: the tokenizer's and the model's end tokens."""
    return frozenset([tokenizer.eos_token_id, *eos_ids])
