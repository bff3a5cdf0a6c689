"""Run one command for a job and record how it ended.

Usage: `python -m workbench.job_runner FOLDER ARGUMENTS…`
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from workbench.files import write_json


def main(arguments: Sequence[str]) -> int:
    """Run `workbench ARGS…`, its output in the job's log; return its exit code."""
    folder = Path(arguments[0])
    with (folder / "log.txt").open("ab") as log:
        completed = subprocess.run(
            [sys.executable, "-m", "workbench.cli", *arguments[1:]],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            check=False,
        )
    finished = datetime.now(UTC).isoformat(timespec="seconds")
    write_json(
        folder / "outcome.json", {"exit_code": completed.returncode, "finished_at": finished}
    )
    return completed.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
