"""What becomes of answers whose dataset somebody deletes in Argilla."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from annotation.label_folder import LabelFolder, find_calibration, find_push
from annotation.refusals import DatasetGoneError
from tests.annotation.labelled_home import answer_records, labelled_home
from workbench.cli.label_lines import progress_lines
from workbench.cli.main import main
from workbench.errors import AnnotationError
from workbench.home import Home
from workbench.store import resolve_version
from workbench.version_rows import read_examples
from workbench.workflows.annotate_adjudicate import adjudicate_disputed
from workbench.workflows.annotate_calibrate import calibrate_instructions
from workbench.workflows.annotate_progress import read_progress
from workbench.workflows.annotate_pull import pull_instructions
from workbench.workflows.annotate_push import push_instructions
from workbench.workflows.annotate_server import open_argilla

pytestmark = pytest.mark.slow

N_RECORDS = 4
ROSTER = "people:\n  ada:\n  ben:\n  dora: {role: admin}\n"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    with labelled_home(tmp_path_factory.mktemp("deleted"), roster=ROSTER) as made:
        yield made


def _answer(home: Home, dataset_id: str, username: str, verdict: str) -> None:
    given = {"answer": f"by {username}", "verdict": verdict, "rate_utility": 7}
    answer_records(home, dataset_id, username, lambda _: given)


def _delete(home: Home, dataset_id: str) -> None:
    with open_argilla(home) as client:
        client.delete_dataset(dataset_id)


def _labelled_rows(home: Home, version: str) -> set[str]:
    _, push = find_push(home.labels, "instructions")
    rows = read_examples(resolve_version(home, version))
    return {row.example_id for row in rows} & set(push.external_ids)


def test_a_second_task_that_was_deleted_is_named_and_first_answers_count(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    push_instructions(home, limit=N_RECORDS)
    _, first = find_push(home.labels, "instructions")
    _answer(home, first.dataset_id, "ada", "keep")
    _answer(home, first.dataset_id, "ben", "drop")
    second = adjudicate_disputed(home, "instructions").second
    _, decides = find_push(home.labels, "instructions", second)
    _answer(home, decides.dataset_id, "owner", "drop")
    for refused in (pull_instructions, _adjudicate):
        with pytest.raises(AnnotationError, match=f"differ on in {first.dataset}"):
            refused(home, dataset=second)
    pulled = pull_instructions(home)
    assert (pulled.missing_adjudication, _labelled_rows(home, pulled.version)) == ("", set())

    _delete(home, decides.dataset_id)
    assert main(["annotate", "pull", "instructions", "--home", str(home.root)]) == 0
    assert f"{second} is no longer in Argilla: first answers count" in capsys.readouterr().out
    pulled = pull_instructions(home)
    assert pulled.missing_adjudication == second
    assert _labelled_rows(home, pulled.version) == set(first.external_ids)
    assert len(LabelFolder(home.labels / second).read_revisions()) == N_RECORDS
    assert adjudicate_disputed(home, "instructions").n_pushed == N_RECORDS  # made anew
    assert pull_instructions(home).missing_adjudication == ""


def _adjudicate(home: Home, *, dataset: str) -> Any:
    return adjudicate_disputed(home, "instructions", dataset=dataset)


def test_progress_goes_on_beside_a_calibration_set_that_was_deleted(home: Home) -> None:
    calibrate_instructions(home, reference="dora", n_items=3)
    assert read_progress(home, "instructions").calibration_gone == ""
    found = find_calibration(home.labels, "instructions")
    assert found
    folder, beside = found
    reference = folder.read_reference()
    assert reference
    _delete(home, reference.dataset_id)
    progress = read_progress(home, "instructions")
    assert (progress.calibration, progress.n_by_answers) == (None, {0: 0, 2: N_RECORDS})
    assert f"Dataset {reference.dataset}, in which dora gave" in progress.calibration_gone
    _delete(home, beside.dataset_id)
    progress = read_progress(home, "instructions")
    assert f"Dataset {beside.dataset} is no longer" in progress.calibration_gone
    assert "`workbench annotate calibrate instructions`" in "\n".join(
        progress_lines(progress, n_disputed=5)
    )


def test_a_dataset_that_was_deleted_is_named_with_what_is_kept_and_the_next_command(
    home: Home,
) -> None:
    folder, push = find_push(home.labels, "instructions")
    read_progress(home, "instructions")
    kept = folder.read_revisions()
    _delete(home, push.dataset_id)
    for read in (read_progress, adjudicate_disputed, _pull):
        with pytest.raises(DatasetGoneError) as caught:
            read(home, "instructions")
        assert f"Dataset {push.dataset} is no longer in Argilla at http" in caught.value.message
        assert f"the {2 * N_RECORDS} answers that were read from it" in caught.value.message
        assert "{" not in caught.value.message
        assert "`workbench annotate push instructions`" in caught.value.hint
    assert folder.read_revisions() == kept
    assert push_instructions(home, limit=N_RECORDS).n_pushed == N_RECORDS
    assert read_progress(home, "instructions").n_records == N_RECORDS


def _pull(home: Home, kind: str) -> Any:
    assert kind == "instructions"
    return pull_instructions(home)
