"""From the paths and options of a command to the files that are to be read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from workbench.curation.importing.arrow_tables import is_dataset_folder
from workbench.curation.importing.columns import check_layout, parse_mapping
from workbench.curation.importing.formats import DOCUMENTS, FORMATS, FileFormat
from workbench.curation.importing.items import (
    JOIN_REMEDY,
    FoundItems,
    Item,
    find_in_folder,
    find_one,
    refuse_documents,
)
from workbench.curation.importing.joining import parse_on
from workbench.curation.importing.lines import check_encoding
from workbench.curation.importing.llama_factory import INFO_FILE, find_described
from workbench.curation.importing.opening import ReadRequest
from workbench.errors import ImportFileError


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What the user said of the files, as text; see `import_files`."""

    mapping: str = ""
    file_format: str | None = None
    layout: str | None = None
    encoding: str = "utf-8"
    join: Path | None = None
    on: str = ""


@dataclass(frozen=True, slots=True)
class FoundRequests:
    """What is to be read, and the files of folders that are left out, with their reasons."""

    requests: tuple[ReadRequest, ...]
    skipped: tuple[str, ...]


def requests_for(files: Sequence[Path], options: ImportOptions) -> FoundRequests:
    """Return what to read for some paths.

    Raises:
        ImportFileError: An option is malformed, or a path cannot be imported.
    """
    mapping, layout = parse_mapping(options.mapping), check_layout(options.layout)
    chosen, encoding = _check_format(options.file_format), check_encoding(options.encoding)
    on = parse_on(options.on)
    if options.join is not None:
        item, partner = _joined_items(files, options.join, chosen)
        return FoundRequests((ReadRequest(item, partner, on, mapping, layout, encoding),), ())
    if options.on or "key" in mapping:
        raise ImportFileError("A key needs a second file.", "Name the answers with --join FILE.")
    found = [_items_at(path, chosen) for path in files]
    requests = tuple(
        ReadRequest(item, mapping=mapping, layout=layout, encoding=encoding)
        for part in found
        for item in part.items
    )
    return FoundRequests(requests, tuple(line for part in found for line in part.skipped))


def _joined_items(
    files: Sequence[Path], join: Path, chosen: FileFormat | None
) -> tuple[Item, Item]:
    if len(files) != 1:
        raise ImportFileError(
            f"--join takes one file or folder of inputs, not {len(files)}.",
            "Put the documents into a folder, or import each file with its own answers.",
        )
    item = find_one(files[0], chosen)
    # The format named is that of the first file; a table of answers mostly has another.
    return item, find_one(join, None)


def _items_at(path: Path, chosen: FileFormat | None) -> FoundItems:
    if path.name == INFO_FILE and (described := find_described(path)):
        return described
    if not path.is_dir() or is_dataset_folder(path):
        item = Item.of_file(path, path.name, chosen)
        refuse_documents([item])
        return FoundItems((item,), ())
    found = _with_described(path, find_in_folder(path))
    tables = tuple(item for item in found.items if item.format not in DOCUMENTS)
    documents = [item for item in found.items if item.format in DOCUMENTS]
    if not tables:
        refuse_documents(documents)
        raise ImportFileError(f"{path} holds no file that can be read.", "Check the path.")
    left_out = (f"{path}: {len(item.paths)} documents. {JOIN_REMEDY}" for item in documents)
    return FoundItems(tables, (*found.skipped, *left_out))


def _with_described(folder: Path, found: FoundItems) -> FoundItems:
    """Put what a LLaMA-Factory description says in the place of the files that it names."""
    info = folder / INFO_FILE
    described = find_described(info) if info.is_file() else None
    if described is None:
        return found
    named = {path for item in described.items for path in item.paths} | {info.resolve()}
    others = [item for item in found.items if item.paths[0].resolve() not in named]
    return FoundItems((*described.items, *others), (*found.skipped, *described.skipped))


def _check_format(name: str | None) -> FileFormat | None:
    if name is not None and name not in FORMATS:
        raise ImportFileError(
            f"--format {name!r} is not known.", f"Known formats: {', '.join(FORMATS)}."
        )
    return name
