"""Pair the two sampled answers of each prompt, and lay out each pair blind, seeded and balanced."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

from annotation.label_folder import Assignment
from workbench.evaluation.answer_sets import ANSWERS_FILE, Answer, read_answer_set
from workbench.files import sha256_file
from workbench.records import Message, SplitName

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
class PairedAnswers:
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


def pair_answers(folder: Path) -> PairedAnswers:
    """Read generated answers and pair samples 0 and 1 of each example.

    Raises:
        NotFoundError: There is no such set.
        DataError: It is not a set of answers.
    """
    answers = read_answer_set(folder)
    by_example: dict[str, dict[int, Answer]] = {}
    for answer in answers.answers:
        if answer.sample in _SAMPLES:
            by_example.setdefault(answer.example_id, {})[answer.sample] = answer
    pairs, identical, single = [], 0, 0
    for _, samples in sorted(by_example.items()):
        if len(samples) < len(_SAMPLES):
            single += 1
        elif samples[0].text.strip() == samples[1].text.strip():
            identical += 1
        else:
            pairs.append(_pair(folder.name, samples))
    digest = sha256_file(folder / ANSWERS_FILE)
    return PairedAnswers(folder.name, answers.version, digest, tuple(pairs), identical, single)


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


def _pair(set_id: str, samples: Mapping[int, Answer]) -> SampledPair:
    first, second = samples[0], samples[1]
    return SampledPair(
        _hash(f"{set_id}:{first.example_id}")[:_ID_LENGTH],
        first.example_id,
        first.split,
        first.prompt,
        (first.text, second.text),
    )


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()
