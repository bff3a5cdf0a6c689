"""What a training run can be told: one frozen model a kind of run, without any ML import.

The sentence under each field is its help on the command line, its label in the application and its
line in docs/training.md. Defaults are those of QLoRA practice for models of 1 to 70 billion
parameters; a tiny model wants a higher learning rate and more epochs.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from workbench.config import FrozenModel

Checkpointing = Literal["auto", "on", "off"]
Schedule = Literal["cosine", "linear", "constant"]
OptimizerName = Literal["adamw_torch_fused", "adamw_torch", "paged_adamw_8bit", "paged_adamw_32bit"]
DpoLoss = Literal["sigmoid", "ipo", "hinge", "robust"]


class QuantizationSettings(FrozenModel):
    """How the frozen base model is held in memory."""

    kind: Literal["nf4"] = Field(
        "nf4", description="Number format of the frozen weights: 4-bit NormalFloat."
    )
    double_quant: bool = Field(
        True, description="Quantise the quantisation constants too; saves 0.4 bit a parameter."
    )
    compute_dtype: Literal["bfloat16", "float32"] = Field(
        "bfloat16", description="Number format in which layers multiply."
    )


class LoraSettings(FrozenModel):
    """The small matrices that are trained; only kinds that vLLM can serve beside the base."""

    rank: int = Field(16, ge=1, le=512, description="Rank of each adapter matrix pair.")
    alpha: float = Field(
        32.0, gt=0, description="Scale of the adapter; its output is multiplied by alpha / rank."
    )
    dropout: float = Field(
        0.0, ge=0, lt=1, description="Share of adapter inputs dropped while training, in 0-1."
    )
    target_modules: Literal["all-linear"] | tuple[str, ...] = Field(
        "all-linear", description="Layers that get an adapter: all-linear, or a list of names."
    )


class OptimizerSettings(FrozenModel):
    """How the adapter's weights are updated."""

    name: OptimizerName = Field("adamw_torch_fused", description="Optimiser; paged ones need CUDA.")
    learning_rate: float = Field(2e-4, gt=0, lt=1, description="Peak learning rate.")
    schedule: Schedule = Field("cosine", description="Course of the learning rate after warm-up.")
    warmup_fraction: float = Field(
        0.03, ge=0, lt=1, description="Share of all steps over which the rate rises, in 0-1."
    )
    weight_decay: float = Field(0.0, ge=0, description="Decoupled weight decay of the adapter.")
    beta2: float = Field(0.999, gt=0, lt=1, description="Decay of the squared-gradient average.")
    max_grad_norm: float = Field(
        1.0, gt=0, description="Gradients longer than this norm are scaled down to it."
    )


class RunConfig(FrozenModel):
    """What every kind of training run has in common."""

    quantization: QuantizationSettings = Field(
        QuantizationSettings(), description="How the frozen base model is held in memory."
    )
    epochs: float = Field(
        1.0, gt=0, le=1000, description="Passes over the training rows; fractions are allowed."
    )
    max_steps: int | None = Field(
        None, ge=1, description="Optimiser updates; given, it replaces epochs."
    )
    batch_size: int = Field(8, ge=1, description="Rows in one forward pass.")
    gradient_accumulation: int = Field(
        2, ge=1, description="Forward passes in one optimiser update."
    )
    max_length: int | None = Field(
        None,
        ge=8,
        description="Longest row in tokens, else dropped and reported; empty: fits 99 % of rows.",
    )
    seed: int = Field(17, ge=0, lt=2**32, description="Seed of initialisation, order and dropout.")
    log_steps: int = Field(5, ge=1, description="Updates between two logged rows of metrics.")
    eval_steps: int = Field(50, ge=1, description="Updates between two looks at held-out rows.")
    save_steps: int = Field(50, ge=1, description="Updates between two checkpoints.")
    eval_rows: int = Field(
        128, ge=0, description="Held-out rows looked at while training; 0 looks at none."
    )
    parity_rows: int = Field(
        8,
        ge=1,
        le=64,
        description="Rows whose log-probabilities are kept to prove serving against.",
    )
    activation_checkpointing: Checkpointing = Field(
        "auto", description="Recompute activations to save memory; auto decides by an estimate."
    )


class SftConfig(RunConfig):
    """Supervised fine-tuning: learn the completions of the train split."""

    lora: LoraSettings = Field(LoraSettings(), description="The adapter that is trained.")
    optimizer: OptimizerSettings = Field(
        OptimizerSettings(), description="How the adapter's weights are updated."
    )
    epochs: float = Field(
        2.0, gt=0, le=1000, description="Passes over the training rows; fractions are allowed."
    )


_DPO_OPTIMIZER = OptimizerSettings(learning_rate=5e-6, warmup_fraction=0.1)


class DpoConfig(RunConfig):
    """Direct preference optimisation of an SFT adapter, with that adapter as the reference."""

    beta: float = Field(
        0.1, gt=0, le=10, description="Strength of the pull back to the reference model."
    )
    loss: DpoLoss = Field("sigmoid", description="Form of the preference loss; sigmoid is DPO.")
    label_smoothing: float = Field(
        0.0, ge=0, lt=0.5, description="Share of pairs assumed to be labelled the wrong way round."
    )
    sft_weight: float = Field(
        0.0, ge=0, description="Weight of a likelihood term on chosen completions (RPO); 0 is off."
    )
    eval_fraction: float = Field(
        0.1,
        ge=0,
        lt=1,
        description="Share of prompts whose pairs are held out for the curve, if none is of the "
        "validation split.",
    )
    optimizer: OptimizerSettings = Field(
        _DPO_OPTIMIZER, description="How the adapter's weights are updated."
    )
    batch_size: int = Field(4, ge=1, description="Pairs in one forward pass.")
    gradient_accumulation: int = Field(
        8, ge=1, description="Forward passes in one optimiser update."
    )
