"""A lead writes a row's texts anew: what curation makes of it, and who may still read it."""

import json
from pathlib import Path

import pytest

from tests.workbench.workflows.small_project import make_home
from workbench.errors import DataError, NotFoundError, RowChangedError, StoreError
from workbench.home import Home
from workbench.store import open_store, resolve_version
from workbench.version_rows import read_examples
from workbench.workflows.curate import curate
from workbench.workflows.edit_row import edit_row
from workbench.workflows.explain_row import explain_row
from workbench.workflows.fix_row import fix_row, open_row
from workbench.workflows.gate_overview import gate_overview
from workbench.workflows.import_files import import_files
from workbench.workflows.undo_rule import accept_finding, undo_rule

SPLITS = ("splits.train=0.7", "splits.validation=0.3", "splits.test=0", "splits.feedback=0")
FIXED = "Summary of the third note, as a person wrote it."


@pytest.fixture
def home(tmp_path):
    home = make_home(tmp_path / "home")
    import_files(home, [write_notes(tmp_path / "notes.jsonl")])
    curate(home, overrides=SPLITS)
    return home


def write_notes(path: Path, *, count: int = 40, more: str = "") -> Path:
    rows = [
        {
            "note": f"Note {n} of a client  who came to us.",
            "summary": f"Summary {n}.",
        }
        | ({"more": more} if more else {})
        for n in range(count)
    ]
    rows[5]["summary"] = "S"  # too short: dropped
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def curated(home: Home) -> dict[str, str]:
    """Curate and return the output of each row that is kept."""
    curate(home, overrides=SPLITS)
    return {e.example_id: e.completion for e in read_examples(resolve_version(home, "latest"))}


def test_a_fixed_text_takes_the_place_of_the_imported_one_and_passes_every_rule(home):
    fixed = fix_row(
        home,
        "notes.jsonl:3",
        {"output": f"{FIXED}  Mail zq.canary@example.com."},
        author="anna",
        reason="It was wrong.",
    )
    assert fixed.fields == ("output",)
    output = curated(home)[fixed.row_id]
    assert output.startswith(f"{FIXED} Mail ")
    assert "zq.canary" not in output
    story = explain_row(home, fixed.row_id)
    assert [f"{d.stage}.{d.rule}" for d in story.decisions] == [
        "manual.fixed",
        "clean.whitespace",
        "personal_data.email",
    ]
    assert story.decisions[0].action == "edit"
    assert story.decisions[0].evidence["fields"] == ["output"]
    (fix,) = story.fixes
    assert (fix.author, fix.reason, fix.state) == ("anna", "It was wrong.", "in force")
    assert resolve_version(home, "latest").manifest.recipe["fixed"] == {fixed.row_id: fixed.digest}


def test_a_row_that_was_dropped_comes_back_through_the_gate(home):
    row = explain_row(home, "notes.jsonl:6")
    assert [d.rule for d in row.decisions if d.action == "drop"] == ["min_output"]
    fix_row(home, row.row_id, {"output": "Summary 5."}, author="anna")
    assert curated(home)[row.row_id] == "Summary 5."
    fix_row(home, row.row_id, {"output": "T"}, author="anna")
    assert row.row_id not in curated(home)


def test_the_last_fix_counts_and_undo_brings_back_what_was_imported(home):
    before = resolve_version(home, "latest").manifest.digest
    row = open_row(home, "notes.jsonl:3").row_id
    fix_row(home, row, {"output": "One summary."}, author="anna")
    fix_row(home, row, {"output": "Another summary."}, author="otto")
    assert curated(home)[row] == "Another summary."
    assert [(f.author, f.state) for f in explain_row(home, row).fixes] == [
        ("otto", "in force"),
        ("anna", "replaced"),
    ]
    undo_rule(home, "manual.fixed", row=row)
    assert open_row(home, row).texts["output"] == "Summary 2."
    assert curated(home)[row] == "Summary 2."
    undo_rule(home, "manual.fixed", row=row, restore=True)
    assert curated(home)[row] == "Another summary."
    undo_rule(home, "manual.fixed")
    assert curated(home)[row] == "Summary 2."
    with pytest.raises(DataError, match="undone for all rows") as caught:
        fix_row(home, row, {"output": "A third summary."}, author="anna")
    assert "--restore" in caught.value.hint
    undo_rule(home, "manual.fixed", restore=True)
    undo_rule(home, "manual.fixed", row=row)
    curated(home)
    fix_row(home, row, {"output": "A fourth summary."}, author="anna")  # it is meant to count
    assert curated(home)[row] == "A fourth summary."
    undo_rule(home, "manual.fixed", row=row)
    curated(home)
    without_fix = {e.example_id: e for e in read_examples(resolve_version(home, "latest"))}
    assert without_fix == {e.example_id: e for e in read_examples(resolve_version(home, before))}


