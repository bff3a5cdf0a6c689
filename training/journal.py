"""What a run writes while it trains: metrics.jsonl, live, and how much was learned from."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from workbench.files import read_whole_json_lines

_APPEND = os.O_WRONLY | os.O_APPEND | os.O_CREAT
_DROPPED = ("total_flos", "epoch", "num_tokens", "eval_num_tokens")
_DROPPED_SUFFIXES = ("_runtime", "_per_second", "_preparation_time")


class Journal:
    """Append-only metrics of a run, its token count and its training time.

    Time spent on evaluation and saving is not training time, so tokens a second are the trainer's.
    """

    def __init__(self, path: Path, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._path = path
        self._clock = clock
        self._mark = clock()
        self._earlier_tokens = 0
        self.tokens = 0
        self.seconds = 0.0

    def continue_from(self, *, step: int, tokens: int, seconds: float) -> None:
        """Forget what was logged after `step`: those steps will be taken again."""
        rows = [row for row in read_metrics(self._path) if row["step"] <= step]
        self._path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        self._path.chmod(0o600)
        self._earlier_tokens = self.tokens = tokens
        self.seconds = seconds

    def start_clock(self) -> None:
        """Begin a stretch of training; what passed since the last step does not count."""
        self._mark = self._clock()

    def step_done(self) -> None:
        """Count the time since the last mark as training."""
        now = self._clock()
        self.seconds += now - self._mark
        self._mark = now

    def log(self, step: int, values: Mapping[str, Any]) -> dict[str, Any] | None:
        """Append one row of the trainer's values; return it, or None if it is not a metric row."""
        if "num_tokens" in values:
            # The trainer counts anew after every resume.
            self.tokens = self._earlier_tokens + int(values["num_tokens"])
        if "loss" not in values and "eval_loss" not in values:
            return None
        row = {
            "step": step,
            **{key: value for key, value in values.items() if _is_metric(key, value)},
            "tokens": self.tokens,
            "seconds": round(self.seconds, 3),
        }
        with os.fdopen(os.open(self._path, _APPEND, 0o600), "w") as stream:
            stream.write(json.dumps(row) + "\n")
        return row

    @property
    def tokens_per_second(self) -> float:
        """Training speed over the whole run, padding not counted."""
        return self.tokens / self.seconds if self.seconds else 0.0


def read_metrics(path: Path) -> list[dict[str, Any]]:
    """Return the rows of a metrics file; a line cut off by a crash is left out."""
    return read_whole_json_lines(path)


def _is_metric(key: str, value: object) -> bool:
    return (
        isinstance(value, int | float)
        and key not in _DROPPED
        and not key.endswith(_DROPPED_SUFFIXES)
    )
