"""What checks of published versions against evaluation files found, beside the versions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from workbench.store.clock import next_sequence, now

if TYPE_CHECKING:
    import duckdb

CheckVerdict = Literal["clean", "suspect", "leaking", "dismissed"]


@dataclass(frozen=True, slots=True)
class LeakageCheckRow:
    """How a version stands against one evaluation file.

    Attributes:
        file_name: The file as it was given.
        file_sha256: Of its content, by which it is known.
        verdict: What the search found, or `dismissed` by a person.
        summary: How many of its rows each tier found, JSON-ready; it holds no text.
        reason: Why a person dismissed it; else empty.
        checked_at: UTC, ISO 8601; the store fills it in.
    """

    file_name: str
    file_sha256: str
    verdict: CheckVerdict
    summary: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""
    checked_at: str = ""


def insert_check(
    connection: duckdb.DuckDBPyConnection, version: str, check: LeakageCheckRow
) -> None:
    """Record how a version stands against a file from now on."""
    connection.execute(
        "INSERT INTO leakage_checks VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            next_sequence(connection, "leakage_checks"),
            version,
            check.file_name,
            check.file_sha256,
            check.verdict,
            json.dumps(dict(check.summary)),
            check.reason,
            now(),
        ],
    )


def list_checks(connection: duckdb.DuckDBPyConnection, version: str) -> list[LeakageCheckRow]:
    """Return how a version stands against each file, in the order of names."""
    rows = connection.execute(
        "SELECT file_name, file_sha256, verdict, summary, reason, checked_at FROM leakage_checks "
        "WHERE version = ? QUALIFY sequence = max(sequence) OVER (PARTITION BY file_sha256) "
        "ORDER BY file_name, file_sha256",
        [version],
    ).fetchall()
    return [
        LeakageCheckRow(name, sha256, verdict, json.loads(summary), reason, at)
        for name, sha256, verdict, summary, reason, at in rows
    ]
