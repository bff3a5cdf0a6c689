"""Scripted annotators and raters of the demo: pure functions that stand in for people.

They apply the firm's house style as a careful colleague would, and slip now and then as people do.
Whatever they answer is marked as simulated wherever it is shown.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

from workbench.demo.matters import LABELS

Preference = Literal["a2", "a1", "tie_good", "tie_bad", "b1", "b2"]
_SLIP = 0.04
_MUCH_BETTER, _BETTER = 3.0, 0.5
_USABLE_FIELDS = 5


@dataclass(frozen=True, slots=True)
class Reading:
    """What a careful reader sees in an answer.

    Attributes:
        right: Fields that say what the reference says, 0-6.
        present: Fields that are there at all, 0-6.
        in_order: Whether the fields stand in the firm's order.
        extra: Lines that are no field, repeated fields included.
    """

    right: int
    present: int
    in_order: bool
    extra: int

    @property
    def merit(self) -> float:
        """Worth of the answer; being right counts most, house style decides between equals."""
        return 2.0 * self.right + self.present + (1.5 if self.in_order else 0.0) - self.extra


def read_answer(answer: str, reference: str) -> Reading:
    """Compare an answer with the expert's summary, field by field."""
    found, extra = _fields(answer)
    wanted, _ = _fields(reference)
    order = [label for label in LABELS.values() if label in found]
    right = sum(
        found.get(label, "").casefold() == value.casefold() for label, value in wanted.items()
    )
    return Reading(right, len(found), list(found) == order and bool(found), extra)


def canonical_summary(text: str) -> str:
    """Return a draft in house style: known fields in order, one line each, nothing else."""
    found, _ = _fields(text)
    return "\n".join(f"{label}: {found[label]}" for label in LABELS.values() if label in found)


def prefer(answer_a: str, answer_b: str, reference: str) -> Preference:
    """Say which of two answers is better, and whether much better."""
    one, two = read_answer(answer_a, reference), read_answer(answer_b, reference)
    gap = one.merit - two.merit
    if _chance(answer_a, answer_b).random() < _SLIP:
        gap = -gap
    if abs(gap) < _BETTER:
        usable = min(one.right, two.right) >= _USABLE_FIELDS
        return "tie_good" if usable else "tie_bad"
    if gap > 0:
        return "a2" if gap >= _MUCH_BETTER else "a1"
    return "b2" if -gap >= _MUCH_BETTER else "b1"


def score(answer: str, reference: str) -> dict[str, int]:
    """Score an answer from 1 to 10 on the demo task's five criteria."""
    seen = read_answer(answer, reference)
    share = len(LABELS)
    exact = {
        "accuracy": 1 + 9 * seen.right / share,
        "completeness": 1 + 9 * seen.present / share,
        "conciseness": 10 - 3 * seen.extra,
        "format": 1 + 6 * seen.present / share + 3 * seen.in_order,
        "utility": 1 + 6.5 * seen.right / share + 2.5 * seen.in_order - seen.extra,
    }
    chance = _chance(answer, reference)
    return {
        name: min(10, max(1, round(value) + chance.choice((-1, 0, 0, 0, 0))))
        for name, value in exact.items()
    }


def _fields(text: str) -> tuple[dict[str, str], int]:
    """Return the fields by label in the order found, and the number of other lines."""
    labels = {label.casefold(): label for label in LABELS.values()}
    found: dict[str, str] = {}
    extra = 0
    for line in filter(None, (line.strip() for line in text.splitlines())):
        label, colon, value = line.partition(":")
        known = labels.get(label.strip().casefold())
        if colon and known and known not in found and value.strip():
            found[known] = value.strip()
        else:
            extra += 1
    return found, extra


def _chance(*texts: str) -> random.Random:
    """Return the same luck for the same texts, whatever was judged before."""
    return random.Random(sha256("\0".join(texts).encode()).digest())  # noqa: S311 - no secret
