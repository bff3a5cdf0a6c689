"""Fix a row by hand: write its texts as they should be. The next `curate` begins with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from workbench.curation.hand_fixes import FIXED
from workbench.errors import DataError, NotFoundError, RowChangedError
from workbench.home import Home
from workbench.store import (
    Correction,
    Sighting,
    Store,
    open_store,
    rulings_in_force,
    seal_texts,
    texts_digest,
)
from workbench.workflows.explain_row import find_row


@dataclass(frozen=True, slots=True)
class RowToFix:
    """A row as it stands.

    Attributes:
        row_id: The example.
        places: Where it was seen, such as `notes.csv, line 12`.
        texts: As they would go into the next curation, by field: as imported, personal data and
            all, or as a person wrote them.
        digest: Of these texts; `fix_row` takes it to notice that they changed meanwhile.
    """

    row_id: str
    places: tuple[str, ...]
    texts: Mapping[str, str]
    digest: str


@dataclass(frozen=True, slots=True)
class FixedRow:
    """What was written, in numbers; it holds no text.

    Attributes:
        row_id: The example.
        fields: The texts that differ from those before.
        digest: Of the texts now.
    """

    row_id: str
    fields: tuple[str, ...]
    digest: str


def open_row(home: Home, row: str) -> RowToFix:
    """Return a row's texts for a person to correct.

    Args:
        home: The project.
        row: An id, a unique prefix of one, or a place such as `notes.csv:12`.

    Raises:
        NotFoundError: There is no such row among those imported.
        DataError: Its source was erased.
    """
    with open_store(home) as store:
        return _open(store, row).shown()


def fix_row(
    home: Home,
    row: str,
    texts: Mapping[str, str],
    *,
    author: str,
    reason: str = "",
    opened: str | None = None,
) -> FixedRow:
    """Record how a row's texts should be; the rules then apply to them as to imported ones.

    Nothing is published: versions never change. A row that a rule had left out goes through the
    gate again.

    Args:
        home: The project.
        row: An id, a unique prefix of one, or a place such as `notes.csv:12`.
        texts: By field; a field that is left out stays as it is.
        author: Who writes.
        reason: A sentence for whoever asks later.
        opened: Digest of the texts that the writer had before him; None if he had none.

    Raises:
        NotFoundError: There is no such row among those imported.
        RowChangedError: Somebody else fixed it since it was opened.
        DataError: A text is empty or has no place in the row, nothing changed, fixes are undone
            for all rows, or the row's source was erased.
    """
    with open_store(home) as store:
        found = _open(store, row)
        if opened is not None and opened != found.digest:
            raise RowChangedError(
                f"Row {found.row_id} was changed by somebody else since you opened it.",
                "Look at it again, and write what should stand there now.",
            )
        wanted = {**found.texts, **_checked(found, texts)}
        fields = tuple(name for name in wanted if wanted[name] != found.texts[name])
        if not fields:
            raise DataError(f"Row {found.row_id} says that already.", "Nothing was recorded.")
        digest = texts_digest(wanted)
        _put_in_force(store, found.row_id, reason)
        payload = seal_texts(wanted, store.ciphers[found.source_id])
        store.record_correction(
            Correction(found.row_id, found.source_id, payload, found.digest, digest, author, reason)
        )
    return FixedRow(found.row_id, fields, digest)


@dataclass(frozen=True, slots=True)
class _Open:
    """A row with the source that its next correction belongs to."""

    row_id: str
    source_id: str
    places: tuple[str, ...]
    texts: Mapping[str, str]

    @property
    def digest(self) -> str:
        return texts_digest(self.texts)

    def shown(self) -> RowToFix:
        return RowToFix(self.row_id, self.places, self.texts, self.digest)


def _open(store: Store, row: str) -> _Open:
    row_id = find_row(store, row)
    seen = sorted(store.sightings(row_id), key=_is_less_fit)
    if not seen:
        raise NotFoundError(
            f"Row {row_id} was not imported.", "Fix the imported row that it was made from."
        )
    places = tuple(f"{sighting.file_name}, {sighting.locator}" for sighting in seen)
    return _Open(row_id, seen[0].source_id, places, _texts(store, row_id, seen))


def _texts(store: Store, row_id: str, seen: Sequence[Sighting]) -> Mapping[str, str]:
    """Return what stands for the row: the last correction in force, else what was imported."""
    original = seen[0].original
    if original is None:
        raise DataError(
            f"The source of row {row_id} was erased: there is no text to fix.",
            "Import the row anew, from another file.",
        )
    undone = rulings_in_force(store.rulings()).are_undone(row_id, FIXED)
    written = [] if undone else store.corrections(row_id)[-1:]
    corrected = next((item.texts(store.ciphers) for item in written), None)
    return corrected or original.texts()


def _is_less_fit(sighting: Sighting) -> tuple[bool, bool]:
    return sighting.original is None, sighting.status != "in force"


def _checked(found: _Open, texts: Mapping[str, str]) -> dict[str, str]:
    """Return the texts given, each with the line ends that the row has where only these differ."""
    checked = {}
    for name, text in texts.items():
        if name not in found.texts:
            fields = ", ".join(found.texts)
            raise DataError(f"Row {found.row_id} has no {name}; it has {fields}.", "Leave it out.")
        if not text.strip() or "\0" in text:
            what = "is empty" if not text.strip() else "holds a NUL character"
            raise DataError(
                f"The {name} of row {found.row_id} {what}.",
                f"A row needs all of its texts: {', '.join(found.texts)}.",
            )
        before = found.texts[name]
        checked[name] = before if _joined_lines(text) == _joined_lines(before) else text
    return checked


def _joined_lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _put_in_force(store: Store, row_id: str, reason: str) -> None:
    """Take back that the row's fixes were undone, since this one is meant to count."""
    rulings = rulings_in_force(store.rulings())
    if FIXED in rulings.everywhere:
        raise DataError(
            "Fixes by hand are undone for all rows, so this one would have no effect.",
            f"Run `workbench data undo {FIXED} --restore` first.",
        )
    if rulings.are_undone(row_id, FIXED):
        store.record_ruling(FIXED, row_id, "restored", reason)
