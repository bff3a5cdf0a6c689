"""Push what curation found and cannot settle alone to Argilla, without personal data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from annotation.cleaning_task import CleaningFinding, cleaning_item, cleaning_task
from annotation.instruction_task import CONTEXT
from annotation.label_folder import Push
from annotation.push_turn import push_turn
from annotation.sampled_answers import seeded_order
from workbench.curation.personal_data.kinds import Finding
from workbench.curation.reviewed_edits import OpenChange
from workbench.errors import AnnotationError
from workbench.home import Home
from workbench.manifest import VersionFolder
from workbench.store import open_store, resolve_version
from workbench.task import load_task
from workbench.workflows.annotate_marks import MarkFinder
from workbench.workflows.annotate_push import PushResult, push_dataset
from workbench.workflows.cleaning_findings import (
    ROWS_AT_A_TIME,
    Disputed,
    RowFindings,
    find_for_review,
    rows_to_review,
)
from workbench.workflows.labelled_versions import last_unlabelled
from workbench.workflows.recipe_file import load_recipe

_AROUND = 300  # characters shown on each side of a place
_REMOVED = "(removed)"
_TITLES: Mapping[str, str] = {
    "chatter": "Chatter",
    "typos": "Spelling",
    "terminology": "Wording of the glossary",
}


def push_cleaning(
    home: Home, *, version: str = "", limit: int | None = None, seed: int = 7
) -> PushResult:
    """Push findings of a curated version, so that people accept, reject or correct them.

    They are sentences called chatter, doubtful typos and terms, personal data, and disputed
    duplicates. Around a place of wording, personal data stands as a tag.

    Args:
        home: The project.
        version: Whose findings; empty for the last one that was not made of answers.
        limit: At most so many rows, drawn by the seed, each with all of its findings: what a rule
            said of a row counts once all of it is answered. A larger limit adds to a smaller one.
        seed: Which rows a limit takes.

    Raises:
        AnnotationError: No finding of the version needs a person.
        AnnotationServerError: Argilla does not answer.
    """
    source = resolve_version(home, version or last_unlabelled(home))
    digest = source.manifest.digest
    rows = _drawn(home, source, limit, seed)
    if not rows:
        raise AnnotationError(
            f"No finding on the way to version {digest} needs a person.",
            "Name a version that `workbench curate` published; `workbench data list` shows them.",
        )
    finder = MarkFinder(load_recipe(home).personal_data)
    items = [cleaning_item(each) for row in rows for each in shown_findings(row, finder)]
    definition = cleaning_task(load_task(home.task_file), source=digest, kinds=finder.kinds)
    made = Push("cleaning", definition.name, "", digest)
    with push_turn(home):
        pushed = push_dataset(home, definition, items, made)
    return replace(pushed, n_rows=len(rows))


def _drawn(home: Home, version: VersionFolder, limit: int | None, seed: int) -> list[RowFindings]:
    """Return rows with something to judge, drawn by the seed."""
    with open_store(home) as store:
        candidates = rows_to_review(store, version.manifest.digest)
    drawn = seeded_order({row_id: row_id for row_id in candidates}, seed=seed)
    rows: list[RowFindings] = []
    for start in range(0, len(drawn), ROWS_AT_A_TIME):
        batch = drawn[start : start + ROWS_AT_A_TIME]
        with open_store(home) as store:
            found = {row.row_id: row for row in find_for_review(store, version, batch)}
        rows += [found[row_id] for row_id in batch if row_id in found]
        if limit is not None and len(rows) >= limit:
            return rows[:limit]
    return rows


def shown_findings(row: RowFindings, finder: MarkFinder) -> Iterator[CleaningFinding]:
    """Yield a row's findings as people see them."""
    for record_id, change in row.changes.items():
        yield _shown_change(record_id, change, row, finder)
    for record_id, (field, text) in row.published.items():
        marks = finder.find({CONTEXT: text})
        yield CleaningFinding(
            record_id,
            "personal_data",
            f"Personal data in the {field}",
            text,
            marks=tuple(marks.by_field[CONTEXT]),
        )
    for record_id, disputed in row.disputed.items():
        yield CleaningFinding(
            record_id,
            f"duplicates.{disputed.rule}",
            _said_of(disputed),
            _joined(disputed.texts),
            _joined(disputed.others),
        )


def _shown_change(
    record_id: str, change: OpenChange, row: RowFindings, finder: MarkFinder
) -> CleaningFinding:
    text = row.worded[change.field]
    end = change.start + len(change.now)
    before = f"{text[: change.start]}{change.before}{text[end:]}"
    after = f"{text[: change.start]}{change.after}{text[end:]}"
    is_removal = not change.after
    return CleaningFinding(
        record_id,
        f"{change.stage}.{change.rule}",
        f"{_TITLES[change.stage]} in the {change.field}",
        masked_passage(before, change.start, change.start + len(change.before), finder),
        _REMOVED
        if is_removal
        else masked_passage(after, change.start, change.start + len(change.after), finder),
        "" if is_removal else masked(change.after, 0, finder.places(change.after)),
    )


def masked_passage(text: str, start: int, end: int, finder: MarkFinder) -> str:
    """Return a place with what stands around it, its personal data as tags.

    The whole text is searched, so that a value at the border of the passage is known for what it
    is.
    """
    places = finder.places(text)
    first, last = max(0, start - _AROUND), min(len(text), end + _AROUND)
    lead = masked(text[first:start], first, places)
    said = masked(text[start:end], start, places)
    trail = masked(text[end:last], end, places)
    return f"{'…' if first else ''}{lead}⟦{said}⟧{trail}{'…' if last < len(text) else ''}"


def masked(part: str, offset: int, places: tuple[Finding, ...]) -> str:
    """Return a part of a text with tags for what was found in the whole text.

    Args:
        part: Of the text.
        offset: Where it begins there, in characters.
        places: What was found in the whole, in order, not overlapping.
    """
    parts, at = [], 0
    for each in places:
        start, end = max(0, each.start - offset), min(len(part), each.end - offset)
        if start < end:
            parts += [part[at:start], f"[{each.kind.upper()}]"]
            at = end
    return "".join([*parts, part[at:]])


def _said_of(disputed: Disputed) -> str:
    return f"Duplicate: {disputed.reason}"


def _joined(texts: Mapping[str, str]) -> str:
    return "\n\n".join(f"{name.upper()}\n{text}" for name, text in texts.items() if text)
