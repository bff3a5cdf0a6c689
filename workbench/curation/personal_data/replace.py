"""Put something harmless in the place of personal data, and say what was replaced."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from workbench.curation.personal_data.frames import BARE, Frames
from workbench.curation.personal_data.kinds import BY_CERTAINTY, Finding
from workbench.curation.personal_data.scan import Scanner

Texts = Mapping[str, str]

MOST_PASSES = 4
_TAG = re.compile(rf"\[({'|'.join(kind.upper() for kind in BY_CERTAINTY)})\]")


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


def tags_in(text: str) -> tuple[Finding, ...]:
    """Return the tags that stand in a text, whoever wrote them, each as a finding of its kind."""
    return tuple(Finding(match[1].lower(), *match.span()) for match in _TAG.finditer(text))


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
    """One change of a text; `before` is personal data.

    Attributes:
        found: What was found there, in the text as the pass found it.
        before: What stood there.
        after: What stands there now.
    """

    found: Finding
    before: str
    after: str


Pass = Mapping[str, tuple[Replacement, ...]]
"""What one pass over a row replaced in each field, in the order of the text."""


@dataclass(slots=True)
class ReplacedRow:
    """A row on its way to texts without personal data.

    Attributes:
        texts: As they are now.
        passes: What was replaced, pass by pass.
        is_settled: Whether the last look at the texts found nothing but what was put there.
    """

    texts: Texts
    passes: list[Pass] = field(default_factory=list)
    is_settled: bool = False

    def take(self, found: Sequence[Iterable[Finding]], replacer: Replacer) -> None:
        """Replace what was found in each text."""
        done = {
            name: _replacements(text, findings, replacer)
            for (name, text), findings in zip(self.texts.items(), found, strict=True)
        }
        self.is_settled = not any(done.values())
        if not self.is_settled:
            self.passes.append(done)
            self.texts = {name: _replaced(text, done[name]) for name, text in self.texts.items()}


def replace_rows(
    rows: Sequence[Texts],
    scanner: Scanner,
    replacer: Replacer,
    *,
    names: Sequence[Sequence[str]],
    frames: Frames,
) -> list[ReplacedRow]:
    """Replace the personal data of rows. A name found in one text is replaced in all of its row.

    What was replaced is scanned again, for what was put there may read as something else beside
    its neighbours (two numbers as one). So a row that is settled holds, as it is published, nothing
    that the patterns find but surrogates and tags, and a pass over it changes nothing. A row that
    is not settled after `MOST_PASSES` passes should not be published. Models look once, at what
    there was: they take an invented name for a name, and a tag for who knows what.

    Args:
        rows: Text by field, for each row.
        scanner: What to look for.
        replacer: What to put there.
        names: For each row what its fields of names say; see `known_names`.
        frames: What stands around a field where it is published.
    """
    replaced = [ReplacedRow(texts) for texts in rows]
    waiting = list(zip(replaced, names, strict=True))
    for number in range(MOST_PASSES):
        texts = [row.texts for row, _ in waiting]
        found = _detected(texts, scanner, frames, with_models=number == 0)
        for (row, said), each in zip(waiting, found, strict=True):
            is_clean = not said and not any(each)
            settled = each if is_clean else scanner.settle(list(row.texts.values()), each, said)
            row.take(settled, replacer)
        waiting = [(row, said) for row, said in waiting if not row.is_settled]
    return replaced


def _detected(
    rows: Sequence[Texts], scanner: Scanner, frames: Frames, *, with_models: bool
) -> Iterator[Sequence[Sequence[Finding]]]:
    """Yield for each row what is found in each of its texts, as they are published."""
    fields = [(name, text) for texts in rows for name, text in texts.items()]
    framed = [frames.get(name, BARE) for name, _ in fields]
    published = [frame.around(text) for frame, (_, text) in zip(framed, fields, strict=True)]
    found = scanner.detect(published, with_models=with_models)
    within = (
        frame.within(each, len(text)) if each else each
        for frame, (_, text), each in zip(framed, fields, found, strict=True)
    )
    for texts in rows:
        yield [next(within) for _ in texts]


def _replacements(
    text: str, findings: Iterable[Finding], replacer: Replacer
) -> tuple[Replacement, ...]:
    made = []
    for found in findings:
        before = text[found.start : found.end]
        after = replacer.replacement(found.kind, before)
        if after != before:
            made.append(Replacement(found, before, after))
    return tuple(made)


def _replaced(text: str, replacements: Sequence[Replacement]) -> str:
    parts, place = [], 0
    for each in replacements:
        parts += [text[place : each.found.start], each.after]
        place = each.found.end
    return "".join((*parts, text[place:]))
