import pytest

from training.config import DpoConfig, LoraSettings, OptimizerSettings, SftConfig
from training.dpo import run_dpo
from training.journal import read_metrics
from training.sft import run_sft
from workbench.errors import CheckpointError, LeakageError

SFT = SftConfig(
    max_steps=6,
    batch_size=4,
    gradient_accumulation=1,
    log_steps=1,
    eval_steps=6,
    save_steps=3,
    lora=LoraSettings(rank=8),
    optimizer=OptimizerSettings(learning_rate=1e-2),
)
DPO = DpoConfig(
    max_steps=6,
    batch_size=4,
    gradient_accumulation=1,
    log_steps=1,
    eval_steps=6,
    save_steps=3,
    optimizer=OptimizerSettings(learning_rate=1e-3),
)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module")
def sft(runs, examples_version, base_model):
    return run_sft(runs, examples_version, base_model, SFT)


@pytest.fixture(scope="module")
def dpo(runs, pairs_version, base_model, sft):
    return run_dpo(runs, pairs_version, base_model, sft, DPO)


def test_dpo_starts_from_the_sft_adapter_as_its_reference(dpo, sft):
    assert dpo.status == "complete"
    assert dpo.parent_run == sft.run_id
    assert dpo.adapter_sha256 != sft.adapter_sha256
    rows = [row for row in read_metrics(dpo.folder / "metrics.jsonl") if "loss" in row]
    # where policy and reference are equal the loss is ln 2, so the first step shows the reference
    assert rows[0]["loss"] == pytest.approx(0.693, abs=0.02)
    assert rows[-1]["rewards/margins"] > rows[0]["rewards/margins"]


def test_the_same_inputs_find_the_finished_run(runs, dpo, sft, pairs_version, base_model):
    again = run_dpo(runs, pairs_version, base_model, sft, DPO)
    assert (again.run_id, again.finished_at) == (dpo.run_id, dpo.finished_at)


def test_another_setting_makes_another_run(runs, sft, examples_version, base_model):
    other = run_sft(runs, examples_version, base_model, SFT.model_copy(update={"seed": 18}))
    assert other.run_id != sft.run_id


def test_stdout_is_left_to_the_result(runs, sft, pairs_version, base_model, capfd):
    run_dpo(runs, pairs_version, base_model, sft, DPO.model_copy(update={"seed": 11}))
    assert capfd.readouterr().out == ""


def test_a_changed_adapter_is_refused(tmp_path, examples_version, pairs_version, base_model):
    made = run_sft(tmp_path, examples_version, base_model, SFT)
    weights = made.adapter_folder / "adapter_model.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(bytes(content))
    with pytest.raises(CheckpointError, match="changed after training"):
        run_dpo(tmp_path, pairs_version, base_model, made, DPO)


@pytest.mark.parametrize(
    ("leakage", "said"),
    [
        ({"verdict": "leaking"}, "is leaking: evaluation inputs stand in"),
        ({}, "never checked for leakage"),
    ],
)
def test_a_version_that_leaks_or_was_never_checked_is_refused(
    tmp_path, publish, examples, base_model, leakage, said
):
    version = publish("examples", examples, leakage=leakage)
    with pytest.raises(LeakageError, match=said) as refused:
        run_sft(tmp_path, version, base_model, SFT)
    assert "workbench" in refused.value.hint
