"""Typos of the outputs: an editor that asks how common a word is among the project's own."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from workbench.curation.outcomes import Outcome, Texts
from workbench.curation.stages.editing import EditorStage, OneByOne, Step
from workbench.curation.wording.typos import SpellChecker

NAME = "typos"
_DIGEST_BYTES = 16


class TyposStage(EditorStage):
    """Corrects typos. Its word on a row depends on how its unusual words stand in the corpus.

    See `outcomes.CorpusStage`: so a new row makes only those be looked at again that hold a word
    of which it changed what is to be thought.
    """

    def __init__(
        self,
        checker: SpellChecker,
        *,
        fields: Sequence[str],
        action: Literal["fix", "flag"],
        settings: Mapping[str, Any],
    ) -> None:
        step = Step("corrected", "typo", "typos", "corrected", OneByOne(checker))
        super().__init__(NAME, [step], fields=fields, action=action, settings=settings)
        self._checker = checker

    def judge(self, rows: Sequence[Texts], muted: Sequence[frozenset[str]]) -> list[Outcome]:
        """Judge rows. See `outcomes.RowStage`."""
        return [
            replace(outcome, words=self._looked_up(texts))
            for texts, outcome in zip(rows, super().judge(rows, muted), strict=True)
        ]

    def standing(self, words: Sequence[str]) -> bytes:
        """Return a digest of the standing of words. See `outcomes.CorpusStage`."""
        said = self._checker.standing(words).encode()
        return hashlib.blake2b(said, digest_size=_DIGEST_BYTES).digest()

    def _looked_up(self, texts: Texts) -> tuple[str, ...]:
        words = [self._checker.unusual_words(texts[name]) for name in self._fields if name in texts]
        return tuple(sorted({word for each in words for word in each}))
