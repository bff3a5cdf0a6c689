"""The tokens of a tokenizer as people read them: their text, and which of them steer the model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from training.inspection import ControlText
from training.rendering import render
from workbench.records import Message

_UNFINISHED = "\ufffd"  # what decoders write for a character of which bytes are missing
_LONGEST_CHARACTER = 4  # bytes of a character in UTF-8, hence tokens of it at the most
_PLAIN_TEXT = "x"


@dataclass(frozen=True, slots=True)
class ControlTokens:
    """The tokens that steer the model: begin, end, roles and the like.

    Attributes:
        tokenizer: Whose tokens they are.
        names: Their text by id.
    """

    tokenizer: Any
    names: Mapping[int, str]
    _template_counts: dict[tuple[str, ...], int] = field(default_factory=dict)

    def count(self, ids: Sequence[int]) -> int:
        """Return how many of the ids are control tokens."""
        return sum(map(self.names.__contains__, ids))

    def smuggled(
        self, prompt: Sequence[Message], answers: Mapping[str, str], ids: Sequence[int]
    ) -> tuple[ControlText, ...]:
        """Return the control tokens that the text of a row brings along, by turn.

        Training reads them as if the template had written them, so that a note can end its own turn
        or speak as another role. Tokenising every turn once more would tell, but costs half as
        much again; the number of control tokens, known for a template's turns, says when to.

        Args:
            prompt: The turns before the answer.
            answers: The answer by its name; the two of a pair.
            ids: All token ids of the row, for a pair those of both sides.
        """
        if self.count(ids) == len(answers) * self._written_by_template(prompt):
            return ()
        texts = [(turn["role"], turn["content"]) for turn in prompt] + list(answers.items())
        return tuple(
            ControlText(turn, self.names[token])
            for turn, text in texts
            for token in self.tokenizer(text, add_special_tokens=False)["input_ids"]
            if token in self.names
        )

    def _written_by_template(self, prompt: Sequence[Message]) -> int:
        roles = tuple(turn["role"] for turn in prompt)
        if roles not in self._template_counts:
            plain: list[Message] = [
                {"role": turn["role"], "content": _PLAIN_TEXT} for turn in prompt
            ]
            rendering = render(self.tokenizer, plain, _PLAIN_TEXT)
            ids = (*rendering.prompt_ids, *rendering.completion_ids)
            self._template_counts[roles] = self.count(ids)
        return self._template_counts[roles]


def control_tokens(tokenizer: Any) -> ControlTokens:
    """Return the tokenizer's special tokens and the added tokens that its chat template writes."""
    template = tokenizer.chat_template or ""
    return ControlTokens(
        tokenizer,
        {
            token_id: token.content
            for token_id, token in tokenizer.added_tokens_decoder.items()
            # a line break can be an added token, and stands in every template's source
            if token.special or (not token.content.isspace() and token.content in template)
        },
    )


def token_texts(tokenizer: Any, ids: Sequence[int]) -> list[str]:
    """Return the text that each token adds to the one that was read before it.

    Joined, they are the decoded row. A token that ends within a character adds nothing: the one
    that completes the character carries it. Tokens are decoded behind the ones before them, since
    many tokenizers drop the space at the beginning of what they decode.
    """
    texts: list[str] = []
    context, read = 0, 0
    for end in range(1, len(ids) + 1):
        before = _decode(tokenizer, ids[context:read])
        after = _decode(tokenizer, ids[context:end])
        waits = after.endswith(_UNFINISHED) and end - read < _LONGEST_CHARACTER and end < len(ids)
        texts.append("" if waits else after[len(before) :])
        if not waits:
            context, read = read, end
    return texts


def _decode(tokenizer: Any, ids: Sequence[int]) -> str:
    text: str = tokenizer.decode(
        list(ids), skip_special_tokens=False, clean_up_tokenization_spaces=False
    )
    return text
