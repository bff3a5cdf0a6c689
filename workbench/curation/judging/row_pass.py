"""Judge every imported row by the stages that look at it alone, and remember what they said."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from workbench.curation.judging.cache import UNKNOWN, CachedRow, RowCache, sealed_entries
from workbench.curation.judging.judge import Verdict, WaitingRow
from workbench.curation.judging.workers import StageBuilder, judge_batches
from workbench.curation.outcomes import MANUAL, Finding, Texts
from workbench.curation.wording.text_edits import TextEdit, packed_edits
from workbench.store import Decision, Rulings, SourceCipher

BATCH_ROWS = 2000


@dataclass(frozen=True, slots=True)
class ImportedRow:
    """One example as it was imported.

    Attributes:
        example_id: Content-addressed id.
        source_id: The file whose key encrypts what is remembered of the row.
        source: File name.
        locator: Place in the file.
        groups: The user's group keys; none if the row is a group of its own.
        texts: Original input and output, and the rejected output of a preference; what a person
            wrote in their place, if one did.
        fix: That a person did.
        fix_edits: How these texts differ from the imported ones.
        names: What the file's columns of names hold.
    """

    example_id: str
    source_id: str
    source: str
    locator: str
    groups: tuple[str, ...]
    texts: Texts
    fix: Finding | None = None
    fix_edits: tuple[TextEdit, ...] = ()
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class JudgedRow:
    """A row with what the stages made of it."""

    row: ImportedRow
    verdict: Verdict

    @property
    def texts(self) -> Texts:
        return self.verdict.texts

    @property
    def edits(self) -> Sequence[Any]:
        """Each stage that changed or suggests something, with its packed edits, in order."""
        by_hand = self.row.fix_edits
        return [*([[MANUAL, packed_edits(by_hand)]] if by_hand else []), *self.verdict.edits]

    @property
    def decisions(self) -> list[Decision]:
        row_id = self.row.example_id
        by_hand = [(MANUAL, self.row.fix)] if self.row.fix else []
        return [
            Decision(row_id, stage, f.rule, f.action, f.reason, f.evidence)
            for stage, f in (*by_hand, *self.verdict.findings)
        ]


@dataclass(frozen=True, slots=True)
class _Batch:
    rows: Sequence[ImportedRow]
    known: Mapping[str, CachedRow]


class RowPass:
    """One pass over the imported rows."""

    def __init__(
        self,
        build: StageBuilder,
        rulings: Rulings,
        cache: RowCache,
        ciphers: Mapping[str, SourceCipher],
    ) -> None:
        self._build = build
        self._rulings = rulings
        self._cache = cache
        self._ciphers = ciphers

    def judge(self, rows: Iterable[ImportedRow], *, n_rows: int) -> Iterator[list[JudgedRow]]:
        """Judge rows, given in the order of their ids; yield them in batches, in the same order.

        Args:
            rows: Each id once.
            n_rows: How many there are; processes are started for those that are not known yet.
        """
        batches = (self._prepared(batch) for batch in _batches(rows))
        n_new = n_rows - len(self._cache)
        seen: list[str] = []
        for batch, verdicts in judge_batches(self._build, batches, n_rows=n_new):
            judged = [
                JudgedRow(row, verdict) for row, verdict in zip(batch.rows, verdicts, strict=True)
            ]
            self._remember(judged, batch.known)
            seen += (row.example_id for row in batch.rows)
            yield judged
        if len(self._cache) > len(seen):
            self._cache.forget_others(seen)

    def _prepared(self, rows: Sequence[ImportedRow]) -> tuple[_Batch, list[WaitingRow]]:
        known = self._cache.find([row.example_id for row in rows])
        waiting = []
        for row in rows:
            cached = known.get(row.example_id, UNKNOWN)
            entries = cached.entries(self._ciphers[row.source_id])
            if entries is None:  # what stood for the row went, or another source does now
                del known[row.example_id]
                cached, entries = UNKNOWN, []
            muted = self._rulings.muted(row.example_id)
            waiting.append(
                WaitingRow(row.texts, muted, cached.whole, cached.keys, entries, row.names)
            )
        return _Batch(rows, known), waiting

    def _remember(self, judged: Sequence[JudgedRow], known: Mapping[str, CachedRow]) -> None:
        new = {}
        for item in judged:
            row, verdict = item.row, item.verdict
            if known.get(row.example_id, UNKNOWN).whole != verdict.whole:
                sealed = sealed_entries(verdict.entries, self._ciphers[row.source_id])
                new[row.example_id] = CachedRow(verdict.whole, verdict.keys, sealed)
        if new:
            self._cache.keep(new)


def _batches(rows: Iterable[ImportedRow]) -> Iterator[list[ImportedRow]]:
    waiting = iter(rows)
    while batch := list(islice(waiting, BATCH_ROWS)):
        yield batch
