"""What people said before to the records of a dataset, in earlier versions or before a loss."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from annotation.carry_over import (
    Earlier,
    Wanted,
    carried_from,
    give_as_authors,
    kept_answers,
)
from annotation.client import ArgillaClient
from annotation.label_folder import LabelFolder, Push, list_pushes
from annotation.reading_material import shown_digest
from annotation.sync import PulledDataset, PushedDataset, Target, open_target, send
from annotation.tasks import CarriedAnswer, Definition, LabelItem
from workbench.home import Home

SUBMITTED = "submitted"


def earlier_answers(
    client: ArgillaClient,
    target: Target,
    folder: LabelFolder,
    earlier: Sequence[Earlier],
    definition: Definition,
    items: Sequence[LabelItem],
) -> dict[str, list[CarriedAnswer]]:
    """Return the answers that a dataset lacks, by record.

    They are the last ones to records that somebody deleted in Argilla, and those that were given in
    earlier versions of the dataset to records that show the same. What its author deleted after it
    was carried over does not come again.

    Args:
        client: With an owner's rights.
        target: The dataset.
        folder: What we keep of it.
        earlier: Other versions, the latest first.
        definition: The dataset's definition.
        items: The records.
    """
    pushed = folder.read_push()
    names = {item.external_id for item in items} - target.record_ids.keys()
    lost = names & set(pushed.external_ids if pushed else ())
    found = _kept(client, folder, lost) if lost else {}
    answered = {name: set(users) for name, users in target.answered.items()}
    for name, times in folder.read_given().items():
        if name in answered:
            answered[name] |= times.keys()
    for name, answers in found.items():
        answered[name] = {answer.user_id for answer in answers}
    shown = {item.external_id: shown_digest(item.fields) for item in items}
    wanted = Wanted(definition.questions, shown, answered)
    for name, answers in carried_from(client, earlier, wanted).items():
        found.setdefault(name, []).extend(answers)
    return found


@dataclass(frozen=True, slots=True)
class PushedWithAnswers:
    """What a push did; `n_carried` and `n_late` as in `annotate_push.PushResult`."""

    dataset: PushedDataset
    n_carried: int
    n_late: int


def push_with_answers(
    client: ArgillaClient,
    workspace: str,
    folder: LabelFolder,
    earlier: Sequence[Earlier],
    definition: Definition,
    items: Sequence[LabelItem],
) -> PushedWithAnswers:
    """Push records, and with them the answers that the dataset lacks; see `earlier_answers`.

    Args:
        client: With an owner's rights.
        workspace: Name of the workspace.
        folder: What we keep of the dataset.
        earlier: Other versions of it, the latest first.
        definition: The dataset.
        items: Its records.
    """
    target = open_target(client, workspace, definition, items)
    found = earlier_answers(client, target, folder, earlier, definition, items)
    folder.add_given(found)
    late = {name: answers for name, answers in found.items() if name in target.record_ids}
    dataset = send(client, target, definition, items, found)
    n_late = give_as_authors(client, target, items, late) if late else 0
    return PushedWithAnswers(dataset, len(found) - len(late), n_late)


def late_answers(home: Home, client: ArgillaClient, push: Push, pulled: PulledDataset) -> int:
    """Return how many answers an earlier version of a dataset got that this one lacks.

    People go on there if nobody tells them; the next push brings what they said.

    Args:
        home: The project.
        client: With an owner's rights.
        push: What was pushed to the dataset.
        pulled: What people answered in it.
    """
    pushes = list_pushes(home.labels, push.kind, calibration=push.calibration)
    before = [(folder, each) for folder, each in pushes if each.pushed_at < push.pushed_at]
    earlier = other_versions(client, before, push.dataset, set(push.external_ids))
    if not earlier:
        return 0
    user_ids = {user.username: user.user_id for user in client.users()}
    answered: dict[str, set[str]] = {
        name: set(times)
        for name, times in LabelFolder(home.labels / push.dataset).read_given().items()
    }
    for revision in pulled.revisions:
        user_id = user_ids.get(revision.username, revision.username)
        answered.setdefault(revision.external_id, set()).add(user_id)
    questions = client.describe_dataset(push.dataset_id)["questions"]
    late = carried_from(client, earlier, Wanted(questions, pulled.shown, answered))
    # a draft is nothing yet that could be missed
    return sum(answer.status == SUBMITTED for answers in late.values() for answer in answers)


def other_versions(
    client: ArgillaClient,
    pushes: Sequence[tuple[LabelFolder, Push]],
    dataset: str,
    names: set[str],
) -> list[Earlier]:
    """Return the datasets on the server, other than that one, that were pushed some of the records.

    Args:
        client: With an owner's rights.
        pushes: What was pushed, the last first.
        dataset: Name of the dataset that is meant.
        names: Its records.
    """
    others = [(folder, push) for folder, push in pushes if push.dataset != dataset]
    sharing = [each for each in others if not names.isdisjoint(each[1].external_ids)]
    there = client.dataset_ids() if sharing else set()
    return [
        Earlier(folder, push.dataset_id) for folder, push in sharing if push.dataset_id in there
    ]


def _kept(
    client: ArgillaClient, folder: LabelFolder, names: set[str]
) -> dict[str, list[CarriedAnswer]]:
    user_ids: Mapping[str, str] = {user.username: user.user_id for user in client.users()}
    return kept_answers(folder.read_revisions(), user_ids, names)
