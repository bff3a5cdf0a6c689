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
    remove_abandoned(root, prefix=prefix)
    folder = Path(tempfile.mkdtemp(prefix=f"{prefix}{os.getpid()}-", dir=root))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def remove_abandoned(root: Path, *, prefix: str = _PREFIX) -> int:
    """Remove what killed commands left below `root`; return how many folders that were."""
    abandoned = [folder for folder, owner in _owners(root, prefix) if not psutil.pid_exists(owner)]
    for folder in abandoned:
        shutil.rmtree(folder, ignore_errors=True)
    return len(abandoned)


def folders_in_use(root: Path, *, prefix: str = _PREFIX) -> dict[Path, int]:
    """Return the folders of commands that run, each with the id of its process."""
    return {folder: owner for folder, owner in _owners(root, prefix) if psutil.pid_exists(owner)}


def _owners(root: Path, prefix: str) -> Iterator[tuple[Path, int]]:
    """Yield each folder with the process id in its name."""
    for folder in sorted(root.glob(f"{prefix}*")):
        owner = folder.name.removeprefix(prefix).split("-")[0]
        if owner.isdigit():
            yield folder, int(owner)
