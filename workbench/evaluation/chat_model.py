"""What evaluation needs from a model: answers, streams of them, and their probability."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from workbench.records import Message

DEFAULT_MAX_TOKENS = 256
CUT_SHORT = "length"  # the finish reason of an answer that reached its longest length


@dataclass(frozen=True, slots=True)
class Sampling:
    """How to draw an answer.

    Attributes:
        temperature: 0 for the most probable answer, above 0 to sample.
        top_p: Share of the probability mass to sample from, in 0-1.
        max_tokens: Longest answer, in tokens.
        seed: Makes sampling repeatable where the server supports it.
        n: Answers to draw per prompt.
    """

    temperature: float = 0.0
    top_p: float = 1.0
    max_tokens: int = DEFAULT_MAX_TOKENS
    seed: int | None = None
    n: int = 1


@dataclass(frozen=True, slots=True)
class Completion:
    """One answer; `finish_reason` is `stop` for a whole one, `CUT_SHORT` for one cut short."""

    text: str
    finish_reason: str
    prompt_tokens: int
    completion_tokens: int


@dataclass(frozen=True, slots=True)
class StreamedText:
    """The next piece of an answer; `finish_reason` is empty until its last one."""

    text: str
    finish_reason: str = ""


class ChatModel(Protocol):
    """A server of one or more models; `model` is the name under which it serves one."""

    def context_tokens(self) -> int:
        """Return how many tokens a prompt and its answer may have together."""

    def complete(
        self, model: str, messages: Sequence[Message], sampling: Sampling
    ) -> list[Completion]:
        """Return `sampling.n` whole answers.

        Raises:
            PromptTooLongError: The prompt and its answer do not fit the server's limit.
            ServingError: The server failed or does not serve that model.
        """

    def stream(
        self, model: str, messages: Sequence[Message], sampling: Sampling
    ) -> Iterator[StreamedText]:
        """Yield the pieces of one answer as they are generated.

        Raises:
            ServingError: The answer was cut off; what was yielded must not be taken as whole.
        """

    def score(self, model: str, messages: Sequence[Message], completion: str) -> list[float]:
        """Return the natural-log probability of each token of `completion`, its end included.

        Raises:
            PromptTooLongError: The prompt and `completion` do not fit the server's limit.
        """
