"""The home folder: where one project keeps everything that it knows."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from workbench.errors import ConfigError

HOME_VARIABLE = "WORKBENCH_HOME"
CACHE_VARIABLE = "WORKBENCH_CACHE"
SETTINGS_FILE = "workbench.toml"


@dataclass(frozen=True, slots=True)
class Home:
    """Paths of one project; a value, never a handle. See docs/home-folder.md for the layout."""

    root: Path

    @property
    def settings_file(self) -> Path:
        return self.root / SETTINGS_FILE

    @property
    def task_file(self) -> Path:
        return self.root / "task.yaml"

    @property
    def roster_file(self) -> Path:
        """Who labels; optional beside the names in task.yaml."""
        return self.root / "annotators.yaml"

    @property
    def recipe_file(self) -> Path:
        return self.root / "recipe.yaml"

    @property
    def sft_file(self) -> Path:
        return self.root / "sft.yaml"

    @property
    def dpo_file(self) -> Path:
        return self.root / "dpo.yaml"

    @property
    def store_file(self) -> Path:
        return self.root / "curated.duckdb"

    @property
    def judgments_file(self) -> Path:
        return self.root / "judgments.sqlite"

    @property
    def key_file(self) -> Path:
        return self.root / "store.key"

    @property
    def versions(self) -> Path:
        return self.root / "versions"

    @property
    def row_cache_file(self) -> Path:
        """What the row stages said of each row; all of it can be computed again."""
        return self.root / "cache" / "rows.sqlite"

    @property
    def difficulty_cache_file(self) -> Path:
        """How difficult models found examples; all of it can be computed again."""
        return self.root / "cache" / "difficulties.sqlite"

    @property
    def runs(self) -> Path:
        return self.root / "runs"

    @property
    def models(self) -> Path:
        return self.root / "models"

    @property
    def chatter_models(self) -> Path:
        """Classifiers of chatter, one JSON file a name."""
        return self.root / "chatter-models"

    @property
    def servers(self) -> Path:
        return self.root / "servers"

    @property
    def jobs(self) -> Path:
        return self.root / "jobs"

    @property
    def answers(self) -> Path:
        """Generated answers, one folder a set."""
        return self.root / "answers"

    @property
    def labels(self) -> Path:
        """What people were asked in Argilla and what they answered, one folder a dataset."""
        return self.root / "labels"

    @property
    def secrets(self) -> Path:
        """Generated passwords and keys, readable by their owner alone."""
        return self.root / "secrets"

    @property
    def evaluations(self) -> Path:
        """Measured numbers, one JSON file an evaluation."""
        return self.root / "evaluations"

    @property
    def reports(self) -> Path:
        return self.root / "reports"

    @property
    def exists(self) -> bool:
        return self.settings_file.is_file()


def find_home(given: Path | None) -> Home:
    """Return the project's home: `--home`, else $WORKBENCH_HOME, else the current folder.

    Raises:
        ConfigError: The folder is not a home folder yet.
    """
    named = given or (
        Path(os.environ[HOME_VARIABLE]) if os.environ.get(HOME_VARIABLE) else Path.cwd()
    )
    home = Home(named.expanduser().resolve())
    if not home.exists:
        raise ConfigError(
            f"{home.root} is not a workbench home: it holds no {SETTINGS_FILE}.",
            f"Create one with `workbench init --template summarise --home {home.root}`.",
        )
    return home


def cache_folder() -> Path:
    """Return the folder for what projects share: $WORKBENCH_CACHE, else the user's cache."""
    if named := os.environ.get(CACHE_VARIABLE):
        return Path(named).expanduser().resolve()
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser() / "finetune-workbench"
