"""How people do on a calibration set: who has answered it, and how close to the reference."""

from __future__ import annotations

from dataclasses import dataclass

from annotation.calibration import (
    AnnotatorCalibration,
    Answers,
    compare_annotators,
    reference_of,
)
from annotation.client import ArgillaClient
from annotation.label_folder import LabelFolder, Push, Reference
from annotation.refusals import DatasetGoneError
from annotation.roster import annotators_of
from annotation.sync import PulledDataset, pull
from workbench.errors import AnnotationError
from workbench.home import Home
from workbench.settings import load_settings
from workbench.workflows.annotate_people import load_roster
from workbench.workflows.annotate_server import dataset_url

_REFERENCE_FOLDER = "reference"  # every revision of the reference answers, beside the set's own


@dataclass(frozen=True, slots=True)
class CalibrationStanding:
    """How a calibration set stands.

    Attributes:
        dataset: Its name in Argilla.
        person: Whose answers are the reference; empty if they come from a file.
        reference_url: Where that person answers; empty with a file.
        n_items: Records that everybody answers.
        n_reference: Those that have a reference answer; only they can be compared.
        annotators: How each user did.
        unfinished: Who should answer and has not answered all.
    """

    dataset: str
    person: str
    reference_url: str
    n_items: int
    n_reference: int
    annotators: tuple[AnnotatorCalibration, ...]
    unfinished: tuple[str, ...]


def read_standing(
    home: Home, client: ArgillaClient, folder: LabelFolder, push: Push, pulled: PulledDataset
) -> CalibrationStanding:
    """Compare what people answered to a calibration set with the reference.

    Args:
        home: The project.
        client: With an owner's rights.
        folder: Of the set.
        push: What was pushed to it.
        pulled: What people answered.

    Raises:
        AnnotationError: What the answers are compared with is not in the home any more.
    """
    reference = folder.read_reference()
    if reference is None:
        raise AnnotationError(
            f"{folder.path} does not say what the answers to {push.dataset} are compared with.",
            f"Run `workbench annotate calibrate {push.kind}` as before, or restore the folder.",
        )
    answers = _reference_answers(client, folder, push, reference)
    workspace = load_settings(home.settings_file).argilla.workspace
    people = annotators_of(load_roster(home), workspace) - {reference.person}
    items = [name for name in push.external_ids if name not in pulled.missing]
    others = [item for item in pulled.revisions if item.username != reference.person]
    found = compare_annotators(others, answers, items, people)
    return CalibrationStanding(
        push.dataset,
        reference.person,
        dataset_url(client.url, reference.dataset_id) if reference.person else "",
        len(items),
        len(answers.keys() & set(items)),
        tuple(found),
        tuple(one.username for one in found if one.username in people and not one.is_done),
    )


def _reference_answers(
    client: ArgillaClient, folder: LabelFolder, push: Push, reference: Reference
) -> Answers:
    if not reference.person:
        return reference.answers
    kept = LabelFolder(folder.path / _REFERENCE_FOLDER)
    try:
        pulled = pull(client, reference.dataset_id, kept, push.external_ids)
    except DatasetGoneError as exc:
        raise DatasetGoneError(
            f"Dataset {reference.dataset}, in which {reference.person} gave the reference answers "
            f"to {push.dataset}, is no longer in Argilla; what was read of it is in {kept.path}.",
            f"Make it anew with `{push.command}` as before; answers are asked again.",
        ) from exc
    return reference_of(pulled.revisions, reference.person)
