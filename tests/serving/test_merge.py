from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch
from peft import PeftModel
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM

from serving.adapter import read_adapter
from serving.merge import merge_adapter
from serving.parity import is_same_weight
from workbench.errors import MergeError
from workbench.progress import track


def merge(base: Path, adapter: Path, target: Path):
    target.mkdir(exist_ok=True)
    with track("merge") as progress:
        return merge_adapter(base, read_adapter(adapter), target, progress=progress)


def copy_with(folder: Path, target: Path, changes: dict[str, object]) -> Path:
    """Copy an adapter; change its configuration."""
    shutil.copytree(folder, target)
    path = target / "adapter_config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))
    return target


@pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing.:FutureWarning")
def test_the_merge_is_bit_equal_to_pefts_own(base_model, adapter, tmp_path):
    merge(base_model, adapter, tmp_path / "merged")
    model = AutoModelForCausalLM.from_pretrained(base_model, dtype=torch.bfloat16)
    expected = PeftModel.from_pretrained(model, str(adapter)).merge_and_unload().state_dict()
    ours = load_file(tmp_path / "merged" / "model.safetensors")
    assert set(ours) == set(expected) - {"lm_head.weight"}  # tied to the embedding
    for name, tensor in ours.items():
        assert torch.equal(tensor, expected[name]), name


def test_rows_are_merged_alike_in_small_blocks(base_model, adapter, tmp_path, monkeypatch):
    merge(base_model, adapter, tmp_path / "whole")
    monkeypatch.setattr("serving.merge._BLOCK_ELEMENTS", 5 * 64)
    merge(base_model, adapter, tmp_path / "blocks")
    whole, blocks = (
        load_file(tmp_path / name / "model.safetensors") for name in ("whole", "blocks")
    )
    assert all(is_same_weight(whole[name], blocks[name]) for name in whole)


def test_a_weight_without_its_delta_is_not_the_same(base_model, adapter, tmp_path):
    merge(base_model, adapter, tmp_path / "merged")
    before = load_file(base_model / "model.safetensors")
    after = load_file(tmp_path / "merged" / "model.safetensors")
    for name in read_adapter(adapter).layers:
        assert not is_same_weight(after[name], before[name])
    some = after["model.layers.0.mlp.up_proj.weight"]
    shifted = some.clone()
    shifted[0, 0] *= 1.5
    assert not is_same_weight(some, shifted)


def test_a_base_in_several_files_is_merged_file_by_file(base_model, adapter, tmp_path):
    sharded = tmp_path / "sharded"
    AutoModelForCausalLM.from_pretrained(base_model, dtype=torch.bfloat16).save_pretrained(
        sharded, max_shard_size="100KB"
    )
    result = merge(sharded, adapter, tmp_path / "merged")
    assert len(result.files) > 1
    merge(base_model, adapter, tmp_path / "single")
    single = load_file(tmp_path / "single" / "model.safetensors")
    for file in result.files:
        for name, tensor in load_file(tmp_path / "merged" / file).items():
            assert torch.equal(tensor, single[name]), name
    assert AutoModelForCausalLM.from_pretrained(tmp_path / "merged") is not None


def test_tokenizer_template_and_end_tokens_come_along(base_model, adapter, tmp_path):
    merge(base_model, adapter, tmp_path / "merged")
    for name in (
        "config.json",
        "generation_config.json",
        "tokenizer.json",
        "tokenizer_config.json",
        "chat_template.jinja",
    ):
        assert (tmp_path / "merged" / name).read_bytes() == (base_model / name).read_bytes()


def test_the_result_names_what_changed(base_model, adapter, tmp_path):
    result = merge(base_model, adapter, tmp_path / "merged")
    assert len(result.changes) == 14
    assert 0.5 < result.changed_fraction <= 1
    before = load_file(base_model / "model.safetensors")
    after = load_file(tmp_path / "merged" / "model.safetensors")
    change = result.changes[0]
    assert change.changed == int((before[change.name] != after[change.name]).sum())


def test_rank_stabilised_and_per_layer_scaling_follow_peft(base_model, adapter, tmp_path):
    config = copy_with(
        adapter, tmp_path / "rs", {"use_rslora": True, "alpha_pattern": {"mlp.up_proj": 4}}
    )
    layers = read_adapter(config).layers
    assert layers["model.layers.0.self_attn.q_proj.weight"].scaling == pytest.approx(16 / 8**0.5)
    assert layers["model.layers.1.mlp.up_proj.weight"].scaling == pytest.approx(4 / 8**0.5)


