"""Print the path of a Chromium for the browser tests; get one if there is none.

Looks on the PATH, then takes Playwright's own, then Debian's package where it may install one.

    python scripts/find_chromium.py
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_DOWNLOAD_SECONDS = 180
_INSTALL_SECONDS = 600


def find_chromium() -> str | None:
    """Return the path of a Chromium that works, or None when none can be had."""
    return _on_path() or _from_playwright() or _from_debian()


def _on_path() -> str | None:
    found = (path for name in NAMES if (path := shutil.which(name)))
    return next((path for path in found if _runs(path)), None)


def _from_playwright() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    if not Path(path).is_file():
        command = [sys.executable, "-m", "playwright", "install", "chromium"]
        # one try: where its download host cannot be reached, Debian's package comes next
        environment = {**os.environ, "PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT": "10000"}
        _try(command, timeout_seconds=_DOWNLOAD_SECONDS, environment=environment)
    return path if Path(path).is_file() and _runs(path) else None


def _from_debian() -> str | None:
    if not shutil.which("apt-get"):
        return None
    prefix = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if prefix and not shutil.which("sudo"):
        return None
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    _try([*prefix, "apt-get", "update", "-qq"], environment=environment)
    # `-y` alone: the fonts that it recommends are what pages are drawn with
    _try([*prefix, "apt-get", "install", "-y", "-qq", "chromium"], environment=environment)
    return _on_path()


def _runs(path: str) -> bool:
    """Tell whether it starts: a package may be there without its libraries."""
    return _try([path, "--version"], timeout_seconds=30)


def _try(
    command: list[str],
    *,
    timeout_seconds: float = _INSTALL_SECONDS,
    environment: dict[str, str] | None = None,
) -> bool:
    try:
        done = subprocess.run(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=timeout_seconds,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def main() -> int:
    """Print the path, or say what to install."""
    path = find_chromium()
    if path is None:
        print(
            "No Chromium was found, and neither Playwright's nor Debian's could be installed.\n"
            f"Install one and put it on the PATH as {' or '.join(NAMES[:3])}, for example with "
            "`sudo apt-get install chromium`.",
            file=sys.stderr,
        )
        return 1
    print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
