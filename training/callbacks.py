"""What happens at the trainer's own events: metrics, progress, guards, sealed saves, stopping."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from transformers import (
    PrinterCallback,
    TrainerCallback,
    TrainerControl,
    TrainerState,
    TrainingArguments,
)

from training.checkpoints import seal
from training.journal import Journal
from training.stopping import StopRequest
from workbench.errors import DivergedError
from workbench.progress import Progress

_SILENT_STEPS = 10


def keep_stdout(trainer: Any) -> None:
    """Take away the trainer's own printing: stdout belongs to the command's result."""
    trainer.remove_callback(PrinterCallback)


class RunCallback(TrainerCallback):  # type: ignore[misc]  # transformers resolves it lazily
    """Ties a trainer to its run's journal, progress display, checkpoints and stop request."""

    def __init__(
        self, journal: Journal, progress: Progress, stop: StopRequest, *, config_digest: str
    ) -> None:
        self._journal = journal
        self._progress = progress
        self._stop = stop
        self._config_digest = config_digest
        self._loss = math.nan
        self._silent_since: int | None = None

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        del args, control
        self._progress.update(state.global_step, total=state.max_steps)
        self._journal.start_clock()

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        del args
        self._journal.step_done()
        speed = self._journal.tokens_per_second
        note = "" if math.isnan(self._loss) else f"loss {self._loss:.3f}, {speed:,.0f} tokens/s"
        self._progress.update(state.global_step, note=note)
        if self._stop.signal_name is not None:
            control.should_save = True
            control.should_training_stop = True

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, Any] | None = None,
        **_: Any,
    ) -> None:
        del args, control
        row = self._journal.log(state.global_step, logs or {})
        if row is None:
            return
        self._check(row)
        self._loss = row.get("loss", self._loss)

    def on_evaluate(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        del args, state, control
        self._journal.start_clock()

    def on_save(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        del control
        seal(
            Path(str(args.output_dir)) / f"checkpoint-{state.global_step}",
            step=state.global_step,
            tokens=self._journal.tokens,
            seconds=self._journal.seconds,
            config_digest=self._config_digest,
        )
        self._journal.start_clock()

    def _check(self, row: dict[str, Any]) -> None:
        for key in ("loss", "grad_norm", "eval_loss"):
            if key in row and not math.isfinite(row[key]):
                raise DivergedError(
                    f"{key} became {row[key]} at step {row['step']}.",
                    "Lower optimizer.learning_rate (by half or more) and train again.",
                )
        if row.get("grad_norm") != 0:
            self._silent_since = None
        elif self._silent_since is None:
            self._silent_since = row["step"]
        elif row["step"] - self._silent_since >= _SILENT_STEPS:
            raise DivergedError(
                f"The gradient has been 0 since step {self._silent_since}: nothing is learned.",
                "Look at the rows with `workbench data show`; for DPO, chosen and rejected must "
                "differ.",
            )
