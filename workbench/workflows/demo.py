"""The whole loop on the demo task, stage by stage, with every part that a user has."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from workbench.demo import write_consultations
from workbench.errors import ConfigError
from workbench.files import write_json
from workbench.home import Home
from workbench.progress import track
from workbench.records import Example, SplitName
from workbench.store import resolve_version
from workbench.task import load_task
from workbench.version_rows import read_examples
from workbench.workflows.annotate_pull import pull_instructions
from workbench.workflows.annotate_push import push_instructions
from workbench.workflows.annotate_scripted import answer_as_simulated
from workbench.workflows.annotate_server import annotation_status, start_annotation
from workbench.workflows.app_server import start_app
from workbench.workflows.check_parity import check_parity
from workbench.workflows.curate import curate
from workbench.workflows.demo_people import (
    ANNOTATORS,
    instruction_answers,
    preference_answers,
    vote_as_simulated,
)
from workbench.workflows.evaluate import evaluate
from workbench.workflows.feedback import feedback
from workbench.workflows.generate import generate
from workbench.workflows.import_files import import_files
from workbench.workflows.init_home import init_home
from workbench.workflows.merge_model import merge_model
from workbench.workflows.people import create_admin
from workbench.workflows.pull_answers import pull_preferences
from workbench.workflows.push_answers import push_preferences
from workbench.workflows.report import write_report
from workbench.workflows.serve_models import serve_start
from workbench.workflows.stop import stop_all
from workbench.workflows.studies import create_study
from workbench.workflows.train_dpo import train_dpo
from workbench.workflows.train_sft import train_sft

MAPPING = "input=note,output=summary,group=writer"
DEMO_FILE = "demo.json"
# so that the two answers of a pair differ as drafts do, not by improbable tokens
_TEMPERATURE, _TOP_P = 0.9, 0.9


@dataclass(frozen=True, slots=True)
class Scale:
    """How much of everything; the quick one rehearses every stage on a fraction."""

    notes: int = 1500
    drafts: int = 200
    prompts: int = 360
    pairs: int = 200
    compared: int = 60
    tested: int | None = None
    sft: tuple[str, ...] = ()
    dpo: tuple[str, ...] = ()


FULL = Scale()
QUICK = Scale(
    notes=360,
    drafts=30,
    prompts=60,
    pairs=40,
    compared=15,
    tested=20,
    sft=("epochs=2.5",),
    dpo=("epochs=2",),
)


@dataclass(slots=True)
class DemoResult:
    """What the demo made and how long each stage took."""

    home: str
    seconds: dict[str, float] = field(default_factory=dict)
    app_url: str = ""
    admin: str = ""
    password: str = ""
    argilla_url: str = ""
    argilla_credentials: str = ""
    report: str = ""
    report_json: str = ""

    def lines(self) -> list[str]:
        """Return what the terminal shows; the last line is the path of report.json."""
        total = sum(self.seconds.values())
        lines = [f"The loop took {total / 60:.1f} minutes. Home folder: {self.home}"]
        if self.app_url:
            lines += [
                f"Application: {self.app_url}",
                f"  sign in as {self.admin} with password {self.password} (shown only now)",
                f"Argilla: {self.argilla_url} (login in {self.argilla_credentials})",
                f"Stop everything with: workbench stop --home {self.home}",
            ]
        return [*lines, f"Report: {self.report}", self.report_json]


def run_demo(folder: Path, *, headless: bool = False, quick: bool = False) -> DemoResult:
    """Run the loop in `folder`; run again after an interruption, it continues.

    Args:
        folder: Home folder of the demo; made if it is not there.
        headless: Stop every server at the end and leave no application open.
        quick: A rehearsal on a fraction of the notes; its models are worse for it.

    Raises:
        ConfigError: The folder is the home of a real project.
    """
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    home = Home(folder.expanduser().resolve())
    _claim(home)
    init_home(folder, template="demo", base_model="demo")
    result = DemoResult(str(home.root))
    try:
        _run(home, QUICK if quick else FULL, result)
    except BaseException:
        stop_all(home)
        raise
    if headless:
        with _stage(home, result, "stop"):
            stop_all(home)
        result.app_url = ""
    return result


def _claim(home: Home) -> None:
    """Mark a home as the demo's before anything else stands in it."""
    marker = home.root / DEMO_FILE
    if marker.is_file():
        return
    if home.exists:
        raise ConfigError(
            f"{home.root} is the home of a project: the demo would mix its invented notes into it.",
            "Name a new folder with --home.",
        )
    home.root.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_json(marker, {"stages": []})


