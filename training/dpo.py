"""Direct preference optimisation: preference pairs and an SFT adapter in, a better adapter out.

The NF4 base is loaded once with the SFT adapter on it. TRL keeps a frozen copy of that adapter as
the reference; before step one the run proves that it is that copy and nothing else.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.adapter import keep_adapter_in_float32, save_adapter, snapshot, verify_adapter
from training.arguments import RunShape, dpo_arguments
from training.base_model import check_base_model, fingerprint, model_shape
from training.batch_order import total_steps
from training.card import write_card
from training.config import DpoConfig
from training.fit import (
    CHECKPOINTS_FOLDER,
    Fitted,
    check_disk,
    checkpoint_to_resume,
    fit,
    order_rows,
)
from training.guards import check_dpo_dataset, check_rows, check_servable, check_trainable
from training.load import device_name, end_token_ids, load_adapter, load_base, load_tokenizer
from training.memory import StepMemory, available_memory, plan_memory
from training.parity import ParityPrompt, measure_parity
from training.process import prepare_process, quiet_libraries
from training.reference import PairScores, prove_reference, score_pairs
from training.rendering import Rendering, check_template, end_of_turn_ids
from training.rows import (
    DpoRow,
    FittedRows,
    check_trainable_version,
    fit_rows,
    fitting_length,
    hold_out,
    read_dpo_rows,
    sample_rows,
    suspicion,
)
from training.run_folder import identify, is_finished, open_run, recorded
from training.run_record import RunRecord, now, write_run
from training.upstream import training_errors
from workbench.config import resolved
from workbench.errors import CheckpointError, TrainingError
from workbench.manifest import VersionFolder
from workbench.parity_rows import read_parity_rows, write_parity_rows
from workbench.progress import say


@dataclass(frozen=True, slots=True)
class DpoInputs:
    """Everything that a run was given, checked and measured."""

    config: DpoConfig
    sft: RunRecord
    tokenizer: Any
    train: FittedRows[DpoRow]
    watched: list[DpoRow]
    memory: StepMemory
    steps: int
    template_sha256: str

    @property
    def pad_id(self) -> int:
        pad = self.tokenizer.pad_token_id
        return int(self.tokenizer.eos_token_id if pad is None else pad)


@dataclass(frozen=True, slots=True)
class DpoTrainerParts:
    """A trainer, and what its SFT model gave the proof pairs before the trainer existed."""

    trainer: Any
    expected: PairScores


def run_dpo(
    runs: Path, version: VersionFolder, base_model: Path, sft: RunRecord, config: DpoConfig
) -> RunRecord:
    """Continue an SFT run's adapter on preference pairs, or return the finished run.

    Args:
        runs: The home's `runs` folder.
        version: A verified version of pairs.
        base_model: Folder of the base model that the SFT run used.
        sft: A complete SFT run.
        config: How to train.

    Raises:
        CheckpointError: The SFT run is incomplete, damaged or made on another base model.
        LeakageError: A pair answers an evaluation prompt.
        TrainingError: The reference is not the SFT adapter, or another guard refused.
        KeyboardInterrupt: Stopped on request; the state is saved and the same call continues.
    """
    check_trainable_version(version)
    if suspect := suspicion(version):
        say(suspect)
    check_base_model(base_model)
    _check_parent(sft, base_model)
    identity = identify(
        "dpo", config, version_digest=version.manifest.digest, base_model=base_model, parent=sft
    )
    record = open_run(runs, identity)
    if is_finished(record):
        return record
    with recorded(record) as running, quiet_libraries():
        prepare_process()
        inputs = _read_inputs(version, base_model, sft, config)
        return _train(running, inputs, base_model)


def _check_parent(sft: RunRecord, base_model: Path) -> None:
    if not is_finished(sft):
        raise CheckpointError(
            f"Run {sft.run_id} is {sft.status}, or its adapter was changed after training.",
            "Complete it with `workbench train sft`.",
        )
    if sft.base_fingerprint != fingerprint(base_model):
        raise CheckpointError(
            f"Run {sft.run_id} was trained on another base model than {base_model}.",
            "Train SFT on this base model first, or set base_model back.",
        )


def _read_inputs(
    version: VersionFolder, base_model: Path, sft: RunRecord, config: DpoConfig
) -> DpoInputs:
    tokenizer = load_tokenizer(base_model)
    template = check_template(tokenizer, place=str(base_model))
    _check_template_unchanged(sft, template)
    shape = model_shape(base_model)
    rows, watched = hold_out(read_dpo_rows(version, tokenizer), config.eval_fraction)
    length = fitting_length(
        [row.length for row in rows] or [1],
        context=int(shape["max_position_embeddings"]),
        asked=config.max_length,
    )
    place = f"Version {version.manifest.digest} (pairs)"
    train = fit_rows(rows, max_length=length, place=place)
    watched = [row for row in watched if row.length <= length]
    check_rows([*train.kept, *watched], end_of_turn_ids(tokenizer, end_token_ids(base_model)))
    return DpoInputs(
        config=config,
        sft=sft,
        tokenizer=tokenizer,
        train=train,
        watched=sample_rows(watched, config.eval_rows),
        memory=plan_memory(
            shape,
            tokens=2 * length * config.batch_size,
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


def _check_template_unchanged(sft: RunRecord, template_sha256: str) -> None:
    recorded_digest = sft.summary.get("template_sha256", template_sha256)
    if recorded_digest != template_sha256:
        raise TrainingError(
            f"The chat template changed since run {sft.run_id}: the SFT adapter knows another one.",
            "Restore the template, or train SFT again.",
        )


def _train(record: RunRecord, inputs: DpoInputs, base_model: Path) -> RunRecord:
    parts = build_trainer(inputs, base_model, record.folder / CHECKPOINTS_FOLDER)
    trainer, model = parts.trainer, parts.trainer.model
    trained = check_trainable(model)
    check_servable(model.peft_config["default"].to_dict())
    check_disk(record.folder, trained_weights=trained)
    with training_errors("proving the DPO reference"):
        proof = prove_reference(
            trainer, trainer.train_dataset.select(range(len(parts.expected.rows))), parts.expected
        )
    order_rows(
        trainer, [row.length for row in inputs.train.kept], inputs.config, steps=inputs.steps
    )
    before = snapshot(model)
    resume, set_aside = checkpoint_to_resume(record)
    fitted = fit(trainer, record, resume=resume, set_aside=set_aside, steps=inputs.steps)
    saved = save_adapter(model, record.adapter_folder, before=before)
    _write_parity(model, record, inputs)
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
            "reference_proof": proof.to_json(),
        },
    )
    write_card(complete, resolved(inputs.config))
    return write_run(complete)


def build_trainer(inputs: DpoInputs, base_model: Path, output_folder: Path) -> DpoTrainerParts:
    """Return TRL's trainer on the SFT model, its adapter in float32 and equal to the reference."""
    from trl import DPOConfig, DPOTrainer

    config = inputs.config
    verify_adapter(inputs.sft.adapter_folder)
    model = load_adapter(load_base(base_model, config.quantization), inputs.sft.adapter_folder)
    expected = score_pairs(model, inputs.train.kept, pad_id=inputs.pad_id)
    shape = RunShape(
        output_folder=output_folder,
        steps=inputs.steps,
        max_length=inputs.train.max_length,
        checkpointing=inputs.memory.checkpointing,
        on_cpu=device_name() == "cpu",
        evaluates=bool(inputs.watched),
    )
    with training_errors("preparing the DPO trainer"):
        # No peft_config: with one, TRL would train a fresh adapter against the bare base model.
        trainer = DPOTrainer(
            model=model,
            ref_model=None,
            args=DPOConfig(**dpo_arguments(config, shape)),
            train_dataset=_dataset(inputs.train.kept),
            eval_dataset=_dataset(inputs.watched) if inputs.watched else None,
            processing_class=inputs.tokenizer,
        )
    keep_adapter_in_float32(trainer.model)
    check_dpo_dataset(trainer.train_dataset, inputs.train.kept)
    return DpoTrainerParts(trainer, expected)


