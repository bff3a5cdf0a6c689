"""Sentences of notes and transcripts, and their removal without a trace in the spacing."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from workbench.curation.wording.changes import Change

_BORDER = re.compile(r"([.!?]['\"”’)\]]{0,2})\s+(?=\S)|\n\s*(?=\S)")
# Who speaks, or what follows: `Doctor: `, `Follow-up: `.
_LABEL = re.compile(r"[A-Z][\w.'-]{0,20}(?: [\w.'-]{1,20}){0,2}:(?=[ \t]{1,3}\S)")
_LONGEST_LABEL = 64


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence, a line without an end mark, or the label before one; from `start` to `end`."""

    start: int
    end: int
    is_label: bool = False


def split_sentences(text: str) -> list[Sentence]:
    """Return the sentences of a text in order; what lies between them is whitespace.

    A sentence ends at its end mark or at the end of its line, but never before a lower-case letter:
    there a line was only wrapped, or a point ended an abbreviation.
    """
    first, last = len(text) - len(text.lstrip()), len(text.rstrip())
    if first >= last:
        return []
    starts, ends = [first], []
    for border in _BORDER.finditer(text, first):
        if not text[border.end()].islower():
            place = border.end(1) if border[1] else border.start()
            while text[place - 1].isspace():
                place -= 1
            ends.append(place)
            starts.append(border.end())
    return [
        part for bounds in zip(starts, [*ends, last], strict=True) for part in _parts(text, *bounds)
    ]


def removals(
    text: str, sentences: Sequence[Sentence], doomed: Mapping[int, str]
) -> tuple[Change, ...]:
    """Return the changes that take sentences out of a text.

    Of the gaps on both sides of what goes, the larger stays. A label goes with all that it stands
    before in its line.

    Args:
        text: The text.
        sentences: All of its sentences.
        doomed: Which of them go, by index, with the rule that says so; labels need not be named.
    """
    going = dict(doomed)
    for label, last in _labelled(text, sentences):
        if all(index in going for index in range(label + 1, last + 1)):
            going[label] = going[label + 1]
    changes: list[Change] = []
    for first, last in _runs(sorted(going)):
        bounds = _bounds(text, sentences, first, last)
        changes += [
            Change(start, text[start:end], "", going[first + index])
            for index, (start, end) in enumerate(pairwise(bounds))
        ]
    return tuple(changes)


def _parts(text: str, start: int, end: int) -> list[Sentence]:
    colon = text.find(":", start, min(end, start + _LONGEST_LABEL))
    if colon >= 0 and (label := _LABEL.match(text, start, end)):
        rest = end - len(text[label.end() : end].lstrip())
        return [Sentence(start, label.end(), is_label=True), *_parts(text, rest, end)]
    return [Sentence(start, end)]


def _labelled(text: str, sentences: Sequence[Sentence]) -> list[tuple[int, int]]:
    """Return each label's index with that of the last sentence before a new line or label."""
    found = []
    last = len(sentences) - 1
    for index in range(len(sentences) - 1, -1, -1):
        after = sentences[index + 1].start if index + 1 < len(sentences) else len(text)
        if "\n" in text[sentences[index].end : after]:
            last = index
        if sentences[index].is_label:
            if last > index:
                found.append((index, last))
            last = index - 1
    return found


def _runs(indices: Sequence[int]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for index in indices:
        if runs and runs[-1][1] == index - 1:
            runs[-1] = (runs[-1][0], index)
        else:
            runs.append((index, index))
    return runs


def _bounds(text: str, sentences: Sequence[Sentence], first: int, last: int) -> list[int]:
    """Return where each sentence of a run is cut off, and the end of the last cut."""
    starts = [sentence.start for sentence in sentences[first : last + 1]]
    ends = [sentence.end for sentence in sentences[first : last + 1]]
    if first == 0:
        after = len(text) if last == len(sentences) - 1 else sentences[last + 1].start
        return [0, *starts[1:], after]
    before = sentences[first - 1].end
    if last == len(sentences) - 1:
        return [before, *ends[:-1], len(text)]
    after = sentences[last + 1].start
    if _size(text[ends[-1] : after]) >= _size(text[before : starts[0]]):
        return [before, *ends]
    return [*starts, after]


def _size(gap: str) -> tuple[int, int]:
    return gap.count("\n"), len(gap)
