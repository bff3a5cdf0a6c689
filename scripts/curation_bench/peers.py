"""An environment of the benchmark's own, with the peers that it compares with."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from workbench.home import cache_folder

PEERS = ("datasketch", "text-dedup", "datatrove")
_REQUIREMENTS = Path(__file__).with_name("requirements-peers.txt")
_ERROR_CHARACTERS = 300


@dataclass(frozen=True)
class PeerEnvironment:
    """Where the peers are.

    Attributes:
        python: The interpreter that can import them.
        problems: Why a peer could not be installed, by its name.
    """

    python: Path
    problems: dict[str, str]


def install_peers() -> PeerEnvironment:
    """Install the pinned peers, one by one, or use what an earlier call installed."""
    pins = [line for line in _REQUIREMENTS.read_text().splitlines() if line and line[0] not in "# "]
    digest = hashlib.sha256("\n".join([sys.version, *pins]).encode()).hexdigest()[:12]
    folder = cache_folder() / "benchmarks" / f"curation-peers-{digest}"
    python = folder / "bin" / "python"
    if not (folder / "complete").exists():
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        problems = {}
        for pin in pins:
            command = [python, "-m", "pip", "install", "--quiet", pin]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                problems[_name_of(pin)] = done.stderr.strip()[-_ERROR_CHARACTERS:]
        if problems:
            return PeerEnvironment(python, problems)
        (folder / "complete").touch()
    return PeerEnvironment(python, {})


def _name_of(pin: str) -> str:
    return pin.split("=")[0].split("[")[0]
