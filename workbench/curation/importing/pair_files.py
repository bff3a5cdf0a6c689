"""The preference pairs of a file as they stand there, before anything is imported or cleaned."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from workbench.curation.importing.intake import ExampleNamer
from workbench.curation.importing.parser import ReadingOutcome, start_parser
from workbench.curation.importing.requests import ImportOptions, requests_for
from workbench.curation.importing.rows import BadRow
from workbench.curation.importing.wire import NumberedRow
from workbench.curation.pairs.rows import PairRow
from workbench.records import Message


@dataclass(slots=True)
class FilePairs:
    """What a file, or each file of a folder, holds of pairs.

    Attributes:
        rows: The pairs; a pair that comes in two files comes once.
        places: Where each stands, by id: `line 12`, after the file's name where there are several.
        groups: The group keys of each, by id; of a pair that comes in two files those of both.
        broken: Places of the rows that cannot be used, by reason.
        n_ties: Answers that make no pair since they are rated like the best one.
    """

    rows: list[PairRow] = field(default_factory=list)
    places: dict[str, str] = field(default_factory=dict)
    groups: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    broken: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    n_ties: int = 0


def read_file_pairs(path: Path, *, mapping: str = "") -> FilePairs:
    """Read the pairs of a file as an import would; they have the ids that it would give them.

    Args:
        path: A file or folder that can be imported.
        mapping: Columns to use, such as `input=question,rejected=worse`.

    Raises:
        ImportFileError: It cannot be read as asked.
    """
    found = FilePairs()
    requests = requests_for([path], ImportOptions(mapping)).requests
    with start_parser() as parser:
        for request in requests:
            namer = ExampleNamer()
            before = f"{request.item.name}, " if len(requests) > 1 else ""
            for answer in parser.read(request):
                if isinstance(answer, ReadingOutcome):
                    found.n_ties += answer.n_ties
                    continue
                for item in answer:
                    _take(found, item, before, namer)
    return found


def _take(found: FilePairs, item: NumberedRow, before: str, namer: ExampleNamer) -> None:
    row = item.row
    place = before + row.locator
    if isinstance(row, BadRow):
        found.broken[row.reason].append(place)
        return
    pair_id = namer.name(row.input, row.output, row.rejected)
    if not row.rejected:
        return
    if row.group:
        found.groups[pair_id].add(row.group)
    if pair_id not in found.places:
        prompt = (Message(role="user", content=row.input),)
        found.rows.append(PairRow(pair_id, prompt, row.output, row.rejected))
        found.places[pair_id] = place
