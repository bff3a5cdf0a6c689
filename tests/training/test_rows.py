import pytest

from training.config import DpoConfig, SftConfig
from training.dpo import run_dpo
from training.rows import suspicion
from training.run_folder import identify, open_run
from training.sft import run_sft
from workbench.errors import CheckpointError, ConfigError


@pytest.fixture(scope="module")
def suspect(publish, examples):
    return publish("examples", examples, leakage={"verdict": "suspect"})


def test_sft_begins_by_saying_that_a_version_is_suspect(suspect, tmp_path, capsys):
    with pytest.raises(ConfigError):
        run_sft(tmp_path, suspect, tmp_path / "none", SftConfig())
    said = capsys.readouterr().err
    assert said == f"{suspicion(suspect)}\n"
    assert said.startswith(f"Version {suspect.manifest.digest} is suspect")


def test_dpo_begins_by_saying_that_a_version_is_suspect(suspect, base_model, tmp_path, capsys):
    inputs = {"version_digest": suspect.manifest.digest, "base_model": base_model}
    unfinished = open_run(tmp_path, identify("sft", SftConfig(), **inputs))
    with pytest.raises(CheckpointError):
        run_dpo(tmp_path, suspect, base_model, unfinished, DpoConfig())
    assert capsys.readouterr().err == f"{suspicion(suspect)}\n"


def test_of_a_clean_version_nothing_is_said(examples_version, tmp_path, capsys):
    with pytest.raises(ConfigError):
        run_sft(tmp_path, examples_version, tmp_path / "none", SftConfig())
    assert (suspicion(examples_version), capsys.readouterr().err) == (None, "")
