"""Import of what is no plain table of two columns, through the store."""

import json

import pytest

from tests.workbench.curation.importing.files import (
    save_dataset,
    write_docx,
    write_json_lines,
    write_parquet,
    write_pdf,
    write_xlsx,
)
from workbench.cli.options import show
from workbench.errors import ImportFileError, NotFoundError
from workbench.home import Home
from workbench.store import open_store
from workbench.workflows.explain_row import explain_row
from workbench.workflows.import_files import import_files
from workbench.workflows.preview_import import preview_import
from workbench.workflows.quarantine import list_quarantine

ROWS = [{"note": f"Note {n}", "summary": f"Summary {n}"} for n in range(3)]


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home")


def sightings(home):
    with open_store(home) as store:
        ids = {e for source in store.sources() for e in store.example_ids(source.source_id)}
        found = [s for example in ids for s in store.sightings(example)]
    return sorted((s.file_name, s.locator, s.original.input, s.original.rejected) for s in found)


def test_the_same_rows_in_any_format_are_the_same_examples(home, tmp_path):
    (tmp_path / "files").mkdir()
    cells = [["note", "summary"], *([row["note"], row["summary"]] for row in ROWS)]
    write_json_lines(tmp_path / "files" / "a.jsonl", ROWS[::-1])
    write_parquet(tmp_path / "files" / "b.parquet", ROWS)
    write_xlsx(tmp_path / "files" / "c.xlsx", {"Notes": cells})
    save_dataset(tmp_path / "files" / "d" / "train", [ROWS])
    result = import_files(home, [tmp_path / "files"])
    assert [(file.format, file.n_examples, file.n_new_examples) for file in result.files] == [
        ("jsonl", 3, 3),
        ("parquet", 3, 0),
        ("xlsx", 3, 0),
        ("dataset", 3, 0),
    ]
    seen = {(name, place) for name, place, text, _ in sightings(home) if text == "Note 2"}
    assert seen == {
        ("a.jsonl", "line 1"),
        ("b.parquet", "row 3"),
        ("c.xlsx", "sheet Notes, row 4"),
        ("d/train", "row 3"),
    }
    assert explain_row(home, "b.parquet:3").row_id == explain_row(home, "a.jsonl:1").row_id


def test_notes_and_answers_of_two_folders_meet_and_the_rest_is_quarantined(home, tmp_path):
    for folder in ("notes", "answers"):
        (tmp_path / folder).mkdir()
    write_docx(tmp_path / "notes" / "0012.docx", ["A note."])
    write_pdf(tmp_path / "notes" / "0013.pdf", ["Page one", "Page two"])
    write_docx(tmp_path / "notes" / "0014.docx", [""])
    for name in ("0012", "0013", "0015"):
        (tmp_path / "answers" / f"{name}.txt").write_text(f"Summary {name}.")
    (file,) = import_files(home, [tmp_path / "notes"], join=tmp_path / "answers").files
    assert file.quarantined == {"no_text": 1, "no_partner": 1}
    assert [(name, place, text) for name, place, text, _ in sightings(home)] == [
        ("notes", "0012.docx; answers, 0012.txt", "A note."),
        ("notes", "0013.pdf, pages 1-2; answers, 0013.txt", "Page one\n\nPage two"),
    ]


def test_a_joined_row_is_found_by_its_place_in_the_first_file(home, tmp_path):
    (tmp_path / "notes.csv").write_text("id,note\n1,one\n")
    (tmp_path / "answers.csv").write_text("id,summary\n1,S\n")
    import_files(home, [tmp_path / "notes.csv"], join=tmp_path / "answers.csv", on="id")
    assert explain_row(home, "notes.csv:2").seen_at[0].locator == "line 2; answers.csv, line 2"


def test_preference_rows_keep_their_rejected_answer_and_ties_are_counted(home, tmp_path):
    rows = [
        {"prompt": "P", "responses": ["a", "b", "c"], "ratings": [1, 2, 2]},
        {"prompt": "Q", "responses": ["a", "b"], "ratings": [1, 1]},
    ]
    (file,) = import_files(home, [write_json_lines(tmp_path / "a.jsonl", rows)]).files
    assert (file.layout, file.n_examples, file.n_ties) == ("rated", 1, 1)
    assert file.quarantined == {"only_ties": 1}
    assert sightings(home) == [("a.jsonl", "line 1", "P", "a")]


