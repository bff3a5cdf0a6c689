#!/usr/bin/env python
"""Write docs/commands.md, docs/configuration.md and README.md's tree, or `--check` them.

The sentence under each field and each command is the only place where it is described; this script
copies it into the documentation, and a test runs the check.
"""

from __future__ import annotations

import argparse
import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import typer
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from annotation.roster import Roster
from training.config import DpoConfig, SftConfig
from workbench.cli.main import build_app
from workbench.curation.recipe import Recipe
from workbench.settings import Settings
from workbench.task import Task

ROOT = Path(__file__).resolve().parent.parent
DOCS, README = ROOT / "docs", ROOT / "README.md"
TREE_START, TREE_END = "<!-- tree: written by scripts/write_reference.py -->", "<!-- end -->"
PACKAGES = ("workbench", "annotation", "training", "serving", "scripts")
FILES: dict[str, tuple[str, type[BaseModel]]] = {
    "workbench.toml": ("Settings of the project. No secrets.", Settings),
    "task.yaml": ("What the model is for; every part reads it.", Task),
    "annotators.yaml": ("Who labels, beyond the names in task.yaml; optional.", Roster),
    "recipe.yaml": ("How imported rows become a version.", Recipe),
    "sft.yaml": ("Supervised fine-tuning.", SftConfig),
    "dpo.yaml": ("Direct preference optimisation.", DpoConfig),
}
NOTE = "<!-- Written by scripts/write_reference.py from the code; change it there. -->\n"


def configuration_page() -> str:
    """Return the page that lists every key of every file in the home folder."""
    parts = [NOTE, "# Configuration\n"]
    parts.append(
        "`workbench init` writes these files with comments. They may be sparse: what is left "
        "out keeps its default. Unknown keys are refused with their line. For a single run, "
        "`--set key=value` wins over the file.\n"
    )
    for name, (purpose, model) in FILES.items():
        parts.append(f"## {name}\n\n{purpose}\n\n| key | default | meaning |\n|---|---|---|")
        parts.extend(_rows(model, prefix=""))
        parts.append("")
    return "\n".join(parts)


def _rows(model: type[BaseModel], prefix: str) -> Iterator[str]:
    for name, field in model.model_fields.items():
        inner, many = _inner_model(field)
        key = f"{prefix}{name}"
        yield f"| `{key}` | {_default(field, inner)} | {_cell(field.description or '')} |"
        if inner:
            yield from _rows(inner, prefix=f"{key}[]." if many else f"{key}.")


def _inner_model(field: FieldInfo) -> tuple[type[BaseModel] | None, bool]:
    kind: Any = field.annotation
    candidates = [(kind, False)] + [(part, True) for part in get_args(kind)]
    for candidate, many in candidates:
        if isinstance(candidate, type) and issubclass(candidate, BaseModel):
            return candidate, many and str(kind).startswith("tuple")
    return None, False


def _default(field: FieldInfo, inner: type[BaseModel] | None) -> str:
    if field.default is PydanticUndefined:
        return "required" if field.default_factory is None else "see meaning"
    if inner or field.default in ("", ()):
        return ""
    return f"`{field.default}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def commands_page() -> str:
    """Return the page that lists every command with its options."""
    parts = [NOTE, "# Commands\n"]
    parts.append(
        "Every command takes `--home FOLDER` (else `$WORKBENCH_HOME`, else the current folder), "
        "`--json` for programs and `--debug` for a traceback. Exit codes: 0 done, 1 a fault of "
        "ours or of the machine, 2 something for you to mend, 130 stopped; a stopped command "
        "continues when it is run again.\n"
    )
    for path, command in _commands(typer.main.get_command(build_app()), ()):
        parts.append(f"## {' '.join(('workbench', *path))}\n")
        parts.append(f"{(command.help or '').strip()}\n")
        options = [option for option in command.params if option.name not in _COMMON]
        if options:
            parts.append("| option | meaning |\n|---|---|")
            parts.extend(_option_row(option) for option in options)
            parts.append("")
    return "\n".join(parts)


_COMMON = {"home", "as_json", "debug", "help"}


def _commands(command: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:  # noqa: ANN401 - the classes of the vendored Click are private
    children = getattr(command, "commands", None)
    if children is None:
        yield path, command
        return
    for name in sorted(children):
        yield from _commands(children[name], (*path, name))


def _option_row(option: Any) -> str:  # noqa: ANN401 - see _commands
    names = ", ".join(f"`{name}`" for name in option.opts) if option.opts else option.name
    if option.param_type_name == "argument":
        names = f"`{option.name.upper()}`"
    return f"| {names} | {_cell(option.help or '')} |"


def readme_page() -> str:
    """Return README.md with its tree: the first sentence of every file of ours."""
    text = README.read_text(encoding="utf-8")
    before, start, rest = text.partition(TREE_START)
    _, end, after = rest.partition(TREE_END)
    if not (start and end):
        raise SystemExit(f"{README} lacks the marks {TREE_START} and {TREE_END}.")
    lines = ["", "```"]
    for package in PACKAGES:
        folder = ""
        for path in sorted((ROOT / package).rglob("*.py"), key=lambda p: (p.parent, p.name)):
            place = path.relative_to(ROOT)
            if str(place.parent) != folder:
                folder = str(place.parent)
                lines.append(f"{folder}/")
            if sentence := _first_sentence(path):
                lines.append(f"    {path.name:<26} {sentence}")
    lines += ["tests/                         the same tree, one test file an idea", "```", ""]
    return before + start + "\n".join(lines) + end + after


def _first_sentence(path: Path) -> str:
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return docstring.splitlines()[0] if docstring else ""


def main() -> int:
    """Write or check the pages."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="only say whether they are up to date")
    check = parser.parse_args().check
    pages = {
        DOCS / "configuration.md": configuration_page(),
        DOCS / "commands.md": commands_page(),
        README: readme_page(),
    }
    stale = [
        path
        for path, text in pages.items()
        if not path.is_file() or path.read_text(encoding="utf-8") != text
    ]
    for path in stale:
        place = path.relative_to(ROOT)
        if check:
            print(f"{place} is out of date: run scripts/write_reference.py", file=sys.stderr)
        else:
            path.write_text(pages[path], encoding="utf-8")
            print(f"wrote {place}")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
