"""The exact token ids of a chat row, and which of them are learned.

This is the one rendering of the package: lengths, the loss mask's proof, the parity rows and the
token inspector all come from it. It renders as TRL does: the prompt with the generation prompt,
the prompt with the completion, and the completion begins where the two part.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from workbench.errors import ConfigError
from workbench.records import Message

MASKED = -100


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
    """Return the token ids of a prompt and its completion under the tokenizer's chat template."""
    answer: Message = {"role": "assistant", "content": completion}
    alone = _ids(tokenizer, [*prompt], add_generation_prompt=True)
    whole = _ids(tokenizer, [*prompt, answer], add_generation_prompt=False)
    shared = 0
    for left, right in zip(alone, whole, strict=False):
        if left != right:
            break
        shared += 1
    return Rendering(tuple(whole[:shared]), tuple(whole[shared:]), shared == len(alone))


def _ids(tokenizer: Any, messages: list[Message], *, add_generation_prompt: bool) -> list[int]:
    encoded = tokenizer.apply_chat_template(
        messages, tokenize=True, add_generation_prompt=add_generation_prompt, return_dict=True
    )
    ids: list[int] = encoded["input_ids"]
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
