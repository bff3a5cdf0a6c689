"""Chatter in notes and transcripts: sentences that have nothing to do with the matter."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field

from workbench.config import FrozenModel, load_config
from workbench.curation.changes import Edited, edit_once, make_changes
from workbench.curation.phrases import lower_in_place
from workbench.curation.sentences import Sentence, removals, split_sentences
from workbench.errors import ConfigError

_RULES_FILE = Path(__file__).with_name("chatter.yaml")
_END_MARKS = " .!?…"
# The longest chatter is a disclaimer; bounds the work of every pattern as well.
_MAX_CHARACTERS = 600


class ChatterRule(FrozenModel):
    """One kind of chatter."""

    name: str = Field(pattern="^[a-z_]{1,40}$", description="Name in decisions and recipes.")
    unit: Literal["sentence", "block"] = Field(
        "sentence", description="Whether a whole sentence matches, or whole lines."
    )
    cues: tuple[str, ...] = Field(min_length=1, description="A match holds one; lower case.")
    pattern: str = Field(min_length=1, description="Regular expression in lower case, over lines.")
    example: str = Field(min_length=1, description="What the rule removes.")
    stays: str = Field(min_length=1, description="What looks alike and stays.")


class _RulesFile(FrozenModel):
    rules: tuple[ChatterRule, ...]


@cache
def chatter_rules() -> tuple[ChatterRule, ...]:
    """Return the rules of `chatter.yaml`, which stands beside this module."""
    return load_config(_RULES_FILE, _RulesFile).rules


class ChatterRules:
    """Removes whole sentences and lines that a rule takes for chatter, but never a whole text.

    Where nothing else would be left, the removals become suggestions.

    Args:
        off: Names of rules that are not applied.

    Raises:
        ConfigError: There is no rule of such a name.
    """

    def __init__(self, off: Collection[str] = ()) -> None:
        names = [rule.name for rule in chatter_rules()]
        if unknown := sorted(set(off) - set(names)):
            raise ConfigError(
                f"There is no chatter rule called {', '.join(unknown)}.",
                f"The rules are {', '.join(names)}.",
            )
        self._rules = [
            (rule, re.compile("".join(rule.pattern.split("\n")), re.MULTILINE))
            for rule in chatter_rules()
            if rule.name not in off
        ]

    def apply(self, text: str) -> Edited:
        """Return the text without chatter; a second pass changes nothing."""
        return edit_once(self._edit, text)

    def _edit(self, text: str) -> Edited:
        lowered = lower_in_place(text)
        told = [pair for pair in self._rules if any(cue in lowered for cue in pair[0].cues)]
        if not told:
            return Edited(text)
        sentences = split_sentences(text)
        doomed: dict[int, str] = {}
        for rule, pattern in told:
            find = _matching_blocks if rule.unit == "block" else _matching_sentences
            for index in find(lowered, sentences, rule, pattern):
                doomed.setdefault(index, rule.name)
        return without_sentences(text, sentences, doomed)


def without_sentences(text: str, sentences: Sequence[Sentence], doomed: dict[int, str]) -> Edited:
    """Remove sentences, or suggest it where none but labels would be left."""
    changes = removals(text, sentences, doomed)
    if all(index in doomed or part.is_label for index, part in enumerate(sentences)):
        return Edited(text, (), changes)
    return Edited(make_changes(text, changes), changes)


def _matching_sentences(
    lowered: str, sentences: Sequence[Sentence], rule: ChatterRule, pattern: re.Pattern[str]
) -> Iterator[int]:
    starts = [sentence.start for sentence in sentences]
    for place in _places(lowered, rule.cues):
        index = bisect_right(starts, place) - 1
        sentence = sentences[index]
        if sentence.end - sentence.start <= _MAX_CHARACTERS:
            said = lowered[sentence.start : sentence.end].rstrip(_END_MARKS).replace("’", "'")
            if pattern.fullmatch(said):
                yield index


def _matching_blocks(
    lowered: str, sentences: Sequence[Sentence], rule: ChatterRule, pattern: re.Pattern[str]
) -> Iterator[int]:
    del rule  # its cue may stand anywhere in the block
    spans = [match.span() for match in pattern.finditer(lowered)]
    for index, sentence in enumerate(sentences):
        if any(start <= sentence.start and sentence.end <= end for start, end in spans):
            yield index


def _places(lowered: str, cues: Sequence[str]) -> Iterator[int]:
    for cue in cues:
        place = lowered.find(cue)
        while place >= 0:
            yield place
            place = lowered.find(cue, place + 1)
