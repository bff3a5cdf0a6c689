"""Lead each row through the stages that look at it alone, and remember what they said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from workbench.curation.code_digest import code_digest
from workbench.curation.outcomes import Outcome, RowStage, Texts
from workbench.curation.row_cache import (
    UNKNOWN,
    CachedRow,
    RowCache,
    cached_row,
    outcome_key,
    packed,
    text_key,
    unpacked,
)
from workbench.files import digest_json
from workbench.store import Decision, Rulings, SourceCipher


@dataclass(frozen=True, slots=True)
class ImportedRow:
    """One example as it was imported.

    Attributes:
        example_id: Content-addressed id.
        source_id: The file whose key encrypts what is remembered of the row.
        source: File name.
        locator: Place in the file.
        groups: The user's group keys; none if the row is a group of its own.
        texts: Original input and output, and the rejected output of a preference.
    """

    example_id: str
    source_id: str
    source: str
    locator: str
    groups: tuple[str, ...]
    texts: Texts


@dataclass(slots=True)
class JudgedRow:
    """A row on its way through the stages.

    Attributes:
        row: As it was imported.
        texts: As the stages so far left them.
        decisions: What they said.
        is_dropped: Whether one of them left the row out; then no later stage saw it.
    """

    row: ImportedRow
    texts: Texts
    decisions: list[Decision] = field(default_factory=list)
    is_dropped: bool = False
    keys: list[bytes] = field(default_factory=list)
    entries: list[Any] = field(default_factory=list)
    fingerprint: bytes = b""


class RowPass:
    """The stages of a recipe with what is known from earlier curations."""

    def __init__(
        self,
        stages: Sequence[RowStage],
        rulings: Rulings,
        cache: RowCache,
        ciphers: Mapping[str, SourceCipher],
    ) -> None:
        self._stages = tuple(stages)
        code = code_digest()
        self._keys = [
            bytes.fromhex(digest_json([code, stage.name, dict(stage.settings)])) for stage in stages
        ]
        self._rulings = rulings
        self._cache = cache
        self._ciphers = ciphers
        self.n_reused = 0

    def judge(self, rows: Sequence[ImportedRow]) -> list[JudgedRow]:
        """Judge the next rows, in the order of their ids.

        Returns: One judged row each, in the same order.
        """
        known = self._cache.find([row.example_id for row in rows])
        judged = [JudgedRow(row, row.texts, fingerprint=text_key(row.texts)) for row in rows]
        entries = {
            row.example_id: known[row.example_id].entries(self._ciphers[row.source_id])
            for row in rows
            if row.example_id in known
        }
        for number in range(len(self._stages)):
            waiting = [row for row in judged if not row.is_dropped]
            self._apply(number, waiting, known, entries)
        self._remember(judged, known)
        return judged

    def _apply(
        self,
        number: int,
        rows: Sequence[JudgedRow],
        known: Mapping[str, CachedRow],
        entries: Mapping[str, list[Any]],
    ) -> None:
        stage = self._stages[number]
        new = []
        for row in rows:
            row_id = row.row.example_id
            muted = self._rulings.muted(row_id, stage.name)
            key = outcome_key(self._keys[number], row.fingerprint, muted)
            row.keys.append(key)
            if known.get(row_id, UNKNOWN).key(number) == key:
                self.n_reused += 1
                _take(row, stage.name, unpacked(row.texts, entries[row_id][number]))
            else:
                new.append((row, muted))
        outcomes = stage.judge([row.texts for row, _ in new], [muted for _, muted in new])
        for (row, _), outcome in zip(new, outcomes, strict=True):
            _take(row, stage.name, outcome)

    def _remember(self, judged: Sequence[JudgedRow], known: Mapping[str, CachedRow]) -> None:
        changed = {
            row.row.example_id: cached_row(row.keys, row.entries, self._ciphers[row.row.source_id])
            for row in judged
            if known.get(row.row.example_id, UNKNOWN).keys != b"".join(row.keys)
        }
        self._cache.keep(changed)


def _take(row: JudgedRow, stage: str, outcome: Outcome) -> None:
    row.entries.append(packed(row.texts, outcome))
    row.decisions += [
        Decision(row.row.example_id, stage, f.rule, f.action, f.reason, f.evidence)
        for f in outcome.findings
    ]
    row.is_dropped = outcome.is_dropped
    if outcome.texts != row.texts:
        row.texts = outcome.texts
        row.fingerprint = text_key(row.texts)
