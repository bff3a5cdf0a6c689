"""Published versions in the database: their manifests, their rows, and which is the latest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.errors import NotFoundError
from workbench.manifest import Manifest, VersionFolder
from workbench.store.clock import next_sequence, now

if TYPE_CHECKING:
    import duckdb

LATEST = "latest"
_KINDS = ("examples", "pairs")


@dataclass(frozen=True, slots=True)
class VersionRow:
    """Membership of one row in a version; `group_id` is None for pairs."""

    row_id: str
    example_id: str
    split: str
    group_id: str | None


@dataclass(frozen=True, slots=True)
class RecordedVersion:
    """A version as the database knows it."""

    manifest: Manifest
    published_at: str
    is_latest: bool


def has_version(connection: duckdb.DuckDBPyConnection, digest: str) -> bool:
    """Tell whether the version and its rows are recorded."""
    row = connection.execute("SELECT 1 FROM versions WHERE digest = ?", [digest]).fetchone()
    return row is not None


def insert_version(
    connection: duckdb.DuckDBPyConnection, version: VersionFolder, rows: Sequence[VersionRow]
) -> None:
    """Record a version and its rows."""
    import pyarrow as pa

    manifest = version.manifest
    connection.execute(
        "INSERT INTO versions VALUES (?, ?, ?, ?)",
        [manifest.digest, manifest.kind, manifest.created_at, manifest.model_dump_json()],
    )
    columns = {
        "version": [manifest.digest] * len(rows),
        "row_id": [row.row_id for row in rows],
        "example_id": [row.example_id for row in rows],
        "split": [row.split for row in rows],
        "group_id": [row.group_id for row in rows],
    }
    table = pa.table(columns, schema=pa.schema([(name, pa.string()) for name in columns]))
    connection.register("incoming", table)
    try:
        connection.execute("INSERT INTO version_rows SELECT * FROM incoming")
    finally:
        connection.unregister("incoming")


def insert_publication(connection: duckdb.DuckDBPyConnection, version: VersionFolder) -> None:
    """Make a version the latest of its kind."""
    connection.execute(
        "INSERT INTO publications VALUES (?, ?, ?, ?)",
        [
            next_sequence(connection, "publications"),
            version.manifest.digest,
            version.manifest.kind,
            now(),
        ],
    )


def list_versions(connection: duckdb.DuckDBPyConnection) -> list[RecordedVersion]:
    """Return every version, the one published last first."""
    rows = connection.execute(
        "SELECT v.manifest, max(p.published_at), max(p.sequence) AS turn FROM versions v "
        "JOIN publications p USING (digest) GROUP BY v.digest, v.manifest ORDER BY turn DESC"
    ).fetchall()
    seen: set[str] = set()
    versions = []
    for text, at, _ in rows:
        manifest = Manifest.model_validate_json(text)
        versions.append(RecordedVersion(manifest, at, manifest.kind not in seen))
        seen.add(manifest.kind)
    return versions


def find_digest(connection: duckdb.DuckDBPyConnection, reference: str) -> str:
    """Return the digest that a reference names.

    Args:
        connection: The open store.
        reference: A digest, a unique prefix of one, `latest`, `latest:examples` or `latest:pairs`.

    Raises:
        NotFoundError: Nothing, or more than one version, goes by that name.
    """
    versions = list_versions(connection)
    name, _, kind = reference.partition(":")
    if name == LATEST:
        return _latest(versions, kind)
    matches = [v.manifest.digest for v in versions if v.manifest.digest.startswith(reference)]
    if len(matches) == 1 and reference:
        return matches[0]
    if matches and reference:
        raise NotFoundError(
            f"{reference!r} fits {len(matches)} versions: {', '.join(sorted(matches))}.",
            "Give more digits.",
        )
    raise NotFoundError(
        f"There is no version {reference!r}.", "`workbench data list` shows the versions there are."
    )


def _latest(versions: Sequence[RecordedVersion], kind: str) -> str:
    if kind and kind not in _KINDS:
        raise NotFoundError(
            f"'{LATEST}:{kind}' names no kind of version.",
            f"Write {' or '.join(f'{LATEST}:{known}' for known in _KINDS)}.",
        )
    for version in versions:
        if not kind or version.manifest.kind == kind:
            return version.manifest.digest
    what = f"version of {kind}" if kind else "version"
    remedy = (
        "Label answers with `workbench annotate`, collect votes and run `workbench feedback`, or "
        "import and curate a file with rejected answers."
        if kind == "pairs"
        else "Publish one with `workbench curate`."
    )
    raise NotFoundError(f"No {what} was published yet.", remedy)


def find_memberships(
    connection: duckdb.DuckDBPyConnection, row_id: str
) -> list[tuple[str, VersionRow]]:
    """Return the versions that hold a row, with its place there, the first published first."""
    rows = connection.execute(
        "SELECT r.version, r.row_id, r.example_id, r.split, r.group_id FROM version_rows r "
        "JOIN versions v ON v.digest = r.version "
        "WHERE r.row_id = ? ORDER BY v.created_at, r.version",
        [row_id],
    ).fetchall()
    return [(row[0], VersionRow(*row[1:])) for row in rows]


def splits_of(connection: duckdb.DuckDBPyConnection, digest: str) -> dict[str, str]:
    """Return the split of each row of a version, by id."""
    rows = connection.execute(
        "SELECT row_id, split FROM version_rows WHERE version = ?", [digest]
    ).fetchall()
    return dict(rows)
