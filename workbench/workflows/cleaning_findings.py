"""The findings of a version that a person should judge, row by row.

They are found again from the version and the store whenever they are needed, in the same order:
so what stands in Argilla needs no text of the imported files, and what is answered there finds its
place.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from workbench.curation.hand_fixes import FIXED
from workbench.curation.reviewed_edits import OpenChange, open_changes, worded_texts
from workbench.curation.wording.text_edits import TextEdit, decoded_edits, with_edits
from workbench.manifest import VersionFolder
from workbench.store import Decision, Store
from workbench.workflows.row_texts import published_rows

DUPLICATES = "duplicates"
ROWS_AT_A_TIME = 200  # so long others wait for the store: well below a second
_DISPUTED = ("near", "semantic", "contradiction")
_REVIEWED = ("chatter", "typos", "terminology", "personal_data")
_DIGITS = 8


@dataclass(frozen=True, slots=True)
class Disputed:
    """A row that a rule holds against another one; both texts are without personal data.

    Attributes:
        rule: Rule of the stage `duplicates`.
        reason: What the rule said.
        texts: The row's, by field.
        others: The other row's, by field.
    """

    rule: str
    reason: str
    texts: Mapping[str, str]
    others: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RowFindings:
    """What a person should judge of one row.

    Attributes:
        row_id: The example.
        begun: Its texts as curation began with them, a fix by hand included; {} if its source
            is erased.
        worded: See `reviewed_edits`.
        changes: Changes of wording by the id of their record.
        published: Published texts whose personal data is reviewed, by the id of their record:
            the field and the text.
        disputed: Disputed duplicates by the id of their record.
    """

    row_id: str
    begun: Mapping[str, str]
    worded: Mapping[str, str]
    changes: Mapping[str, OpenChange]
    published: Mapping[str, tuple[str, str]]
    disputed: Mapping[str, Disputed]

    @property
    def record_ids(self) -> tuple[str, ...]:
        return (*self.changes, *self.published, *self.disputed)


def rows_to_review(store: Store, digest: str) -> list[str]:
    """Return the rows of which a stage spoke whose word a person may have to judge, by id."""
    recorded = (each.decision for each in store.decisions(version=digest))
    return sorted({each.row_id for each in recorded if each.stage in _REVIEWED or _other(each)})


def find_for_review(
    store: Store, version: VersionFolder, row_ids: Collection[str]
) -> list[RowFindings]:
    """Return what is to be judged of rows, in the order of their ids.

    Rows of erased sources, and those of which nothing is left to judge, are not among them.

    Args:
        store: The open store.
        version: Of examples.
        row_ids: The rows; not too many at a time, since others wait for the store.
    """
    said = {
        row_id: [each.decision for each in store.decisions(row_id, version=version.manifest.digest)]
        for row_id in sorted(row_ids)
    }
    others = {other for decisions in said.values() for other in map(_other, decisions) if other}
    rows = _Rows(store, version.manifest.digest, said.keys() | others)
    published = published_rows(version, said)
    found = []
    for row_id, decisions in said.items():
        if (edits := rows.edits(row_id)) is None:
            continue
        texts = published[row_id].texts if row_id in published else {}
        findings = _findings(rows, row_id, edits, decisions, texts)
        if findings.record_ids:
            found.append(findings)
    return found


def row_of_record(record_id: str) -> str:
    """Return the row that a record of this kind is of."""
    return record_id.partition("-")[0]


class _Rows:
    """Texts and edits of rows on the way to a version."""

    def __init__(self, store: Store, digest: str, row_ids: Collection[str]) -> None:
        self._store = store
        self._sealed = store.edits(digest, row_ids)

    def edits(self, row_id: str) -> list[tuple[str, TextEdit]] | None:
        """Return the edits of a row, with their stages; None if its source is erased."""
        sealed = self._sealed.get(row_id)
        if sealed is None:
            return [] if self.imported(row_id) else None
        content = sealed.open(self._store.ciphers)
        return None if content is None else decoded_edits(content)

    def imported(self, row_id: str) -> dict[str, str]:
        """Return the texts of a row as imported; {} if its source is erased."""
        sealed = self._sealed.get(row_id)
        for seen in self._store.sightings(row_id):
            if seen.original and (sealed is None or seen.source_id == sealed.source_id):
                return seen.original.texts()
        return {}

    def final(self, row_id: str) -> dict[str, str]:
        """Return the texts of a row as the last stage left them; {} if its source is erased."""
        edits = self.edits(row_id)
        return {} if edits is None else with_edits(self.imported(row_id), [e for _, e in edits])


def _findings(
    rows: _Rows,
    row_id: str,
    edits: Sequence[tuple[str, TextEdit]],
    said: Sequence[Decision],
    published: Mapping[str, str],
) -> RowFindings:
    imported = rows.imported(row_id)
    by_hand = [edit for stage, edit in edits if f"{stage}.{edit.rule}" == FIXED]
    changes = open_changes(edits)
    reviewed = any(decision.stage == "personal_data" for decision in said)
    disputed = {
        _record_id(row_id, DUPLICATES, decision.rule): Disputed(
            decision.rule, decision.reason, rows.final(row_id), rows.final(_other(decision))
        )
        for decision in said
        if _other(decision) and rows.edits(_other(decision)) is not None
    }
    return RowFindings(
        row_id,
        with_edits(imported, by_hand),
        worded_texts(imported, edits),
        {
            _record_id(row_id, change.stage, change.rule, change.field, number): change
            for number, change in enumerate(changes)
        },
        {
            _record_id(row_id, "personal_data", field): (field, text)
            for field, text in published.items()
            if reviewed
        },
        disputed,
    )


def _other(decision: Decision) -> str:
    """Return the row that a disputed duplicate is held against; empty for anything else."""
    if decision.stage != DUPLICATES or decision.rule not in _DISPUTED:
        return ""
    others = decision.evidence.get("others") or [""]
    return str(decision.evidence.get("keeper", others[0]))


def _record_id(row_id: str, *parts: object) -> str:
    digest = sha256(":".join(map(str, parts)).encode()).hexdigest()
    return f"{row_id}-{digest[:_DIGITS]}"
