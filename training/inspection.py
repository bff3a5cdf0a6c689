"""What the inspector finds: plain values, ready for JSON, without any ML import.

Lengths and counts are in tokens. A row is an example or a preference pair; its sides are the
`completion`, or `chosen` and `rejected`, each with the prompt before it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

_MOST_BINS = 24

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Token:
    """One token as the model reads it.

    Attributes:
        token_id: Its number.
        text: What it adds to the text; empty for one that ends within a character.
        trained: Whether the loss counts it (its label is not -100).
        control: Whether it steers the model, as the begin and end tokens do.
    """

    token_id: int
    text: str
    trained: bool
    control: bool


@dataclass(frozen=True, slots=True)
class Side:
    """The counts of one sequence that the model reads.

    Attributes:
        name: `completion`, `chosen` or `rejected`.
        n_prompt: Masked tokens.
        n_trained: Tokens in the loss.
        n_begin: Begin tokens (BOS) in the sequence.
        n_end_trained: End tokens among the trained ones.
    """

    name: str
    n_prompt: int
    n_trained: int
    n_begin: int
    n_end_trained: int


@dataclass(frozen=True, slots=True)
class SideView:
    """A sequence with its tokens, in reading order.

    Attributes:
        side: Its counts.
        tokens: Prompt, then answer.
        n_trained_beyond: Trained tokens past the length limit: what a trainer that cuts would lose.
    """

    side: Side
    tokens: tuple[Token, ...]
    n_trained_beyond: int


@dataclass(frozen=True, slots=True)
class ControlText:
    """A control token spelt out in the text of a row.

    Attributes:
        turn: Role of the turn that holds it, or the name of the side whose answer does.
        token: The token's text.
    """

    turn: str
    token: str


@dataclass(frozen=True, slots=True)
class RowView:
    """One row as the model will see it.

    Attributes:
        row_id: Id of the example or pair.
        split: Its split.
        length: Tokens of its longer side.
        left_out: Whether it is longer than the limit; training leaves such rows out whole.
        n_trained_lost: Trained tokens that are lost by that.
        problem: Why training refuses it; empty if it does not.
        double_begin: Whether a side begins with two begin tokens.
        same_prompt: Whether both sides of a pair read the same prompt tokens; true for examples.
        control_in_text: Control tokens that its text spells out.
        sides: One of an example, two of a pair.
    """

    row_id: str
    split: str
    length: int
    left_out: bool
    n_trained_lost: int
    problem: str
    double_begin: bool
    same_prompt: bool
    control_in_text: tuple[ControlText, ...]
    sides: tuple[SideView, ...]


@dataclass(frozen=True, slots=True)
class Bin:
    """A bar of a histogram: `count` values in [low, high)."""

    low: int
    high: int
    count: int


@dataclass(frozen=True, slots=True)
class Distribution:
    """How a count is spread over rows; percentiles are nearest ranks."""

    n: int
    total: int
    minimum: int
    median: int
    p95: int
    maximum: int
    bins: tuple[Bin, ...]


@dataclass(frozen=True, slots=True)
class TemplateFacts:
    """The chat template and what it does to every row.

    Attributes:
        sha256: Digest of its source, as run cards record it.
        closes_turn: Whether it writes an end token after an answer.
        begin_token: Text of the begin token; empty for none.
        end_tokens: Texts of the tokens that end an answer.
    """

    sha256: str
    closes_turn: bool
    begin_token: str
    end_tokens: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LengthLimit:
    """The longest row that is trained on.

    Attributes:
        tokens: The limit.
        asked: True if the configuration says so; false if it was fitted to 99 % of the rows.
        context: What the model can read at the most.
    """

    tokens: int
    asked: bool
    context: int


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is true of some rows, or of the version.

    Attributes:
        rule: Short name.
        severity: `error` if training refuses to start, `warning` if it does not.
        n_rows: Rows that it is true of; 0 if it is true of the version as a whole.
        row_ids: The first of them.
        message: What it means, in a sentence.
    """

    rule: str
    severity: Severity
    n_rows: int
    row_ids: tuple[str, ...]
    message: str


@dataclass(frozen=True, slots=True)
class Inspection:
    """A split of a version as training reads it.

    Attributes:
        version: Digest of the version.
        kind: `examples` or `pairs`.
        split: The split; of pairs empty for all that training reads.
        base_model: Folder of the base model whose tokenizer and template were used.
        blocked: Whether training would refuse to start.
        n_rows: Rows of the split.
        n_inspected: Rows that the counts below are of; fewer than `n_rows` for a sample.
        template: The chat template.
        limit: The longest row that is trained on.
        lengths: Tokens a row, the longer side of a pair.
        trained: Trained tokens a row, both sides of a pair.
        n_tokens: Tokens read, both sides of a pair.
        n_trained: Tokens in the loss.
        n_left_out: Rows over the limit.
        n_trained_lost: Trained tokens in them.
        n_unknown: Unknown tokens, which stand for text that the model cannot read.
        findings: Errors first.
        rows: The rows that were asked for, with their tokens.
    """

    version: str
    kind: str
    split: str
    base_model: str
    blocked: bool
    n_rows: int
    n_inspected: int
    template: TemplateFacts
    limit: LengthLimit
    lengths: Distribution
    trained: Distribution
    n_tokens: int
    n_trained: int
    n_left_out: int
    n_trained_lost: int
    n_unknown: int
    findings: tuple[Finding, ...]
    rows: tuple[RowView, ...]


def distribution(counts: Sequence[int]) -> Distribution:
    """Return how counts are spread; of none, everything is 0 and there is no bin."""
    ranked = sorted(counts)
    if not ranked:
        return Distribution(0, 0, 0, 0, 0, 0, ())
    return Distribution(
        n=len(ranked),
        total=sum(ranked),
        minimum=ranked[0],
        median=_nearest_rank(ranked, 0.5),
        p95=_nearest_rank(ranked, 0.95),
        maximum=ranked[-1],
        bins=_bins(ranked),
    )


def _nearest_rank(ranked: Sequence[int], share: float) -> int:
    return ranked[math.ceil(share * len(ranked)) - 1]


def _bins(ranked: Sequence[int]) -> tuple[Bin, ...]:
    """Return bars of one round width (1, 2 or 5 times a power of ten), empty ones included."""
    width = _bin_width(ranked[-1] - ranked[0] + 1)
    first = ranked[0] // width
    tally = [0] * (ranked[-1] // width - first + 1)
    for count in ranked:
        tally[count // width - first] += 1
    return tuple(
        Bin((first + index) * width, (first + index + 1) * width, n)
        for index, n in enumerate(tally)
    )


def _bin_width(span: int) -> int:
    power = 1
    while True:
        for digit in (1, 2, 5):
            # one bar more than the span needs, since bars begin at multiples of their width
            if span / (digit * power) <= _MOST_BINS - 1:
                return digit * power
        power *= 10
