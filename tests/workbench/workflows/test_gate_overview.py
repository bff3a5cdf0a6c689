"""The findings of a version, samples of them, and what people ruled."""

import pytest

from workbench.errors import ConfigError, NotFoundError
from workbench.home import Home
from workbench.store import open_store
from workbench.workflows.curate import curate
from workbench.workflows.finding_samples import sample_finding
from workbench.workflows.gate_overview import gate_overview
from workbench.workflows.init_home import init_home
from workbench.workflows.row_texts import imported_texts
from workbench.workflows.undo_rule import accept_finding, undo_rule


def finding(home, rule):
    return next(found for found in gate_overview(home).findings if found.rule == rule)


def test_findings_and_totals_are_those_of_curation(home):
    result = curate(home)
    gate = gate_overview(home)
    counted = {(f.rule, f.action): f.n_rows for f in gate.findings}
    assert counted == {(f"{r.stage}.{r.rule}", r.action): r.n_examples for r in result.rules}
    assert gate.n_looked_at == result.n_imported
    assert gate.rows_by_action["drop"] == result.n_imported - result.n_kept
    # a row that two rules edited is one edited row
    n_edits = sum(r.n_examples for r in result.rules if r.action == "edit")
    assert 0 < gate.rows_by_action["edit"] < n_edits
    email = finding(home, "personal_data.email")
    assert email.share == pytest.approx(email.n_rows / result.n_imported)
    assert sum(gate.quarantined.values()) == result.n_quarantined


def test_an_empty_home_has_no_version_and_no_finding(tmp_path):
    init_home(tmp_path / "home", template="demo", base_model="demo")
    gate = gate_overview(Home(tmp_path / "home"))
    assert (gate.version, gate.findings, gate.n_looked_at, gate.n_sources) == (None, (), 0, 0)
    assert gate.obeys_rulings


def test_a_sample_holds_rows_of_the_rule_and_the_seed_alone_decides_which(home):
    version = gate_overview(home).version.digest
    first = sample_finding(home, version, "personal_data.email", n_rows=3, seed=1)
    assert first == sample_finding(home, version, "personal_data.email", n_rows=3, seed=1)
    assert first.n_rows == finding(home, "personal_data.email").n_rows > 3
    draws = {
        row.row_id
        for seed in range(12)
        for row in sample_finding(home, version, "personal_data.email", n_rows=3, seed=seed).rows
    }
    assert len(draws) > 3
    with open_store(home) as store:
        spoken_of = {
            found.decision.row_id
            for found in store.decisions(version=version)
            if (found.decision.stage, found.decision.rule) == ("personal_data", "email")
        }
    assert draws <= spoken_of
    every = sample_finding(home, version, "personal_data.email", n_rows=1000)
    assert {row.row_id for row in every.rows} == spoken_of


def test_a_sample_shows_published_texts_and_never_the_original(home):
    version = gate_overview(home).version.digest
    kept = sample_finding(home, version, "personal_data.email", n_rows=1000).rows
    published = next(
        row for row in kept if row.published and "[EMAIL]" in row.published.texts["input"]
    )
    assert "@" not in published.published.texts["input"]
    assert "@" in imported_texts(home, published.row_id)["input"]
    assert published.places[0].startswith("consultations.jsonl, line ")
    for row in sample_finding(home, version, "duplicates.exact").rows:
        assert row.published is None


def test_what_people_say_stands_beside_the_finding(home):
    version = gate_overview(home).version.digest
    rows = sample_finding(home, version, "personal_data.email").rows
    accept_finding(home, "personal_data.email", rows[0].row_id, reason="It is an address.")
    undo_rule(home, "personal_data.email", row=rows[1].row_id, reason="A public address.")
    email = finding(home, "personal_data.email")
    assert (email.n_accepted, email.n_undone, email.is_undone) == (1, 1, False)
    again = sample_finding(home, version, "personal_data.email").rows
    assert [row.ruling.ruling for row in again[:2]] == ["accepted", "undone"]
    assert all(row.ruling is None for row in again[2:])
    gate = gate_overview(home)
    assert [ruling.reason for ruling in gate.rulings] == ["A public address."]
    assert not gate.obeys_rulings
    curate(home)
    assert gate_overview(home).obeys_rulings


def test_to_accept_a_finding_leaves_the_next_version_as_it_was(home):
    before = gate_overview(home).version.digest
    row = sample_finding(home, before, "duplicates.exact", n_rows=1).rows[0].row_id
    accept_finding(home, "duplicates.exact", row)
    assert curate(home).version == before


def test_an_undone_rule_is_said_of_the_whole_finding(home):
    undo_rule(home, "duplicates.exact")
    assert finding(home, "duplicates.exact").is_undone
    version = gate_overview(home).version.digest
    assert sample_finding(home, version, "duplicates.exact").ruling.ruling == "undone"
    undo_rule(home, "duplicates.exact", restore=True)
    assert not finding(home, "duplicates.exact").is_undone


def test_what_nobody_found_cannot_be_sampled_or_accepted(home):
    version = gate_overview(home).version.digest
    with pytest.raises(NotFoundError, match="said nothing on the way"):
        sample_finding(home, version, "personal_data.nothing")
    with pytest.raises(NotFoundError, match="No row is named"):
        accept_finding(home, "personal_data.email", "")
    with pytest.raises(ConfigError, match="names no rule"):
        accept_finding(home, "nonsense", "0")
