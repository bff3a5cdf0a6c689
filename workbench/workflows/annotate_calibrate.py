"""Push a calibration set: records that everybody answers, to be compared with a reference."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from annotation.calibration import REFERENCE_SUFFIX, calibration_task, reference_task
from annotation.carry_over import Earlier
from annotation.client import ArgillaClient
from annotation.label_folder import LabelFolder, Reference, list_pushes
from annotation.push_turn import push_turn
from annotation.reference_file import Values, as_shown, read_reference_file
from annotation.roster import Roster, annotators_of, members_by_workspace
from annotation.sampled_answers import seeded_order
from annotation.tasks import Definition, LabelItem
from workbench.errors import AnnotationError
from workbench.home import Home
from workbench.settings import load_settings
from workbench.workflows.annotate_people import let_people_in, load_roster
from workbench.workflows.annotate_push import (
    LabelSource,
    PushResult,
    instruction_source,
    push_dataset,
)
from workbench.workflows.annotate_server import dataset_url, open_argilla
from workbench.workflows.earlier_answers import push_with_answers
from workbench.workflows.push_answers import preference_source, ranking_source


@dataclass(frozen=True, slots=True)
class CalibrationResult:
    """What came of pushing a calibration set.

    Attributes:
        pushed: What was pushed for everybody.
        people: Who answers it.
        reference: The person or the file whose answers are the reference.
        reference_url: Where that person answers; empty with a file.
    """

    pushed: PushResult
    people: tuple[str, ...]
    reference: str
    reference_url: str = ""


def calibrate_instructions(
    home: Home,
    *,
    reference: str,
    version: str = "",
    split: str = "train",
    n_items: int | None = None,
    seed: int = 7,
) -> CalibrationResult:
    """Push examples that everybody corrects, judges and rates, to be compared with a reference.

    Args:
        home: The project.
        reference: A person of the roster, or a file of reference answers; see `reference_file`.
        version: Whose examples; empty for those that people label, see `version_to_label`.
        split: Only this split.
        n_items: How many records, drawn by the seed; a larger number adds to a smaller one.
            None takes every row of a file.
        seed: Which ones are drawn.

    Raises:
        EmptySplitError: The split holds no example.
        AnnotationError: Nobody is there to answer, the reference is neither a person nor a file
            that fits the task, or there are fewer rows than asked for.
        AnnotationServerError: Argilla does not answer.
    """
    source = instruction_source(home, version=version, split=split)
    return _push_calibration(home, source, reference, n_items=n_items, seed=seed)


def calibrate_preferences(
    home: Home, *, reference: str, answer_set: str, n_items: int | None = None, seed: int = 7
) -> CalibrationResult:
    """Push pairs of generated answers, blind, from which everybody chooses.

    See `calibrate_instructions`, and `push_preferences` for the set of answers.
    """
    source = preference_source(home, answer_set=answer_set, seed=seed)
    return _push_calibration(home, source, reference, n_items=n_items, seed=seed)


def calibrate_rankings(
    home: Home,
    *,
    reference: str,
    answer_set: str,
    n_answers: int = 3,
    n_items: int | None = None,
    seed: int = 7,
) -> CalibrationResult:
    """Push three or four generated answers a prompt, blind, which everybody ranks.

    See `calibrate_instructions`, and `push_rankings` for the set of answers.
    """
    source = ranking_source(home, answer_set=answer_set, n_answers=n_answers, seed=seed)
    return _push_calibration(home, source, reference, n_items=n_items, seed=seed)


@dataclass(frozen=True, slots=True)
class _Plan:
    """A calibration set before it is pushed.

    Attributes:
        definition: The dataset that everybody answers.
        drawn: External ids of its records.
        people: Who answers it.
        person: Whose answers are the reference; empty with a file.
        answers: Reference answers of the file by record, as it has them.
    """

    definition: Definition
    drawn: list[str]
    people: list[str]
    person: str
    answers: dict[str, Values]


def _push_calibration(
    home: Home, source: LabelSource, reference: str, *, n_items: int | None, seed: int
) -> CalibrationResult:
    plan = _plan(home, source, reference, n_items=n_items, seed=seed)
    folder = LabelFolder(home.labels / plan.definition.name)
    with push_turn(home):
        earlier = list_pushes(home.labels, source.made.kind, calibration=True)
        items = source.items(plan.drawn, folder, earlier)
        kept, url = _file_reference(folder, plan), ""
        if plan.person:
            kept, url = _push_reference(home, source.definition, items, plan.person)
        folder.write_reference(kept)
        made = replace(source.made, dataset=plan.definition.name, calibration=True)
        pushed = push_dataset(home, plan.definition, items, made)
        _let_everybody_answer(home, plan.definition)
    return CalibrationResult(pushed, tuple(plan.people), reference, url)


def _plan(
    home: Home, source: LabelSource, reference: str, *, n_items: int | None, seed: int
) -> _Plan:
    roster = load_roster(home)
    workspace = load_settings(home.settings_file).argilla.workspace
    person = _person(home, roster, reference)
    people = sorted(annotators_of(roster, workspace) - {person})
    if not people:
        raise AnnotationError(
            f"Nobody in workspace {workspace} is there to be compared with {reference}.",
            "Name annotators in annotators.yaml or in labelling.annotators of task.yaml.",
        )
    answers: dict[str, Values] = {}
    if not person:
        by_row = read_reference_file(Path(reference), source.definition, source.record_ids)
        answers = {source.record_ids[row]: values for row, values in by_row.items()}
    candidates = list(answers) or list(source.record_ids.values())
    drawn = _draw(candidates, reference, n_items or len(answers), seed=seed)
    n_answers = len(members_by_workspace(roster, workspace)[workspace])
    definition = calibration_task(source.definition, n_answers=n_answers)
    return _Plan(definition, drawn, people, person, answers)


def _person(home: Home, roster: Roster, reference: str) -> str:
    """Return the reference if it is a person; empty if it is a file."""
    if reference in roster.people:
        return reference
    if Path(reference).is_file():
        return ""
    where = home.roster_file if home.roster_file.is_file() else home.task_file
    raise AnnotationError(
        f"{reference!r} is neither a person whom {where} names nor a file.",
        "Name a person who gives the reference answers, or a file of them, one JSON object a line.",
    )


def _draw(candidates: list[str], reference: str, n_items: int, *, seed: int) -> list[str]:
    if n_items < 1:
        raise AnnotationError(
            f"How many records shall be compared with {reference}?", "Say it with --items."
        )
    if n_items > len(candidates):
        raise AnnotationError(
            f"{n_items} records are asked for, and there are {len(candidates)} to take.",
            "Ask for fewer with --items, or name a larger split, set or file.",
        )
    # in another order than labels are drawn, so that the first labels are not the same records
    return seeded_order({f"calibration:{name}": name for name in candidates}, seed=seed)[:n_items]


def _file_reference(folder: LabelFolder, plan: _Plan) -> Reference:
    """Return a file's answers to what is asked now or was before, as annotators see A and B."""
    before = folder.read_push()
    asked = {*plan.drawn, *(before.external_ids if before else ())}
    order = folder.read_assignment()
    return Reference(
        answers={
            name: as_shown(values, order.get(name))
            for name, values in sorted(plan.answers.items())
            if name in asked
        }
    )


