"""Chatter in notes and transcripts: sentences that have nothing to do with the matter."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Sequence
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field

from workbench.config import FrozenModel, load_config
from workbench.curation.wording.changes import Edited, edit_once, make_changes
from workbench.curation.wording.phrases import FoundPhrase, PhraseIndex, Span, lower_in_place
from workbench.curation.wording.sentences import Sentence, removals, split_sentences
from workbench.errors import ConfigError

_RULES_FILE = Path(__file__).with_name("chatter.yaml")
_END_MARKS = " .!?…"
# The longest chatter is a disclaimer; bounds the work of every pattern as well.
_MAX_CHARACTERS = 600
_MAX_BEFORE_CUE = 80
_STARTERS = ".!?:\n"
_AFTER_STARTERS = " \t'\"”)]"


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
        self._patterns = {
            rule: re.compile("".join(rule.pattern.split("\n")), re.MULTILINE)
            for rule in chatter_rules()
            if rule.name not in off
        }
        self._rules_of: dict[str, list[ChatterRule]] = defaultdict(list)
        for rule in self._patterns:
            for cue in rule.cues:
                self._rules_of[cue].append(rule)
        self._cues = PhraseIndex(self._rules_of)

    def apply(self, text: str) -> Edited:
        """Return the text without chatter; a second pass changes nothing."""
        return edit_once(self._edit, text)

    def _edit(self, text: str) -> Edited:
        lowered = lower_in_place(text).replace("’", "'")
        cues = [cue for cue in self._cues.find_all(lowered) if self._is_promising(lowered, cue)]
        if not cues:
            return Edited(text)
        sentences = split_sentences(text)
        starts = [sentence.start for sentence in sentences]
        doomed: dict[int, str] = {}
        for cue in cues:
            at = bisect_right(starts, cue.start) - 1
            for rule in self._rules_of[cue.phrase]:
                indices = self._matching(lowered, sentences, rule, at)
                doomed |= {index: min(doomed.get(index, rule.name), rule.name) for index in indices}
        return without_sentences(text, sentences, doomed)

    def _is_promising(self, lowered: str, cue: FoundPhrase) -> bool:
        """Whether a rule of the cue may match, which is quick to ask before a text is split.

        Before its cue no rule for sentences has what ends a sentence or a label.
        """
        lowest = max(0, cue.start - _MAX_BEFORE_CUE)
        start = max(lowered.rfind(mark, lowest, cue.start) for mark in _STARTERS) + 1
        place = cue.start - len(lowered[max(start, lowest) : cue.start].lstrip(_AFTER_STARTERS))
        return any(
            rule.unit == "block" or self._patterns[rule].match(lowered, place)
            for rule in self._rules_of[cue.phrase]
        )

    def _matching(
        self, lowered: str, sentences: Sequence[Sentence], rule: ChatterRule, at: int
    ) -> list[int]:
        """Return the sentences that a rule finds, given that the one `at` holds one of its cues."""
        pattern = self._patterns[rule]
        if rule.unit == "block":
            spans = [match.span() for match in pattern.finditer(lowered)]
            return [index for index, part in enumerate(sentences) if _within(part, spans)]
        start, end = sentences[at].start, sentences[at].end
        said = lowered[start:end].rstrip(_END_MARKS)
        return [at] if end - start <= _MAX_CHARACTERS and pattern.fullmatch(said) else []


def without_sentences(text: str, sentences: Sequence[Sentence], doomed: dict[int, str]) -> Edited:
    """Remove sentences, or suggest it where none but labels would be left."""
    if not doomed:
        return Edited(text)
    changes = removals(text, sentences, doomed)
    if all(index in doomed or part.is_label for index, part in enumerate(sentences)):
        return Edited(text, (), changes)
    return Edited(make_changes(text, changes), changes)


def _within(sentence: Sentence, spans: Sequence[Span]) -> bool:
    return any(start <= sentence.start and sentence.end <= end for start, end in spans)
