"""Which workspaces the roster ever named: people are taken out of these alone.

An existing server has workspaces of other projects, in which nobody is ours to remove.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from workbench.errors import AnnotationError
from workbench.files import write_json

_FILE = "workspaces.json"


def read_workspaces(labels: Path) -> list[str]:
    """Return the workspaces that are kept in the home's folder of labels.

    Raises:
        AnnotationError: The file is not the one that was written.
    """
    file = labels / _FILE
    if not file.is_file():
        return []
    try:
        return [str(name) for name in json.loads(file.read_text(encoding="utf-8"))]
    except (TypeError, ValueError) as exc:
        raise AnnotationError(
            f"{file} is not the file that was written.",
            "Make it a JSON list of the workspaces that annotators.yaml ever named.",
        ) from exc


def keep_workspaces(labels: Path, names: Iterable[str]) -> None:
    """Keep the workspaces in place of those that were kept before."""
    wanted = sorted(names)
    if wanted != read_workspaces(labels):
        labels.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_json(labels / _FILE, wanted)