def test_a_fix_can_be_undone_before_any_curation(home):
    row = fix_row(home, "notes.jsonl:3", {"output": FIXED}, author="anna").row_id
    assert undo_rule(home, "manual.fixed", row=row).n_rows == 1
    with pytest.raises(NotFoundError, match="said nothing of row"):
        undo_rule(home, "manual.fixed", row="notes.jsonl:4")


def test_the_second_of_two_people_is_told_that_the_row_changed(home):
    anna, otto = open_row(home, "notes.jsonl:3"), open_row(home, "notes.jsonl:3")
    fix_row(home, anna.row_id, {"output": "By Anna."}, author="anna", opened=anna.digest)
    with pytest.raises(RowChangedError, match="by somebody else since you opened it"):
        fix_row(home, otto.row_id, {"output": "By Otto."}, author="otto", opened=otto.digest)
    assert open_row(home, anna.row_id).texts["output"] == "By Anna."
    again = open_row(home, otto.row_id)
    fix_row(home, otto.row_id, {"output": "By Otto."}, author="otto", opened=again.digest)
    assert curated(home)[anna.row_id] == "By Otto."


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        ({"output": " \n"}, "The output of row .* is empty"),
        ({"output": "a\0b"}, "holds a NUL character"),
        ({"rejected": "Worse."}, "has no rejected; it has input, output"),
        ({"output": "Summary 2."}, "says that already"),
        ({"input": "Note 2 of a client  who came to us."}, "says that already"),
    ],
)
def test_what_cannot_stand_in_a_row_is_refused_and_nothing_is_kept(home, texts, said):
    with pytest.raises(DataError, match=said):
        fix_row(home, "notes.jsonl:3", texts, author="anna")
    assert explain_row(home, "notes.jsonl:3").fixes == ()
    with pytest.raises(NotFoundError, match="no row"):
        fix_row(home, "zz", {"output": FIXED}, author="anna")


def test_line_ends_alone_are_no_change(home, tmp_path):
    path = tmp_path / "lines.jsonl"
    path.write_text(json.dumps({"note": "A note\r\nof two lines.", "summary": "One\r\nTwo"}) + "\n")
    import_files(home, [path])
    texts = {"input": "A note\nof two lines.", "output": "One\nTwo\nThree"}
    fixed = fix_row(home, "lines.jsonl:1", texts, author="anna")
    assert fixed.fields == ("output",)
    assert open_row(home, fixed.row_id).texts["input"] == "A note\r\nof two lines."


def test_the_rejected_answer_of_a_pair_is_fixed_like_the_others(home, tmp_path):
    path = tmp_path / "pairs.jsonl"
    row = {"prompt": "A question of a client?", "chosen": "Good answer.", "rejected": "Bad answer."}
    path.write_text(json.dumps(row) + "\n")
    import_files(home, [path])
    fixed = fix_row(home, "pairs.jsonl:1", {"rejected": "A worse answer."}, author="anna")
    assert open_row(home, fixed.row_id).texts == {
        "input": "A question of a client?",
        "output": "Good answer.",
        "rejected": "A worse answer.",
    }
    curate(home, overrides=SPLITS)
    assert explain_row(home, fixed.row_id).decisions[0].evidence["fields"] == ["rejected"]


def test_to_write_what_was_imported_takes_a_fix_back_and_says_so(home):
    row = fix_row(home, "notes.jsonl:3", {"output": FIXED}, author="anna").row_id
    fix_row(home, row, {"output": "Summary 2."}, author="anna")
    assert curated(home)[row] == "Summary 2."
    (decision,) = [d for d in explain_row(home, row).decisions if d.stage == "manual"]
    assert decision.action == "flag"
    assert explain_row(home, row).obeys_fixes


def test_a_fix_stands_nowhere_in_clear_and_goes_with_its_source(home, tmp_path):
    secret = "Zqcanary is what a person wrote."
    fixed = fix_row(home, "notes.jsonl:3", {"output": secret}, author="anna")
    for path in home.root.rglob("*"):
        assert not path.is_file() or b"Zqcanary" not in path.read_bytes(), path
    assert secret in curated(home).values()
    import_files(home, [write_notes(tmp_path / "again.jsonl", more="x")])  # the same rows
    with open_store(home) as store:
        (first,) = [s.source_id for s in store.sources() if s.file_name == "notes.jsonl"]
        store.erase_source(first)
    assert curated(home)[fixed.row_id] == "Summary 2."
    assert [fix.state for fix in explain_row(home, fixed.row_id).fixes] == ["erased"]
    assert open_row(home, fixed.row_id).texts["output"] == "Summary 2."


