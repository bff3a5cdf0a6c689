"""Measure the arms on unseen prompts: every number with its n, interval and provenance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from workbench.errors import ConfigError, PromptTooLongError
from workbench.evaluation.answer_sets import AnswerSet
from workbench.evaluation.chat_model import DEFAULT_MAX_TOKENS, ChatModel
from workbench.evaluation.metrics import AnswerScores, corpus_bleu, score_answer
from workbench.evaluation.scored import Groups, Scores, compare, perplexity, summarise
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
    "not scored": "A row that a measure cannot score counts in no mean: a reference without a "
    "readable field has no field accuracy, a prompt too long for the server has no answer. Each "
    "number says how many of all rows it is over; a difference is over the rows that both scored.",
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
    """The numbers of one arm by measure or field, and what they were taken from."""

    answers: AnswerSet
    metrics: Mapping[str, Scores]
    fields: Mapping[str, Scores]
    bleu: float
    log_probabilities: Mapping[str, list[float]]


def evaluate(
    home: Home,
    *,
    arms: Sequence[str] = DEFAULT_ARMS,
    split: str = "test",
    version: str = "latest:examples",
    max_tokens: int = DEFAULT_MAX_TOKENS,
    limit: int | None = None,
) -> EvaluationResult:
    """Let every arm answer a split greedily, score the answers and write the numbers.

    Args:
        home: The project; its model server must serve the arms.
        arms: Who is measured; later arms are compared with earlier ones, pair by pair.
        split: `test`, which is held out, or `validation`, by which training may have stopped.
        version: Whose examples.
        max_tokens: Longest answer, in tokens; the result counts the answers that were cut there.
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
    sets = {
        arm: generate(
            home, arm=arm, split=split, version=version, max_tokens=max_tokens, limit=limit
        )
        for arm in arms
    }
    digest = next(iter(sets.values())).version
    examples = read_examples(resolve_version(home, digest), split)[:limit]
    with open_client(home) as client:
        measured = {arm: _measure(answers, examples, task, client) for arm, answers in sets.items()}
    return _store(home, _content(measured, examples, task, split))


def _measure(
    answers: AnswerSet, examples: Sequence[Example], task: Task, model: ChatModel
) -> _Measured:
    texts = {answer.example_id: answer.text for answer in answers.answers}
    answered = [example for example in examples if example.example_id in texts]
    with track(f"score {answers.arm}", len(answered)) as progress:
        scores = {}
        for number, example in enumerate(answered, start=1):
            name = example.example_id
            scores[name] = score_answer(texts[name], example.completion, task)
            progress.update(number)
    return _Measured(
        answers=answers,
        metrics=_by_measure(scores, task),
        fields=_by_field(scores, task),
        bleu=corpus_bleu(
            [texts[example.example_id] for example in answered],
            [example.completion for example in answered],
        ),
        log_probabilities=_reference_scores(answers, examples, model),
    )


def _by_measure(scores: Mapping[str, AnswerScores], task: Task) -> Mapping[str, Scores]:
    """Return each measure's scores; a reference without readable fields scores no field."""
    found: dict[str, dict[str, float]] = {"field_accuracy": {}} if task.output.fields else {}
    for example_id, score in scores.items():
        for name, value in _row(score).items():
            found.setdefault(name, {})[example_id] = value
    return found


def _by_field(scores: Mapping[str, AnswerScores], task: Task) -> Mapping[str, Scores]:
    return {
        field.name: {
            example_id: score.fields[field.name]
            for example_id, score in scores.items()
            if field.name in score.fields
        }
        for field in task.output.fields
    }


def _row(score: AnswerScores) -> dict[str, float]:
    row = {name: float(passed) for name, passed in score.checks.items()}
    if score.field_accuracy is not None:
        row["field_accuracy"] = score.field_accuracy
    return {**row, **score.overlap, _WORDS: float(score.words)}


def _reference_scores(
    answers: AnswerSet, examples: Sequence[Example], model: ChatModel
) -> Mapping[str, list[float]]:
    def score(example: Example) -> list[float] | None:
        try:
            return model.score(answers.model, example.prompt, example.completion)
        except PromptTooLongError:
            return None

    with (
        track(f"perplexity of {answers.arm}", len(examples)) as progress,
        ThreadPoolExecutor(_PARALLEL) as pool,
    ):
        found = {}
        for number, values in enumerate(pool.map(score, examples)):
            if values is not None:
                found[examples[number].example_id] = values
            progress.update(number + 1)
        return found


def _content(
    measured: Mapping[str, _Measured], examples: Sequence[Example], task: Task, split: str
) -> dict[str, Any]:
    groups = {example.example_id: example.group for example in examples}
    first = next(iter(measured.values())).answers
    return {
        "task": task.name,
        "version": first.version,
        "split": split,
        "n": len(examples),
        "groups": len(set(groups.values())),
        "max_tokens": first.sampling["max_tokens"],
        "simulated_references": sum(example.simulated for example in examples),
        "arms": {arm: _arm(item, groups) for arm, item in measured.items()},
        "differences": _differences(measured, groups),
        "methods": METHODS,
    }


def _arm(item: _Measured, groups: Groups) -> dict[str, Any]:
    return {
        "model": item.answers.model,
        "answer_set": item.answers.set_id,
        "n_answered": len(item.answers.answers),
        "unanswered": [asdict(row) for row in item.answers.unanswered],
        "cut_short": sum(answer.cut_short for answer in item.answers.answers),
        "metrics": {
            name: summarise(scores, groups, share=name != _WORDS)
            for name, scores in item.metrics.items()
        },
        "fields": {name: summarise(scores, groups) for name, scores in item.fields.items()},
        "corpus_bleu": {
            "value": item.bleu,
            "n_scored": len(item.answers.answers),
            "n_total": len(groups),
        },
        "perplexity": perplexity(item.log_probabilities, groups),
    }


def _differences(measured: Mapping[str, _Measured], groups: Groups) -> list[dict[str, Any]]:
    """Compare each arm with every arm before it, on the rows that both scored."""
    found = []
    arms = list(measured)
    for place, ours in enumerate(arms):
        for theirs in arms[:place]:
            for name, scores in measured[ours].metrics.items():
                others = measured[theirs].metrics[name]
                gap = compare(scores, others, groups, share=name != _WORDS)
                if gap is not None:
                    found.append({"metric": name, "of": ours, "over": theirs, **gap})
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
