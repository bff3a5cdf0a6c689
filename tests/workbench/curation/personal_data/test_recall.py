import pytest

from workbench.curation.personal_data.canaries import canary_kinds, plant
from workbench.curation.personal_data.kinds import DEFAULT_KINDS, KINDS, UNMARKED
from workbench.curation.personal_data.recall import below_floor, measure_recall
from workbench.curation.personal_data.scan import Scanner
from workbench.evaluation.statistics import wilson

TEXTS = ["One sentence. Another one!\nA line", "Nothing here"]


def test_canaries_stand_where_they_say_in_a_text_of_the_user():
    for kind in canary_kinds() | UNMARKED.keys():
        for canary in plant(TEXTS, kind, count=20, seed=1):
            value = canary.text[canary.start : canary.end]
            assert value
            assert any(
                all(part in canary.text for part in text.split(". ")[0].split()) for text in TEXTS
            )
            assert not any(value in text for text in TEXTS)


def test_the_same_seed_plants_the_same_canaries():
    assert plant(TEXTS, "email", count=9, seed=1) == plant(TEXTS, "email", count=9, seed=1)
    assert plant(TEXTS, "email", count=9, seed=1) != plant(TEXTS, "email", count=9, seed=2)


def test_every_default_kind_has_canaries():
    assert canary_kinds() == DEFAULT_KINDS
    assert canary_kinds() <= KINDS


def test_canaries_need_a_text():
    with pytest.raises(ValueError, match="no text"):
        plant([], "email", count=1, seed=0)


class Blind(Scanner):
    """Finds only what is asked, and then nothing of every second text."""

    def find_all(self, texts):
        for index, found in enumerate(super().find_all(texts)):
            yield found if index % 2 else ()


def test_recall_is_the_share_of_canaries_of_which_nothing_is_left():
    by_kind = {m.kind: m for m in measure_recall(TEXTS, Blind(frozenset({"ip"})), per_kind=40)}
    measured = by_kind["ip"]
    assert (measured.n_found, measured.n_planted, measured.recall) == (20, 40, 0.5)
    assert (measured.low, measured.high) == wilson(20, 40)
    assert sum(measured.missed_forms.values()) == 20
    assert by_kind["all"].n_planted == 40


def test_what_nothing_marks_is_measured_apart_and_not_among_all():
    kinds = frozenset({"ip", "name"})
    by_kind = {m.kind: m for m in measure_recall(TEXTS, Scanner(kinds), per_kind=60)}
    assert set(by_kind) == {"ip", "name", "all", "name_unmarked"}
    assert by_kind["all"].n_planted == 120
    # Given names of the lists with a surname are found; no pattern knows the others by themselves.
    assert set(by_kind["name_unmarked"].missed_forms) == {1, 2, 3, 4}
    assert by_kind["name"].recall == 1


def test_what_nothing_marks_has_a_floor_only_where_one_is_set():
    measured = measure_recall(TEXTS, Scanner(frozenset({"name"})), per_kind=60)
    assert below_floor(measured, 1) == ()
    [missed] = below_floor(measured, 0, {"name_unmarked": 0.9})
    assert missed.kind == "name_unmarked"


def test_kinds_below_the_floor_are_named():
    measured = measure_recall(TEXTS, Blind(frozenset({"ip", "email"})), per_kind=20)
    assert [each.kind for each in below_floor(measured, 0.6)] == ["email", "ip", "all"]
    assert [each.kind for each in below_floor(measured, 0.6, {"ip": 0.5, "all": 0.1})] == ["email"]
    assert below_floor(measured, 0.5) == ()


def test_the_pattern_tier_finds_what_has_a_form():
    measured = measure_recall(TEXTS, Scanner(), per_kind=40)
    missed = {each.kind: each.missed_forms for each in measured if each.missed_forms}
    assert set(missed) <= {"address", "all", *UNMARKED}
    assert set(missed["address"]) == {5}  # the name of a house, which nothing announces
