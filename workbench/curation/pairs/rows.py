"""Preference pairs as the doctor sees them, and what it says of them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from workbench.curation.text import canonical
from workbench.records import Message

Position = Literal["first", "second"]


@dataclass(frozen=True, slots=True)
class PairRow:
    """One prompt with a preferred and another completion.

    Attributes:
        pair_id: Id of the pair, once in a set.
        prompt: The chat turns that were answered.
        chosen: The preferred completion.
        rejected: The other one.
        strength: How much better the chosen one is; 0 for a tie, None if nobody said.
        raters: Who judged.
        rejected_prompt: The chat turns that the rejected completion answered, if they came apart.
        chosen_position: Where the chosen completion stood when it was judged, if known.
        chosen_origin: What wrote the chosen completion, such as a model's name; empty if unknown.
        rejected_origin: What wrote the rejected one.
    """

    pair_id: str
    prompt: tuple[Message, ...]
    chosen: str
    rejected: str
    strength: float | None = None
    raters: tuple[str, ...] = ()
    rejected_prompt: tuple[Message, ...] | None = None
    chosen_position: Position | None = None
    chosen_origin: str = ""
    rejected_origin: str = ""


@dataclass(frozen=True, slots=True)
class PairFinding:
    """Something found in one pair; what is done about it is for the recipe to say.

    Attributes:
        pair_id: The pair.
        rule: What was looked for; mostly a key of `DoctorRules`.
        reason: A sentence.
        evidence: Counts and ids, never text.
    """

    pair_id: str
    rule: str
    reason: str
    evidence: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SetFinding:
    """One measurement of the whole set.

    Attributes:
        rule: What was measured.
        flagged: True if the interval lies outside what is allowed.
        reason: A sentence with the number, its interval and how many pairs it is of.
        evidence: The numbers.
    """

    rule: str
    flagged: bool
    reason: str
    evidence: Mapping[str, Any]


def measured(findings: Iterable[SetFinding]) -> list[dict[str, Any]]:
    """Return measurements JSON-ready, as a manifest carries them."""
    return [{"rule": found.rule, "flagged": found.flagged, **found.evidence} for found in findings]


def prompt_key(prompt: Sequence[Message]) -> str:
    """Return what prompts are compared by: roles and canonical text."""
    turns = [(turn["role"], canonical(turn["content"])) for turn in prompt]
    return hashlib.sha256(json.dumps(turns).encode()).hexdigest()[:32]


def answer_key(answer: str) -> str:
    """Return what completions are compared by: canonical text."""
    return hashlib.sha256(canonical(answer).encode()).hexdigest()[:32]
