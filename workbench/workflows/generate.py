"""Let a served model answer the prompts of a split; a stopped generation continues."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import Any

from filelock import FileLock, Timeout

from serving.plan import BASE_ARM
from workbench.errors import (
    ConfigError,
    EmptySplitError,
    EvaluationError,
    PromptTooLongError,
    ServingError,
    WorkbenchError,
)
from workbench.evaluation.answer_sets import (
    ANSWERS_FILE,
    SET_FILE,
    Answer,
    AnswerSet,
    Unanswered,
    answer_lines,
    read_answer_set,
)
from workbench.evaluation.chat_model import DEFAULT_MAX_TOKENS, ChatModel, Completion, Sampling
from workbench.files import (
    digest_json,
    disk_errors,
    read_json_lines,
    read_whole_json_lines,
    sync_folder,
    write_atomic,
    write_json,
)
from workbench.home import Home
from workbench.progress import Progress, track
from workbench.records import Example
from workbench.store import resolve_version
from workbench.version_rows import read_examples
from workbench.workflows.serve_models import open_client, serve_status

_PARALLEL = 16  # requests in flight; the server batches them
_ID_DIGITS = 12


@dataclass(frozen=True, slots=True)
class _Wanted:
    """One generation: whose answers to what, drawn how.

    `model` is the arm's served name and `base` that of the model under its adapter, if it has one;
    both change with the weights. `context_tokens` is how long a prompt and its answer may be.
    """

    arm: str
    model: str
    base: str
    context_tokens: int
    version: str
    split: str
    sampling: Sampling

    def sampling_for(self, example: Example) -> Sampling:
        """Return the sampling of one prompt, with a seed of its own.

        One seed for all prompts would draw the same luck at the same place of every answer: an
        improbable token there would stand in all of them.
        """
        seed = int(digest_json([self.sampling.seed, example.example_id])[:8], 16)
        return replace(self.sampling, seed=seed)

    def set_id(self, examples: Sequence[Example]) -> str:
        content = [asdict(self), [example.example_id for example in examples]]
        return f"{self.arm.replace(':', '-')}-{self.split}-{digest_json(content)[:_ID_DIGITS]}"


def generate(
    home: Home,
    *,
    arm: str,
    split: str,
    version: str = "latest:examples",
    samples: int = 1,
    temperature: float = 0.0,
    top_p: float = 1.0,
    max_tokens: int = DEFAULT_MAX_TOKENS,
    seed: int = 7,
    limit: int | None = None,
) -> AnswerSet:
    """Return the answers of a served arm to a split, generating those that are missing.

    A prompt that is too long for the server has no answer and is named in the set.

    Args:
        home: The project; its model server must run.
        arm: base, sft, dpo, or another arm that is served.
        split: Whose prompts.
        version: Whose examples.
        samples: Answers a prompt.
        temperature: 0 for the most probable answer, above 0 to sample.
        top_p: Share of the probability mass to sample from, in 0-1.
        max_tokens: Longest answer, in tokens.
        seed: Of the sampling; the same seed gives the same answers from the same server.
        limit: At most so many prompts, the first by id.

    Raises:
        ConfigError: More than one answer is asked for without sampling.
        EmptySplitError: The split holds no example.
        ServingError: The server does not run, does not serve the arm, or fails.
        EvaluationError: Every prompt is too long, or the server left answers out.
    """
    if samples > 1 and temperature == 0:
        raise ConfigError(
            f"{samples} samples at temperature 0 would be {samples} times the same answer.",
            "Give a temperature above 0, such as 0.9.",
        )
    source = resolve_version(home, version)
    examples = read_examples(source, split)[:limit]
    if not examples:
        raise EmptySplitError(
            f"Version {source.manifest.digest} has no example in split {split!r}.",
            "Look at its splits with `workbench data list`.",
        )
    sampling = Sampling(temperature, top_p, max_tokens, seed, samples)
    models = _served(home, arm)
    with open_client(home) as client:
        wanted = _Wanted(
            arm,
            models[arm],
            models.get(BASE_ARM, ""),
            client.context_tokens(),
            source.manifest.digest,
            split,
            sampling,
        )
        target = home.answers / wanted.set_id(examples)
        if not target.is_dir():
            with _turn(home, target.name):
                if not target.is_dir():  # another command may have finished it meanwhile
                    _generate_set(home, target, wanted, examples, client)
    return read_answer_set(target)


@contextmanager
def _turn(home: Home, set_id: str) -> Iterator[None]:
    """Hold the right to write one set; wait while another command writes it."""
    staging = home.root / "staging"
    staging.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = FileLock(staging / f".answers-{set_id}.lock", mode=0o600)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        with track(f"wait for another command that generates {set_id}"):
            lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _served(home: Home, arm: str) -> Mapping[str, str]:
    """Return the served name of every arm; `arm` is among them."""
    status = serve_status(home)
    if not status.running:
        raise ServingError(
            "The model server does not run.", f"Start it with `workbench serve start --arm {arm}`."
        )
    if arm not in status.models:
        raise ServingError(
            f"The model server serves {', '.join(status.models)}, not {arm!r}.",
            f"Add it with `workbench serve start --arm {arm}`.",
        )
    return status.models


def _generate_set(
    home: Home, target: Path, wanted: _Wanted, examples: Sequence[Example], model: ChatModel
) -> None:
    """Collect answers in the staging folder, then move the finished set into its place."""
    partial = home.root / "staging" / f"answers-{target.name}"
    with disk_errors(partial):
        partial.mkdir(parents=True, exist_ok=True, mode=0o700)
        answered = _kept_lines(partial / ANSWERS_FILE, wanted.sampling.n)
        missing = [example for example in examples if example.example_id not in answered]
        unanswered: list[Unanswered] = []
        label = f"generate {wanted.arm} on {wanted.split}"
        with track(label, len(examples)) as progress, (partial / ANSWERS_FILE).open("a") as file:
            os.fchmod(file.fileno(), 0o600)
            progress.update(len(answered))
            for outcome in _outcomes(model, wanted, missing, progress, len(answered)):
                if isinstance(outcome, Unanswered):
                    unanswered.append(outcome)
                    continue
                file.write(answer_lines(outcome))
                file.flush()
            os.fsync(file.fileno())
        unanswered.sort(key=lambda row: row.example_id)
        _check_whole(partial / ANSWERS_FILE, examples, unanswered, wanted)
        about = {
            **{name: getattr(wanted, name) for name in ("arm", "model", "version", "split")},
            "created_at": datetime.now(UTC).isoformat(timespec="microseconds"),
            "sampling": asdict(wanted.sampling),
            "unanswered": [asdict(row) for row in unanswered],
        }
        write_json(partial / SET_FILE, about)
        sync_folder(partial)
        target.parent.mkdir(parents=True, exist_ok=True)
        partial.rename(target)
        sync_folder(target.parent)


def _check_whole(
    file: Path, examples: Sequence[Example], unanswered: Sequence[Unanswered], asked: _Wanted
) -> None:
    """Refuse to publish a set that is empty, lacks an answer or holds one twice."""
    if len(unanswered) == len(examples):
        least = min(unanswered, key=lambda row: row.tokens)
        raise EvaluationError(
            f"Every prompt is too long: the shortest, example {least.example_id}, has "
            f"{least.tokens} tokens, and with an answer of up to {asked.sampling.max_tokens} the "
            f"server takes {asked.context_tokens}.",
            "Ask for shorter answers with --max-tokens, or raise serving.max_model_tokens in "
            "workbench.toml as far as the model's own context goes.",
        )
    left_out = {row.example_id for row in unanswered}
    found = sorted((row["example_id"], row["sample"]) for row in read_json_lines(file))
    wanted = sorted(
        (example.example_id, sample)
        for example in examples
        if example.example_id not in left_out
        for sample in range(asked.sampling.n)
    )
    if found != wanted:
        present = len(set(found) & set(wanted))
        raise EvaluationError(
            f"Only {present} of {len(wanted)} answers are in {file}, or some are there twice.",
            "Run the same command again: it asks for what is missing.",
        )


def _outcomes(
    model: ChatModel,
    wanted: _Wanted,
    examples: Sequence[Example],
    progress: Progress,
    done: int,
) -> Iterator[list[dict[str, Any]] | Unanswered]:
    """Yield the answers to each prompt, or that it has none, as they come, in no fixed order.

    After a failure nothing more is asked, but what the server still answers is kept.
    """
    failed = Event()

    def ask(example: Example) -> list[dict[str, Any]] | Unanswered | None:
        if failed.is_set():
            return None
        try:
            sampling = wanted.sampling_for(example)
            return _rows(example, model.complete(wanted.model, example.prompt, sampling))
        except PromptTooLongError as exc:
            return Unanswered(example.example_id, exc.tokens)
        except WorkbenchError:
            failed.set()
            raise

    failure: WorkbenchError | None = None
    with ThreadPoolExecutor(_PARALLEL) as pool:
        asked = [pool.submit(ask, example) for example in examples]
        try:
            for future in as_completed(asked):
                try:
                    outcome = future.result()
                except WorkbenchError as exc:
                    failure = failure or exc
                    continue
                if outcome is not None:
                    done += 1
                    progress.update(done)
                    yield outcome
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
    if failure is not None:
        raise failure


def _rows(example: Example, completions: Sequence[Completion]) -> list[dict[str, Any]]:
    return [
        asdict(
            Answer(
                example.example_id,
                example.split,
                sample,
                example.prompt,
                completion.text,
                completion.finish_reason,
                completion.completion_tokens,
            )
        )
        for sample, completion in enumerate(completions)
    ]


def _kept_lines(file: Path, samples: int) -> set[str]:
    """Keep what an interrupted generation finished; return the ids of the prompts answered."""
    rows: dict[str, list[Mapping[str, Any]]] = {}
    for row in read_whole_json_lines(file):
        rows.setdefault(row["example_id"], []).append(row)
    whole = {example_id: found for example_id, found in rows.items() if len(found) == samples}
    kept = [row for found in whole.values() for row in found]
    write_atomic(file, answer_lines(kept))
    return set(whole)
