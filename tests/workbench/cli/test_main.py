from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("torch", "transformers", "trl", "peft", "gradio", "argilla", "vllm", "pandas", "duckdb")


def workbench(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "workbench.cli", *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, timeout=120)


def test_importing_the_command_line_loads_nothing_heavy() -> None:
    program = (
        "import sys; from workbench.cli.main import build_app; build_app(); "
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr


def test_a_mistake_of_the_user_is_two_sentences_and_exit_2(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = workbench("init", "--home", str(tmp_path / "file"))
    assert done.returncode == 2
    assert done.stderr.startswith("Error: ")
    assert len(done.stderr.strip().splitlines()) == 2
    assert "Traceback" not in done.stderr


def test_debug_shows_the_traceback(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = workbench("init", "--home", str(tmp_path / "file"), "--debug")
    assert "Traceback" in done.stderr


@pytest.mark.parametrize(
    "arguments", [["nonsense"], ["init", "--nonsense"], ["init", "--template", "x"]]
)
def test_a_wrong_command_line_is_exit_2(arguments: list[str]) -> None:
    done = workbench(*arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_results_come_as_json_on_request(home_folder: Path) -> None:
    done = workbench("init", "--home", str(home_folder), "--json")
    assert done.returncode == 0
    assert '"written"' in done.stdout
