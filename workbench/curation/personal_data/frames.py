"""The text around a field where it is published: what the prompt's template puts before and behind.

A template can make personal data of what is none alone: behind "Client:" a word is a name, behind
"born" a date is one of birth. So a field is looked at as it will be published, not as it is stored,
and what is found is brought back to its places in the field. This is the scan after templating, in
the same pass.

Only the template's text nearest to a field is put around it, since no pattern looks further: a cue
reaches 60 characters, a name's a line, and a number, a name or an address that runs over the joint
is shorter than `REACH`. A secret of a thousand characters that begins in the template would be cut,
but the template's own text is scanned as a whole (see `in_templates`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from workbench.curation.personal_data.kinds import Finding
from workbench.curation.personal_data.scan import Scanner

REACH = 200  # characters of a template that are looked at on each side of a field


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around a field.

    Attributes:
        pieces: The text before each place of the field, and behind the last; one more than places.
    """

    pieces: tuple[str, ...]

    @classmethod
    def of_template(cls, template: str, slot: str) -> Frame:
        """Return the frame of what stands for `slot` in a template."""
        first, *others = template.split(slot)
        if not others:
            return cls(("", ""))
        return cls((_tail(first), *others[:-1], _head(others[-1])))

    def around(self, text: str) -> str:
        """Return a text with what stands around it."""
        return text.join(self.pieces)

    def within(self, found: Iterable[Finding], size: int) -> list[Finding]:
        """Return those findings that lie in the field, at their places there.

        Of one that runs over a joint the part within the field is returned.

        Args:
            found: Findings in `around(text)`.
            size: Length of the text, in characters.
        """
        starts, place = [], 0
        for piece in self.pieces[:-1]:
            starts.append(place + len(piece))
            place += len(piece) + size
        inside = (
            each.at(max(each.start - start, 0), min(each.end - start, size))
            for each in found
            for start in starts
            if each.start < start + size and start < each.end
        )
        return list(dict.fromkeys(inside))  # most are found wherever the field stands


BARE = Frame(("", ""))
Frames = Mapping[str, Frame]
"""The frame of each field that has one."""


def in_templates(templates: Mapping[str, str], scanner: Scanner) -> dict[str, dict[str, int]]:
    """Count the personal data that templates hold themselves, which every row repeats.

    Args:
        templates: By what they are called.
        scanner: What to look for.

    Returns: For each template that holds any, how many of each kind.
    """
    found = scanner.find_all(list(templates.values()))
    counts = {
        name: dict(sorted(Counter(each.kind for each in findings).items()))
        for name, findings in zip(templates, found, strict=True)
    }
    return {name: kinds for name, kinds in counts.items() if kinds}


def _tail(piece: str) -> str:
    """Return the end of a text, from the beginning of a word."""
    if len(piece) <= REACH:
        return piece
    cut = piece[-REACH:]
    return cut[cut.find(next((c for c in cut if c.isspace()), cut[0])) :]


def _head(piece: str) -> str:
    return _tail(piece[::-1])[::-1]
