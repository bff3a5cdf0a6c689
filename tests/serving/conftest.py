"""A tiny random Llama with two adapters, and a home folder whose runs trained them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    AutoModelForCausalLM,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedTokenizerFast,
)

from training.base_model import fingerprint
from training.run_record import RunRecord, write_run
from workbench.files import sha256_file
from workbench.home import Home

TEMPLATE = (
    "{% for m in messages %}{{ '<|' + m['role'] + '|>\n' + m['content'] + '<|end|>\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>\n' }}{% endif %}"
)
SPECIAL = ["<|pad|>", "<|end|>", "<|user|>", "<|assistant|>", "<|system|>"]
END = 1
LINEARS = {
    "self_attn.q_proj": (64, 64),
    "self_attn.k_proj": (64, 32),
    "self_attn.v_proj": (64, 32),
    "self_attn.o_proj": (64, 64),
    "mlp.gate_proj": (64, 128),
    "mlp.up_proj": (64, 128),
    "mlp.down_proj": (128, 64),
}
LAYERS = 2
RANK = 8
ALPHA = 16
ROWS = [
    ("Who is the plaintiff?", "John Miller"),
    ("What is disputed?", "The invoice of 300 dollars for the roof"),
    ("What is next?", "Send a letter, then wait"),
]


def build_base(folder: Path, *, hidden: int = 64, seed: int = 0) -> Path:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=280,
        special_tokens=SPECIAL,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator([answer for _, answer in ROWS] * 9, trainer)
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<|pad|>", eos_token="<|end|>"
    )
    fast.chat_template = TEMPLATE
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=len(fast),
        hidden_size=hidden,
        intermediate_size=128,
        num_hidden_layers=LAYERS,
        num_attention_heads=2,
        num_key_value_heads=1,
        head_dim=32,
        max_position_embeddings=512,
        bos_token_id=None,
        eos_token_id=END,
        pad_token_id=0,
        tie_word_embeddings=True,
        initializer_range=0.15,
    )
    LlamaForCausalLM(config).to(torch.bfloat16).save_pretrained(folder)
    fast.save_pretrained(folder)
    return folder


def build_adapter(folder: Path, base: Path, *, seed: int, strength: float = 0.05) -> Path:
    """Write a PEFT adapter by hand, so that reading one is tested against the format itself."""
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(seed)
    tensors = {}
    for layer in range(LAYERS):
        for module, (inputs, outputs) in LINEARS.items():
            place = f"base_model.model.model.layers.{layer}.{module}"
            tensors[f"{place}.lora_A.weight"] = torch.randn(RANK, inputs) / inputs**0.5
            tensors[f"{place}.lora_B.weight"] = torch.randn(outputs, RANK) * strength
    save_file(tensors, folder / "adapter_model.safetensors", metadata={"format": "pt"})
    config = {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "base_model_name_or_path": str(base),
        "r": RANK,
        "lora_alpha": ALPHA,
        "target_modules": sorted({name.rpartition(".")[2] for name in LINEARS}),
        "bias": "none",
        "inference_mode": True,
    }
    (folder / "adapter_config.json").write_text(json.dumps(config))
    return folder


def merged_by_hand(base: Path, adapter: Path) -> dict[str, torch.Tensor]:
    """Return base plus adapter, straight from the definition of LoRA."""
    weights = load_file(base / "model.safetensors")
    lora = load_file(adapter / "adapter_model.safetensors")
    for key, down in lora.items():
        if "lora_A" in key:
            name = key.removeprefix("base_model.model.").replace(".lora_A.weight", ".weight")
            up = lora[key.replace("lora_A", "lora_B")]
            delta = (up @ down) * (ALPHA / RANK)
            weights[name] = (weights[name].float() + delta).to(torch.bfloat16)
    return weights


def parity_rows(base: Path, adapter: Path, scratch: Path) -> list[dict[str, object]]:
    """Score the rows with plain transformers, as a trainer would have."""
    shutil.copytree(base, scratch)
    save_file(
        merged_by_hand(base, adapter), scratch / "model.safetensors", metadata={"format": "pt"}
    )
    trained = AutoModelForCausalLM.from_pretrained(scratch, dtype=torch.bfloat16)
    bare = AutoModelForCausalLM.from_pretrained(base, dtype=torch.bfloat16)
    tokenizer = PreTrainedTokenizerFast.from_pretrained(base)
    return [
        _parity_row(index, question, answer, tokenizer, trained, bare)
        for index, (question, answer) in enumerate(ROWS)
    ]


def _parity_row(index, question, answer, tokenizer, trained, bare) -> dict[str, object]:
    prompt_ids = tokenizer.encode(f"<|user|>\n{question}<|end|>\n<|assistant|>\n")
    completion_ids = tokenizer.encode(f"{answer}<|end|>")
    scores = {}
    for name, model in (("trained", trained), ("base", bare)):
        with torch.inference_mode():
            logits = model(torch.tensor([prompt_ids + completion_ids])).logits[0]
        scores[name] = logits[len(prompt_ids) - 1 : -1].float().log_softmax(-1)
    picked = {
        name: [float(row[token]) for row, token in zip(table, completion_ids, strict=True)]
        for name, table in scores.items()
    }
    return {
        "example_id": f"{index:016x}",
        "messages": [{"role": "user", "content": question}],
        "completion": answer,
        "prompt_ids": prompt_ids,
        "completion_ids": completion_ids,
        "log_probs": picked["trained"],
        "top1": scores["trained"].argmax(-1).tolist(),
        "base_log_probs": picked["base"],
    }


def write_trained_run(home: Home, base: Path, *, kind: str, seed: int) -> RunRecord:
    """Write the folder that a finished training run leaves."""
    folder = home.runs / f"{kind}-{seed:010d}"
    adapter = build_adapter(folder / "adapter", base, seed=seed)
    rows = parity_rows(base, adapter, home.root / f"scratch-{seed}")
    (folder / "parity.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    record = RunRecord(
        run_id=folder.name,
        kind=kind,
        status="complete",
        version="0" * 16,
        base_model=str(base),
        base_fingerprint=fingerprint(base),
        parent_run=None,
        config_digest="0" * 64,
        created_at="2026-01-01T00:00:00+00:00",
        finished_at="2026-01-01T00:01:00+00:00",
        adapter="adapter",
        adapter_sha256=sha256_file(adapter / "adapter_model.safetensors"),
        trained_tokens=1,
        packages={},
        folder=folder,
    )
    return write_run(record)


@pytest.fixture(scope="session")
def base_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_base(tmp_path_factory.mktemp("base"))


@pytest.fixture(scope="session")
def adapter(tmp_path_factory: pytest.TempPathFactory, base_model: Path) -> Path:
    return build_adapter(tmp_path_factory.mktemp("adapter"), base_model, seed=1)


@pytest.fixture
def home(tmp_path: Path, base_model: Path) -> Home:
    """Return a home with an SFT and a DPO run on the tiny base."""
    return make_home(tmp_path / "home", base_model)


@pytest.fixture(scope="session")
def shared_home(tmp_path_factory: pytest.TempPathFactory, base_model: Path) -> Home:
    """Return a home like `home` for tests that only read it or serve from it."""
    return make_home(tmp_path_factory.mktemp("served") / "home", base_model)


def make_home(root: Path, base_model: Path) -> Home:
    root.mkdir()
    (root / "workbench.toml").write_text(
        f'project = "test"\nbase_model = "{base_model}"\n[serving]\nmax_model_tokens = 256\n'
    )
    home = Home(root)
    write_trained_run(home, base_model, kind="sft", seed=1)
    write_trained_run(home, base_model, kind="dpo", seed=2)
    return home


@pytest.fixture
def no_server_left(home: Home) -> Iterator[None]:
    """Fail if a process of this home's servers survives the test."""
    yield
    mine = str(home.root)
    left = [
        process.info["cmdline"]
        for process in psutil.process_iter(["cmdline"])
        if any(mine in argument for argument in process.info["cmdline"] or ())
    ]
    assert left == []
