import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from training.config import LoraSettings, OptimizerSettings, SftConfig
from training.journal import read_metrics
from training.sft import run_sft
from workbench.config import resolved

CONFIG = SftConfig(
    max_steps=30,
    batch_size=2,
    gradient_accumulation=1,
    log_steps=1,
    eval_steps=30,
    save_steps=3,
    lora=LoraSettings(rank=4),
    optimizer=OptimizerSettings(learning_rate=5e-3),
)
PROGRAM = """
import json, sys
from pathlib import Path
from training.config import SftConfig
from training.sft import run_sft
from workbench.manifest import read_version
runs, version, base, config = sys.argv[1:]
run_sft(Path(runs), read_version(Path(version)), Path(base), SftConfig(**json.loads(config)))
"""


@pytest.mark.slow
def test_a_killed_run_continues_from_its_checkpoint(tmp_path, examples_version, base_model):
    process = subprocess.Popen(
        [
            *(sys.executable, "-c", PROGRAM, str(tmp_path), str(examples_version.path)),
            *(str(base_model), json.dumps(resolved(CONFIG))),
        ],
        stderr=subprocess.DEVNULL,
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
    )
    _wait_for_checkpoint(tmp_path, process)
    process.send_signal(signal.SIGKILL)
    process.wait()

    record = run_sft(tmp_path, examples_version, base_model, CONFIG)

    assert record.status == "complete"
    assert record.steps == CONFIG.max_steps
    assert record.summary["resumed_from"] >= CONFIG.save_steps
    steps = [row["step"] for row in read_metrics(record.folder / "metrics.jsonl") if "loss" in row]
    assert sorted(set(steps)) == list(range(1, CONFIG.max_steps + 1))


def _wait_for_checkpoint(runs: Path, process: subprocess.Popen) -> None:
    for _ in range(1200):
        if list(runs.glob("*/checkpoints/checkpoint-6")):
            return
        assert process.poll() is None, "the run ended before it could be killed"
        time.sleep(0.1)
    raise AssertionError("no checkpoint appeared")
