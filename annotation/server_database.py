"""The embedded server's SQLite database as a file: copied while it is written, checked, described.

The work is done by the SQLite that the server runs on, in its environment.
"""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from workbench.environments import ARGILLA, ensure_environment
from workbench.errors import AnnotationError, DiskFullError

DATABASE_FILE = "argilla.db"
SERVER_MODULES = Path(__file__).resolve().parent / "server_env"
_MODULE = "workbench_argilla.database_copy"
_TIMEOUT_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class DatabaseContent:
    """What a database holds.

    Attributes:
        argilla: Version of Argilla in our environment.
        schema: Revision of the database's schema.
        schema_known: Whether that Argilla can read it, after an upgrade if need be.
        users: Number of accounts, the owner's included.
        datasets: Number of datasets.
        records: Number of records.
        responses: Number of answers, drafts and discarded ones included.
    """

    argilla: str
    schema: str
    schema_known: bool
    users: int
    datasets: int
    records: int
    responses: int

    @property
    def is_empty(self) -> bool:
        """Whether nobody has worked here yet."""
        return self.users <= 1 and self.datasets == 0


def copy_database(file: Path, copy: Path) -> DatabaseContent:
    """Copy a database as it stands between two transactions, and check the copy.

    Raises:
        AnnotationError: It is damaged, or no database of Argilla.
        DiskFullError: There is no room for the copy.
    """
    return _run(file, copy)


def read_content(file: Path) -> DatabaseContent:
    """Check a database and return what it holds; errors as of `copy_database`."""
    return _run(file)


def _run(file: Path, *copy: Path) -> DatabaseContent:
    python = ensure_environment(ARGILLA)
    done = subprocess.run(
        [str(python), "-P", "-m", _MODULE, str(file), *map(str, copy)],
        env={"PYTHONPATH": str(SERVER_MODULES)},
        capture_output=True,
        text=True,
        timeout=_TIMEOUT_SECONDS,
        check=False,
    )
    if done.returncode == 0:
        return DatabaseContent(**json.loads(done.stdout))
    reason = (done.stderr.strip().splitlines() or ["no reason was given"])[-1]
    if "disk is full" in reason:
        raise DiskFullError(
            f"No space left on the disk for a copy of {file}.", "Free some space and try again."
        )
    raise AnnotationError(
        f"{file} cannot be read as a database of Argilla: {reason.removeprefix('Error: ')}.",
        "Restore a backup: `workbench annotate restore FILE --replace`.",
    )
