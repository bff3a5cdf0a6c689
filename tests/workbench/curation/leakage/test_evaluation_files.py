import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from workbench.curation.leakage.evaluation_files import read_evaluation_file
from workbench.curation.leakage.texts import LeakTexts
from workbench.errors import DataError, ImportFileError

QUESTION = "Which of these is older than the others?"


def read(path, **options):
    texts = LeakTexts()
    file = read_evaluation_file(path, texts, **options)
    assert set(texts.sets) == {str(path)}
    return file, list(zip(texts.rows, texts.parts, texts.texts, strict=True))


def test_every_value_of_a_table_is_a_text_and_answers_are_outputs(tmp_path):
    path = tmp_path / "quiz.csv"
    path.write_text(f'question,Answer\n"{QUESTION}\nThink.",the first\nsecond, \n')
    file, rows = read(path)
    assert rows == [
        ("line 2", "text", f"{QUESTION}\nThink."),
        ("line 2", "output", "the first"),
        ("line 4", "text", "second"),
    ]
    assert (file.n_rows, file.n_unreadable) == (2, 0)


def test_a_table_without_a_header_loses_no_row(tmp_path):
    path = tmp_path / "quiz.csv"
    path.write_text(f"{QUESTION},this,that,A\nAnd which one is younger than them all?,c,d,B\n")
    _, rows = read(path)
    assert [row[2] for row in rows if row[0] == "line 1"] == [QUESTION, "this", "that", "A"]
    assert [row[2] for row in rows if row[0] == "line 2"][1:] == ["c", "d", "B"]


def test_texts_within_lists_and_maps_are_found_and_broken_rows_counted(tmp_path):
    path = tmp_path / "quiz.jsonl"
    row = {"messages": [{"role": "user", "content": QUESTION}], "n": 3, "output": "yes \ud800"}
    path.write_text(json.dumps(row) + "\n{broken\n")
    file, rows = read(path)
    assert rows == [
        ("line 1", "text", "user"),
        ("line 1", "text", QUESTION),
        ("line 1", "output", "yes ?"),
    ]
    assert (file.n_rows, file.n_unreadable) == (1, 1)


def test_each_line_of_a_text_file_is_a_row_even_with_a_wrong_byte(tmp_path):
    path = tmp_path / "prompts.txt"
    path.write_bytes(b"first line\n\nT\xf6nnies\n")
    file, rows = read(path)
    assert [row[0] for row in rows] == ["line 1", "line 3"]
    assert file.n_rows == 2
    assert read(path, encoding="latin-1")[1][1][2].strip() == "Tönnies"


def test_parquet_is_read_by_row(tmp_path):
    path = tmp_path / "quiz.parquet"
    pq.write_table(pa.table({"q": [QUESTION, None], "choices": [["a", "b"], ["c"]]}), path)
    _, rows = read(path)
    assert rows == [
        ("row 1", "text", QUESTION),
        ("row 1", "text", "a"),
        ("row 1", "text", "b"),
        ("row 2", "text", "c"),
    ]


@pytest.mark.parametrize("name", ["gone.parquet", "gone.txt", "gone.csv", "gone.xyz"])
def test_a_missing_or_unknown_file_is_refused_by_name(tmp_path, name):
    with pytest.raises(ImportFileError, match="gone"):
        read(tmp_path / name)


def test_what_is_no_parquet_file_and_what_holds_no_text_is_refused(tmp_path):
    (tmp_path / "a.parquet").write_text("no")
    with pytest.raises(ImportFileError, match="not a whole Parquet"):
        read(tmp_path / "a.parquet")
    (tmp_path / "a.jsonl").write_text('{"n": 1}\n')
    with pytest.raises(DataError, match="holds no text"):
        read(tmp_path / "a.jsonl")