def _dataset(rows: list[DpoRow]) -> Any:
    from datasets import Dataset

    return Dataset.from_list(
        [
            {
                "prompt": [dict(message) for message in row.prompt],
                "chosen": [{"role": "assistant", "content": row.chosen}],
                "rejected": [{"role": "assistant", "content": row.rejected}],
            }
            for row in rows
        ]
    )


def _write_parity(model: Any, record: RunRecord, inputs: DpoInputs) -> None:
    """Score the SFT run's parity rows again, so that both adapters are proven on the same ones."""
    prompts = [
        ParityPrompt(
            row.example_id,
            row.messages,
            row.completion,
            Rendering(row.prompt_ids, row.completion_ids, prefix_kept=True),
        )
        for row in read_parity_rows(inputs.sft.folder)
    ]
    write_parity_rows(record.folder, measure_parity(model, prompts, pad_id=inputs.pad_id))


def _summary(inputs: DpoInputs, fitted: Fitted, trained: int) -> dict[str, Any]:
    return {
        "train_pairs": len(inputs.train.kept),
        "watched_pairs": len(inputs.watched),
        "dropped_over_length": len(inputs.train.dropped),
        "dropped_ids": inputs.train.dropped,
        "max_length": inputs.train.max_length,
        "trained_weights": trained,
        "tokens_per_second": round(fitted.tokens_per_second, 1),
        "seconds": round(fitted.seconds, 1),
        "resumed_from": fitted.resumed_from,
        "checkpoints_set_aside": list(fitted.set_aside),
        "activation_checkpointing": inputs.memory.checkpointing,
        "template_sha256": inputs.template_sha256,
    }
