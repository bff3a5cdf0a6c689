"""Collect the sampled answers of each prompt, and lay them out blind, seeded and balanced."""

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
ItemT = TypeVar("ItemT")


@dataclass(frozen=True, slots=True)
class AnsweredPrompt:
    """Several answers of one model to one prompt.

    Attributes:
        record_id: Opaque and stable; the id of the record in Argilla.
        example_id: Whose prompt was answered.
        split: Split of that example.
        prompt: The chat turns.
        texts: The answers, by sample from 0.
    """

    record_id: str
    example_id: str
    split: SplitName
    prompt: tuple[Message, ...]
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SampledAnswers:
    """A set of generated answers, by prompt.

    Attributes:
        set_id: Its name.
        version: Digest of the version whose prompts were answered.
        sha256: Digest of the file of answers.
        prompts: Those whose answers all differ.
        n_identical: Prompts with two answers that are the same; nothing can be learned from them.
        n_single: Prompts that lack an answer.
    """

    set_id: str
    version: str
    sha256: str
    prompts: tuple[AnsweredPrompt, ...]
    n_identical: int
    n_single: int


def sampled_answers(folder: Path, *, n_answers: int = 2) -> SampledAnswers:
    """Read generated answers: the samples 0 to `n_answers` - 1 of each example.

    Args:
        folder: Of the set.
        n_answers: Answers a prompt; 2 to choose from, 3 or 4 to rank.

    Raises:
        NotFoundError: There is no such set.
        DataError: It is not a set of answers.
    """
    answers = read_answer_set(folder)
    by_example: dict[str, dict[int, Answer]] = {}
    for answer in answers.answers:
        if answer.sample < n_answers:
            by_example.setdefault(answer.example_id, {})[answer.sample] = answer
    prompts, identical, single = [], 0, 0
    for _, samples in sorted(by_example.items()):
        if len(samples) < n_answers:
            single += 1
        elif len({answer.text.strip() for answer in samples.values()}) < n_answers:
            identical += 1
        else:
            prompts.append(_prompt(folder.name, samples))
    digest = sha256_file(folder / ANSWERS_FILE)
    return SampledAnswers(folder.name, answers.version, digest, tuple(prompts), identical, single)


def assign_order(
    prompts: Sequence[AnsweredPrompt], known: Mapping[str, Assignment], *, seed: int
) -> dict[str, Assignment]:
    """Say for each prompt which sample stands as A, B and so on; what was assigned before stays.

    Within as many consecutive prompts as there are answers, each sample stands once in each place,
    so that a place says nothing, however many are labelled. Whoever draws more prompts, or draws
    them elsewhere, gives the first ones the same order.

    Args:
        prompts: As they are drawn, from the first one on.
        known: What was assigned before.
        seed: Draws the orders.
    """
    chance = random.Random(str(seed))  # noqa: S311 - an order, not a secret
    assigned = dict(known)
    pending: list[tuple[int, ...]] = []
    for prompt in prompts:
        if not pending:
            pending = _balanced_orders(len(prompt.texts), chance)
        first, second, *further = pending.pop()
        drawn = Assignment(prompt.example_id, first, second, tuple(further))
        assigned.setdefault(prompt.record_id, drawn)
    return assigned


def seeded_order(ids: Mapping[str, ItemT], *, seed: int) -> list[ItemT]:
    """Return the items in an order drawn by the seed; a larger draw begins like a smaller one."""
    return [ids[name] for name in sorted(ids, key=lambda name: _hash(f"{seed}:{name}"))]


def pair_id(record_id: str, sample: int, other: int) -> str:
    """Return the stable id of two answers of a record with more than two."""
    low, high = sorted((sample, other))
    return _hash(f"{record_id}:{low}:{high}")[:_ID_LENGTH]


def _balanced_orders(count: int, chance: random.Random) -> list[tuple[int, ...]]:
    """Return as many orders as there are samples: the rotations of one drawn order, shuffled."""
    drawn = list(range(count))
    chance.shuffle(drawn)
    orders = [tuple(drawn[place:] + drawn[:place]) for place in range(count)]
    chance.shuffle(orders)
    return orders


def _prompt(set_id: str, samples: Mapping[int, Answer]) -> AnsweredPrompt:
    first = samples[0]
    return AnsweredPrompt(
        _hash(f"{set_id}:{first.example_id}")[:_ID_LENGTH],
        first.example_id,
        first.split,
        first.prompt,
        tuple(samples[number].text for number in range(len(samples))),
    )


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()
