import pytest

from tests.workbench.curation.importing.files import write_docx, write_json_lines
from workbench.curation.importing.items import find_one
from workbench.curation.importing.opening import ReadRequest, examined_rows, lay_out, open_request
from workbench.curation.importing.rows import BadRow
from workbench.errors import ImportFileError


def join(left, right, **options):
    request = ReadRequest(find_one(left, None), find_one(right, None), **options)
    with open_request(request) as opened:
        reading = lay_out(request, opened)
        rows = [row for item in examined_rows(request, opened, reading) for row in item.rows]
    good = [(r.locator, r.input, r.output) for r in rows if not isinstance(r, BadRow)]
    return reading, good, [(r.locator, r.reason) for r in rows if isinstance(r, BadRow)]


def write(path, text):
    path.write_text(text)
    return path


def test_rows_meet_by_their_key_and_the_others_say_why_not(tmp_path):
    notes = write(tmp_path / "notes.csv", "id,text\n1,one\n2,two\n3,three\n4,four\n4,4\n,none\n")
    answers = write(tmp_path / "answers.csv", "id,text\n2,TWO\n1,ONE\n5,FIVE\n3,a\n3,b\n4,x\n")
    reading, good, bad = join(notes, answers, on=("id", "id"))
    assert good == [
        ("line 2; answers.csv, line 3", "one", "ONE"),
        ("line 3; answers.csv, line 2", "two", "TWO"),
    ]
    assert bad == [
        ("line 4", "repeated_key"),
        ("line 5", "repeated_key"),
        ("line 6", "repeated_key"),
        ("line 7", "missing_key"),
        ("answers.csv, line 4", "no_partner"),
        ("answers.csv, line 5", "repeated_key"),
        ("answers.csv, line 6", "repeated_key"),
        ("answers.csv, line 7", "repeated_key"),
    ]
    assert reading.columns.described() == {"input": "text", "output": "answers.csv.text"}
    assert reading.described()["join"] == {"format": "csv", "on": "id=id"}


def test_keys_may_be_named_differently_and_be_numbers(tmp_path):
    notes = write_json_lines(tmp_path / "n.jsonl", [{"note_id": 7, "note": "N", "who": "w"}])
    answers = write(tmp_path / "a.csv", "id,summary,score\n7,S,3\n")
    assert join(notes, answers, on=("note_id", "id"))[1] == [("line 1; a.csv, line 2", "N", "S")]


def test_documents_meet_their_answers_by_name(tmp_path):
    for folder in ("notes", "answers"):
        (tmp_path / folder).mkdir()
    write_docx(tmp_path / "notes" / "0012.docx", ["A note."])
    write(tmp_path / "notes" / "0013.md", "Another.")
    write(tmp_path / "answers" / "0012.txt", "Its summary.")
    _, good, bad = join(tmp_path / "notes", tmp_path / "answers")
    assert good == [("0012.docx; answers, 0012.txt", "A note.", "Its summary.")]
    assert bad == [("0013.md", "no_partner")]


def test_documents_meet_a_table_by_a_named_column(tmp_path):
    note = write(tmp_path / "0012.txt", "A note.")
    answers = write(tmp_path / "answers.csv", "file,summary\n0012,S\n")
    assert join(note, answers, on=("name", "file"))[1] == [
        ("0012.txt; answers.csv, line 2", "A note.", "S")
    ]


def test_a_wrong_byte_of_the_answers_is_found_in_their_file(tmp_path):
    notes = write(tmp_path / "notes.csv", "id,note\n1,one\n2,two\n")
    answers = tmp_path / "answers.csv"
    answers.write_bytes(b"id,summary\n1,caf\xe9\n2,fine\n")
    _, good, bad = join(notes, answers, on=("id", "id"))
    assert len(good) == 1
    assert bad == [("line 2; answers.csv, line 2", "wrong_encoding")]


def test_a_key_that_is_missing_or_unnamed_is_one_clear_error(tmp_path):
    notes = write(tmp_path / "notes.csv", "id,note\n1,one\n")
    with pytest.raises(ImportFileError, match=r"notes\.csv has no column 'x'; its columns are id"):
        join(notes, notes, on=("x", "id"))
    with pytest.raises(ImportFileError, match="no column is named as the key") as caught:
        join(notes, notes)
    assert "--on" in caught.value.hint
