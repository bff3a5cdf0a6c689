"""The merge workflow: gate, provenance, and nothing half-written."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys

import pytest
import torch
from safetensors.torch import load_file, save_file

from serving import merge as merge_module
from serving import parity as parity_module
from serving.provenance import read_provenance, verify_files
from training.run_record import find_run, write_run
from workbench.errors import DiskFullError, MergeError, NotFoundError, ParityError
from workbench.files import sha256_file
from workbench.workflows.merge_model import merge_model


def test_merging_twice_finds_the_first(home):
    first = merge_model(home, name="intake-1")
    again = merge_model(home, name="intake-1")
    assert not first.was_there
    assert again.was_there
    assert again.parity == first.parity
    assert [path.name for path in home.models.iterdir()] == ["intake-1"]


def test_what_a_killed_merge_left_is_removed_by_the_next(home):
    ended = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True
    )
    left = home.models / f".merging-{int(ended.stdout)}-abc"
    left.mkdir(parents=True)
    merge_model(home, name="intake-2")
    assert [path.name for path in home.models.iterdir()] == ["intake-2"]


def test_the_parity_gate_reports_what_it_measured(home):
    parity = merge_model(home).parity
    assert parity["exact_weights"] == 14
    assert parity["prompts"] == 3
    assert parity["decided_agreement"] == 1.0
    assert parity["mean_kl"] < 0.01 < parity["adapter_effect"]
    # the "trained" rows of the fixture were scored on the same merge
    assert parity["trained_difference"] == pytest.approx(0, abs=1e-6)


def test_provenance_names_and_proves_every_part(home, base_model):
    merged = merge_model(home, run="latest:sft")
    record = find_run(home.runs, "latest:sft")
    provenance = read_provenance(merged.folder)
    assert provenance.run_id == record.run_id == merged.name
    assert provenance.adapter_sha256 == record.adapter_sha256
    assert provenance.base_files == {
        "model.safetensors": sha256_file(base_model / "model.safetensors")
    }
    verify_files(merged.folder, provenance)
    weights = merged.folder / "model.safetensors"
    raw = bytearray(weights.read_bytes())
    raw[-1] ^= 1
    weights.write_bytes(raw)
    with pytest.raises(MergeError, match="was changed after merging"):
        merge_model(home, run="latest:sft")


def test_a_forgotten_weight_fails_the_gate_and_leaves_nothing(home, base_model, monkeypatch):
    real = merge_module.merge_adapter

    def forgetful(base, adapter, target, *, progress):
        written = real(base, adapter, target, progress=progress)
        tensors = load_file(target / "model.safetensors")
        name = "model.layers.1.self_attn.o_proj.weight"
        tensors[name] = load_file(base_model / "model.safetensors")[name]
        save_file(tensors, target / "model.safetensors", metadata={"format": "pt"})
        return written

    monkeypatch.setattr(merge_module, "merge_adapter", forgetful)
    with pytest.raises(ParityError, match=r"layers\.1\.self_attn\.o_proj\.weight"):
        merge_model(home)
    assert list(home.models.iterdir()) == []


def test_other_logits_fail_the_gate_even_when_adapted_weights_are_right(home, monkeypatch):
    real = merge_module.merge_adapter

    def careless(base, adapter, target, *, progress):
        written = real(base, adapter, target, progress=progress)
        tensors = load_file(target / "model.safetensors")
        tensors["model.norm.weight"] = tensors["model.norm.weight"] * 1.5
        save_file(tensors, target / "model.safetensors", metadata={"format": "pt"})
        return written

    monkeypatch.setattr(merge_module, "merge_adapter", careless)
    with pytest.raises(ParityError, match="nats a token"):
        merge_model(home)
    assert list(home.models.iterdir()) == []


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(28, "No space left on device")])
def test_an_interruption_or_a_full_disk_leaves_nothing(home, monkeypatch, error):
    def interrupted(*_args, **_kwargs):
        raise error

    monkeypatch.setattr(parity_module, "check_merged", interrupted)
    expected = KeyboardInterrupt if isinstance(error, KeyboardInterrupt) else DiskFullError
    with pytest.raises(expected):
        merge_model(home)
    assert list(home.models.iterdir()) == []
    monkeypatch.undo()
    assert merge_model(home).parity["prompts"] == 3


def test_a_name_that_is_taken_is_refused(home):
    merge_model(home, run="latest:sft", name="mine")
    with pytest.raises(MergeError, match="taken by the merged model of run sft-"):
        merge_model(home, run="latest:dpo", name="mine")


@pytest.mark.parametrize("name", ["../out", ".hidden", "a/b", "", "a b"])
def test_names_stay_inside_the_models_folder(home, name):
    if name:
        with pytest.raises(MergeError, match="cannot name"):
            merge_model(home, name=name)
    else:
        assert merge_model(home, name=name).name.startswith("dpo-")


def test_missing_unfinished_and_altered_runs_are_refused(home):
    with pytest.raises(NotFoundError):
        merge_model(home, run="nothing")
    record = find_run(home.runs, "latest:dpo")
    write_run(dataclasses.replace(record, status="failed"))
    with pytest.raises(MergeError, match="is failed, not complete"):
        merge_model(home, run=record.run_id)
    write_run(record)
    weights = record.adapter_folder / "adapter_model.safetensors"
    tensors = load_file(weights)
    save_file({key: value * torch.tensor(1.01) for key, value in tensors.items()}, weights)
    with pytest.raises(MergeError, match="was changed after training"):
        merge_model(home, run=record.run_id)


def test_a_run_without_parity_rows_cannot_be_merged(home):
    record = find_run(home.runs, "latest:dpo")
    (record.folder / "parity.jsonl").write_text(json.dumps({"example_id": "x"}) + "\n")
    with pytest.raises(ParityError, match="does not hold parity rows"):
        merge_model(home)
    (record.folder / "parity.jsonl").unlink()
    with pytest.raises(ParityError, match="does not exist"):
        merge_model(home)
