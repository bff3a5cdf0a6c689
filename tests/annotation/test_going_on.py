"""People go on labelling: after a pull, a change of the rubric, and a loss in Argilla."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from annotation.client import ArgillaClient
from annotation.label_folder import LabelFolder, Push, find_push
from tests.annotation.labelled_home import TASK, answer_records, labelled_home
from tests.annotation.small_server import ask, user_of
from workbench.cli.main import main
from workbench.errors import AnnotationServerError
from workbench.home import Home
from workbench.store import resolve_version
from workbench.version_rows import read_examples
from workbench.workflows.annotate_people import apply_people
from workbench.workflows.annotate_progress import read_progress
from workbench.workflows.annotate_pull import pull_instructions
from workbench.workflows.annotate_push import push_instructions
from workbench.workflows.annotate_server import open_argilla

pytestmark = pytest.mark.slow

WORDS = 'labelling: {guidelines: "Read all of it."}\n'
ROSTER = "people:\n  ada:\n  ben:\n  cy: {workspaces: [workbench, second]}\n"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    with labelled_home(tmp_path_factory.mktemp("going-on"), roster=ROSTER) as made:
        yield made


def _push_of(home: Home, split: str = "train") -> Push:
    pushes = [LabelFolder(each).read_push() for each in home.labels.iterdir() if each.is_dir()]
    found = [each for each in pushes if each is not None and each.split == split]
    return max(found, key=lambda each: each.pushed_at)


def _say(home: Home, push: Push, username: str, answers: Mapping[str, Mapping[str, Any]]) -> None:
    n_given = answer_records(
        home, push.dataset_id, username, lambda record: answers.get(record.external_id)
    )
    assert n_given == len(answers)


def _keep(text: str) -> dict[str, Any]:
    return {"answer": text, "verdict": "keep", "rate_utility": 7}


def _completions(home: Home, version: str) -> dict[str, str]:
    rows = read_examples(resolve_version(home, version))
    return {row.example_id: row.completion for row in rows}


def test_a_push_after_a_pull_asks_nobody_again(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    assert push_instructions(home, limit=4).n_pushed == 4
    push = _push_of(home)
    _say(home, push, "ada", {name: _keep(f"ada on {name}") for name in push.external_ids})
    pulled = pull_instructions(home)
    assert pulled.version != push.version
    again = push_instructions(home, limit=4)
    assert (again.dataset, again.n_pushed, again.version) == (push.dataset, 0, push.version)
    assert again.is_continued
    assert push_instructions(home, limit=6).n_pushed == 2
    assert main(["annotate", "push", "instructions", "--limit=6", "--home", str(home.root)]) == 0
    assert f"of version {push.version}, which the latest was pulled" in capsys.readouterr().out


def test_the_latest_is_labelled_anew_if_it_is_named(home: Home) -> None:
    before = _push_of(home)
    made = push_instructions(home, version="latest:examples", split="validation", limit=2)
    assert (made.is_continued, made.version != before.version) == (False, True)
    push = _push_of(home, "validation")
    _say(home, push, "ben", {name: _keep(f"ben on {name}") for name in push.external_ids})
    version = pull_instructions(home, dataset=push.dataset).version
    both = _completions(home, version)
    assert {both[name] for name in push.external_ids} == {
        f"ben on {name}" for name in push.external_ids
    }
    answered = [name for name, text in both.items() if text.startswith("ada on")]
    assert len(answered) == 4


def test_answers_to_one_split_do_not_undo_those_to_another(home: Home) -> None:
    train = _push_of(home)
    new = next(
        name
        for name, text in _completions(home, "latest:examples").items()
        if name in train.external_ids and not text.startswith("ada on")
    )
    _say(home, train, "ada", {new: _keep(f"ada on {new}")})
    first = pull_instructions(home, dataset=train.dataset).version
    texts = list(_completions(home, first).values())
    assert sum(text.startswith("ada on") for text in texts) == 5
    assert sum(text.startswith("ben on") for text in texts) == 2
    assert pull_instructions(home, dataset=train.dataset).version == first


def test_a_row_that_is_kept_without_an_answer_stays_as_it_was(home: Home) -> None:
    push = _push_of(home)
    blank = push.external_ids[0]
    before = _completions(home, push.version)[blank]
    _say(home, push, "ada", {blank: _keep("  ")})
    pulled = pull_instructions(home, dataset=push.dataset)
    assert pulled.outcomes["no_answer"] == 1
    assert _completions(home, pulled.version)[blank] == before
    _say(home, push, "ada", {blank: _keep(f"ada on {blank}")})


def _times(home: Home, push: Push) -> dict[tuple[str, str], str]:
    read_progress(home, "instructions", dataset=push.dataset)
    revisions = LabelFolder(home.labels / push.dataset).read_revisions()
    return {each.place: each.updated_at for each in revisions}


def test_carried_answers_keep_their_times_and_late_ones_are_named_and_brought(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    old = _push_of(home)
    given = _times(home, old)
    home.task_file.write_text(TASK + WORDS)
    pushed = push_instructions(home, limit=6)
    new = _push_of(home)
    assert (pushed.n_carried, new.dataset != old.dataset) == (5, True)
    assert _times(home, new) == given
    people = read_progress(home, "instructions").annotators
    assert [(each.username, each.n_submitted, each.n_unread) for each in people] == [("ada", 5, 0)]
    name = old.external_ids[1]
    late = {name: _keep("ben was late")}
    _say(home, old, "ben", late)
    assert read_progress(home, "instructions").n_late == 1
    assert main(["annotate", "pull", "instructions", "--home", str(home.root)]) == 0
    assert "1 answers were given in an earlier version" in capsys.readouterr().out
    again = push_instructions(home, limit=6)
    assert (again.n_pushed, again.n_carried, again.n_late) == (0, 0, 1)
    assert (name, "ben") in _times(home, new)
    assert read_progress(home, "instructions").n_late == 0
    assert pull_instructions(home).n_late == 0


def test_what_somebody_says_anew_is_never_replaced_by_what_they_said_before(home: Home) -> None:
    home.task_file.write_text(TASK)
    old = find_push(home.labels, "instructions", _first_dataset(home))[1]
    new = _push_of(home)
    name = old.external_ids[2]
    _say(home, new, "ben", {name: _keep("ben, new")})
    _say(home, old, "ben", {name: _keep("ben, old and later")})
    home.task_file.write_text(TASK + WORDS)
    assert push_instructions(home, limit=6).n_late == 0
    assert _said(home, new, name) == [f"ada on {name}", "ben, new"]


def _said(home: Home, push: Push, name: str) -> list[str]:
    with open_argilla(home) as client:
        return sorted(
            answer.values["answer"]
            for record in client.records(push.dataset_id)
            if record.external_id == name
            for answer in record.responses
        )


def test_who_changes_in_the_earlier_dataset_what_was_carried_over_is_followed(home: Home) -> None:
    old, new = _datasets(home)
    name = old.external_ids[3]
    for text in ("ada, second thoughts", "ada, third thoughts"):
        _say(home, old, "ada", {name: _keep(text)})
        assert read_progress(home, "instructions").n_late == 1
        assert push_instructions(home, limit=6).n_late == 1
        assert _said(home, new, name) == [text]
        assert _times(home, new)[name, "ada"] == _times(home, old)[name, "ada"]
    assert read_progress(home, "instructions").n_late == 0
    _say(home, new, "ada", {name: _keep("ada, here")})
    _say(home, old, "ada", {name: _keep("ada, fourth thoughts")})
    assert (read_progress(home, "instructions").n_late, _push_late(home)) == (0, 0)
    assert _said(home, new, name) == ["ada, here"]


def test_late_answers_come_with_the_next_push_if_one_breaks_off(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = _datasets(home)
    names = [old.external_ids[0], old.external_ids[3]]
    _say(home, old, "ben", {name: _keep("ben, in time") for name in names})
    given, give = [], ArgillaClient.give

    def give_once(client: ArgillaClient, record_id: str, answer: Mapping[str, Any]) -> None:
        if given:
            raise AnnotationServerError("Argilla is gone.", "Start it.")
        given.append(record_id)
        give(client, record_id, answer)

    with monkeypatch.context() as broken:
        broken.setattr(ArgillaClient, "give", give_once)
        with pytest.raises(AnnotationServerError):
            push_instructions(home, limit=6)
    assert (read_progress(home, "instructions").n_late, _push_late(home)) == (1, 1)
    assert all("ben, in time" in _said(home, new, name) for name in names)
    then, now = _times(home, old), _times(home, new)
    assert [now[name, "ben"] for name in names] == [then[name, "ben"] for name in names]


def test_answers_of_who_may_no_longer_work_there_wait_until_they_may(home: Home) -> None:
    old, new = _datasets(home)
    name = old.external_ids[0]
    _say(home, old, "cy", {name: _keep("cy, before leaving")})
    home.roster_file.write_text("people:\n  ada:\n  ben:\n")
    with open_argilla(home) as client:
        client.remove_from_workspace(client.ensure_workspace("workbench"), user_of(client, "cy"))
    left = push_instructions(home, limit=6)
    assert (left.n_late, left.n_left) == (0, 1)
    assert read_progress(home, "instructions").n_late == 1
    home.roster_file.write_text(ROSTER)
    assert _push_late(home) == 1
    assert "cy, before leaving" in _said(home, new, name)


def _push_late(home: Home) -> int:
    return push_instructions(home, limit=6).n_late


def _datasets(home: Home) -> tuple[Push, Push]:
    """Return the earlier dataset and that after a change of the guidelines, which are in force."""
    home.task_file.write_text(TASK)
    old = find_push(home.labels, "instructions", _first_dataset(home))[1]
    home.task_file.write_text(TASK + WORDS)
    return old, _push_of(home)


def _first_dataset(home: Home) -> str:
    pushes = [LabelFolder(each).read_push() for each in home.labels.iterdir() if each.is_dir()]
    found = [each for each in pushes if each is not None and each.split == "train"]
    return min(found, key=lambda each: each.pushed_at).dataset


def test_a_record_that_was_deleted_comes_back_with_its_answers(home: Home) -> None:
    push = _push_of(home)
    before = _times(home, push)
    name = push.external_ids[1]
    with open_argilla(home) as client:
        record = next(
            each.record_id for each in client.records(push.dataset_id) if each.external_id == name
        )
    assert ask(home, "DELETE", f"records/{record}").is_success
    assert pull_instructions(home).n_missing == 1
    again = push_instructions(home, limit=6)
    assert (again.n_pushed, again.n_carried) == (1, 1)
    assert _times(home, push) == before
    pulled = pull_instructions(home)
    assert (pulled.n_missing, pulled.n_gone) == (0, 0)


def test_a_dataset_that_was_deleted_comes_back_with_its_answers(home: Home) -> None:
    push = _push_of(home)
    before = _times(home, push)
    with open_argilla(home) as client:
        client.delete_dataset(push.dataset_id)
    again = push_instructions(home, limit=6)
    assert (again.dataset, again.n_pushed, again.n_carried) == (push.dataset, 6, 5)
    assert _times(home, _push_of(home)) == before


def test_who_left_a_workspace_that_the_roster_names_no_more_is_taken_out(home: Home) -> None:
    with open_argilla(home) as client:
        elsewhere = client.ensure_workspace("of another project")
        stranger = client.create_user("stranger", "a password of twelve")
        client.add_to_workspace(elsewhere, stranger)
    home.roster_file.write_text("people:\n  ada:\n  ben:\n")
    assert apply_people(home).changes.removed == ["second: cy", "workbench: cy"]
    with open_argilla(home) as client:
        assert [each.username for each in client.members(elsewhere)] == ["stranger"]
    assert apply_people(home).changes.removed == []
