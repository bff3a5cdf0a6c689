"""Configuration files: sparse commented YAML in, one frozen model out, every problem named at once.

Order of precedence: the model's defaults < the YAML file < `--set a.b=1`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from workbench.errors import ConfigError
from workbench.files import digest_json

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails


class FrozenModel(BaseModel):
    """Base of every configuration model: immutable, and unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class _PlainWords(yaml.SafeLoader):
    """Reads `off`, `on`, `yes` and `no` as the words that they are, as YAML 1.2 does."""


_PlainWords.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if first in "tTfF" or "bool" not in tag]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}

ConfigT = TypeVar("ConfigT", bound=BaseModel)
_Location = tuple[int | str, ...]
# Of a wrong value that is shown.
_SHOWN_CHARACTERS = 60


def load_config(path: Path, model: type[ConfigT], overrides: Sequence[str] = ()) -> ConfigT:
    """Read a YAML file into `model`.

    Args:
        path: The YAML file.
        model: A `FrozenModel` subclass.
        overrides: Settings of the form `a.b=1`; the value is read as YAML.

    Raises:
        ConfigError: The file is missing, is not YAML, or holds wrong keys or values. All problems
            are reported together, each with its line and key.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as exc:
        raise ConfigError(
            f"{path} does not exist.", "`workbench init` writes a commented one."
        ) from exc
    except UnicodeDecodeError as exc:
        raise ConfigError(f"{path} is not UTF-8 (byte {exc.start}).", "Save it as UTF-8.") from exc
    return parse_config(text, model, place=str(path), overrides=overrides)


def parse_config(
    text: str, model: type[ConfigT], *, place: str, overrides: Sequence[str] = ()
) -> ConfigT:
    """Read YAML text into `model`; `place` names the text in errors. See `load_config`."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        content = yaml.load(text, Loader=_PlainWords)  # noqa: S506 - a SafeLoader
    except yaml.YAMLError as exc:
        mark = getattr(exc, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        problem = getattr(exc, "problem", None) or "it cannot be parsed"
        raise ConfigError(f"{place}{line}: not valid YAML: {problem}.", "Mend that line.") from exc
    if content is None:
        content = {}
    if not isinstance(content, dict):
        raise ConfigError(f"{place}: expected keys and values, found {type(content).__name__}.")
    for override in overrides:
        _apply_override(content, override)
    try:
        return model.model_validate(content)
    except ValidationError as exc:
        problems = [_Problem(error, root, place, overrides) for error in exc.errors()]
        message = "\n".join(problem.told() for problem in problems)
        raise ConfigError(message, _hint(problems, model)) from exc


def resolved(config: BaseModel) -> dict[str, Any]:
    """Return every value of a configuration, defaults included, as JSON-ready data."""
    return json.loads(config.model_dump_json())  # type: ignore[no-any-return]  # json has no types


def config_digest(config: BaseModel) -> str:
    """Return the SHA-256 of the resolved configuration as 64 hex digits."""
    return digest_json(resolved(config))


def _apply_override(content: dict[str, Any], override: str) -> None:
    key, separator, value = override.partition("=")
    if not separator or not key:
        raise ConfigError(
            f"--set {override!r} is not of the form key=value.", "Example: --set lora.rank=8"
        )
    *parents, last = key.split(".")
    target = content
    for parent in parents:
        inner = target.setdefault(parent, {})
        if not isinstance(inner, dict):
            raise ConfigError(f"--set {override!r}: {parent!r} is not a group of settings.")
        target = inner
    try:
        target[last] = yaml.load(value, Loader=_PlainWords)  # noqa: S506 - a SafeLoader
    except yaml.YAMLError as exc:
        raise ConfigError(
            f"--set {override!r}: the value is not valid YAML.", "Example: --set lora.rank=8"
        ) from exc


class _Problem:
    """One thing that is wrong with a configuration, and where it was set."""

    def __init__(
        self, error: ErrorDetails, root: yaml.Node | None, place: str, overrides: Sequence[str]
    ) -> None:
        self.kind: str = error["type"]
        self.location: _Location = error["loc"]
        self._message = error["msg"].removeprefix("Value error, ").rstrip(".")
        self._given = error["input"]
        self._line = _line_of(root, self.location)
        self._place = place
        self._at = [each for each in overrides if self._stands_within(_key_of(each))]
        self._below = [each for each in overrides if self._holds(_key_of(each))]

    @property
    def is_overridden(self) -> bool:
        """Whether the value comes from `--set` alone."""
        return bool(self._at or (self._below and not self._line))

    def told(self) -> str:
        """Return the problem as one line."""
        problem = "unknown key" if self.kind == "extra_forbidden" else self._message
        key = ".".join(str(part) for part in self.location)
        return f"{self._where()}: {key + ': ' if key else ''}{problem}{self._found()}."

    def _where(self) -> str:
        named = " ".join(f"--set {each}" for each in self._at[-1:] or self._below)
        if self.is_overridden:
            return named
        where = f"{self._place}, line {self._line}" if self._line else self._place
        return f"{where} with {named}" if named else where

    def _found(self) -> str:
        is_told = self.kind in ("missing", "extra_forbidden")
        if is_told or not isinstance(self._given, str | int | float | None):
            return ""  # a container is long, and its place says which it is
        value = repr(self._given)
        cut = value if len(value) <= _SHOWN_CHARACTERS else f"{value[:_SHOWN_CHARACTERS]}…"
        return f", found {cut}"

    def _stands_within(self, key: _Location) -> bool:
        return tuple(map(str, self.location[: len(key)])) == key

    def _holds(self, key: _Location) -> bool:
        place = tuple(map(str, self.location))
        return len(place) < len(key) and key[: len(place)] == place and self.kind != "missing"


def _key_of(override: str) -> _Location:
    return tuple(override.partition("=")[0].split("."))


def _hint(problems: Sequence[_Problem], model: type[BaseModel]) -> str:
    if any(each.kind == "extra_forbidden" and len(each.location) == 1 for each in problems):
        return f"Known keys: {', '.join(model.model_fields)}."
    if all(each.is_overridden for each in problems):
        return "Give --set another key or value and run the command again."
    return "Mend the lines named above and run the same command again."


def _line_of(node: yaml.Node | None, location: _Location) -> int | None:
    """Return the 1-based line of a key path, or of the deepest part of it that the file has."""
    line: int | None = None
    for part in location:
        found = _child(node, part)
        if found is None:
            continue  # tagged unions put a tag in the path that the file does not have
        line, node = found
    return line


def _child(node: yaml.Node | None, part: int | str) -> tuple[int, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(part):
                return key.start_mark.line + 1, value
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        item = node.value[part]
        return item.start_mark.line + 1, item
    return None
