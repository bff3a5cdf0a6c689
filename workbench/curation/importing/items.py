"""What there is to import below the paths that a user names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from workbench.curation.importing.arrow_tables import dataset_files, is_dataset_folder
from workbench.curation.importing.chats import USUAL_TAGS, ChatTags
from workbench.curation.importing.formats import (
    DOCUMENTS,
    FileFormat,
    format_of,
    known_format,
    open_regular,
    unreadable,
)
from workbench.curation.importing.limits import MAX_FILES, MAX_FOLDER_DEPTH
from workbench.curation.importing.rows import is_unicode
from workbench.errors import ImportFileError

JOIN_REMEDY = (
    "Name its answers, one for each document of the same name: --join FOLDER (or a table, "
    "with --on name=COLUMN)."
)


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to import: it becomes one source.

    Attributes:
        name: Under which it is known; the path below the folder named, or the file's name.
        format: How it is read.
        paths: Its files: one, those of a saved dataset, or many documents.
        names: What to call each file in a place, such as `0012.docx`.
        mapping: Column per role, where a description of the file says so.
        layout: Its layout, where a description of the file says so.
        tags: How its chat messages are written, where a description of the file says so.
    """

    name: str
    format: FileFormat
    paths: tuple[Path, ...]
    names: tuple[str, ...]
    mapping: Mapping[str, str] = field(default_factory=dict)
    layout: str = ""
    tags: ChatTags = USUAL_TAGS

    @classmethod
    def of_file(cls, path: Path, name: str, file_format: FileFormat | None = None) -> Item:
        """Return the item of a single file, or of a folder that `datasets` saved.

        Raises:
            ImportFileError: It cannot be read, or its format cannot be told.
        """
        _check_name(path)
        if is_dataset_folder(path):
            files = dataset_files(path)
            return cls(name, "dataset", files, tuple(file.name for file in files))
        with open_regular(path):  # so that a wrong path is told before anything is imported
            return cls(name, file_format or format_of(path), (path,), (path.name,))


@dataclass(frozen=True, slots=True)
class FoundItems:
    """What to import, and which files of the folders are left out, each with its reason."""

    items: tuple[Item, ...]
    skipped: tuple[str, ...]


def find_in_folder(folder: Path) -> FoundItems:
    """Return the tables and the documents of a folder and those below it, in sorted order.

    Hidden files are passed over. All documents together are one item.

    Raises:
        ImportFileError: It cannot be read, its links lead in a circle, or it holds too much.
    """
    items: list[Item] = []
    documents: list[Path] = []
    skipped: list[str] = []
    for path in _walk(folder, ()):
        name = str(path.relative_to(folder))
        file_format = "dataset" if path.is_dir() else known_format(path)
        if file_format is None:
            skipped.append(f"{path}: its suffix {path.suffix!r} tells no format that is read")
        elif file_format in DOCUMENTS:
            documents.append(path)
        else:
            items.append(Item.of_file(path, name))
    if documents:
        names = tuple(str(path.relative_to(folder)) for path in documents)
        items.append(Item(folder.name, "documents", tuple(documents), names))
    return FoundItems(tuple(items), tuple(skipped))


def find_one(path: Path, file_format: FileFormat | None) -> Item:
    """Return the one item at a path, which `--join` needs: a table, or documents.

    Raises:
        ImportFileError: It is a folder that holds tables as well, or several.
    """
    if not path.is_dir() or is_dataset_folder(path):
        return Item.of_file(path, path.name, file_format)
    found = find_in_folder(path).items
    if len(found) != 1:
        raise ImportFileError(
            f"{path} holds {len(found)} tables or sets of documents; --join takes one a side.",
            "Name the file, or put the documents into a folder of their own.",
        )
    return found[0]


def refuse_documents(items: Sequence[Item]) -> None:
    """Refuse documents that have no answers.

    Raises:
        ImportFileError: One of the items is of documents.
    """
    for item in items:
        if item.format in DOCUMENTS:
            what = f"{len(item.paths)} documents" if len(item.paths) > 1 else "a document"
            raise ImportFileError(
                f"{item.name} is {what}: an input without an answer is no example.", JOIN_REMEDY
            )


def _check_name(path: Path) -> None:
    if not is_unicode(str(path)):
        shown = str(path).encode(errors="backslashreplace").decode()
        raise ImportFileError(f"The name of {shown} is not UTF-8.", "Rename the file.")


def _walk(folder: Path, above: tuple[tuple[int, int], ...]) -> Iterator[Path]:
    """Yield files, and folders that `datasets` saved; `above` are the folders that led here."""
    try:
        status = folder.stat()
        entries = sorted(folder.iterdir())
    except OSError as exc:
        raise unreadable(folder, exc) from exc
    here = (status.st_dev, status.st_ino)
    if here in above or len(above) > MAX_FOLDER_DEPTH:
        raise ImportFileError(
            f"{folder} leads back to a folder above it, or is nested too deep.",
            "Remove the link.",
        )
    if len(entries) > MAX_FILES:
        raise ImportFileError(
            f"{folder} holds {len(entries)} files; at most {MAX_FILES} can be read.",
            "Put the rows into tables, such as JSON Lines.",
        )
    for entry in entries:
        if entry.name.startswith("."):
            continue
        _check_name(entry)
        if entry.is_dir() and not is_dataset_folder(entry):
            yield from _walk(entry, (*above, here))
        else:
            yield entry