def _push_reference(
    home: Home, asked: Definition, items: list[LabelItem], person: str
) -> tuple[Reference, str]:
    """Push the records for the one who gives the reference, where nobody else can read."""
    workspace = load_settings(home.settings_file).argilla.workspace + REFERENCE_SUFFIX
    definition = reference_task(asked)
    pushes = list_pushes(home.labels, asked.kind, calibration=True)
    kept = [reference for folder, _ in pushes if (reference := folder.read_reference())]
    with open_argilla(home) as client:
        let_people_in(home, client)
        _admit_alone(client, workspace, person)
        there = client.dataset_ids()
        earlier = [
            Earlier(LabelFolder(home.labels / each.dataset), each.dataset_id)
            for each in kept
            if each.person == person and each.dataset_id in there
            if each.dataset != definition.name
        ]
        folder = LabelFolder(home.labels / definition.name)
        pushed = push_with_answers(client, workspace, folder, earlier, definition, items)
        dataset_id = pushed.dataset.dataset_id
        url = dataset_url(client.url, dataset_id)
    return Reference(person, definition.name, dataset_id), url


def _admit_alone(client: ArgillaClient, workspace: str, person: str) -> None:
    """Let a person into the workspace of the reference, unless somebody else could read there."""
    workspace_id = client.ensure_workspace(workspace)
    others = sorted(
        member.username
        for member in client.members(workspace_id)
        if member.role != "owner" and member.username != person
    )
    if others:
        raise AnnotationError(
            f"{', '.join(others)} may work in workspace {workspace}, where the reference answers "
            "can be read.",
            f"Name {workspace} among the workspaces of {person} alone in annotators.yaml, then "
            "`workbench annotate people`.",
        )
    user = next(user for user in client.users() if user.username == person)
    client.add_to_workspace(workspace_id, user)


def _let_everybody_answer(home: Home, definition: Definition) -> None:
    """Have records wait for all, also for who came into the roster after the first push."""
    workspace = load_settings(home.settings_file).argilla.workspace
    wanted = definition.settings["distribution"]
    with open_argilla(home) as client:
        found = client.find_dataset(client.ensure_workspace(workspace), definition.name)
        if found is not None and found["distribution"] != wanted:
            client.set_min_submitted(str(found["id"]), wanted["min_submitted"])
