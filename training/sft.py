"""Supervised fine-tuning with QLoRA: a version's train split in, an adapter out.

Read from top to bottom: identify the run, read and check its rows, build the trainer, prove what
it is about to learn, train, then save, read back and measure.
"""

from __future__ import annotations

import dataclasses
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from training.adapter import keep_adapter_in_float32, save_adapter, snapshot
from training.arguments import RunShape, sft_arguments
from training.base_model import check_base_model, model_shape
from training.batch_order import total_steps
from training.card import write_card
from training.config import SftConfig
from training.fit import (
    CHECKPOINTS_FOLDER,
    Fitted,
    check_disk,
    checkpoint_to_resume,
    fit,
    order_rows,
)
from training.guards import check_rows, check_servable, check_sft_dataset, check_trainable
from training.load import device_name, end_token_ids, load_base, load_tokenizer
from training.memory import StepMemory, available_memory, plan_memory
from training.parity import ParityPrompt, measure_parity
from training.process import prepare_process, quiet_libraries
from training.rendering import check_template, end_of_turn_ids
from training.rows import (
    FittedRows,
    SftRow,
    check_trainable_version,
    fit_rows,
    fitting_length,
    read_sft_rows,
    sample_rows,
    suspicion,
)
from training.run_folder import identify, is_finished, open_run, recorded
from training.run_record import RunRecord, now, write_run
from training.scoring import score, summarise
from training.upstream import training_errors
from workbench.config import resolved
from workbench.manifest import VersionFolder
from workbench.parity_rows import write_parity_rows
from workbench.progress import say


@dataclass(frozen=True, slots=True)
class SftInputs:
    """Everything that a run was given, checked and measured."""

    config: SftConfig
    tokenizer: Any
    train: FittedRows[SftRow]
    validation: FittedRows[SftRow] | None
    memory: StepMemory
    steps: int
    template_sha256: str

    @property
    def watched(self) -> list[SftRow]:
        """Validation rows looked at while training."""
        return sample_rows(self.validation.kept, self.config.eval_rows) if self.validation else []


def run_sft(runs: Path, version: VersionFolder, base_model: Path, config: SftConfig) -> RunRecord:
    """Train an adapter on a version's train split, or return the finished run of these inputs.

    Args:
        runs: The home's `runs` folder.
        version: A verified version of examples.
        base_model: Folder of the base model.
        config: How to train.

    Raises:
        ConfigError: The base model or the configuration cannot be used.
        LeakageError: The version leaks evaluation text into its train split.
        TrainingError: A guard before, in or after training refused.
        KeyboardInterrupt: Stopped on request; the state is saved and the same call continues.
    """
    check_trainable_version(version)
    if suspect := suspicion(version):
        say(suspect)
    check_base_model(base_model)
    identity = identify(
        "sft", config, version_digest=version.manifest.digest, base_model=base_model
    )
    record = open_run(runs, identity)
    if is_finished(record):
        return record
    with recorded(record) as running, quiet_libraries():
        prepare_process()
        inputs = _read_inputs(version, base_model, config)
        return _train(running, inputs, base_model)


def _read_inputs(version: VersionFolder, base_model: Path, config: SftConfig) -> SftInputs:
    tokenizer = load_tokenizer(base_model)
    template = check_template(tokenizer, place=str(base_model))
    digest = version.manifest.digest
    rows = read_sft_rows(version, tokenizer, "train")
    shape = model_shape(base_model)
    length = fitting_length(
        [row.length for row in rows] or [1],
        context=int(shape["max_position_embeddings"]),
        asked=config.max_length,
    )
    train = fit_rows(rows, max_length=length, place=f"The train split of version {digest}")
    watched = read_sft_rows(version, tokenizer, "validation")
    validation = (
        fit_rows(watched, max_length=length, place="The validation split") if watched else None
    )
    used = [*train.kept, *(validation.kept if validation else ())]
    check_rows(used, end_of_turn_ids(tokenizer, end_token_ids(base_model)))
    return SftInputs(
        config=config,
        tokenizer=tokenizer,
        train=train,
        validation=validation,
        memory=plan_memory(
            shape,
            tokens=length * config.batch_size,
            available_bytes=available_memory(),
            wish=config.activation_checkpointing,
        ),
        steps=total_steps(
            len(train.kept),
            rows_per_step=config.batch_size * config.gradient_accumulation,
            epochs=config.epochs,
            max_steps=config.max_steps,
        ),
        template_sha256=template,
    )


