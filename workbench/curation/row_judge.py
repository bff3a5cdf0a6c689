"""Lead rows through the stages that look at them alone: a pure function for any process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from workbench.curation.code_digest import code_digest
from workbench.curation.outcomes import Finding, NamesStage, Outcome, RowStage, Texts
from workbench.curation.row_cache import (
    KEY_BYTES,
    names_key,
    outcome_key,
    packed,
    text_key,
    unpacked,
)
from workbench.files import digest_json

_NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """A row that is to be judged.

    Attributes:
        texts: As imported.
        muted: The rules that were undone for the row, by stage.
        known_keys: `KEY_BYTES` for each stage that judged it earlier.
        known: What each of these stages said, as `packed` made it.
        names: What the file's columns of names hold.
    """

    texts: Texts
    muted: Mapping[str, frozenset[str]]
    known_keys: bytes = b""
    known: Sequence[Any] = ()
    names: tuple[str, ...] = ()


@dataclass(slots=True)
class Verdict:
    """What the stages made of a row.

    Attributes:
        texts: As they left it.
        findings: What they said, each with the name of its stage.
        is_dropped: Whether one of them left the row out; then no later stage saw it.
        keys: `KEY_BYTES` for each stage that judged it.
        entries: What each of these said, to be remembered.
        edits: The stages that edited or suggest something, each with its packed edits.
        n_reused: Stages whose earlier word still held.
    """

    texts: Texts
    fingerprint: bytes
    findings: list[tuple[str, Finding]] = field(default_factory=list)
    is_dropped: bool = False
    keys: bytes = b""
    entries: list[Any] = field(default_factory=list)
    edits: list[Any] = field(default_factory=list)
    n_reused: int = 0

    def take(self, stage: str, outcome: Outcome, entry: list[Any] | None) -> None:
        """Take note of what a stage said; `entry` is the outcome as `packed` makes it."""
        self.entries.append(entry)
        if entry is not None and outcome.edits:
            self.edits.append([stage, entry[0]])
        self.findings += [(stage, finding) for finding in outcome.findings]
        self.is_dropped = outcome.is_dropped
        if outcome.texts != self.texts:
            self.texts = outcome.texts
            self.fingerprint = text_key(self.texts)


class RowJudge:
    """The stages of a recipe, in their order."""

    def __init__(self, stages: Sequence[RowStage]) -> None:
        code = code_digest()
        self._stages = tuple(stages)
        self._keys = [
            bytes.fromhex(digest_json([code, stage.name, dict(stage.settings)])) for stage in stages
        ]

    def judge(self, rows: Sequence[WaitingRow]) -> list[Verdict]:
        """Judge rows; a stage whose settings and texts are as before is not asked again.

        Returns: One verdict a row, in the same order.
        """
        verdicts = [Verdict(row.texts, text_key(row.texts)) for row in rows]
        for number in range(len(self._stages)):
            self._apply(number, rows, verdicts)
        return verdicts

    def _apply(self, number: int, rows: Sequence[WaitingRow], verdicts: Sequence[Verdict]) -> None:
        stage, place = self._stages[number], number * KEY_BYTES
        new: list[tuple[WaitingRow, Verdict]] = []
        for row, verdict in zip(rows, verdicts, strict=True):
            if verdict.is_dropped:
                continue
            key = self._key(number, row, verdict)
            verdict.keys += key
            if row.known_keys[place : place + KEY_BYTES] == key:
                verdict.n_reused += 1
                entry = row.known[number]
                verdict.take(stage.name, unpacked(verdict.texts, entry), entry)
            else:
                new.append((row, verdict))
        for (_, verdict), outcome in zip(new, _outcomes(stage, new), strict=True):
            verdict.take(stage.name, outcome, packed(outcome))

    def _key(self, number: int, row: WaitingRow, verdict: Verdict) -> bytes:
        stage, given = self._stages[number], verdict.fingerprint
        if row.names and isinstance(stage, NamesStage):
            given += names_key(row.names)
        return outcome_key(self._keys[number], given, row.muted.get(stage.name, _NONE))


def _outcomes(stage: RowStage, rows: Sequence[tuple[WaitingRow, Verdict]]) -> list[Outcome]:
    texts = [verdict.texts for _, verdict in rows]
    muted = [row.muted.get(stage.name, _NONE) for row, _ in rows]
    if isinstance(stage, NamesStage):
        return stage.judge_named(texts, muted, [row.names for row, _ in rows])
    return stage.judge(texts, muted)