def _run(home: Home, scale: Scale, result: DemoResult) -> None:
    with _stage(home, result, "import"):
        import_files(
            home, [write_consultations(home.root / "input", count=scale.notes)], mapping=MAPPING
        )
    with _stage(home, result, "curate"):
        curated = curate(home).version
    with _stage(home, result, "annotate"):
        examples = _label_instructions(home, scale, curated)
    with _stage(home, result, "train sft"):
        train_sft(home, version=examples, overrides=scale.sft)
    with _stage(home, result, "serve sft"):
        serve_start(home, arms=("base", "sft"))
    with _stage(home, result, "prefer"):
        pairs = _label_preferences(home, scale, examples)
    with _stage(home, result, "train dpo"):
        dpo = train_dpo(home, version=pairs, overrides=scale.dpo)
    with _stage(home, result, "merge"):
        merged = merge_model(home, run=dpo.run_id)
    with _stage(home, result, "check parity"):
        check_parity(home, name=merged.name)
    with _stage(home, result, "serve"):
        serve_start(home)
    with _stage(home, result, "evaluate"):
        evaluate(home, version=examples, limit=scale.tested)
    with _stage(home, result, "compare"):
        _compare(home, scale, examples, result)
    with _stage(home, result, "report"):
        files = write_report(home)
    result.report, result.report_json = str(files.html), str(files.json)


def _label_instructions(home: Home, scale: Scale, version: str) -> str:
    server = start_annotation(home)
    push_instructions(home, version=version, limit=scale.drafts)
    task = load_task(home.task_file)
    answer_as_simulated(home, "instructions", ANNOTATORS, instruction_answers(task))
    where = f"Argilla answers at {server.url}; its login is in {server.credentials_file}"
    print(where, file=sys.stderr, flush=True)
    return pull_instructions(home).version


def _label_preferences(home: Home, scale: Scale, version: str) -> str:
    answers = generate(
        home,
        arm="sft",
        split="train",
        version=version,
        samples=2,
        temperature=_TEMPERATURE,
        top_p=_TOP_P,
        max_tokens=128,
        limit=scale.prompts,
    )
    push_preferences(home, answer_set=answers.set_id, limit=scale.pairs)
    known = _examples(home, version, "train")
    answer_as_simulated(home, "preferences", ANNOTATORS, preference_answers(known))
    return pull_preferences(home).version


def _compare(home: Home, scale: Scale, version: str, result: DemoResult) -> None:
    """Open the application, let the scripted raters vote blind, publish their votes."""
    for arm in ("sft", "dpo"):
        generate(home, arm=arm, split="feedback", version=version, limit=scale.compared)
    create_study(home, arms=("sft", "dpo"))
    app = start_app(home, port=0)
    account = create_admin(home)
    result.app_url, result.admin, result.password = app.url, account.name, account.password
    argilla = annotation_status(home)
    result.argilla_url, result.argilla_credentials = argilla.url, argilla.credentials_file
    known = _examples(home, version, "feedback")
    with track("simulated votes") as progress:
        vote_as_simulated(home, app.url, known, progress.update)
    feedback(home)


def _examples(home: Home, version: str, split: SplitName) -> dict[str, Example]:
    found = read_examples(resolve_version(home, version), split)
    return {example.example_id: example for example in found}


@contextmanager
def _stage(home: Home, result: DemoResult, name: str) -> Iterator[None]:
    """Announce a stage, time it and note that in the home folder."""
    print(f"\n── {name}", file=sys.stderr, flush=True)
    started = time.perf_counter()
    yield
    result.seconds[name] = round(time.perf_counter() - started, 2)
    stages = [{"name": key, "seconds": value} for key, value in result.seconds.items()]
    write_json(home.root / DEMO_FILE, {"stages": stages})
