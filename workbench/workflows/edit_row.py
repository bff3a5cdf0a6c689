"""Fix a row in the user's own editor, one private file a text."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from workbench.curation.staging import staging_folder
from workbench.errors import DataError, RowChangedError
from workbench.home import Home
from workbench.workflows.fix_row import FixedRow, fix_row, open_row

Editor = Callable[[Sequence[Path], DataError | None], None]
"""Lets a person edit files and returns once that is done; told what was wrong with the last try."""


def edit_row(home: Home, row: str, edit: Editor, *, author: str, reason: str = "") -> FixedRow:
    """Let a person edit a row's texts, and record what was written. See `fix_row`.

    Only the user can read the files, and they are gone at the end. If the row changed meanwhile
    or the texts cannot be used, the editor opens again with what was written; saving that once
    more replaces what somebody else wrote.

    Raises:
        DataError: Nothing was changed.
    """
    found = open_row(home, row)
    problem: DataError | None = None
    with staging_folder(home.root / "staging") as folder:
        files = _write(folder, found.texts)
        while True:
            edit(tuple(files.values()), problem)
            try:
                written = {name: _read(file) for name, file in files.items()}
                if written == found.texts:
                    break
                return fix_row(
                    home, found.row_id, written, author=author, reason=reason, opened=found.digest
                )
            except RowChangedError as exc:
                found, problem = open_row(home, found.row_id), exc
            except DataError as exc:
                problem = exc
    raise DataError(f"Row {found.row_id} was left as it is.", "Nothing was recorded.")


def read_text(content: bytes, name: str) -> str:
    """Return a text without the line end that editors put after the last line.

    Raises:
        DataError: It is not UTF-8.
    """
    try:
        return content.decode().removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError as exc:
        raise DataError(f"Byte {exc.start} of {name} is not UTF-8.", "Save it as UTF-8.") from exc


def _write(folder: Path, texts: Mapping[str, str]) -> dict[str, Path]:
    files = {}
    for name, text in texts.items():
        files[name] = folder / f"{name}.txt"
        files[name].touch(mode=0o600)
        files[name].write_bytes(f"{text}\n".encode())
    return files


def _read(file: Path) -> str:
    return read_text(file.read_bytes(), file.name)
