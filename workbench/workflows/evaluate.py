"""Measure the arms on unseen prompts: every number with its n, interval and provenance."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from workbench.errors import ConfigError
from workbench.evaluation.answer_sets import AnswerSet
from workbench.evaluation.chat_model import ChatModel
from workbench.evaluation.metrics import AnswerScores, corpus_bleu, score_answer
from workbench.evaluation.statistics import (
    Estimate,
    estimate,
    paired_difference,
    share_difference,
    share_estimate,
)
from workbench.files import digest_json, write_json
from workbench.home import Home
from workbench.progress import track
from workbench.records import Example
from workbench.store import resolve_version
from workbench.task import Task, load_task
from workbench.version_rows import read_examples
from workbench.workflows.generate import generate
from workbench.workflows.serve_models import open_client

DEFAULT_ARMS = ("base", "sft", "dpo")
METHODS = {
    "field_accuracy": "Share of the reference's fields whose value the answer repeats exactly; "
    "case, runs of spaces and a final period do not count.",
    "checks": "Share of answers that pass; `style` is all checks that the task marks as style.",
    "overlap": "ROUGE-1, -2 and -L F1 (rouge-score) and sentence BLEU (sacrebleu), per answer.",
    "perplexity": "exp of the mean negative log-probability of the reference's tokens, end of "
    "turn included, as the served model gives it.",
    "interval": "95 % percentile cluster bootstrap over groups (writers), 2,000 resamples; "
    "differences are paired by prompt. Where every row has the same value, the Wilson interval "
    "over rows bounds how often another row may differ.",
}
_TRAINED_ON = ("train", "feedback")  # the votes on feedback prompts become preference pairs
_PARALLEL = 8
_WORDS = "words"
_ID_DIGITS = 10


@dataclass(frozen=True, slots=True)
class EvaluationResult:
    """One evaluation; `content` is what its file holds."""

    evaluation_id: str
    file: Path
    content: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Measured:
    """The numbers of one arm, one entry a row, and what they were taken from."""

    answers: AnswerSet
    rows: Mapping[str, list[float]]
    fields: Mapping[str, list[float]]
    field_groups: Mapping[str, list[str]]
    bleu: float
    log_probabilities: list[list[float]]


def evaluate(
    home: Home,
    *,
    arms: Sequence[str] = DEFAULT_ARMS,
    split: str = "test",
    version: str = "latest:examples",
    limit: int | None = None,
) -> EvaluationResult:
    """Let every arm answer a split greedily, score the answers and write the numbers.

    Args:
        home: The project; its model server must serve the arms.
        arms: Who is measured; later arms are compared with earlier ones, pair by pair.
        split: `test`, which is held out, or `validation`, by which training may have stopped.
        version: Whose examples.
        limit: At most so many examples, the first by id.

    Raises:
        ConfigError: The split's prompts are trained on, or an arm comes twice.
        EmptySplitError: The split holds no example.
        ServingError: The server does not run, lacks an arm, or fails.
    """
    if split in _TRAINED_ON:
        raise ConfigError(
            f"The prompts of split {split!r} may be trained on: numbers on them prove nothing.",
            "Measure on `test`, or on `validation` while you still choose.",
        )
    if len(set(arms)) != len(arms) or not arms:
        raise ConfigError(f"Cannot evaluate {', '.join(arms) or 'no arm'}.", "Name each arm once.")
    task = load_task(home.task_file)
    sets = {arm: generate(home, arm=arm, split=split, version=version, limit=limit) for arm in arms}
    digest = next(iter(sets.values())).version
    examples = read_examples(resolve_version(home, digest), split)[:limit]
    with open_client(home) as client:
        measured = {arm: _measure(answers, examples, task, client) for arm, answers in sets.items()}
    return _store(home, _content(measured, examples, task, split))


def _measure(
    answers: AnswerSet, examples: Sequence[Example], task: Task, model: ChatModel
) -> _Measured:
    texts = {answer.example_id: answer.text for answer in answers.answers}
    with track(f"score {answers.arm}", len(examples)) as progress:
        scores = []
        for number, example in enumerate(examples, start=1):
            scores.append(score_answer(texts[example.example_id], example.completion, task))
            progress.update(number)
    rows: dict[str, list[float]] = {}
    fields: dict[str, list[float]] = {}
    groups: dict[str, list[str]] = {}
    for example, score in zip(examples, scores, strict=True):
        for name, value in _row(score).items():
            rows.setdefault(name, []).append(value)
        for name, value in score.fields.items():
            fields.setdefault(name, []).append(value)
            groups.setdefault(name, []).append(example.group)
    return _Measured(
        answers=answers,
        rows={name: values for name, values in rows.items() if len(values) == len(examples)},
        fields=fields,
        field_groups=groups,
        bleu=corpus_bleu(
            [texts[example.example_id] for example in examples],
            [example.completion for example in examples],
        ),
        log_probabilities=_reference_scores(answers, examples, model),
    )


def _row(score: AnswerScores) -> dict[str, float]:
    row = {name: float(passed) for name, passed in score.checks.items()}
    if score.field_accuracy is not None:
        row["field_accuracy"] = score.field_accuracy
    return {**row, **score.overlap, _WORDS: float(score.words)}


def _reference_scores(
    answers: AnswerSet, examples: Sequence[Example], model: ChatModel
) -> list[list[float]]:
    def score(example: Example) -> list[float]:
        return model.score(answers.model, example.prompt, example.completion)

    with (
        track(f"perplexity of {answers.arm}", len(examples)) as progress,
        ThreadPoolExecutor(_PARALLEL) as pool,
    ):
        found = []
        for number, values in enumerate(pool.map(score, examples), start=1):
            found.append(values)
            progress.update(number)
        return found


def _content(
    measured: Mapping[str, _Measured], examples: Sequence[Example], task: Task, split: str
) -> dict[str, Any]:
    groups = [example.group for example in examples]
    first = next(iter(measured.values())).answers
    return {
        "task": task.name,
        "version": first.version,
        "split": split,
        "n": len(examples),
        "groups": len(set(groups)),
        "simulated_references": sum(example.simulated for example in examples),
        "arms": {arm: _arm(item, groups) for arm, item in measured.items()},
        "differences": _differences(measured, groups),
        "methods": METHODS,
    }


def _arm(item: _Measured, groups: Sequence[str]) -> dict[str, Any]:
    tokens = [value for row in item.log_probabilities for value in row]
    owners = [group for group, row in zip(groups, item.log_probabilities, strict=True) for _ in row]
    surprise = estimate([-value for value in tokens], owners)
    return {
        "model": item.answers.model,
        "answer_set": item.answers.set_id,
        "metrics": {
            name: asdict(_estimate(name, values, groups)) for name, values in item.rows.items()
        },
        "fields": {
            name: asdict(share_estimate(values, item.field_groups[name]))
            for name, values in item.fields.items()
        },
        "corpus_bleu": {"value": item.bleu, "n": len(groups)},
        "perplexity": {
            "value": math.exp(surprise.mean),
            "low": math.exp(surprise.low),
            "high": math.exp(surprise.high),
            "n": len(groups),
            "n_tokens": len(tokens),
        },
    }


def _estimate(name: str, values: Sequence[float], groups: Sequence[str]) -> Estimate:
    return (estimate if name == _WORDS else share_estimate)(values, groups)


def _differences(measured: Mapping[str, _Measured], groups: Sequence[str]) -> list[dict[str, Any]]:
    """Compare each arm with every arm before it, on every metric that both have."""
    found = []
    arms = list(measured)
    for place, ours in enumerate(arms):
        for theirs in arms[:place]:
            for name, values in measured[ours].rows.items():
                others = measured[theirs].rows.get(name)
                if others is not None:
                    compare = paired_difference if name == _WORDS else share_difference
                    gap: Estimate = compare(values, others, groups)
                    found.append({"metric": name, "of": ours, "over": theirs, **asdict(gap)})
    return found


def _store(home: Home, content: dict[str, Any]) -> EvaluationResult:
    evaluation_id = f"evaluation-{digest_json(content)[:_ID_DIGITS]}"
    file = home.evaluations / f"{evaluation_id}.json"
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    stamped = {
        "evaluation_id": evaluation_id,
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        **content,
    }
    write_json(file, stamped)
    return EvaluationResult(evaluation_id, file, stamped)
