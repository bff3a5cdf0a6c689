"""Examine the preference pairs of a version, or of a file before it is imported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from workbench.curation.importing.pair_files import FilePairs, read_file_pairs
from workbench.curation.pairs.rows import SetFinding
from workbench.errors import DataError
from workbench.home import Home
from workbench.progress import track
from workbench.store import resolve_version
from workbench.version_rows import read_pairs
from workbench.workflows.examine_pairs import diagnose_rows, pair_row, splits_left_empty
from workbench.workflows.pair_findings import NAMED_PAIRS, PairRuleCount, count_rules

# What the importer calls the rows that the doctor would drop, had they come through.
_BROKEN_ROWS = {"only_ties": "tie", "prompt_mismatch": "prompt_mismatch"}


@dataclass(frozen=True, slots=True)
class PairReport:
    """What the doctor says of a set of pairs; it holds no text.

    Attributes:
        source: Digest of the version, or the file.
        kind: `version` or `file`.
        n_pairs: Pairs examined.
        n_kept: Those that no rule would drop.
        rules: What each rule would drop or flag; of a file also the rows that an import would put
            into quarantine, which are not among the pairs.
        balance: Whether length or one rater tells chosen from rejected, each with its 95 %
            interval, in the pairs that would be kept.
        n_ties: Answers of a file that make no pair since they are rated like the best one.
        places: Where each pair that is named above stands in the file; empty for a version.
        empty_splits: Splits that the recipe asks for and that stay empty, so that `curate` stops,
            if the pairs of the file that are kept are all that is imported; none for a version.
    """

    source: str
    kind: str
    n_pairs: int
    n_kept: int
    rules: tuple[PairRuleCount, ...]
    balance: tuple[SetFinding, ...]
    n_ties: int
    places: Mapping[str, str]
    empty_splits: tuple[str, ...]


def diagnose_pairs(home: Home, target: str = "latest:pairs", *, mapping: str = "") -> PairReport:
    """Say what is wrong with some pairs, and what the recipe would do about it; nothing changes.

    Args:
        home: The project; its recipe, task file and rulings count.
        target: A version of pairs, or the path of a file as `workbench import` takes it.
        mapping: Columns of the file, as for `import_files`.

    Raises:
        NotFoundError: There is no such version or file, or the version holds no pairs.
        ImportFileError: The file cannot be read.
        DataError: No row of the file has a rejected answer.
    """
    path = Path(target).expanduser()
    if path.exists() or path.suffix:  # no name of a version has a dot in it
        return _report(home, str(path), _file_pairs(path, mapping), kind="file")
    version = resolve_version(home, target)
    pairs = FilePairs([pair_row(pair) for pair in read_pairs(version)])
    return _report(home, version.manifest.digest, pairs, kind="version")


def _file_pairs(path: Path, mapping: str) -> FilePairs:
    found = read_file_pairs(path, mapping=mapping)
    if not found.rows:
        raise DataError(
            f"{path} holds no preference pair.",
            "`workbench import --preview` shows how it is read; name the columns with --map "
            "input=…,output=…,rejected=….",
        )
    return found


def _report(home: Home, source: str, pairs: FilePairs, *, kind: str) -> PairReport:
    with track(f"Examine {len(pairs.rows)} pairs"):
        diagnosis = diagnose_rows(home, pairs.rows)
    rules = count_rules(diagnosis.decisions)
    kept = set(diagnosis.kept)
    left = [row for row in pairs.rows if row.pair_id in kept]
    named = {pair_id for rule in rules for pair_id in rule.pair_ids}
    return PairReport(
        source=source,
        kind=kind,
        n_pairs=len(pairs.rows),
        n_kept=len(diagnosis.kept),
        rules=(*rules, *_quarantined(pairs.broken)),
        balance=diagnosis.balance,
        n_ties=pairs.n_ties,
        places={row: place for row, place in pairs.places.items() if row in named},
        empty_splits=(
            splits_left_empty(home, left, pairs.groups) if kind == "file" and left else ()
        ),
    )


def _quarantined(broken: Mapping[str, Sequence[str]]) -> list[PairRuleCount]:
    return [
        PairRuleCount(
            _BROKEN_ROWS.get(reason, reason), "quarantine", len(places), tuple(places[:NAMED_PAIRS])
        )
        for reason, places in sorted(broken.items())
    ]
