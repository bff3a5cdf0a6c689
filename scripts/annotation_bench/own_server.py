"""A home folder with a server of its own, for one section."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from workbench.home import Home
from workbench.workflows.annotate_server import start_annotation, stop_annotation
from workbench.workflows.init_home import init_home


def new_home(folder: Path) -> Home:
    """Return a new home folder."""
    init_home(folder / "home", template="chat", base_model="demo")
    return Home(folder / "home")


@contextlib.contextmanager
def served(home: Home) -> Iterator[Home]:
    """Run the embedded server of a home."""
    start_annotation(home)
    try:
        yield home
    finally:
        stop_annotation(home)
