"""Generated answers on disk: who gave them to what, and one line an answer."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.errors import DataError, NotFoundError
from workbench.evaluation.chat_model import CUT_SHORT
from workbench.files import read_json_lines
from workbench.records import SPLITS, Message, SplitName

SET_FILE = "set.json"
ANSWERS_FILE = "answers.jsonl"
_NAMED = 3


@dataclass(frozen=True, slots=True)
class Answer:
    """One generated answer; `sample` counts from 0 for each prompt."""

    example_id: str
    split: SplitName
    sample: int
    prompt: tuple[Message, ...]
    text: str
    finish_reason: str = "stop"
    tokens: int = 0

    @property
    def cut_short(self) -> bool:
        """Whether the answer reached its longest length before its end."""
        return self.finish_reason == CUT_SHORT


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A prompt that is too long to be answered, and its length in tokens."""

    example_id: str
    tokens: int


@dataclass(frozen=True, slots=True)
class AnswerSet:
    """The answers of one model to one split.

    Attributes:
        set_id: Name of its folder; made from everything that decides the answers.
        arm: Who answered: base, sft, dpo, or another arm that was served.
        model: Name under which it was served; it changes with the adapter's content.
        version: Digest of the version whose prompts were answered.
        split: Which prompts.
        created_at: UTC time, ISO 8601.
        sampling: How the answers were drawn.
        answers: All of them, in the order of example and sample.
        unanswered: The prompts that were too long for the server, in the order of example.
    """

    set_id: str
    arm: str
    model: str
    version: str
    split: str
    created_at: str
    sampling: Mapping[str, Any]
    answers: tuple[Answer, ...]
    unanswered: tuple[Unanswered, ...] = ()


def read_answer_set(folder: Path) -> AnswerSet:
    """Read a finished set.

    Raises:
        NotFoundError: The folder holds none.
        DataError: A file is not what was written.
    """
    about, rows = folder / SET_FILE, folder / ANSWERS_FILE
    if not about.is_file() or not rows.is_file():
        raise NotFoundError(
            f"{folder} holds no generated answers.", "Generate them with `workbench generate`."
        )
    try:
        described = json.loads(about.read_text(encoding="utf-8"))
        answers = sorted(
            map(_answer, read_json_lines(rows)), key=lambda a: (a.example_id, a.sample)
        )
        unanswered = tuple(Unanswered(**row) for row in described.pop("unanswered", ()))
        return AnswerSet(
            set_id=folder.name, answers=tuple(answers), unanswered=unanswered, **described
        )
    except (ValueError, KeyError, TypeError) as exc:
        raise DataError(
            f"{folder} holds broken answers.", "Remove that folder and generate them again."
        ) from exc


def list_answer_sets(answers: Path) -> list[AnswerSet]:
    """Return every finished set of a home's `answers` folder, newest first."""
    sets = [read_answer_set(path.parent) for path in answers.glob(f"*/{SET_FILE}")]
    return sorted(sets, key=lambda item: (item.created_at, item.set_id), reverse=True)


def name_unanswered(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return which prompts were too long, for people: the first few by id and length."""
    named = [f"{row['example_id']} ({row['tokens']} tokens)" for row in rows[:_NAMED]]
    more = len(rows) - len(named)
    return ", ".join(named) + (f" and {more} more" if more else "")


def answer_lines(answers: Iterable[Mapping[str, Any]]) -> str:
    """Return answers as they stand in the file, one JSON object a line."""
    return "".join(json.dumps(dict(answer), ensure_ascii=False) + "\n" for answer in answers)


def _answer(row: Mapping[str, Any]) -> Answer:
    if row["split"] not in SPLITS or not isinstance(row["text"], str):
        raise ValueError("an answer without text, or of no split")
    return Answer(**{**row, "prompt": tuple(row["prompt"])})