def _train(record: RunRecord, inputs: SftInputs, base_model: Path) -> RunRecord:
    trainer = build_trainer(inputs, base_model, record.folder / CHECKPOINTS_FOLDER)
    model = trainer.model
    trained = check_trainable(model)
    check_servable(model.peft_config["default"].to_dict())
    check_disk(record.folder, trained_weights=trained)
    order_rows(
        trainer, [row.length for row in inputs.train.kept], inputs.config, steps=inputs.steps
    )
    before = snapshot(model)
    resume, set_aside = checkpoint_to_resume(record)
    fitted = fit(trainer, record, resume=resume, set_aside=set_aside, steps=inputs.steps)
    saved = save_adapter(model, record.adapter_folder, before=before)
    complete = dataclasses.replace(
        record,
        status="complete",
        finished_at=now(),
        adapter_sha256=saved.sha256,
        trained_tokens=fitted.tokens,
        steps=fitted.steps,
        summary={
            **_summary(inputs, fitted, trained),
            "changed_fraction": saved.changed_fraction,
            **_held_out(model, record, inputs),
        },
    )
    write_card(complete, resolved(inputs.config))
    return write_run(complete)


def build_trainer(inputs: SftInputs, base_model: Path, output_folder: Path) -> Any:
    """Return TRL's trainer on the quantised base with a fresh float32 adapter."""
    from peft import LoraConfig
    from trl import SFTConfig, SFTTrainer

    config = inputs.config
    model = load_base(base_model, config.quantization)
    shape = RunShape(
        output_folder=output_folder,
        steps=inputs.steps,
        max_length=inputs.train.max_length,
        checkpointing=inputs.memory.checkpointing,
        on_cpu=device_name() == "cpu",
        evaluates=bool(inputs.watched),
    )
    targets = config.lora.target_modules
    with training_errors("preparing the SFT trainer"):
        trainer = SFTTrainer(
            model=model,
            args=SFTConfig(**sft_arguments(config, shape)),
            train_dataset=_dataset(inputs.train.kept),
            eval_dataset=_dataset(inputs.watched) if inputs.watched else None,
            processing_class=inputs.tokenizer,
            peft_config=LoraConfig(
                task_type="CAUSAL_LM",
                r=config.lora.rank,
                lora_alpha=config.lora.alpha,
                lora_dropout=config.lora.dropout,
                target_modules=targets if isinstance(targets, str) else list(targets),
                bias="none",
            ),
        )
    keep_adapter_in_float32(trainer.model)
    check_sft_dataset(trainer.train_dataset, inputs.train.kept)
    return trainer


def _dataset(rows: list[SftRow]) -> Any:
    from datasets import Dataset

    return Dataset.from_list(
        [
            {
                "prompt": [dict(message) for message in row.prompt],
                "completion": [{"role": "assistant", "content": row.completion}],
            }
            for row in rows
        ]
    )


def _held_out(model: Any, record: RunRecord, inputs: SftInputs) -> dict[str, Any]:
    """Write the parity rows; return the exact loss on validation rows."""
    pad_id = inputs.tokenizer.pad_token_id
    if pad_id is None:
        pad_id = inputs.tokenizer.eos_token_id
    rows = inputs.validation.kept if inputs.validation else inputs.train.kept
    prompts = [
        ParityPrompt(row.row_id, row.prompt, row.completion, row.rendering)
        for row in sample_rows(rows, inputs.config.parity_rows)
    ]
    write_parity_rows(record.folder, measure_parity(model, prompts, pad_id=pad_id))
    if not inputs.watched:
        return {}
    scores = score(model, [row.rendering for row in inputs.watched], pad_id=pad_id)
    return {"validation": asdict(summarise(scores))}


def _summary(inputs: SftInputs, fitted: Fitted, trained: int) -> dict[str, Any]:
    return {
        "train_rows": len(inputs.train.kept),
        "dropped_over_length": len(inputs.train.dropped),
        "dropped_ids": inputs.train.dropped,
        "max_length": inputs.train.max_length,
        "trained_weights": trained,
        "tokens_per_second": round(fitted.tokens_per_second, 1),
        "seconds": round(fitted.seconds, 1),
        "resumed_from": fitted.resumed_from,
        "checkpoints_set_aside": list(fitted.set_aside),
        "activation_checkpointing": inputs.memory.checkpointing,
        "estimated_activation_bytes": inputs.memory.recomputed_bytes
        if inputs.memory.checkpointing
        else inputs.memory.kept_bytes,
        "template_sha256": inputs.template_sha256,
    }