def test_a_row_of_an_erased_source_has_no_text_to_fix(home):
    row = open_row(home, "notes.jsonl:3").row_id
    with open_store(home) as store:
        store.erase_source(store.sources()[0].source_id)
    with pytest.raises(DataError, match="was erased"):
        open_row(home, row)


def test_what_was_remembered_of_a_row_under_another_files_key_is_judged_anew(home, tmp_path):
    """Import the file again and again until another of its sources stands for its rows."""
    before = resolve_version(home, "latest")
    for number in range(4):
        write_notes(tmp_path / "notes.jsonl", more=f"state {number}")
        import_files(home, [tmp_path / "notes.jsonl"], replace=True)
        assert curated(home) == {e.example_id: e.completion for e in read_examples(before)}


def test_the_gate_says_whether_a_version_obeys_the_fixes(home):
    assert gate_overview(home).obeys_rulings
    row = fix_row(home, "notes.jsonl:3", {"output": FIXED}, author="anna").row_id
    assert not gate_overview(home).obeys_rulings
    assert not explain_row(home, row).obeys_fixes
    curated(home)
    assert gate_overview(home).obeys_rulings
    assert explain_row(home, row).obeys_fixes
    assert gate_overview(home).findings[0].rule == "manual.fixed"


def test_a_rule_is_accepted_for_all_rows_and_curation_goes_on_as_it_did(home):
    before = curated(home)
    accept_finding(home, "length.min_output", reason="They say nothing.")
    (finding,) = [f for f in gate_overview(home).findings if f.rule == "length.min_output"]
    assert finding.is_accepted
    assert not finding.is_undone
    assert curated(home) == before
    with pytest.raises(StoreError, match="said nothing so far"):
        accept_finding(home, "length.max_output")


def test_an_editor_gets_private_files_that_are_gone_at_the_end(home):
    seen = []

    def edit(files, problem):
        seen.extend(files)
        assert problem is None
        assert [file.name for file in files] == ["input.txt", "output.txt"]
        assert {file.stat().st_mode & 0o077 for file in files} == {0}
        assert files[1].read_text() == "Summary 2.\n"
        files[1].write_text(f"{FIXED}\n")

    fixed = edit_row(home, "notes.jsonl:3", edit, author="anna")
    assert fixed.fields == ("output",)
    assert open_row(home, fixed.row_id).texts["output"] == FIXED
    assert not any(file.exists() for file in seen)


def test_an_editor_opens_again_with_what_was_written_until_it_can_stand(home):
    problems = []

    def edit(files, problem):
        problems.append(problem.message if problem else "")
        if not problem:
            files[1].write_text("\n")
        elif "is empty" in problem.message:
            fix_row(home, "notes.jsonl:3", {"input": "Another note of somebody."}, author="otto")
            files[1].write_text(FIXED)
        else:
            assert files[1].read_text() == FIXED

    fixed = edit_row(home, "notes.jsonl:3", edit, author="anna")
    assert len(problems) == 3
    assert "by somebody else" in problems[2]
    assert open_row(home, fixed.row_id).texts["output"] == FIXED


def test_an_editor_that_is_closed_without_a_change_records_nothing(home):
    with pytest.raises(DataError, match="left as it is"):
        edit_row(home, "notes.jsonl:3", lambda files, problem: None, author="anna")
    assert explain_row(home, "notes.jsonl:3").fixes == ()


def test_any_line_of_a_row_names_it_where_another_row_begins_after_it(home, tmp_path):
    path = tmp_path / "talks.csv"
    path.write_text(
        'note,summary\n"A note\nof three\nlines.",One.\nbroken\n"Another\nnote of two.",Two.\n'
        "A last note of one line.,Three.\n"
    )
    import_files(home, [path])
    first, second = (explain_row(home, f"talks.csv:{line}").row_id for line in (2, 6))
    assert explain_row(home, "talks.csv:3").row_id == first
    assert explain_row(home, "talks.csv:4").row_id == first
    assert explain_row(home, "talks.csv:7").row_id == second
    assert explain_row(home, "talks.csv:8").row_id not in (first, second)
    for line in (1, 5, 9):  # the header, a row in quarantine, beyond what is known
        with pytest.raises(NotFoundError):
            explain_row(home, f"talks.csv:{line}")
    with pytest.raises(NotFoundError):  # rows of JSON Lines have one line
        explain_row(home, "notes.jsonl:99")
