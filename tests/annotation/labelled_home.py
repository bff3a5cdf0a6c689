"""A small home with a running Argilla, and people who answer in it."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from annotation.client import ArgillaClient, RemoteRecord
from tests.annotation.small_server import key_of, running_argilla
from workbench.home import Home
from workbench.store import resolve_version
from workbench.version_rows import read_examples
from workbench.workflows.annotate_server import open_argilla
from workbench.workflows.curate import curate
from workbench.workflows.import_files import import_files
from workbench.workflows.init_home import init_home

TASK = """
name: intake
objective: Summarise.
rubric:
  - {name: utility, question: "Is it useful?", anchors: {1: a, 4: b, 7: c, 10: d}}
"""
CAREFUL_TASK = f'prompt: {{system: "You are careful."}}{TASK}'
TONE = '  - {name: tone, question: "Is it polite?", anchors: {1: a, 4: b, 7: c, 10: d}}\n'
NOTES = tuple((f"The tenant {n} fell in the hall {n * 7}.", f"Row {n}.") for n in range(60))
THREE_ANSWERS = ("good answer {number}", "fair answer {number}", "bad answer {number}")
Judge = Callable[[RemoteRecord], Mapping[str, Any] | None]


@contextmanager
def labelled_home(
    root: Path,
    *,
    task: str = TASK,
    recipe: str = "",
    roster: str = "",
    notes: Sequence[tuple[str, str]] = NOTES,
    more: Sequence[Path] = (),
) -> Iterator[Home]:
    """Yield a home with a curated version and a running Argilla.

    Args:
        root: An empty folder.
        task: Text of the task file.
        recipe: Text of the recipe; empty for the template's.
        roster: Text of annotators.yaml; empty for none.
        notes: Inputs with their answers.
        more: Further files to import.
    """
    home = Home(root / "home")
    init_home(home.root, template="demo", base_model="demo")
    home.task_file.write_text(task)
    if recipe:
        home.recipe_file.write_text(recipe)
    if roster:
        home.roster_file.write_text(roster)
    with (root / "notes.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("note", "summary"), *notes])
    import_files(home, [root / "notes.csv", *more])
    curate(home)
    with running_argilla(home):
        yield home


def answer_records(
    home: Home, dataset_id: str, username: str, judge: Judge, limit: int | None = None
) -> int:
    """Answer, as one user, the records of which there is something to say; return how many.

    Args:
        home: The project.
        dataset_id: Its records are answered, each anew.
        username: Who answers; `owner` for the owner.
        judge: Says what is answered to a record; None for nothing.
        limit: Only so many of the first records.
    """
    with open_argilla(home) as client:
        given = [
            {
                "record_id": record.record_id,
                "status": "submitted",
                "values": {name: {"value": value} for name, value in values.items()},
            }
            for record in islice(client.records(dataset_id), limit)
            if (values := judge(record))
        ]
        with ArgillaClient(client.url, key_of(client, username)) as own:
            list(own.answer(given))
    return len(given)


def write_answer_set(
    home: Home, name: str, texts: Sequence[str], n_prompts: int | None = None
) -> list[str]:
    """Write a set of generated answers as `workbench generate` does.

    Args:
        home: The project.
        name: Of the set.
        texts: What is answered to each prompt; {input} and {number} stand for those of the prompt.
        n_prompts: How many prompts of the train split are answered; None for all.

    Returns: The ids of these examples.
    """
    version = resolve_version(home, "latest:examples")
    folder = home.answers / name
    folder.mkdir(parents=True)
    about = {
        "arm": "sft",
        "model": "sft-1",
        "version": version.manifest.digest,
        "split": "train",
        "sampling": {},
        "created_at": "2026-11-23T12:00:00",
    }
    (folder / "set.json").write_text(json.dumps(about))
    examples = read_examples(version, "train")[:n_prompts]
    rows = [
        {
            "example_id": example.example_id,
            "split": example.split,
            "sample": sample,
            "prompt": list(example.prompt),
            "text": text.format(input=example.input, number=number),
        }
        for number, example in enumerate(examples)
        for sample, text in enumerate(texts)
    ]
    (folder / "answers.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return [example.example_id for example in examples]
