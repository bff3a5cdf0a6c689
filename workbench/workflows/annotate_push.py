"""Push rows of a version to Argilla, and what every push has in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from annotation.carry_over import carried_from
from annotation.client import ArgillaClient
from annotation.instruction_task import (
    instruction_fields,
    instruction_item,
    instruction_task,
    is_chat,
)
from annotation.label_folder import LabelFolder, Push, list_pushes
from annotation.sampled_answers import seeded_order
from annotation.sync import PushedDataset, push
from annotation.tasks import CarriedAnswer, Definition, LabelItem
from workbench.errors import EmptySplitError
from workbench.home import Home
from workbench.settings import load_settings
from workbench.store import resolve_version
from workbench.task import load_task
from workbench.version_rows import read_examples
from workbench.workflows.annotate_marks import MarkFinder
from workbench.workflows.annotate_people import let_people_in
from workbench.workflows.annotate_server import open_argilla
from workbench.workflows.recipe_file import load_recipe


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
        n_carried: New records that came with answers to an earlier version of the dataset.
        n_identical: Prompts left out because two answers are the same.
        n_single: Prompts left out because they lack an answer.
    """

    kind: str
    dataset: str
    url: str
    version: str
    n_pushed: int
    n_existing: int
    n_records: int
    n_carried: int = 0
    n_identical: int = 0
    n_single: int = 0


def push_instructions(
    home: Home,
    *,
    version: str = "latest:examples",
    split: str = "train",
    limit: int | None = None,
    seed: int = 7,
) -> PushResult:
    """Push examples, so that people correct, judge and rate their answers.

    Args:
        home: The project.
        version: Whose examples.
        split: Only this split.
        limit: At most so many, drawn by the seed; a larger limit adds to a smaller one.
        seed: Which ones a limit takes.

    Raises:
        EmptySplitError: The split holds no example.
        AnnotationServerError: Argilla does not answer.
    """
    source = resolve_version(home, version)
    examples = read_examples(source, split)
    digest = source.manifest.digest
    if not examples:
        raise EmptySplitError(
            f"Split {split} of version {digest} holds no example.",
            "Name another split or version; `workbench data list` shows them.",
        )
    drawn = seeded_order({item.example_id: item for item in examples}, seed=seed)[:limit]
    task, finder = load_task(home.task_file), MarkFinder(load_recipe(home).personal_data)
    definition = instruction_task(
        task,
        source=f"{digest}:{split}",
        kinds=finder.kinds,
        has_chats=any(map(is_chat, examples)),
    )
    items = [
        instruction_item(example, task, finder.find(instruction_fields(example, task)))
        for example in drawn
    ]
    made = Push("instructions", definition.name, "", digest, split=split)
    return push_dataset(home, definition, items, made)


def push_dataset(
    home: Home, definition: Definition, items: Sequence[LabelItem], made: Push
) -> PushResult:
    """Push records, let the annotators in, and remember what was pushed.

    Where the dataset is a new version of an earlier one, as after a change of the rubric, people's
    answers to records that show the same come with them, as far as they fit.

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
        carried = _carried(home, client, definition, items)
        pushed = push(client, workspace, definition, items, carried=carried)
        url = f"{client.url}/dataset/{pushed.dataset_id}/annotation-mode"
    total = _remember(home, definition, items, made, pushed)
    return PushResult(
        definition.kind,
        definition.name,
        url,
        made.version,
        pushed.n_new,
        pushed.n_existing,
        total,
        len(carried),
    )


def _carried(
    home: Home, client: ArgillaClient, definition: Definition, items: Sequence[LabelItem]
) -> dict[str, tuple[CarriedAnswer, ...]]:
    """Return answers to earlier versions of a dataset, for the records that are new in this one."""
    pushes = list_pushes(home.labels, definition.kind)
    known = {
        name for _, push in pushes if push.dataset == definition.name for name in push.external_ids
    }
    new = [item for item in items if item.external_id not in known]
    names = {item.external_id for item in new}
    there = client.dataset_ids()
    earlier = [
        push.dataset_id
        for _, push in pushes
        if push.dataset != definition.name
        and push.dataset_id in there
        and not names.isdisjoint(push.external_ids)
    ]
    return carried_from(client, earlier, definition, new)


def _remember(
    home: Home,
    definition: Definition,
    items: Sequence[LabelItem],
    made: Push,
    pushed: PushedDataset,
) -> int:
    """Keep what was pushed, what earlier pushes sent included; return how many records."""
    folder = LabelFolder(home.labels / definition.name)
    before = folder.read_push()
    ids = dict.fromkeys(before.external_ids if before else ())
    ids.update(dict.fromkeys(item.external_id for item in items))
    folder.write_push(replace(made, dataset_id=pushed.dataset_id, external_ids=tuple(ids)))
    return len(ids)
