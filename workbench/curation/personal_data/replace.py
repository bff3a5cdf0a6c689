"""Put something harmless in the place of personal data, and say what was replaced."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from workbench.curation.personal_data.kinds import Finding
from workbench.curation.personal_data.scan import Scanner


class Replacer(Protocol):
    """Says what stands in the place of a value."""

    def replacement(self, kind: str, value: str) -> str:
        """Return what stands for a value; the value itself where it may stay."""
        ...


class Tags:
    """Replaces every value by its kind, such as `[EMAIL]`."""

    def replacement(self, kind: str, value: str) -> str:
        """Return the tag of a kind."""
        return f"[{kind.upper()}]"


class ByKind:
    """Replaces some kinds in one way and the others in another.

    Args:
        default: For the kinds that are not named.
        of_kind: Replacers of single kinds.
    """

    def __init__(self, default: Replacer, of_kind: Mapping[str, Replacer]) -> None:
        self._default = default
        self._of_kind = dict(of_kind)

    def replacement(self, kind: str, value: str) -> str:
        """Return what the replacer of the kind returns."""
        return self._of_kind.get(kind, self._default).replacement(kind, value)


@dataclass(frozen=True, slots=True)
class Replacement:
    """One change of a text; `before` is personal data, and is stored encrypted.

    Attributes:
        kind: One of `KINDS`.
        start: Where it began in the text as it was, in characters.
        before: What stood there.
        after: What stands there now.
    """

    kind: str
    start: int
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class ReplacedRow:
    """The texts of a row without personal data, and what was replaced in each, in its order."""

    texts: Mapping[str, str]
    replacements: Mapping[str, tuple[Replacement, ...]]


def replace_row(
    texts: Mapping[str, str],
    scanner: Scanner,
    replacer: Replacer,
    *,
    known_names: Iterable[str] = (),
) -> ReplacedRow:
    """Replace the personal data of a row. A name found in one text is replaced in all of them.

    A second pass over tags changes nothing. One over surrogates changes nothing but where values of
    several kinds touch, so that what was one number reads as two.

    Args:
        texts: Text by field.
        scanner: What to look for.
        replacer: What to put there.
        known_names: Names of persons that other fields of the row give.
    """
    found = scanner.find_row(list(texts.values()), known_names)
    new, done = {}, {}
    for (field, text), findings in zip(texts.items(), found, strict=True):
        done[field] = _replacements(text, findings, replacer)
        new[field] = _replaced(text, done[field])
    return ReplacedRow(new, done)


def restored(text: str, replacements: Sequence[Replacement]) -> str:
    """Undo replacements, given in the order of the text."""
    for each in replacements:  # what stands before each is as it was by then
        text = text[: each.start] + each.before + text[each.start + len(each.after) :]
    return text


def _replacements(
    text: str, findings: Iterable[Finding], replacer: Replacer
) -> tuple[Replacement, ...]:
    made = []
    for kind, start, end in findings:
        before = text[start:end]
        after = replacer.replacement(kind, before)
        if after != before:
            made.append(Replacement(kind, start, before, after))
    return tuple(made)


def _replaced(text: str, replacements: Sequence[Replacement]) -> str:
    parts, place = [], 0
    for each in replacements:
        parts += [text[place : each.start], each.after]
        place = each.start + len(each.before)
    return "".join((*parts, text[place:]))
