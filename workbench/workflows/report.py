"""Write the report: one page and its numbers, from what the home folder holds."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from serving.served_parity import PARITY_RECORD, ServedParity, enforce
from workbench import __version__
from workbench.errors import ParityError
from workbench.evaluation.answer_sets import read_answer_set
from workbench.evaluation.metrics import normalise
from workbench.evaluation.parsing import parse_answer
from workbench.evaluation.report_page import render_report
from workbench.evaluation.statistics import estimate, share_estimate
from workbench.files import write_atomic, write_json
from workbench.home import Home
from workbench.settings import load_settings
from workbench.store import open_store, resolve_version
from workbench.task import Task, load_task
from workbench.version_rows import read_examples
from workbench.workflows.data import list_data
from workbench.workflows.report_headline import headline
from workbench.workflows.runs import all_runs, show_run
from workbench.workflows.votes import VoteSummary, vote_summary

PAGE_FILE, NUMBERS_FILE = "report.html", "report.json"
_SAMPLES = 3


@dataclass(frozen=True, slots=True)
class ReportFiles:
    """Where a report lies."""

    html: Path
    json: Path


def write_report(home: Home) -> ReportFiles:
    """Write a report of how the project stands; what is missing yet is named in it."""
    content = _content(home)
    written = datetime.now(UTC)
    content["created_at"] = written.isoformat(timespec="seconds")
    folder = home.reports / f"{written:%Y%m%d-%H%M%S-%f}"
    folder.mkdir(parents=True, mode=0o700)
    files = ReportFiles(folder / PAGE_FILE, folder / NUMBERS_FILE)
    write_json(files.json, content)
    write_atomic(files.html, render_report(content))
    return files


def _content(home: Home) -> dict[str, Any]:
    task = load_task(home.task_file)
    evaluation = _newest_evaluation(home)
    votes = vote_summary(home)
    data = _data(home)
    preferences = _preferences(votes)
    content = {
        "project": load_settings(home.settings_file).project,
        "objective": task.objective,
        "workbench": __version__,
        "simulated": bool(votes.n_simulated)
        or any(version["simulated_rows"] for version in data["versions"]),
        "data": data,
        "runs": _runs(home),
        "merged": _merged(home),
        "evaluation": evaluation,
        "votes": asdict(votes),
        "preferences": preferences,
        "scores": _scores(votes),
        "demo": (home.root / "demo.json").is_file(),
        "samples": _samples(home, task, evaluation) if evaluation else [],
    }
    return {"headline": headline(evaluation, preferences, votes), **content}


def _newest_evaluation(home: Home) -> dict[str, Any] | None:
    found = [json.loads(path.read_text()) for path in home.evaluations.glob("evaluation-*.json")]
    return max(found, key=lambda item: str(item["created_at"]), default=None)


def _data(home: Home) -> dict[str, Any]:
    if not home.store_file.is_file():
        return {"sources": [], "versions": [], "rules": [], "quarantined": {}}
    listed = list_data(home)
    with open_store(home) as store:  # knows what made a version even once its folder was removed
        recipes = {v.manifest.digest: v.manifest.recipe for v in store.list_versions()}
    return {
        "sources": [asdict(source) for source in listed.sources],
        "versions": [
            {**asdict(version), "made_by": _made_by(recipes[version.digest])}
            for version in listed.versions
        ],
        "rules": _rules(home, [version.digest for version in listed.versions]),
        "quarantined": dict(listed.quarantined),
    }


def _made_by(recipe: Mapping[str, Any]) -> str:
    """Return how a version came about, for people."""
    if recipe.get("workflow") == "annotate":
        return f"{recipe['kind']} labelled in Argilla, {recipe['answers']} answers"
    if recipe.get("made_by") == "feedback":
        return "blind votes"
    return "curation" if "curate" in recipe else "other"


def _rules(home: Home, digests: Sequence[str]) -> list[dict[str, Any]]:
    """Count what each rule did on the way to each version, in the order of its decisions."""
    found = []
    with open_store(home) as store:
        for digest in digests:
            decisions = [item.decision for item in store.decisions(version=digest)]
            counts = Counter((item.stage, item.rule, item.action) for item in decisions)
            found += [
                {"version": digest, "stage": stage, "rule": rule, "action": action, "rows": rows}
                for (stage, rule, action), rows in counts.items()
            ]
    return found


def _runs(home: Home) -> list[dict[str, Any]]:
    found = []
    for record in all_runs(home):
        view = show_run(home, record.run_id)
        found.append(
            {
                **record.to_json(),
                "tokens_per_second": record.summary.get("tokens_per_second"),
                "metrics": [_finite(row) for row in view.metrics],
            }
        )
    return found


def _finite(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row of metrics as strict JSON can hold it: a loss that is no number is None."""
    return {
        name: None if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in row.items()
    }


