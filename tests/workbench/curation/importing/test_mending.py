import json

import pytest

from workbench.curation.importing.mending import draft_texts, read_mended
from workbench.curation.importing.rows import BadRow
from workbench.curation.personal_data.known_names import names_of
from workbench.errors import ImportFileError

CSV = {
    "format": "csv",
    "encoding": "utf-8",
    "columns": {"input": "note+more", "output": "summary"},
    "header": ["note", "more", "summary"],
    "delimiter": ";",
}


def drafts(raw, reading):
    found = draft_texts(raw, reading)
    return found["input"], found["output"]


def test_what_could_be_read_of_a_row_is_filled_in():
    assert drafts(b'a;"b\n;c";\n', CSV) == ("a\n\nb\n;c", "")
    assert drafts(b"a;b\n", CSV) == ("", "")
    assert drafts(b"caf\xe9;;x\n", CSV) == ("caf\ufffd", "x")
    json_reading = {**CSV, "format": "jsonl", "columns": {"input": "note", "output": "summary"}}
    assert drafts(b'{"note": "a", "summary": 3}', json_reading) == ("a", "")
    assert drafts(b"{broken", json_reading) == ("", "")


def test_rows_with_texts_come_back_and_untouched_ones_do_not(tmp_path):
    rows = [
        {"id": "a", "input": "I", "output": "O", "group": "g", "rejected": ""},
        {"id": "b", "input": "", "output": ""},
        {"id": "c", "input": "I", "output": " "},
        {"id": "d", "input": "I", "output": "O", "rejected": "R"},
    ]
    path = tmp_path / "bad.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    first, third, fourth = read_mended(path)
    assert (first.result.input, first.result.output, first.result.group) == ("I", "O", "g")
    assert isinstance(third.result, BadRow)
    assert (third.entry_id, third.result.reason) == ("c", "empty_value")
    assert fourth.result.rejected == "R"


@pytest.mark.parametrize(
    ("text", "message"),
    [("{broken", "line 1: Not valid JSON"), ('{"input": "a"}', "line 1 has no id")],
)
def test_a_file_that_was_not_exported_is_refused(tmp_path, text, message):
    (tmp_path / "a.jsonl").write_text(text)
    with pytest.raises(ImportFileError, match=message) as caught:
        list(read_mended(tmp_path / "a.jsonl"))
    assert "--export" in caught.value.hint


def test_names_are_filled_in_and_come_back(tmp_path):
    reading = {"format": "jsonl", "columns": {"names": "client+other"}}
    draft = draft_texts(b'{"client": "Jane Roe", "other": "A. Doe"}', reading)["names"]
    path = tmp_path / "bad.jsonl"
    path.write_text(json.dumps({"id": "a", "input": "I", "output": "O", "names": draft}))
    [row] = read_mended(path)
    assert names_of(row.result.names[0]) == ("Jane Roe", "A. Doe")
