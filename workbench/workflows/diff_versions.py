"""What two versions of examples do not share, and which rule is the reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.errors import DataError
from workbench.home import Home
from workbench.manifest import VersionFolder
from workbench.store import Store, open_store, resolve_version

if TYPE_CHECKING:
    import pyarrow as pa

_NAMED_ROWS = 3
# what was measured on the way is no setting
_MEASURED = ("selection.", "personal_data_recall.", "pair_balance.")
_CURATE = "curate"
_NEW, _GONE = "imported since", "no longer imported"


@dataclass(frozen=True, slots=True)
class RowChange:
    """Rows that changed for one reason.

    Attributes:
        change: `added`, `removed`, `split` or `text`.
        reason: The rule, as `stage.rule`, the two splits, or the column.
        n_rows: How many rows.
        row_ids: The first of them.
    """

    change: str
    reason: str
    n_rows: int
    row_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class VersionDiff:
    """How a version differs from an earlier one.

    Attributes:
        before: Digest of the one compared against.
        after: Digest of the other.
        counts_before: Rows per split.
        counts_after: Rows per split.
        changes: By change, then the most frequent reason first.
        settings: Recipe keys that differ, each with both values.
    """

    before: str
    after: str
    counts_before: Mapping[str, int]
    counts_after: Mapping[str, int]
    changes: tuple[RowChange, ...]
    settings: Mapping[str, tuple[object, object]]


def diff_versions(home: Home, before: str, after: str) -> VersionDiff:
    """Compare two versions row by row.

    Args:
        home: The project.
        before: A digest, a unique prefix, or `latest`.
        after: Another.

    Raises:
        NotFoundError: There is no such version.
        DataError: One holds examples and the other pairs.
    """
    one, other = resolve_version(home, before), resolve_version(home, after)
    if one.manifest.kind != other.manifest.kind:
        raise DataError(
            f"{one.manifest.digest} holds {one.manifest.kind}, {other.manifest.digest} "
            f"{other.manifest.kind}.",
            "Compare versions of one kind; `workbench data list` shows the kinds.",
        )
    old, new = _rows(one), _rows(other)
    added, removed = sorted(new.keys() - old.keys()), sorted(old.keys() - new.keys())
    with open_store(home) as store:
        changes = [
            *_grouped("added", _reasons(store, one, added, otherwise=_NEW)),
            *_grouped("removed", _reasons(store, other, removed, otherwise=_GONE)),
        ]
    shared = sorted(old.keys() & new.keys())
    changes += _grouped("split", _moved(shared, old, new))
    changes += _grouped("text", _rewritten(shared, old, new))
    return VersionDiff(
        one.manifest.digest,
        other.manifest.digest,
        one.manifest.counts,
        other.manifest.counts,
        tuple(changes),
        _settings(one.manifest.recipe, other.manifest.recipe),
    )


_Row = Mapping[str, str]


def _rows(version: VersionFolder) -> dict[str, _Row]:
    """Return split and texts of each row by its id."""
    import pyarrow.parquet as pq

    is_examples = version.manifest.kind == "examples"
    name = "example_id" if is_examples else "pair_id"
    texts = ["input", "completion"] if is_examples else ["chosen", "rejected"]
    table: pa.Table = pq.read_table(version.rows_file, columns=[name, "split", *texts])
    return {row.pop(name): row for row in table.to_pylist()}


def _reasons(
    store: Store, version: VersionFolder, rows: Iterable[str], *, otherwise: str
) -> dict[str, str]:
    """Return which rule of a version dropped each row."""
    dropped = store.dropping_rules(version.manifest.digest)
    return {row: dropped.get(row, otherwise) for row in rows}


def _moved(rows: Iterable[str], old: Mapping[str, _Row], new: Mapping[str, _Row]) -> dict[str, str]:
    return {
        row: f"{old[row]['split']} to {new[row]['split']}"
        for row in rows
        if old[row]["split"] != new[row]["split"]
    }


def _rewritten(
    rows: Iterable[str], old: Mapping[str, _Row], new: Mapping[str, _Row]
) -> dict[str, str]:
    changed = {
        row: [name for name in old[row] if name != "split" and old[row][name] != new[row][name]]
        for row in rows
    }
    return {row: " and ".join(names) for row, names in changed.items() if names}


def _grouped(change: str, reasons: Mapping[str, str]) -> list[RowChange]:
    rows: dict[str, list[str]] = {}
    for row, reason in reasons.items():
        rows.setdefault(reason, []).append(row)
    return [
        RowChange(change, reason, count, tuple(rows[reason][:_NAMED_ROWS]))
        for reason, count in Counter(reasons.values()).most_common()
    ]


def _settings(
    before: Mapping[str, object], after: Mapping[str, object]
) -> dict[str, tuple[object, object]]:
    if (_CURATE in before) != (_CURATE in after):
        # one was made from a version like the other, whose settings still hold there
        derived = after if _CURATE in before else before
        before = {part: value for part, value in before.items() if part in derived}
        after = {part: value for part, value in after.items() if part in derived}
    old, new = dict(_leaves(before)), dict(_leaves(after))
    return {
        key: (old.get(key), new.get(key))
        for key in sorted(old.keys() | new.keys())
        if old.get(key) != new.get(key)
        and not (_is_nothing(old.get(key)) and _is_nothing(new.get(key)))
        and not key.endswith("sha256")
        and not key.startswith(_MEASURED)
    }


def _is_nothing(value: object) -> bool:
    """Tell whether a setting is absent or empty, which say the same."""
    return value is None or value in ([], "")


def _leaves(value: object, place: str = "") -> Iterable[tuple[str, object]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _leaves(inner, f"{place}.{key}" if place else str(key))
    else:
        yield place, value
