"""Send the records on which people differ to somebody who decides."""

from __future__ import annotations

from dataclasses import dataclass, replace

from annotation.adjudication import SUFFIX, push_disputed
from annotation.disputes import Comparison, compare_answers, second_reader_records
from annotation.label_folder import LabelFolder, Push, find_first
from annotation.push_turn import push_turn
from annotation.sync import PushedDataset, pull
from annotation.tasks import LabelKind
from workbench.errors import AnnotationError
from workbench.home import Home
from workbench.settings import load_settings
from workbench.workflows.annotate_people import let_people_in
from workbench.workflows.annotate_server import dataset_url, open_argilla
from workbench.workflows.decided_answers import earlier_decisions


@dataclass(frozen=True, slots=True)
class AdjudicationResult:
    """What went into the second task.

    Attributes:
        kind: What is labelled.
        dataset: Name of the first task in Argilla.
        second: Name of the second.
        workspace: Where the second is.
        url: Where it is answered.
        n_disputed: Records whose answers differ as much as was asked for, but for those that the
            second task of an earlier version decided.
        n_pushed: Those that are new in the second task.
        n_existing: Those that were there; what people wrote is untouched.
        n_second_reader: Records for which somebody asks for a second reader; they go too, whether
            answers differ or not.
    """

    kind: str
    dataset: str
    second: str
    workspace: str
    url: str
    n_disputed: int
    n_pushed: int
    n_existing: int
    n_second_reader: int


def adjudicate_disputed(
    home: Home, kind: LabelKind, *, dataset: str = "", min_dispute: float = 0.0
) -> AdjudicationResult:
    """Push disputed records into a second task, in a workspace of its own; a pull obeys it.

    Records for which anybody asks for a second reader go there as well.

    Args:
        home: The project.
        kind: What is labelled.
        dataset: Name of the dataset in Argilla; empty for the one pushed last.
        min_dispute: Only records at least so disputed, 0-1; see `disputes.Disputed`.

    Raises:
        AnnotationError: Nothing of that kind was pushed, or no answers are known to differ so much
            and nobody asks for a second reader.
        AnnotationServerError: Argilla does not answer.
    """
    folder, push = find_first(home.labels, kind, dataset)
    workspace = load_settings(home.settings_file).argilla.workspace + SUFFIX
    with open_argilla(home) as client:
        pulled = pull(client, push.dataset_id, folder, push.external_ids)
        compared = compare_answers(pulled.revisions)
        disputed = [
            record.external_id for record in compared.disputed if record.dispute >= min_dispute
        ]
        asked = second_reader_records(pulled.revisions)
        differing = dict.fromkeys([*disputed, *asked])
        if not differing:
            raise _nothing_to_decide(push, compared, min_dispute)
        settled = earlier_decisions(home, client, push, pulled)
        wanted = [name for name in differing if name not in settled]
        if not wanted:
            raise AnnotationError(
                f"The {len(differing)} records of {push.dataset} on which people differ are "
                "decided in the second task of an earlier version.",
                f"Pull what was decided: `workbench annotate pull {push.kind}`.",
            )
        with push_turn(home):
            let_people_in(home, client)
            made = push_disputed(client, push.dataset_id, workspace, wanted)
            second = _remember(home, push, made, wanted)
        url = dataset_url(client.url, second.dataset_id)
    return AdjudicationResult(
        kind=push.kind,
        dataset=push.dataset,
        second=second.dataset,
        workspace=workspace,
        url=url,
        n_disputed=len(set(disputed) & set(wanted)),
        n_pushed=made.n_new,
        n_existing=made.n_existing,
        n_second_reader=len(set(asked) & set(wanted)),
    )


def _nothing_to_decide(push: Push, compared: Comparison, min_dispute: float) -> AnnotationError:
    """Return the error that says whether answers agree, or could not be compared at all."""
    if not compared.n_compared:
        said = f"No record of {push.dataset} has two answers that could be compared"
        hint = "Records need two answers each (labelling.answers_per_record)."
    elif not compared.disputed:
        said = (
            f"{compared.n_compared} records of {push.dataset} have answers that could be "
            "compared, and none differ"
        )
        hint = "`workbench annotate progress` says what was compared and what was not."
    else:
        said = (
            f"{len(compared.disputed)} records of {push.dataset} have answers that differ, the "
            f"most disputed by {compared.disputed[0].dispute:.2f}, none by {min_dispute:g}"
        )
        hint = "Name a smaller --min-dispute."
    return AnnotationError(f"{said}; nobody asks for a second reader.", hint)


def _remember(home: Home, first: Push, made: PushedDataset, wanted: list[str]) -> Push:
    """Keep what is in the second task, what went there earlier included."""
    name = f"{first.dataset}{SUFFIX}"
    second = replace(
        first,
        dataset=name,
        dataset_id=made.dataset_id,
        external_ids=tuple(wanted),
        adjudicates=first.dataset,
    )
    return LabelFolder(home.labels / name).add_push(second)