def test_ratings_a_row_each_become_a_pair_that_is_found_by_any_of_its_rows(home, tmp_path):
    rows = [("P", "a", 1), ("P", "b", 3), ("P", "c", 3), ("Q", "d", 2), ("Q", "e", "?")]
    lines = [f"{prompt},{answer},{rating}" for prompt, answer, rating in rows]
    (tmp_path / "rated.csv").write_text("\n".join(["question,answer,rating", *lines]) + "\n")
    (file,) = import_files(home, [tmp_path / "rated.csv"]).files
    assert (file.layout, file.n_examples, file.n_ties) == ("rated-rows", 1, 1)
    assert file.quarantined == {"missing_rating": 1, "single_answer": 1}
    assert sightings(home) == [("rated.csv", "line 2; line 3", "P", "a")]
    assert explain_row(home, "rated.csv:2") == explain_row(home, "rated.csv:3")
    with pytest.raises(NotFoundError):  # the tie made no pair, and is of no row before it
        explain_row(home, "rated.csv:4")
    kept = [(entry.place, entry.raw) for entry in list_quarantine(home)]
    assert kept == [("line 5", "Q,d,2\n"), ("line 6", "Q,e,?\n")]


def test_the_licence_is_kept_and_another_one_is_another_source(home, tmp_path):
    path = write_json_lines(tmp_path / "a.jsonl", ROWS)
    import_files(home, [path])
    (file,) = import_files(home, [path], licence="CC-BY-4.0").files
    assert len(file.replaced) == 1
    with open_store(home) as store:
        (active,) = [source for source in store.sources() if source.status == "active"]
    assert active.reading["licence"] == "CC-BY-4.0"
    assert active.reading["layout"] == "columns"


def test_a_source_read_as_before_keeps_its_id(home, tmp_path):
    """Recorded before other formats came: a file of two columns is still the same source."""
    path = tmp_path / "notes.csv"
    path.write_text("note,summary\nA note.,Its summary.\n")
    assert import_files(home, [path]).files[0].source_id == "0ca7ffa845cb29c3"


def test_a_preview_shows_what_an_import_would_do_and_writes_nothing(home, tmp_path):
    path = tmp_path / "notes.csv"
    path.write_text("Notes;Expert Summary;who\na;A;x\n;B;y\nc;C;z\n")
    (seen,) = preview_import([path]).files
    assert (seen.format, seen.encoding, seen.layout) == ("csv", "utf-8", "columns")
    assert [(c.name, c.role, c.example) for c in seen.columns] == [
        ("Notes", "input", "a"),
        ("Expert Summary", "output", "A"),
        ("who", "", "x"),
    ]
    assert [(row.place, row.input, row.output) for row in seen.rows] == [
        ("line 2", "a", "A"),
        ("line 4", "c", "C"),
    ]
    assert (seen.n_rows, seen.reasons) == (3, {"empty_value": 1})
    assert [(bad.place, bad.reason) for bad in seen.bad_rows] == [("line 3", "empty_value")]
    assert not home.root.exists()


def test_a_preview_of_unknown_columns_says_what_to_map(tmp_path, capsys):
    path = tmp_path / "notes.csv"
    path.write_text("a,b\n1,2\n")
    preview = preview_import([path])
    (seen,) = preview.files
    assert "no column is recognised as the input" in seen.problem
    assert "--map input=a" in seen.hint
    assert [column.name for column in seen.columns] == ["a", "b"]
    show(preview, [], as_json=True)
    assert json.loads(capsys.readouterr().out)["files"][0]["layout"] == ""
    (mapped,) = preview_import([path], mapping="input=a,output=b").files
    assert {column.why for column in mapped.columns} == {"named by --map"}


def test_documents_that_cannot_be_read_are_refused_with_their_reason(home, tmp_path):
    write_pdf(tmp_path / "a.pdf", [""])
    (tmp_path / "a.txt").write_text("An answer.")
    with pytest.raises(ImportFileError, match=r"none of its .* a\.pdf: Its pages hold no text"):
        import_files(home, [tmp_path / "a.pdf"], join=tmp_path / "a.txt")
