import json

import pytest

from training.config import LoraSettings, OptimizerSettings, SftConfig
from training.journal import read_metrics
from training.sft import run_sft

CONFIG = SftConfig(
    max_steps=24,
    batch_size=4,
    gradient_accumulation=1,
    log_steps=1,
    eval_steps=12,
    save_steps=12,
    lora=LoraSettings(rank=8),
    optimizer=OptimizerSettings(learning_rate=1e-2),
)


@pytest.fixture(scope="session")
def sft_run(tmp_path_factory, examples_version, base_model):
    return run_sft(tmp_path_factory.mktemp("runs"), examples_version, base_model, CONFIG)


def test_loss_falls_and_the_run_is_complete(sft_run):
    rows = read_metrics(sft_run.folder / "metrics.jsonl")
    losses = [row["loss"] for row in rows if "loss" in row]
    assert len(losses) == 24
    assert sum(losses[-4:]) < 0.7 * sum(losses[:4])
    assert sft_run.status == "complete"
    assert json.loads((sft_run.folder / "run.json").read_text())["adapter_sha256"]
