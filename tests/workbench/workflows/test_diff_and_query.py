"""Two versions compared, and SQL that can read but not change."""

import pytest

from workbench.errors import DataError
from workbench.store import open_store
from workbench.workflows.curate import curate
from workbench.workflows.diff_versions import diff_versions
from workbench.workflows.query_data import query_data
from workbench.workflows.undo_rule import undo_rule


def test_a_diff_names_the_rule_that_is_the_reason(home):
    first = curate(home)
    undo_rule(home, "duplicates.exact")
    undo_rule(home, "personal_data.email")
    second = curate(home, overrides=["length.min_input=200"])
    found = diff_versions(home, first.version, second.version)
    rules = {(c.change, c.reason): c.n_rows for c in found.changes}
    by_rule = {rule.rule: rule.n_examples for rule in first.rules if rule.action != "edit"}
    assert rules["removed", "length.min_input"] > 0
    assert 0 < rules["added", "duplicates.exact"] <= by_rule["exact"]
    assert rules["text", "input"] > 0
    assert found.settings["curate.length.min_input"] == (10, 200)
    assert sum(found.counts_after.values()) - sum(found.counts_before.values()) == (
        sum(n for (change, _), n in rules.items() if change == "added")
        - sum(n for (change, _), n in rules.items() if change == "removed")
    )
    back = diff_versions(home, second.version, first.version)
    assert {c.n_rows for c in back.changes if c.change == "added"} == {
        c.n_rows for c in found.changes if c.change == "removed"
    }
    assert not diff_versions(home, first.version, first.version).changes


def test_a_ruling_on_one_row_is_no_setting_of_all(home):
    first = curate(home)
    row = next(rule.for_example for rule in first.rules if rule.stage == "personal_data")
    undo_rule(home, "personal_data.email", row=row)
    settings = diff_versions(home, first.version, curate(home).version).settings
    assert settings == {f"undone.by_row.{row}": (None, ["personal_data.email"])}


def test_a_query_reads_rows_and_decisions_together(home):
    result = curate(home)
    found = query_data(
        home,
        "SELECT d.rule, count(*) FROM decisions d WHERE d.action = 'drop' GROUP BY 1 ORDER BY 1",
    )
    drops = sorted((r.rule, r.n_examples) for r in result.rules if r.action == "drop")
    assert list(found.rows) == drops
    assert query_data(home, "SELECT count(*) FROM examples").rows == ((result.n_kept,),)
    few = query_data(home, "SELECT example_id FROM examples", limit=2)
    assert (len(few.rows), few.n_rows) == (2, result.n_kept)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM examples",
        "CREATE TABLE t AS SELECT 1",
        "SELECT 1; SELECT 2",
        "COPY examples TO 'stolen.csv'",
        "ATTACH 'curated.duckdb'",
        "SELEC 1",
        "",
        "SELECT * FROM read_text('task.yaml')",
        "SELECT * FROM 'versions/*/examples.parquet'",
        "SELECT payload FROM examples",
        "SELECT * FROM source_keys",
        "SELECT * FROM home",
    ],
)
def test_a_query_changes_nothing_and_reads_nothing_else(home, monkeypatch, statement):
    curate(home)
    monkeypatch.chdir(home.root)
    with pytest.raises(DataError):
        query_data(home, statement)
    assert not (home.root / "stolen.csv").exists()


def test_the_store_is_free_while_a_query_runs_and_a_long_one_is_stopped(home):
    curate(home)
    with pytest.raises(DataError, match=r"stopped after 0\.2 s"):
        query_data(
            home,
            "SELECT count(*) FROM range(90000) a, range(90000) b WHERE a.range % 7 = b.range % 5",
            timeout_seconds=0.2,
        )
    with open_store(home, wait_seconds=1) as store:
        assert store.list_versions()
