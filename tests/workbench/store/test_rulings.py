from hypothesis import given
from hypothesis import strategies as st

from workbench.home import Home
from workbench.store import RecordedRuling, Rulings, open_store, rulings_in_force, words_in_force


def test_the_last_word_on_a_rule_and_row_counts(tmp_path):
    home = Home(tmp_path)
    with open_store(home) as store:
        store.record_ruling("duplicates.exact", "r1", "undone", "They are two clients.")
        store.record_ruling("length.max_input", "r1", "undone", "")
        store.record_ruling("length.max_input", "r1", "restored", "")
        store.record_ruling("clean.unicode", None, "undone", "")
    with open_store(home) as store:
        recorded = store.rulings()
    assert [item.reason for item in recorded] == ["They are two clients.", "", "", ""]
    assert rulings_in_force(recorded) == Rulings(
        frozenset({"clean.unicode"}), {"r1": frozenset({"duplicates.exact"})}
    )


def test_a_word_on_all_rows_ends_what_was_said_of_single_ones(tmp_path):
    with open_store(Home(tmp_path)) as store:
        store.record_ruling("duplicates.exact", "r1", "undone", "")
        store.record_ruling("duplicates.exact", None, "restored", "")
        assert rulings_in_force(store.rulings()) == Rulings()


def test_muted_rules_are_those_of_the_stage():
    rulings = Rulings(frozenset({"a.x"}), {"r": frozenset({"a.y", "ab.z"})})
    assert rulings.muted("r") == {"a": {"x", "y"}, "ab": {"z"}}
    assert rulings.muted("other") == {"a": {"x"}}
    assert rulings.are_undone("r", "a.y") and not rulings.are_undone("other", "a.y")


def said(*words):
    return [
        RecordedRuling(rule, row, ruling, "", f"2026-11-24T10:00:{second:02}")
        for second, (rule, row, ruling) in enumerate(words)
    ]


WORDS = st.lists(
    st.tuples(
        st.sampled_from(["a.x", "a.y"]),
        st.sampled_from([None, "r1", "r2"]),
        st.sampled_from(["undone", "restored", "accepted"]),
    ),
    max_size=12,
)


@given(WORDS)
def test_to_accept_a_finding_changes_nothing_of_curation(words):
    recorded = said(*words)
    without = [item for item in recorded if item.ruling != "accepted"]
    assert rulings_in_force(recorded) == rulings_in_force(without)


def test_an_accepted_row_stands_until_its_rule_is_undone():
    accepted = ("a.x", "r1", "accepted")
    assert [word.row_id for word in words_in_force(said(accepted))] == ["r1"]
    assert words_in_force(said(accepted, ("a.y", "r1", "restored")))[0].ruling == "accepted"
    assert [w.ruling for w in words_in_force(said(accepted, ("a.x", "r1", "undone")))] == ["undone"]


def test_what_was_said_last_comes_first():
    words = words_in_force(said(("a.x", "r1", "undone"), ("a.y", None, "undone")))
    assert [word.rule for word in words] == ["a.y", "a.x"]
