"""The word lists of the demo task, read once from the YAML files beside this module."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

_FOLDER = Path(__file__).resolve().parent


@cache
def words(name: str) -> dict[str, Any]:
    """Return the word lists of `<name>.yaml`."""
    content: dict[str, Any] = yaml.safe_load((_FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    return content
