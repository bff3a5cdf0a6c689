"""The port of the embedded server, the same at every start so that bookmarks stay right."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from workbench.errors import PortInUseError
from workbench.files import write_atomic
from workbench.processes import claim_port

_FILE = "argilla.port"
_PURPOSE = "Argilla"
_SETTING = "argilla.port"


@dataclass(frozen=True, slots=True)
class ChosenPort:
    """Where the server will listen.

    Attributes:
        port: A port that is free at this moment.
        lost: The port of the last start, if another program has it now; else 0.
    """

    port: int
    lost: int = 0


def choose_port(servers: Path, wanted: int) -> ChosenPort:
    """Return the wanted port; for 0 that of the last start, or a free one if it is taken.

    Args:
        servers: The home's folder of servers.
        wanted: What the settings say.

    Raises:
        PortInUseError: The settings name a port, and something listens there.
    """
    last = 0 if wanted else _last_port(servers)
    try:
        return ChosenPort(claim_port(wanted or last, purpose=_PURPOSE, setting=_SETTING))
    except PortInUseError:
        if wanted:
            raise
        return ChosenPort(claim_port(0, purpose=_PURPOSE, setting=_SETTING), lost=last)


def remember_port(servers: Path, port: int) -> None:
    """Keep the port for the next start."""
    write_atomic(servers / _FILE, f"{port}\n")


def _last_port(servers: Path) -> int:
    file = servers / _FILE
    return int(file.read_text()) if file.is_file() else 0
