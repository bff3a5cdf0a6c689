"""The whole loop as a user runs it, on fewer notes: every stage, every server, no orphan."""

import json
import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from workbench.demo import MODEL_DIR

MARK = "WORKBENCH_TEST_MARK"
MOST_MODEL_BYTES = 16 * 2**20


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_the_quick_demo_ends_with_a_report_and_leaves_no_process(tmp_path):
    home = tmp_path / "home"
    command = [sys.executable, "-m", "workbench.cli", "demo", "--quick", "--headless"]
    environment = {**os.environ, MARK: str(tmp_path), "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(
        [*command, "--home", str(home)], capture_output=True, text=True, env=environment
    )
    assert done.returncode == 0, done.stderr[-3000:]
    numbers = Path(done.stdout.strip().splitlines()[-1])
    assert numbers == next((home / "reports").glob("*/report.json"))
    report = json.loads(numbers.read_text())

    assert {run["kind"] for run in report["runs"]} == {"sft", "dpo"}
    assert all(run["status"] == "complete" for run in report["runs"])
    assert [model["parity_passed"] for model in report["merged"]] == [True]
    arms = report["evaluation"]["arms"]
    accuracy = {arm: item["metrics"]["field_accuracy"]["mean"] for arm, item in arms.items()}
    assert accuracy["sft"] > accuracy["base"] + 0.3
    assert report["votes"]["n_votes"] == report["votes"]["n_simulated"] > 0
    kinds = [version["kind"] for version in report["data"]["versions"]]
    assert kinds.count("examples") == 2
    assert kinds.count("pairs") == 2
    assert report["simulated"] is True
    assert _marked(str(tmp_path)) == []


def test_the_base_model_is_small_enough_to_ship():
    assert sum(path.stat().st_size for path in MODEL_DIR.iterdir()) < MOST_MODEL_BYTES


def _marked(value: str) -> list[str]:
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK) == value:
                found.append(" ".join(process.cmdline()))
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found
