"""Push rows of a version to Argilla, and what every push has in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from annotation.instruction_task import (
    instruction_fields,
    instruction_item,
    instruction_task,
    is_chat,
)
from annotation.label_folder import LabelFolder, Push, list_pushes
from annotation.push_turn import push_turn
from annotation.sampled_answers import seeded_order
from annotation.tasks import Definition, LabelItem
from workbench.errors import EmptySplitError
from workbench.home import Home
from workbench.records import Example
from workbench.settings import load_settings
from workbench.store import resolve_version
from workbench.task import Task, load_task
from workbench.version_rows import read_examples
from workbench.workflows.annotate_marks import MarkFinder
from workbench.workflows.annotate_people import let_people_in
from workbench.workflows.annotate_server import dataset_url, open_argilla
from workbench.workflows.earlier_answers import other_versions, push_with_answers
from workbench.workflows.labelled_versions import LATEST, version_to_label
from workbench.workflows.recipe_file import load_recipe

Pushes = Sequence[tuple[LabelFolder, Push]]


@dataclass(frozen=True, slots=True)
class PushResult:
    """What a push did.

    Attributes:
        kind: What is labelled.
        dataset: Name of the dataset in Argilla.
        url: Where people answer it.
        version: Digest of the version that the rows come from.
        n_pushed: Records that are new on the server.
        n_existing: Records that were there; what people wrote is untouched.
        n_records: Records of this dataset that were pushed from here in all.
        n_carried: New records that came with answers: to an earlier version of the dataset, or to
            the same record before somebody deleted it.
        n_late: Answers to an earlier version that came to records which were there.
        n_left: Answers to an earlier version that stay there: who gave them may no longer work in
            the workspace, or Argilla refused them.
        n_identical: Prompts left out because two answers are the same.
        n_single: Prompts left out because they lack an answer.
        n_rows: Rows whose findings were pushed, of which one can have several; 0 of other kinds.
        is_continued: Whether people go on with a version from which the latest was pulled.
    """

    kind: str
    dataset: str
    url: str
    version: str
    n_pushed: int
    n_existing: int
    n_records: int
    n_carried: int = 0
    n_late: int = 0
    n_left: int = 0
    n_identical: int = 0
    n_single: int = 0
    n_rows: int = 0
    is_continued: bool = False


class LabelSource(Protocol):
    """Rows that people can be asked about, and how they are asked."""

    @property
    def definition(self) -> Definition:
        """The dataset in which they are asked."""

    @property
    def made(self) -> Push:
        """What to remember of a push."""

    @property
    def record_ids(self) -> Mapping[str, str]:
        """The id of each record, by the row that it stands on."""

    def items(
        self, record_ids: Sequence[str], folder: LabelFolder, earlier: Pushes
    ) -> list[LabelItem]:
        """Return some records as people see them.

        Args:
            record_ids: Which ones.
            folder: Of their dataset.
            earlier: Other versions of that dataset, the latest first.
        """


@dataclass(frozen=True, slots=True)
class InstructionSource:
    """The examples of a split, whose answers are corrected, judged and rated."""

    definition: Definition
    made: Push
    examples: Mapping[str, Example]
    task: Task
    finder: MarkFinder

    @property
    def record_ids(self) -> Mapping[str, str]:
        return {name: name for name in self.examples}

    def items(
        self, record_ids: Sequence[str], folder: LabelFolder, earlier: Pushes
    ) -> list[LabelItem]:
        del folder, earlier  # a draft stands in no blind order
        return [self._item(self.examples[name]) for name in record_ids]

    def _item(self, example: Example) -> LabelItem:
        found = self.finder.find(instruction_fields(example, self.task))
        return instruction_item(example, self.task, found)


def push_instructions(
    home: Home,
    *,
    version: str = "",
    split: str = "train",
    limit: int | None = None,
    seed: int = 7,
) -> PushResult:
    """Push examples, so that people correct, judge and rate their answers.

    Args:
        home: The project.
        version: Whose examples; empty for the newest ones, see `version_to_label`.
        split: Only this split.
        limit: At most so many, drawn by the seed; a larger limit adds to a smaller one.
        seed: Which ones a limit takes.

    Raises:
        EmptySplitError: The split holds no example.
        AnnotationServerError: Argilla does not answer.
    """
    source = instruction_source(home, version=version, split=split)
    result = push_drawn(home, source, limit=limit, seed=seed)
    is_latest = source.made.version == resolve_version(home, LATEST).manifest.digest
    return replace(result, is_continued=not version and not is_latest)


def instruction_source(home: Home, *, version: str, split: str) -> InstructionSource:
    """Return the examples of a split; see `push_instructions`."""
    found = resolve_version(home, version) if version else version_to_label(home, split)
    examples = read_examples(found, split)
    digest = found.manifest.digest
    if not examples:
        raise EmptySplitError(
            f"Split {split} of version {digest} holds no example.",
            "Name another split or version; `workbench data list` shows them.",
        )
    task, finder = load_task(home.task_file), MarkFinder(load_recipe(home).personal_data)
    definition = instruction_task(
        task,
        source=f"{digest}:{split}",
        kinds=finder.kinds,
        has_chats=any(map(is_chat, examples)),
    )
    made = Push("instructions", definition.name, "", digest, split=split)
    by_id = {example.example_id: example for example in examples}
    return InstructionSource(definition, made, by_id, task, finder)


def push_drawn(home: Home, source: LabelSource, *, limit: int | None, seed: int) -> PushResult:
    """Push records of a source, at most so many, drawn by the seed."""
    record_ids = source.record_ids.values()
    drawn = seeded_order({name: name for name in record_ids}, seed=seed)[:limit]
    folder = LabelFolder(home.labels / source.definition.name)
    with push_turn(home):
        items = source.items(drawn, folder, list_pushes(home.labels, source.made.kind))
        return push_dataset(home, source.definition, items, source.made)


def push_dataset(
    home: Home, definition: Definition, items: Sequence[LabelItem], made: Push
) -> PushResult:
    """Push records, let the annotators in, and remember what was pushed; in a `push_turn`.

    Where the dataset is a new version of an earlier one, as after a change of the rubric, people's
    answers to records that show the same come with them, as far as they fit; also those that were
    given there since the last push. Records that somebody deleted come with their last answers.

    Args:
        home: The project.
        definition: The dataset.
        items: Its records.
        made: What to remember of them; ids are added.

    Raises:
        AnnotationServerError: Argilla does not answer.
    """
    workspace = load_settings(home.settings_file).argilla.workspace
    with open_argilla(home) as client:
        let_people_in(home, client)
        folder = LabelFolder(home.labels / definition.name)
        names = {item.external_id for item in items}
        pushes = list_pushes(home.labels, made.kind, calibration=made.calibration)
        earlier = other_versions(client, pushes, definition.name, names)
        pushed = push_with_answers(client, workspace, folder, earlier, definition, items)
        url = dataset_url(client.url, pushed.dataset.dataset_id)
    ids = tuple(item.external_id for item in items)
    sent = replace(made, dataset_id=pushed.dataset.dataset_id, external_ids=ids)
    kept = folder.add_push(sent)
    return PushResult(
        definition.kind,
        definition.name,
        url,
        made.version,
        pushed.dataset.n_new,
        pushed.dataset.n_existing,
        len(kept.external_ids),
        pushed.n_carried,
        pushed.n_late,
        pushed.n_left,
    )
