"""Pair the two sampled answers of each prompt, and lay out each pair blind, seeded and balanced."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar, cast

from annotation.label_folder import Assignment
from workbench.errors import AnnotationError, NotFoundError
from workbench.files import sha256_file
from workbench.records import SPLITS, Message, SplitName

SET_FILE, ANSWERS_FILE = "set.json", "answers.jsonl"
_ID_LENGTH = 16
_SAMPLES = (0, 1)
ItemT = TypeVar("ItemT")


@dataclass(frozen=True, slots=True)
class SampledPair:
    """Two answers of one model to one prompt.

    Attributes:
        pair_id: Opaque and stable; the id of the record in Argilla.
        example_id: Whose prompt was answered.
        split: Split of that example.
        prompt: The chat turns.
        texts: The answers of samples 0 and 1.
    """

    pair_id: str
    example_id: str
    split: SplitName
    prompt: tuple[Message, ...]
    texts: tuple[str, str]


@dataclass(frozen=True, slots=True)
class AnswerSet:
    """A set of generated answers, paired.

    Attributes:
        set_id: Its name.
        version: Digest of the version whose prompts were answered.
        sha256: Digest of the file of answers.
        pairs: The pairs that differ.
        n_identical: Prompts whose two answers are the same; nothing can be learned from them.
        n_single: Prompts that lack one of the two answers.
    """

    set_id: str
    version: str
    sha256: str
    pairs: tuple[SampledPair, ...]
    n_identical: int
    n_single: int


def read_answer_set(folder: Path) -> AnswerSet:
    """Read generated answers and pair samples 0 and 1 of each example.

    Raises:
        NotFoundError: There is no such set.
        AnnotationError: It is not a set of answers.
    """
    description, rows = _read(folder)
    by_example: dict[str, dict[int, Mapping[str, Any]]] = {}
    for row in rows:
        if row["sample"] in _SAMPLES:
            by_example.setdefault(row["example_id"], {})[row["sample"]] = row
    pairs, identical, single = [], 0, 0
    for example_id, samples in sorted(by_example.items()):
        if len(samples) < len(_SAMPLES):
            single += 1
        elif samples[0]["text"].strip() == samples[1]["text"].strip():
            identical += 1
        else:
            pairs.append(_pair(folder.name, example_id, samples))
    return AnswerSet(
        folder.name,
        description["version"],
        sha256_file(folder / ANSWERS_FILE),
        tuple(pairs),
        identical,
        single,
    )


def assign_order(
    pairs: Sequence[SampledPair], known: Mapping[str, Assignment], *, seed: int
) -> dict[str, Assignment]:
    """Say for each pair which sample stands as A; what was assigned before stays.

    Within each two consecutive new pairs one shows sample 0 as A and one sample 1, so that neither
    place says anything, however many are labelled.
    """
    chance = random.Random(f"{seed}:{len(known)}")  # noqa: S311 - an order, not a secret
    assigned = dict(known)
    pending: list[int] = []
    for pair in pairs:
        if pair.pair_id in assigned:
            continue
        if not pending:
            pending = list(_SAMPLES)
            chance.shuffle(pending)
        first = pending.pop()
        assigned[pair.pair_id] = Assignment(pair.example_id, first, 1 - first)
    return assigned


def seeded_order(ids: Mapping[str, ItemT], *, seed: int) -> list[ItemT]:
    """Return the items in an order drawn by the seed; a larger draw begins like a smaller one."""
    return [ids[name] for name in sorted(ids, key=lambda name: _hash(f"{seed}:{name}"))]


def _read(folder: Path) -> tuple[Mapping[str, Any], list[Mapping[str, Any]]]:
    try:
        description = json.loads((folder / SET_FILE).read_text(encoding="utf-8"))
        lines = (folder / ANSWERS_FILE).read_text(encoding="utf-8").splitlines()
        rows = [json.loads(line) for line in lines]
        complete = bool(description["version"]) and all(
            row["split"] in SPLITS
            and isinstance(row["text"], str)
            and {"example_id", "sample", "prompt"} <= row.keys()
            for row in rows
        )
    except FileNotFoundError as exc:
        raise NotFoundError(
            f"There is no set of answers {folder.name!r}.",
            "Generate one with `workbench generate`; the sets are the folders of answers/.",
        ) from exc
    except (ValueError, KeyError, TypeError, AttributeError) as exc:
        raise _unusable(folder) from exc
    if not complete:
        raise _unusable(folder)
    return description, rows


def _unusable(folder: Path) -> AnnotationError:
    return AnnotationError(
        f"{folder} is not a complete set of answers.", "Generate it again: `workbench generate`."
    )


def _pair(set_id: str, example_id: str, samples: Mapping[int, Mapping[str, Any]]) -> SampledPair:
    return SampledPair(
        _hash(f"{set_id}:{example_id}")[:_ID_LENGTH],
        example_id,
        samples[0]["split"],
        tuple(cast("Message", dict(turn)) for turn in samples[0]["prompt"]),
        (samples[0]["text"], samples[1]["text"]),
    )


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()
