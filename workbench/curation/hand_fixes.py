"""Texts that people wrote by hand: they take the place of the imported ones before any rule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from workbench.curation.judging.row_pass import ImportedRow
from workbench.curation.outcomes import MANUAL, Finding
from workbench.curation.stages.base import fields_in_words
from workbench.curation.wording.changes import diff_spans
from workbench.curation.wording.text_edits import TextEdit
from workbench.store import Correction, Rulings, SourceCipher

RULE = "fixed"
FIXED = f"{MANUAL}.{RULE}"


def fixes_in_force(last: Iterable[Correction], rulings: Rulings) -> dict[str, Correction]:
    """Return the corrections that nobody undid, by row.

    Args:
        last: The last correction of each row.
        rulings: What people undid.
    """
    return {item.row_id: item for item in last if not rulings.are_undone(item.row_id, FIXED)}


def fixes_record(fixes: Mapping[str, Correction]) -> dict[str, str]:
    """Return for each row the digest of what was written, as a manifest keeps it."""
    return {row_id: fixes[row_id].written for row_id in sorted(fixes)}


def with_fix(
    row: ImportedRow, fixes: Mapping[str, Correction], ciphers: Mapping[str, SourceCipher]
) -> ImportedRow:
    """Return a row with the texts that a person wrote for it, if one did.

    What is remembered of it is then encrypted as the correction is, so that both go together.
    """
    fix = fixes.get(row.example_id)
    texts = fix.texts(ciphers) if fix else None
    if fix is None or texts is None:
        return row
    edits = tuple(
        TextEdit(RULE, name, diff_spans(row.texts[name], text))
        for name, text in texts.items()
        if text != row.texts[name]
    )
    finding = _finding(fix, [edit.field for edit in edits])
    return replace(row, source_id=fix.source_id, texts=texts, fix=finding, fix_edits=edits)


def _finding(fix: Correction, fields: Sequence[str]) -> Finding:
    evidence = {"digest": fix.written}
    if not fields:  # an earlier fix was taken back in writing
        return Finding(RULE, "flag", "A person wrote the texts as they were imported.", evidence)
    reason = f"A person wrote the {fields_in_words(fields)} anew."
    return Finding(RULE, "edit", reason, {"fields": list(fields), **evidence})
