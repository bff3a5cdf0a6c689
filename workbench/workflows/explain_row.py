"""Why a row is in a version, or is not: what each stage said of it, from the file on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from workbench.curation.outcomes import MANUAL
from workbench.curation.wording.shown_edits import ShownEdit
from workbench.errors import NotFoundError
from workbench.home import Home
from workbench.store import Sighting, Store, open_store
from workbench.workflows.row_edits import RowEdits, edits_of_row
from workbench.workflows.row_fixes import RowFix, fixes_of

_PLACE = re.compile(r"^(?P<file>.+):(?P<line>\d+)$")


@dataclass(frozen=True, slots=True)
class RowDecision:
    """One decision on a row; `edits` is what it changed, or would change, before and after."""

    version: str
    stage: str
    rule: str
    action: str
    reason: str
    evidence: Mapping[str, object]
    edits: tuple[ShownEdit, ...] = ()


@dataclass(frozen=True, slots=True)
class RowPlace:
    """A version that holds a row, and where."""

    version: str
    split: str
    group: str | None


@dataclass(frozen=True, slots=True)
class RowSighting:
    """A place of a file at which a row was seen; it holds no text.

    Attributes:
        file_name: Of the file.
        locator: Place in it, such as `line 12`.
        source_id: Of the file.
        status: `in force`, `replaced` or `erased`.
        erased_at: When it was erased, UTC; empty unless it was.
    """

    file_name: str
    locator: str
    source_id: str
    status: str
    erased_at: str = ""


@dataclass(frozen=True, slots=True)
class RowStory:
    """Why a row is in a version, or is not.

    Attributes:
        row_id: The row.
        seen_at: Places of files that hold it.
        version: The version that is told of.
        decisions: On the way to it, in the order in which they were made, those on the way to the
            versions that it was made from first.
        of_other_kind: What the newest version of the other kind adds: of a row with a rejected
            answer, what was decided of it as a preference pair.
        places: Every version that holds the row.
        fixes: What people wrote by hand in its place, the last first; without the texts.
        edits_erased: That what was changed cannot be shown, since the row's source was erased.
    """

    row_id: str
    seen_at: tuple[RowSighting, ...]
    version: str
    decisions: tuple[RowDecision, ...]
    of_other_kind: tuple[RowDecision, ...]
    places: tuple[RowPlace, ...]
    fixes: tuple[RowFix, ...] = ()
    edits_erased: bool = False

    @property
    def obeys_fixes(self) -> bool:
        """Tell whether the version began with what people say now that should stand there."""
        seen = [item.evidence.get("digest") for item in self.decisions if item.stage == MANUAL]
        return seen == [fix.written for fix in self.fixes if fix.state == "in force"]


def explain_row(home: Home, row: str, *, version: str | None = None) -> RowStory:
    """Return where a row comes from and what each stage said of it.

    Args:
        home: The project.
        row: An id, a unique prefix of one, or a place such as `notes.csv:12`.
        version: The version whose decisions to tell; None for the newest of each kind.

    Raises:
        NotFoundError: There is no such row or version.
    """
    with open_store(home) as store:
        row_id = find_row(store, row)
        memberships = store.memberships(row_id)
        speaking = _versions_to_tell(store, row_id, version)
        ways = [_way_to(store, digest) for digest in speaking]
        edits = {each: edits_of_row(store, each, row_id) for way in ways for each in way}
        told = [_decisions(store, row_id, way, edits) for way in ways]
        sightings = store.sightings(row_id)
        fixes = fixes_of(store, row_id)
    return RowStory(
        row_id=row_id,
        seen_at=tuple(_without_text(sighting) for sighting in sightings),
        version=speaking[0] if speaking else "",
        decisions=told[0] if told else (),
        of_other_kind=_new_decisions(told),
        places=tuple(RowPlace(name, place.split, place.group_id) for name, place in memberships),
        fixes=fixes,
        edits_erased=any(each.is_erased for each in edits.values()),
    )


def find_row(store: Store, row: str) -> str:
    """Return the id of the row that an id, a prefix or a place names.

    Raises:
        NotFoundError: None or several go by that name, or it is empty.
    """
    if not row.strip():
        raise NotFoundError(
            "No row is named.", "Give an id, its beginning, or a place such as notes.csv:12."
        )
    place = _PLACE.match(row)
    if place:  # files of text have lines, tables have rows
        file_name, number = place["file"], place["line"]
        found = store.find_example_at(file_name, f"line {number}")
        found = found or store.find_example_at(file_name, f"row {number}")
        found = found or store.find_example_across(file_name, int(number))
    else:
        found = store.find_rows(row)
    if len(found) == 1 or (found and row == found[0]):
        return found[0]
    if found:
        raise NotFoundError(f"{row!r} fits several rows: {', '.join(found)}.", "Name one of them.")
    raise NotFoundError(
        f"There is no row {row!r}.",
        "Give an id, its beginning, or a place such as notes.csv:12; rows that could not be "
        "imported are in `workbench data quarantine`.",
    )


def _versions_to_tell(store: Store, row_id: str, reference: str | None) -> list[str]:
    """Return the version asked for, else the newest of each kind that says anything of the row."""
    if reference is not None:
        return [store.find_version(reference)]
    speaking = {item.version for item in store.decisions(row_id)}
    speaking |= {digest for digest, _ in store.memberships(row_id)}
    newest: dict[str, str] = {}
    for version in store.list_versions():
        if version.manifest.digest in speaking:
            newest.setdefault(version.manifest.kind, version.manifest.digest)
    return list(newest.values())


def _way_to(store: Store, version: str) -> list[str]:
    """Return the versions that one was made from, the first of them first, and itself."""
    parents = {found.manifest.digest: found.manifest.parents for found in store.list_versions()}
    way: list[str] = []
    waiting = [version]
    while waiting:
        todo = [each for each in parents.get(waiting[-1], ()) if each not in way]
        if todo:
            waiting += reversed(todo)
        elif (done := waiting.pop()) not in way:
            way.append(done)
    return way


def _decisions(
    store: Store, row_id: str, way: Iterable[str], edits: Mapping[str, RowEdits]
) -> tuple[RowDecision, ...]:
    return tuple(
        RowDecision(
            item.version,
            item.decision.stage,
            item.decision.rule,
            item.decision.action,
            item.decision.reason,
            item.decision.evidence,
            edits[version].of_rule(item.decision.stage, item.decision.rule),
        )
        for version in way
        for item in store.decisions(row_id, version=version)
    )


def _new_decisions(told: Sequence[Sequence[RowDecision]]) -> tuple[RowDecision, ...]:
    """Return what other versions add to the first one's decisions."""
    known = {(item.stage, item.rule, item.action) for item in (told[0] if told else ())}
    return tuple(
        item
        for others in told[1:]
        for item in others
        if (item.stage, item.rule, item.action) not in known
    )


def _without_text(sighting: Sighting) -> RowSighting:
    return RowSighting(
        sighting.file_name,
        sighting.locator,
        sighting.source_id,
        sighting.status,
        sighting.erased_at,
    )
