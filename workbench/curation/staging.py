"""A private folder for what is being prepared; a crash leaves nothing that a later command sees."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

_PREFIX = "staging-"


@contextmanager
def staging_folder(root: Path, *, prefix: str = _PREFIX) -> Iterator[Path]:
    """Give an empty folder below `root` that is gone at the end, however the block ends.

    Folders of commands that were killed are removed first: their names carry the process id.
    """
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    _remove_abandoned(root, prefix)
    folder = Path(tempfile.mkdtemp(prefix=f"{prefix}{os.getpid()}-", dir=root))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _remove_abandoned(root: Path, prefix: str) -> None:
    for folder in root.glob(f"{prefix}*"):
        owner = folder.name.removeprefix(prefix).split("-")[0]
        if owner.isdigit() and not psutil.pid_exists(int(owner)):
            shutil.rmtree(folder, ignore_errors=True)
