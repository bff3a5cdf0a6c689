import json
from datetime import UTC, datetime

import pytest

from workbench.errors import ConfigError, NotFoundError
from workbench.judgments import votes
from workbench.judgments.ballots import read_ballots, read_identical
from workbench.judgments.studies import study_counts

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.fixture
def show(judgments):
    def next_for(study, person):
        return judgments.write(
            lambda connection: votes.next_assignment(
                connection, study.study_id, person.person_id, NOW
            )
        )

    return next_for


@pytest.fixture
def cast(judgments):
    def vote(assignment, person, choice, key, scores=None):
        return judgments.write(
            lambda connection: votes.add_vote(
                connection,
                votes.find_assignment(connection, assignment.assignment_id, person.person_id),
                choice,
                scores or {},
                idempotency_key=key,
                now=NOW,
            )
        )

    return vote


def test_the_same_comparison_comes_back_until_it_is_judged(add_rater, add_study, show, cast):
    rater, study = add_rater("rita"), add_study()
    first = show(study, rater)
    assert show(study, rater) == first
    cast(first, rater, "left", "key-1")
    assert show(study, rater).assignment_id != first.assignment_id


def test_one_click_sent_many_times_is_one_vote(judgments, add_rater, add_study, show, cast):
    rater, study = add_rater("rita"), add_study()
    shown = show(study, rater)
    stored = [cast(shown, rater, "left", "same-key") for _ in range(20)]
    assert len({vote.vote_id for vote in stored}) == 1
    assert [vote.repeated for vote in stored] == [False] + [True] * 19
    with judgments.read() as connection:
        assert study_counts(connection, study.study_id).votes == 1


def test_a_key_of_another_comparison_is_refused(add_rater, add_study, show, cast):
    rater, study = add_rater("rita"), add_study()
    cast(show(study, rater), rater, "left", "same-key")
    with pytest.raises(ConfigError):
        cast(show(study, rater), rater, "left", "same-key")


@pytest.mark.parametrize(("choice", "scores"), [("right", {}), ("left", {("accuracy", "left"): 4})])
def test_a_key_with_other_content_is_refused_not_taken_for_a_repeat(
    add_rater, add_study, show, cast, choice, scores
):
    rater, study = add_rater("rita"), add_study()
    shown = show(study, rater)
    cast(shown, rater, "left", "same-key")
    with pytest.raises(ConfigError, match="another vote"):
        cast(shown, rater, choice, "same-key", scores)


def test_thinking_again_supersedes_and_keeps_both(judgments, add_rater, add_study, show, cast):
    rater, study = add_rater("rita"), add_study()
    shown = show(study, rater)
    cast(shown, rater, "left", "key-1", {("accuracy", "left"): 3})
    cast(shown, rater, "right", "key-2", {("accuracy", "left"): 9})
    with judgments.read() as connection:
        ballots = read_ballots(connection)
        stored = connection.exec_driver_sql("SELECT count(*) FROM votes").scalar_one()
    assert stored == 2
    assert [(ballot.choice, ballot.scores) for ballot in ballots] == [
        ("right", {"accuracy:left": 9})
    ]


def test_a_vote_stands_once_the_names_were_shown(judgments, add_rater, add_study, show, cast):
    rater, study = add_rater("rita"), add_study()
    shown = show(study, rater)
    cast(shown, rater, "left", "key-1")
    with judgments.read() as connection:
        voted = votes.find_assignment(connection, shown.assignment_id, rater.person_id)
    names = judgments.write(lambda connection: votes.reveal(connection, voted, NOW))
    texts = {"sft": "one", "dpo": "two"}
    assert shown.left.startswith(texts[names["left"]])
    assert shown.right.startswith(texts[names["right"]])
    with pytest.raises(ConfigError, match="names were shown"):
        cast(shown, rater, "right", "key-2")


def test_names_are_not_shown_before_the_vote(judgments, add_rater, add_study, show):
    shown = show(add_study(), add_rater("rita"))
    with pytest.raises(ConfigError, match="after the vote"):
        judgments.write(lambda connection: votes.reveal(connection, shown, NOW))


def test_nobody_sees_or_judges_the_comparison_of_another(judgments, add_rater, add_study, show):
    shown = show(add_study(), add_rater("rita"))
    other = add_rater("otto")
    with judgments.read() as connection, pytest.raises(NotFoundError):
        votes.find_assignment(connection, shown.assignment_id, other.person_id)


def test_sides_are_balanced_and_mirrored_between_raters(
    judgments, add_rater, add_study, show, cast
):
    study = add_study(10)
    lefts = {}
    for number, name in enumerate(("rita", "otto", "mina")):
        rater = add_rater(name)
        while (shown := show(study, rater)) is not None:
            prompt = shown.prompt[0]["content"]
            lefts[number, prompt] = shown.left.split()[0]
            cast(shown, rater, "left", f"{name}-{prompt}")
    prompts = [f"note {index}" for index in range(10)]
    for number in range(3):
        assert [lefts[number, prompt] for prompt in prompts].count("one") == 5
    assert all(lefts[0, prompt] != lefts[1, prompt] for prompt in prompts)
    assert all(lefts[0, prompt] == lefts[2, prompt] for prompt in prompts)


def test_identical_answers_are_ties_that_nobody_is_shown(
    judgments, add_rater, add_study, show, cast
):
    rater, study = add_rater("rita"), add_study(4, identical=3)
    cast(show(study, rater), rater, "left", "key-1")
    assert show(study, rater) is None
    with judgments.read() as connection:
        assert len(read_identical(connection)) == 3
        assert votes.progress(connection, study.study_id, rater.person_id) == (1, 1)


def test_a_draft_survives_until_the_vote(judgments, add_rater, add_study, show):
    rater, study = add_rater("rita"), add_study()
    shown = show(study, rater)
    for draft in ({"accuracy:left": 4}, {"accuracy:left": 4, "accuracy:right": 8}):
        judgments.write(
            lambda connection, draft=draft: votes.save_draft(connection, shown, draft, NOW)
        )
    assert show(study, rater).draft == {"accuracy:left": 4, "accuracy:right": 8}


def test_ballots_name_the_arms_where_they_stood(judgments, add_rater, add_study, show, cast):
    rater, study = add_rater("rita", simulated=True), add_study(1)
    shown = show(study, rater)
    cast(shown, rater, "both_usable", "key-1")
    with judgments.read() as connection:
        (ballot,) = read_ballots(connection, study.study_id)
    assert {ballot.arm_left: ballot.text_left, ballot.arm_right: ballot.text_right} == {
        "sft": "one 0",
        "dpo": "two 0",
    }
    assert (ballot.text_left, ballot.text_right) == (shown.left, shown.right)
    assert ballot.simulated
    assert json.loads(ballot.prompt) == [{"role": "user", "content": "note 0"}]