def _merged(home: Home) -> list[dict[str, Any]]:
    found = []
    for path in sorted(home.models.glob("[!.]*/provenance.json")):
        provenance = json.loads(path.read_text())
        record = path.with_name(PARITY_RECORD)
        served = json.loads(record.read_text()) if record.is_file() else None
        found.append(
            {
                "name": provenance["name"],
                "run_id": provenance["run_id"],
                "merge_parity": provenance["parity"],
                "served_parity": served,
                "parity_passed": served is not None and _holds(ServedParity(**served)),
            }
        )
    return found


def _holds(parity: ServedParity) -> bool:
    try:
        enforce(parity)
    except ParityError:
        return False
    return True


def _preferences(votes: VoteSummary) -> list[dict[str, Any]]:
    """Count the votes of each pair of arms; ties stay out of the preferred share.

    An arm is another model in another study, and a scripted vote is no expert's: neither is pooled.
    """
    rows: dict[tuple[str, bool, str, str], list[Mapping[str, Any]]] = {}
    for row in votes.rows:
        first, second = _in_order((row["arm_left"], row["arm_right"]))
        rows.setdefault((*_sitting(row), first, second), []).append(row)
    return [_preference(*of, cast) for of, cast in rows.items()]


def _sitting(row: Mapping[str, Any]) -> tuple[str, bool]:
    """Return which study a vote belongs to, and whether a script cast it."""
    return row["study"], row["simulated"]


def _preference(
    study: str, simulated: bool, first: str, second: str, cast: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    winners = [row[f"arm_{row['choice']}"] for row in cast if row["choice"] in ("left", "right")]
    prompts = [row["prompt"] for row in cast if row["choice"] in ("left", "right")]
    share = (
        asdict(share_estimate([float(winner == second) for winner in winners], prompts))
        if winners
        else None
    )
    return {
        "study": study,
        "simulated": simulated,
        "first": first,
        "second": second,
        "split": cast[0]["split"],
        "votes": len(cast),
        "first_better": winners.count(first),
        "second_better": winners.count(second),
        "both_usable": sum(row["choice"] == "both_usable" for row in cast),
        "both_unusable": sum(row["choice"] == "both_unusable" for row in cast),
        "preferred": share,
    }


def _scores(votes: VoteSummary) -> list[dict[str, Any]]:
    """Return the mean score of each arm by study and criterion, with an interval over prompts."""
    given: dict[tuple[str, bool, str], dict[str, list[tuple[float, str]]]] = {}
    for row in votes.rows:
        for place, score in row["scores"].items():
            criterion, _, side = place.rpartition(":")
            arms = given.setdefault((*_sitting(row), criterion), {})
            arms.setdefault(row[f"arm_{side}"], []).append((float(score), row["prompt"]))
    return [
        {
            "study": study,
            "simulated": simulated,
            "criterion": criterion,
            "arms": {
                arm: asdict(estimate(*map(list, zip(*arms[arm], strict=True))))
                for arm in _in_order(arms)
            },
        }
        for (study, simulated, criterion), arms in given.items()
    ]


def _in_order(arms: Iterable[str]) -> list[str]:
    """Return arms in the order in which models are made; others by name, after them."""
    made = ("base", "sft", "dpo")
    return sorted(arms, key=lambda arm: (made.index(arm) if arm in made else len(made), arm))


def _wrong_fields(answer: str, reference: str, task: Task) -> dict[str, Any] | None:
    """Return how many fields of the reference there are, and which the answer gets wrong."""
    wanted = parse_answer(reference, task.output).values
    if not wanted:
        return None
    given = parse_answer(answer, task.output).values
    wrong = [n for n in wanted if normalise(given.get(n, "")) != normalise(wanted[n])]
    return {"n": len(wanted), "wrong": wrong}


def _samples(home: Home, task: Task, evaluation: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return a few prompts with every arm's answer, evenly spread over the split."""
    split = evaluation["split"]
    texts = {
        arm: {
            answer.example_id: answer.text
            for answer in read_answer_set(home.answers / item["answer_set"]).answers
        }
        for arm, item in evaluation["arms"].items()
    }
    answered = set.intersection(*(set(found) for found in texts.values()))
    examples = [
        example
        for example in read_examples(resolve_version(home, evaluation["version"]), split)
        if example.example_id in answered
    ]
    chosen = examples[:: max(1, len(examples) // _SAMPLES)][:_SAMPLES]
    return [
        {
            "example_id": example.example_id,
            "split": split,
            "prompt": example.prompt[-1]["content"],
            "reference": example.completion,
            "answers": {arm: found[example.example_id] for arm, found in texts.items()},
            "fields": {
                arm: _wrong_fields(found[example.example_id], example.completion, task)
                for arm, found in texts.items()
            },
        }
        for example in chosen
    ]
