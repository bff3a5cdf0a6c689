"""The kinds of personal data that are looked for, and what a finding is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import NamedTuple, Self

# From the surest to the least sure: where two findings overlap, the surer one names the place.
BY_CERTAINTY = (
    "url_with_credentials",
    "secret",
    "email",
    "iban",
    "account_number",
    "case_number",
    "id_number",
    "card",
    "ssn",
    "national_id",
    "ip",
    "date_of_birth",
    "phone",
    "url",
    "address",
    "name",
)
KINDS = frozenset(BY_CERTAINTY)
# A plain address of a page names nobody.
DEFAULT_KINDS = KINDS - {"url"}
# Measured beside their kind: values with nothing around them that announces one.
UNMARKED = {"address_unmarked": "address", "name_unmarked": "name"}
_NUMBERS = frozenset(("account_number", "case_number", "id_number", "card", "ssn", "phone"))
_RANK = {kind: rank for rank, kind in enumerate(BY_CERTAINTY)}


class Finding(NamedTuple):
    """One place of personal data; a tuple, since a scan makes millions of them.

    Attributes:
        kind: One of `KINDS`.
        start: Where it begins, in characters of the text.
        end: Where it ends, exclusive.
    """

    kind: str
    start: int
    end: int

    def at(self, start: int, end: int) -> Finding:
        """Return the same finding at another place."""
        return Finding(self.kind, start, end)


class ModelFinding(Finding):
    """A finding of a model, which knows who says so, and how surely.

    Attributes:
        agent: The library and the model, with their versions.
        score: The model's confidence, in 0-1.
    """

    agent: str
    score: float

    @classmethod
    def of(cls, found: Finding, agent: str, score: float) -> Self:
        """Return a finding with its origin."""
        made = cls(*found)
        made.agent, made.score = agent, score
        return made

    def at(self, start: int, end: int) -> ModelFinding:
        """Return the same finding at another place."""
        return ModelFinding.of(super().at(start, end), self.agent, self.score)


def without_overlaps(found: Iterable[Finding], text: str) -> tuple[Finding, ...]:
    """Return findings in the order of the text, of which no two share a character.

    The surer finding keeps its place, the longer one among equals. What an overlap leaves of the
    other stays a finding of its own if a letter or digit is in it: no part is let through. Of a
    number only what has a digit counts: its letters alone are most often the next word.
    """
    ordered = sorted(found, key=itemgetter(1))
    end = 0
    for each in ordered:
        if each.start < end:
            break
        end = each.end
    else:
        return tuple(ordered)
    taken: list[Finding] = []
    for each in sorted(ordered, key=lambda each: (_RANK[each.kind], each.start - each.end)):
        taken.extend(_free_parts(each, sorted(taken, key=lambda one: one.start), text))
    return tuple(sorted(taken, key=lambda each: each.start))


def _free_parts(each: Finding, taken: Sequence[Finding], text: str) -> list[Finding]:
    parts, start = [], each.start
    for other in taken:
        if other.end <= start or other.start >= each.end:
            continue
        parts.append((start, other.start))
        start = other.end
    parts.append((start, each.end))
    counts = str.isdigit if each.kind in _NUMBERS else str.isalnum
    return [each.at(low, high) for low, high in parts if any(map(counts, text[low:high]))]
