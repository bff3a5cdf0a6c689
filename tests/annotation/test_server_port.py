"""The embedded server's port over restarts."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from annotation.server_port import ChosenPort, choose_port, remember_port
from workbench.errors import PortInUseError
from workbench.processes import LOOPBACK, free_port


def test_the_first_start_gets_a_free_port_and_the_next_ones_the_same(tmp_path: Path) -> None:
    first = choose_port(tmp_path, 0)
    assert first.port > 0
    assert first.lost == 0
    remember_port(tmp_path, first.port)
    assert choose_port(tmp_path, 0) == first


def test_a_port_that_is_taken_is_replaced_and_said(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind((LOOPBACK, 0))
        taken.listen()
        port = taken.getsockname()[1]
        remember_port(tmp_path, port)
        chosen = choose_port(tmp_path, 0)
        assert chosen.lost == port
        assert chosen.port != port
        with pytest.raises(PortInUseError, match=str(port)):
            choose_port(tmp_path, port)


def test_a_port_of_the_settings_wins_over_the_last_one(tmp_path: Path) -> None:
    remember_port(tmp_path, free_port())
    wanted = free_port()
    assert choose_port(tmp_path, wanted) == ChosenPort(wanted)
