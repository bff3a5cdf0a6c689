from workbench.home import Home
from workbench.store import Rulings, open_store, rulings_in_force


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
