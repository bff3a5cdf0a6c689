"""The engine stands on the standard library, numpy and Argilla's server, and on nothing else."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import annotation

PACKAGE = Path(annotation.__file__).parent / "server_env" / "workbench_argilla"
ALLOWED = {"numpy", "argilla_server", *sys.stdlib_module_names}


def _imports(module: str) -> tuple[set[str], set[str]]:
    """Return the modules of ours that a module imports, and the packages of others."""
    own, others = set(), set()
    for node in ast.walk(ast.parse((PACKAGE / f"{module}.py").read_text())):
        if isinstance(node, ast.Import):
            others |= {name.name.partition(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level:
            own |= {node.module} if node.module else {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            others.add(str(node.module).partition(".")[0])
    return own, others


def test_the_engine_imports_the_standard_library_numpy_and_argilla_only() -> None:
    seen: dict[str, set[str]] = {}
    waiting = ["search_engine"]
    while waiting:
        module = waiting.pop()
        if module not in seen:
            own, seen[module] = _imports(module)
            waiting += sorted(own)
    assert {"search_engine", "index", "neighbours", "text_query", "words"} <= seen.keys()
    assert set().union(*seen.values()) <= ALLOWED
    assert "numpy" in seen["neighbours"]
