"""Take a TRL trainer through its steps: resume, order of rows, signals, what was measured."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.batch_order import batch_order
from training.checkpoints import Checkpoint, newest_verified
from training.config import RunConfig
from training.journal import Journal
from training.run_record import RunRecord
from training.stopping import stop_on_signals
from training.upstream import training_errors
from workbench.errors import DiskFullError
from workbench.files import disk_errors
from workbench.progress import track

METRICS_FILE = "metrics.jsonl"
CHECKPOINTS_FOLDER = "checkpoints"
_CHECKPOINT_BYTES_PER_WEIGHT = 20  # fp32 weight, two fp32 states, a frozen fp32 copy for DPO, slack
_CHECKPOINTS_AT_ONCE = 3


@dataclass(frozen=True, slots=True)
class Fitted:
    """What a course of training measured.

    Attributes:
        steps: Optimiser updates done, those before a resume included.
        tokens: Tokens learned from, padding not counted.
        seconds: Time spent on training steps alone.
        resumed_from: Step of the checkpoint that was continued, or 0.
        set_aside: Why newer checkpoints were not used.
    """

    steps: int
    tokens: int
    seconds: float
    resumed_from: int
    set_aside: tuple[str, ...]

    @property
    def tokens_per_second(self) -> float:
        return self.tokens / self.seconds if self.seconds else 0.0


def checkpoint_to_resume(record: RunRecord) -> tuple[Checkpoint | None, tuple[str, ...]]:
    """Return the newest verified checkpoint of a run, and why newer ones were set aside."""
    found, reasons = newest_verified(
        record.folder / CHECKPOINTS_FOLDER, config_digest=record.config_digest
    )
    return found, tuple(reasons)


def fit(
    trainer: Any,
    record: RunRecord,
    *,
    resume: Checkpoint | None,
    set_aside: tuple[str, ...],
    steps: int,
) -> Fitted:
    """Train to the last step, from `resume` if there is one.

    Raises:
        KeyboardInterrupt: Somebody asked to stop; the state is saved and the same call continues.
        DivergedError: The loss is not finite or the gradient is gone.
        GpuMemoryError: Memory ran out.
        DiskFullError: There is no room for a checkpoint.
    """
    from training.callbacks import RunCallback, keep_stdout

    journal = Journal(record.folder / METRICS_FILE)
    journal.continue_from(
        step=resume.step if resume else -1,
        tokens=resume.tokens if resume else 0,
        seconds=resume.seconds if resume else 0.0,
    )
    with stop_on_signals() as stop, track(f"train {record.kind}", steps) as progress:
        callback = RunCallback(journal, progress, stop, config_digest=record.config_digest)
        trainer.add_callback(callback)
        keep_stdout(trainer)
        with disk_errors(record.folder), training_errors(f"training {record.run_id}"):
            if resume is None and trainer.eval_dataset is not None:
                trainer.evaluate()
            trainer.train(resume_from_checkpoint=str(resume.path) if resume else None)
        trainer.remove_callback(callback)
        done = int(trainer.state.global_step)
        if done < steps:
            raise KeyboardInterrupt(
                f"Stopped by {stop.signal_name} at step {done} of {steps}; the state is saved."
            )
    resumed_from = resume.step if resume else 0
    return Fitted(done, journal.tokens, journal.seconds, resumed_from, set_aside)


def order_rows(trainer: Any, lengths: Sequence[int], config: RunConfig, *, steps: int) -> None:
    """Give the trainer its rows in the order of the whole course."""
    rows_per_step = config.batch_size * config.gradient_accumulation
    order = batch_order(
        lengths, batch_size=config.batch_size, count=steps * rows_per_step, seed=config.seed
    )
    trainer.train_dataset = trainer.train_dataset.select(order)


def check_disk(folder: Path, *, trained_weights: int) -> None:
    """Refuse to start where three checkpoints would not fit.

    Raises:
        DiskFullError: The message says how much is needed and how much is free.
    """
    needed = trained_weights * _CHECKPOINT_BYTES_PER_WEIGHT * _CHECKPOINTS_AT_ONCE
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise DiskFullError(
            f"{folder} has {free / 2**20:,.0f} MiB free; checkpoints need up to "
            f"{needed / 2**20:,.0f} MiB.",
            "Free some space and run the same command again.",
        )