def test_an_adapter_of_a_wider_base_is_refused_by_name(base_model, adapter, tmp_path):
    wide = tmp_path / "wide"
    shutil.copytree(adapter, wide)
    tensors = load_file(wide / "adapter_model.safetensors")
    key = "base_model.model.model.layers.0.mlp.up_proj.lora_A.weight"
    tensors[key] = torch.randn(8, 96)
    save_file(tensors, wide / "adapter_model.safetensors")
    with pytest.raises(MergeError, match=r"layers\.0\.mlp\.up_proj\.weight is \[128, 64\]"):
        merge(base_model, wide, tmp_path / "merged")


def test_an_adapter_of_a_deeper_base_is_refused_by_name(base_model, adapter, tmp_path):
    deep = tmp_path / "deep"
    shutil.copytree(adapter, deep)
    tensors = load_file(deep / "adapter_model.safetensors")
    renamed = {key.replace("layers.1.", "layers.7."): value for key, value in tensors.items()}
    save_file(renamed, deep / "adapter_model.safetensors")
    with pytest.raises(MergeError, match=r"has no weight model\.layers\.7"):
        merge(base_model, deep, tmp_path / "merged")


def test_an_untrained_adapter_is_refused(base_model, adapter, tmp_path):
    idle = tmp_path / "idle"
    shutil.copytree(adapter, idle)
    tensors = load_file(idle / "adapter_model.safetensors")
    zeroed = {k: torch.zeros_like(v) if "lora_B" in k else v for k, v in tensors.items()}
    save_file(zeroed, idle / "adapter_model.safetensors")
    with pytest.raises(MergeError, match="changes no weight"):
        merge(base_model, idle, tmp_path / "merged")


@pytest.mark.parametrize("key", ["use_dora", "modules_to_save", "lora_bias", "fan_in_fan_out"])
def test_adapters_that_are_more_than_a_sum_are_refused(adapter, tmp_path, key):
    with pytest.raises(MergeError, match=key):
        read_adapter(copy_with(adapter, tmp_path / "other", {key: True}))


def test_half_a_layer_and_wild_values_are_refused(adapter, tmp_path):
    for name, change in (
        ("half", lambda tensors, key: tensors.pop(key)),
        ("nan", lambda tensors, key: tensors[key].fill_(float("nan"))),
    ):
        folder = tmp_path / name
        shutil.copytree(adapter, folder)
        tensors = load_file(folder / "adapter_model.safetensors")
        change(tensors, "base_model.model.model.layers.1.mlp.up_proj.lora_B.weight")
        save_file(tensors, folder / "adapter_model.safetensors")
        with pytest.raises(MergeError, match=r"layers\.1\.mlp\.up_proj"):
            read_adapter(folder)


@pytest.mark.parametrize("damage", ["cut", "longer", "header", "empty"])
def test_a_damaged_base_is_refused_by_file(base_model, adapter, tmp_path, damage):
    broken = tmp_path / "broken"
    shutil.copytree(base_model, broken)
    file = broken / "model.safetensors"
    whole = file.read_bytes()
    file.write_bytes(
        {
            "cut": whole[:-100],
            "longer": whole + b"x",
            "header": b"\xff" * 8 + whole[8:],
            "empty": b"",
        }[damage]
    )
    with pytest.raises(MergeError, match=r"model\.safetensors is not a whole"):
        merge(broken, adapter, tmp_path / "merged")


def test_a_damaged_adapter_is_refused_by_file(adapter, tmp_path):
    broken = tmp_path / "broken"
    shutil.copytree(adapter, broken)
    file = broken / "adapter_model.safetensors"
    file.write_bytes(file.read_bytes()[:-10])
    with pytest.raises(MergeError, match=r"adapter_model\.safetensors cannot be read"):
        read_adapter(broken)


def test_a_quantised_base_is_refused(base_model, adapter, tmp_path):
    quantised = tmp_path / "quantised"
    shutil.copytree(base_model, quantised)
    tensors = load_file(quantised / "model.safetensors")
    name = "model.layers.0.mlp.up_proj.weight"
    tensors[name] = tensors[name].to(torch.int8)
    save_file(tensors, quantised / "model.safetensors")
    with pytest.raises(MergeError, match="stored as I8"):
        merge(quantised, adapter, tmp_path / "merged")
