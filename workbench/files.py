"""Write files so that a reader, a crash or a full disk never sees half of one."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from workbench.errors import DiskFullError

_CHUNK_BYTES = 1 << 20


@contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Turn a full disk while writing below `path` into a `DiskFullError` that names the place."""
    try:
        yield
    except OSError as exc:
        if exc.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFullError(
                f"No space left on the disk that holds {path}.",
                "Free some space and run the same command again: it continues.",
            ) from exc
        raise


def write_atomic(path: Path, content: str | bytes, *, mode: int = 0o600) -> None:
    """Replace `path` by `content` in one step: a crash leaves the old file or the new one.

    Args:
        path: Target; its folder is made if missing.
        content: Text (written as UTF-8) or bytes.
        mode: Permission bits of the new file. Private by default, since most files hold user text.

    Raises:
        DiskFullError: The disk is full; the old file is untouched.
    """
    payload = content.encode() if isinstance(content, str) else content
    path.parent.mkdir(parents=True, exist_ok=True)
    with disk_errors(path):
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(payload)
                stream.flush()
                os.fsync(stream.fileno())
            Path(name).chmod(mode)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    sync_folder(path.parent)


def write_json(path: Path, value: Mapping[str, Any] | list[Any], *, mode: int = 0o600) -> None:
    """Write `value` as indented JSON, atomically."""
    write_atomic(
        path, json.dumps(value, indent=2, ensure_ascii=False, default=str) + "\n", mode=mode
    )


def read_json_lines(path: Path) -> list[Any]:
    """Return the values of a file that holds one JSON value a line.

    Only a line feed ends a line: U+2028 and its like may stand unescaped inside a JSON string, and
    `str.splitlines` would tear the row there.

    Raises:
        ValueError: A line is not JSON; the message names the file and the line.
        FileNotFoundError: There is no such file.
    """
    values = []
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), start=1):
        if not line:
            continue
        try:
            values.append(json.loads(line))
        except ValueError as exc:
            raise ValueError(f"{path}, line {number}: {exc}") from exc
    return values


def read_whole_json_lines(path: Path) -> list[Any]:
    """Return the rows of a file that a process may still be writing, or was killed while writing.

    A line that a crash tore is left out; a file that does not exist yet holds no rows.
    """
    values = []
    for line in path.read_bytes().split(b"\n") if path.is_file() else ():
        with suppress(ValueError):
            values.append(json.loads(line))
    return values


def sync_file(file: Path) -> None:
    """Make what was written into a file durable."""
    _sync(file)


def sync_folder(folder: Path) -> None:
    """Make the folder's entries durable."""
    _sync(folder)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sha256_file(path: Path) -> str:
    """Return the SHA-256 of a file as 64 hex digits."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def digest_json(value: object) -> str:
    """Return the SHA-256 of a JSON value in canonical form (sorted keys, no spaces)."""
    canonical = json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str
    )
    return hashlib.sha256(canonical.encode()).hexdigest()
