"""Load the base model in NF4 and its tokenizer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from training.base_model import has
from training.config import QuantizationSettings
from training.upstream import loading_errors

GENERATION_FILE = "generation_config.json"


def device_name() -> str:
    """Return the device that trains: the first visible accelerator, else the CPU."""
    import torch

    return "cuda:0" if torch.cuda.is_available() else "cpu"


def load_tokenizer(folder: Path) -> Any:
    """Return the base model's tokenizer."""
    from transformers import AutoTokenizer

    with loading_errors(folder):
        return AutoTokenizer.from_pretrained(str(folder), local_files_only=True)


def load_base(folder: Path, settings: QuantizationSettings) -> Any:
    """Return the base model, its linear layers quantised to NF4, on the training device."""
    import torch
    from transformers import AutoModelForCausalLM, BitsAndBytesConfig

    compute_dtype = getattr(torch, settings.compute_dtype)
    # The library's own defaults are FP4, float32 compute and no double quantisation.
    quantization = BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type=settings.kind,
        bnb_4bit_use_double_quant=settings.double_quant,
        bnb_4bit_compute_dtype=compute_dtype,
    )
    with loading_errors(folder):
        model = AutoModelForCausalLM.from_pretrained(
            str(folder),
            quantization_config=quantization,
            dtype=compute_dtype,
            device_map={"": device_name()},
            attn_implementation="sdpa",
            local_files_only=True,
        )
    keep_weights_trainable_on_cpu(model)
    model.config.use_cache = False
    return model


def keep_weights_trainable_on_cpu(model: Any) -> None:
    """Stop bitsandbytes from repacking weights for its inference kernel.

    On CPUs with AVX512-BF16 it repacks on the first forward pass without gradients (any
    evaluation) for a kernel that has no backward pass: later gradients are wrong, silently.
    """
    import bitsandbytes

    for module in model.modules():
        if isinstance(module, bitsandbytes.nn.Linear4bit):
            module.support_avx512bf16_for_cpu = False


def load_adapter(base: Any, folder: Path) -> Any:
    """Return the base model with a trained adapter on it, ready to be trained further."""
    from peft import PeftModel

    with loading_errors(folder):
        return PeftModel.from_pretrained(base, str(folder), is_trainable=True)


def end_token_ids(folder: Path) -> tuple[int, ...]:
    """Return every token that ends an answer according to the model's generation settings.

    Without a generation_config.json they are those of config.json, as transformers has it.
    """
    from transformers import AutoConfig, GenerationConfig

    with loading_errors(folder):
        settings = (
            GenerationConfig.from_pretrained(str(folder), local_files_only=True)
            if has(folder, GENERATION_FILE)
            else GenerationConfig.from_model_config(
                AutoConfig.from_pretrained(str(folder), local_files_only=True)
            )
        )
    ids = settings.eos_token_id
    if ids is None:
        return ()
    return tuple(ids) if isinstance(ids, list) else (ids,)
