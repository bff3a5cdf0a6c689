"""Lead rows through the stages that look at them alone: a pure function for any process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from workbench.curation.code_digest import code_digest
from workbench.curation.judging.cache import (
    KEY_BYTES,
    names_key,
    outcome_key,
    packed,
    recalled_findings,
    recalled_texts,
    text_key,
)
from workbench.curation.outcomes import CorpusStage, Finding, NamesStage, Outcome, RowStage, Texts
from workbench.files import digest_json

_NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """A row that is to be judged.

    Attributes:
        texts: As imported.
        muted: The rules that were undone for the row, by stage.
        known_whole: Key of the row as a whole when it was judged earlier.
        known_keys: `KEY_BYTES` for each stage that judged it then.
        known: What each of these stages said, as `packed` made it.
        names: What the file's columns of names hold.
    """

    texts: Texts
    muted: Mapping[str, frozenset[str]]
    known_whole: bytes = b""
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
        whole: Key of the row as a whole; of its texts alone until all stages have judged it.
        keys: `KEY_BYTES` for each stage that judged it.
        entries: What each of these said, to be remembered.
        edits: The stages that edited or suggest something, each with its packed edits.
        n_reused: Stages whose earlier word still held.
    """

    texts: Texts
    fingerprint: bytes
    whole: bytes = b""
    findings: list[tuple[str, Finding]] = field(default_factory=list)
    is_dropped: bool = False
    keys: bytes = b""
    entries: list[Any] = field(default_factory=list)
    edits: list[Any] = field(default_factory=list)
    n_reused: int = 0

    def take(self, stage: str, outcome: Outcome, entry: list[Any] | None) -> None:
        """Take note of what a stage said; `entry` is the outcome as `packed` makes it."""
        self.entries.append(entry)
        if entry is not None:
            self._note(stage, outcome.findings, entry[0])
            self._leave(outcome.texts)

    def repeat(self, stage: str, entry: list[Any] | None) -> None:
        """Take note of what a stage had said earlier, of the texts as they are now."""
        self.entries.append(entry)
        if entry is not None:
            self._note(stage, recalled_findings(entry), entry[0])
            self._leave(recalled_texts(self.texts, entry))

    def _note(self, stage: str, findings: Sequence[Finding], edits: list[Any]) -> None:
        if edits:
            self.edits.append([stage, edits])
        self.findings += [(stage, finding) for finding in findings]
        self.is_dropped = any(finding.action == "drop" for finding in findings)

    def _leave(self, texts: Texts) -> None:
        if texts != self.texts:
            self.texts = texts
            self.fingerprint = b""

    def text_key(self) -> bytes:
        """Return a digest of the texts as they are now."""
        if not self.fingerprint:
            self.fingerprint = text_key(self.texts)
        return self.fingerprint


class RowJudge:
    """The stages of a recipe, in their order."""

    def __init__(self, stages: Sequence[RowStage]) -> None:
        code = code_digest()
        self._stages = tuple(stages)
        self._keys = [
            bytes.fromhex(digest_json([code, stage.name, dict(stage.settings)])) for stage in stages
        ]
        self._all_keys = b"".join(self._keys)
        self._takes_names = [isinstance(stage, NamesStage) for stage in stages]
        self._corpus = {
            number: stage for number, stage in enumerate(stages) if isinstance(stage, CorpusStage)
        }

    def judge(self, rows: Sequence[WaitingRow]) -> list[Verdict]:
        """Judge rows; a stage whose settings and texts are as before is not asked again.

        Returns: One verdict a row, in the same order.
        """
        verdicts = [Verdict(row.texts, text_key(row.texts)) for row in rows]
        new = [
            (row, verdict)
            for row, verdict in zip(rows, verdicts, strict=True)
            if not self._is_recalled(row, verdict)
        ]
        given = [verdict.fingerprint for _, verdict in new]
        for number in range(len(self._stages)):
            self._apply(number, new)
        for (row, verdict), fingerprint in zip(new, given, strict=True):
            verdict.whole = self._whole(row, fingerprint, verdict.entries)
        return verdicts

    def _is_recalled(self, row: WaitingRow, verdict: Verdict) -> bool:
        """Whether nothing changed that decides what the stages say; if so, repeat it."""
        whole = self._whole(row, verdict.fingerprint, row.known)
        if row.known_whole != whole:
            return False
        verdict.whole, verdict.keys = whole, row.known_keys
        for stage, entry in zip(self._stages, row.known, strict=False):  # none after a drop
            verdict.repeat(stage.name, entry)
        verdict.n_reused = len(row.known)
        return True

    def _whole(self, row: WaitingRow, fingerprint: bytes, entries: Sequence[Any]) -> bytes:
        muted = {stage: sorted(rules) for stage, rules in sorted(row.muted.items())}
        standings = [self._standing(number, entries) for number in self._corpus]
        content = [self._all_keys, fingerprint, names_key(row.names), repr(muted).encode()]
        return outcome_key(b"".join((*content, *standings)), b"", _NONE)

    def _standing(self, number: int, entries: Sequence[Any]) -> bytes:
        entry = entries[number] if number < len(entries) else None
        if entry is None or number not in self._corpus:
            return b""
        return self._corpus[number].standing(entry[2])

    def _apply(self, number: int, rows: Sequence[tuple[WaitingRow, Verdict]]) -> None:
        stage, place = self._stages[number], number * KEY_BYTES
        new: list[tuple[WaitingRow, Verdict]] = []
        for row, verdict in rows:
            if verdict.is_dropped:
                continue
            known = row.known_keys[place : place + KEY_BYTES]
            if known and known == self._key(number, row, verdict, row.known):
                verdict.n_reused += 1
                verdict.keys += known
                verdict.repeat(stage.name, row.known[number])
            else:
                new.append((row, verdict))
        for (row, verdict), outcome in zip(new, _outcomes(stage, new), strict=True):
            entry = packed(outcome)
            verdict.keys += self._key(number, row, verdict, [*verdict.entries, entry])
            verdict.take(stage.name, outcome, entry)

    def _key(self, number: int, row: WaitingRow, verdict: Verdict, entries: Sequence[Any]) -> bytes:
        given = verdict.text_key() + self._standing(number, entries)
        if row.names and self._takes_names[number]:
            given += names_key(row.names)
        muted = row.muted.get(self._stages[number].name, _NONE)
        return outcome_key(self._keys[number], given, muted)


def _outcomes(stage: RowStage, rows: Sequence[tuple[WaitingRow, Verdict]]) -> list[Outcome]:
    texts = [verdict.texts for _, verdict in rows]
    muted = [row.muted.get(stage.name, _NONE) for row, _ in rows]
    if isinstance(stage, NamesStage):
        return stage.judge_named(texts, muted, [row.names for row, _ in rows])
    return stage.judge(texts, muted)
