"""Settings of every test: offline, quiet, and a home folder of its own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"
os.environ.pop("WORKBENCH_HOME", None)

# A deadline is a timed test, and no test of ours is timed: the first call of a kernel compiles it.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture
def home_folder(tmp_path: Path) -> Path:
    """Return a path for a home folder that does not exist yet."""
    return tmp_path / "home"
