"""Create a home folder: settings, task, recipe and training files, each commented."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from workbench.errors import ConfigError
from workbench.files import write_atomic
from workbench.home import SETTINGS_FILE, Home

_PACKAGE = Path(__file__).resolve().parent.parent
_TEMPLATES = _PACKAGE / "templates"
_READABLE = 0o644
# Keys, passwords and originals lie in a home: a repository around it must not take them in.
_IGNORE = "*\n"

# Where each file of a home comes from unless the chosen template has one of its own.
_COMMON = {
    "task.yaml": _TEMPLATES / "summarise" / "task.yaml",
    "recipe.yaml": _PACKAGE / "curation" / "recipe.yaml",
    "sft.yaml": _PACKAGE.parent / "training" / "sft.yaml",
    "dpo.yaml": _PACKAGE.parent / "training" / "dpo.yaml",
}


@dataclass(frozen=True, slots=True)
class InitResult:
    """What `init` did: files that it wrote, and files that were there and are untouched."""

    home: str
    template: str
    written: tuple[str, ...]
    kept: tuple[str, ...]


def templates() -> tuple[str, ...]:
    """Return the names of the task templates."""
    return tuple(sorted(path.parent.name for path in _TEMPLATES.glob("*/task.yaml")))


def init_home(folder: Path, *, template: str, base_model: str) -> InitResult:
    """Create a home folder, or complete one; no file that exists is changed.

    Raises:
        ConfigError: The template is unknown, the base model is no folder, or the place is a file.
    """
    if template not in templates():
        raise ConfigError(
            f"There is no template {template!r}.", f"Templates: {', '.join(templates())}."
        )
    home = Home(folder.expanduser().resolve())
    if home.root.exists() and not home.root.is_dir():
        raise ConfigError(
            f"{home.root} is a file, not a folder.", "Name another place with --home."
        )
    contents = _contents(home, template, _base_model(base_model))
    home.root.mkdir(parents=True, exist_ok=True, mode=0o700)
    written, kept = [], []
    for name, text in contents.items():
        target = home.root / name
        if target.exists():
            kept.append(name)
        else:
            write_atomic(target, text, mode=_READABLE)
            written.append(name)
    return InitResult(str(home.root), template, tuple(written), tuple(kept))


def _contents(home: Home, template: str, base_model: str) -> dict[str, str]:
    """Return the text of each file; the settings come last: they are what makes it a home."""
    texts = {}
    for name, common in _COMMON.items():
        own = _TEMPLATES / template / name
        texts[name] = (own if own.is_file() else common).read_text(encoding="utf-8")
    texts[".gitignore"] = _IGNORE
    settings = (_TEMPLATES / "common" / SETTINGS_FILE).read_text(encoding="utf-8")
    settings = settings.replace('"{project}"', json.dumps(home.root.name))
    texts[SETTINGS_FILE] = settings.replace("{base_model}", json.dumps(base_model))
    return texts


def _base_model(named: str) -> str:
    """Return the base model as the settings name it: `demo`, or an absolute folder."""
    if named == "demo":
        return named
    folder = Path(named).expanduser().resolve()
    if not (folder / "config.json").is_file():
        raise ConfigError(
            f"{folder} is not a model folder: it holds no config.json.",
            "Give the folder with its safetensors, config and tokenizer; nothing is downloaded.",
        )
    return str(folder)
