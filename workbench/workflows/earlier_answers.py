"""What people said before to the records of a dataset, in earlier versions or before a loss."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from annotation.carry_over import ALWAYS, Earlier, Wanted, carried_from, kept_answers
from annotation.client import ArgillaClient, Response
from annotation.given_answers import GivenAnswer, GivenAnswers
from annotation.label_folder import LabelFolder, Push, list_pushes
from annotation.late_answers import LateGiven, give_as_authors
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

    They are the last ones to records that somebody deleted in Argilla, and those that were given,
    or changed after they were carried over, in earlier versions of the dataset to records that show
    the same. What its author changed or deleted here does not come again.

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
    given = folder.read_given()
    known = {
        name: _known_until(answers, given.get(name, {}))
        for name, answers in target.answered.items()
    }
    for name, answers in found.items():
        known[name] = dict.fromkeys((answer.user_id for answer in answers), ALWAYS)
    shown = {item.external_id: shown_digest(item.fields) for item in items}
    wanted = Wanted(definition.questions, shown, known)
    for name, answers in carried_from(client, earlier, wanted).items():
        found.setdefault(name, []).extend(answers)
    return found


@dataclass(frozen=True, slots=True)
class PushedWithAnswers:
    """What a push did; the numbers as in `annotate_push.PushResult`."""

    dataset: PushedDataset
    n_carried: int
    n_late: int
    n_left: int


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
    late = {name: answers for name, answers in found.items() if name in target.record_ids}
    with_records = {name: answers for name, answers in found.items() if name not in late}
    folder.add_given({name: _times(answers) for name, answers in with_records.items()})
    dataset = send(client, target, definition, items, with_records)
    told = LateGiven()
    if late:
        told = give_as_authors(client, target, items, late, folder.add_given)
    return PushedWithAnswers(dataset, len(with_records), told.n_given, told.n_left)


def late_answers(home: Home, client: ArgillaClient, push: Push, pulled: PulledDataset) -> int:
    """Return how many answers an earlier version of a dataset got that this one lacks.

    People go on there if nobody tells them; the next push brings what they said, also where this
    one has what they had said before.

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
    given = LabelFolder(home.labels / push.dataset).read_given()
    known = {name: dict.fromkeys(answers, ALWAYS) for name, answers in given.items()}
    for revision in pulled.revisions:
        user_id = user_ids.get(revision.username, revision.username)
        copy = given.get(revision.external_id, {}).get(user_id)
        times = (revision.inserted_at, revision.updated_at)
        is_copy = copy is not None and times == (copy.inserted_at, copy.updated_at)
        until = revision.updated_at if is_copy else ALWAYS
        known.setdefault(revision.external_id, {})[user_id] = until
    questions = client.describe_dataset(push.dataset_id)["questions"]
    late = carried_from(client, earlier, Wanted(questions, pulled.shown, known))
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


def _known_until(answers: Mapping[str, Response], given: GivenAnswers) -> dict[str, str]:
    """Return until when a record knows what each user said; see `Wanted.known`.

    Of a copy that its author left as it is, that is when it was last changed where it was given.
    """
    known = dict.fromkeys([*given, *answers], ALWAYS)
    for user_id, found in answers.items():
        copy = given.get(user_id)
        if copy is not None and copy.is_copied_in(found):
            known[user_id] = copy.updated_at
    return known


def _times(answers: Sequence[CarriedAnswer]) -> dict[str, GivenAnswer]:
    return {each.user_id: GivenAnswer(each.inserted_at, each.updated_at) for each in answers}


def _kept(
    client: ArgillaClient, folder: LabelFolder, names: set[str]
) -> dict[str, list[CarriedAnswer]]:
    user_ids: Mapping[str, str] = {user.username: user.user_id for user in client.users()}
    return kept_answers(folder.read_revisions(), user_ids, names)
