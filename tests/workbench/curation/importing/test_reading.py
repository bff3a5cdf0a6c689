import json

import pytest

from workbench.curation.importing.delimited import MAX_FIELD_CHARACTERS
from workbench.curation.importing.items import Item
from workbench.curation.importing.lines import MAX_LINE_BYTES
from workbench.curation.importing.reading import open_table
from workbench.curation.importing.rows import BadRow
from workbench.errors import ImportFileError


def read(path, **options):
    with open_table(Item.of_file(path, path.name), **options) as table:
        return table, list(table.rows)


def write(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def values(rows):
    return [dict(row.values) for row in rows if not isinstance(row, BadRow)]


def reasons(rows):
    return [(row.line, row.reason) for row in rows if isinstance(row, BadRow)]


def test_csv_with_bom_crlf_quotes_and_newlines_in_fields(tmp_path):
    path = write(tmp_path, "a.csv", b'\xef\xbb\xbfnote,summary\r\n"a\r\nb, ""c""",x\r\n\r\nd,y\r\n')
    table, rows = read(path)
    assert table.columns == ("note", "summary")
    assert values(rows) == [
        {"note": 'a\r\nb, "c"', "summary": "x"},
        {"note": "d", "summary": "y"},
    ]
    assert [row.line for row in rows] == [2, 5]


@pytest.mark.parametrize(("name", "delimiter"), [("a.csv", ";"), ("a.csv", "|"), ("a.tsv", "\t")])
def test_other_delimiters_are_recognised(tmp_path, name, delimiter):
    path = write(tmp_path, name, f'"a,b"{delimiter}c\n1{delimiter}2\n')
    table, rows = read(path)
    assert table.columns == ("a,b", "c")
    assert values(rows) == [{"a,b": "1", "c": "2"}]


def test_one_stray_quote_costs_one_row(tmp_path):
    path = write(tmp_path, "a.csv", 'note,summary\n1,a\n"2,b\n3,c\n4,d\n')
    _, rows = read(path)
    assert [row["note"] for row in values(rows)] == ["1", "3", "4"]
    assert reasons(rows) == [(3, "broken_quoting")]


def test_text_after_a_closing_quote_and_wrong_counts_are_set_aside_raw(tmp_path):
    path = write(tmp_path, "a.csv", 'note,summary\n"1"x,a\n2,b,c\n3\n4,d\n')
    _, rows = read(path)
    assert [row["note"] for row in values(rows)] == ["4"]
    assert reasons(rows) == [
        (2, "broken_quoting"),
        (3, "wrong_column_count"),
        (4, "wrong_column_count"),
    ]
    assert rows[0].raw == b'"1"x,a\n'


def test_huge_lines_and_fields_are_set_aside(tmp_path):
    line = b"x" * (MAX_LINE_BYTES + 10)
    field = b'"' + (b"y" * 1000 + b"\n") * (MAX_FIELD_CHARACTERS // 1000)
    path = write(tmp_path, "a.csv", b"note,summary\n" + line + b",a\n1,b\n" + field)
    _, rows = read(path)
    assert values(rows) == [{"note": "1", "summary": "b"}]
    assert reasons(rows)[:2] == [(2, "too_long"), (4, "too_long")]
    assert {reason for _, reason in reasons(rows)[2:]} == {"wrong_column_count"}


def test_json_lines_with_every_kind_of_broken_row(tmp_path):
    lines = ['{"a": "1"}', "{broken", "[1]", "", '"text"', "[" * 100_000, '{"b": 2}', "NaN"]
    path = write(tmp_path, "a.jsonl", "\n".join(lines))
    table, rows = read(path)
    assert table.columns == ("a", "b")
    assert values(rows) == [{"a": "1"}, {"b": 2}]
    assert reasons(rows) == [
        (2, "broken_json"),
        (3, "wrong_type"),
        (5, "wrong_type"),
        (6, "broken_json"),
        (8, "wrong_type"),
    ]


def test_a_json_array_is_streamed_and_keeps_line_numbers(tmp_path):
    content = [{"a": str(n), "b": "x" * 2000} for n in range(1500)]  # more than one chunk
    pretty = read(write(tmp_path, "a.json", json.dumps(content, indent=1)))[1]
    dense = read(write(tmp_path, "b.json", json.dumps(content)))[1]
    assert values(pretty) == values(dense) == content
    assert [row.line for row in pretty[:3]] == [2, 6, 10]


@pytest.mark.parametrize(
    ("line", "place"), [('{"input": "a", "output":', 25), ('{"input": x}', 11), ("{", 2)]
)
def test_a_broken_json_line_names_the_character(tmp_path, line, place):
    path = write(tmp_path, "a.jsonl", f'{{"input": "a", "output": "b"}}\n{line}\n')
    [bad] = [row for row in read(path)[1] if isinstance(row, BadRow)]
    assert f"at character {place}:" in bad.detail


def test_a_broken_json_array_keeps_what_stands_before(tmp_path):
    path = write(tmp_path, "a.json", '[{"a": "1"},\n {"a": "2"},\n {"a" 3}, {"a": "4"}]')
    _, rows = read(path)
    assert values(rows) == [{"a": "1"}, {"a": "2"}]
    assert reasons(rows) == [(3, "broken_json")]


@pytest.mark.parametrize("name", ["a.jsonl", "a.json"])
def test_an_object_with_one_key_twice_is_set_aside(tmp_path, name):
    rows = ['{"a": "1", "b": "2"}', '{"a": "3", "b": "4", "a": "5"}', '{"a": [{"c": 1, "c": 2}]}']
    text = "\n".join(rows) if name == "a.jsonl" else "[" + ",\n".join(rows) + "]"
    _, found = read(write(tmp_path, name, text))
    assert values(found) == [{"a": "1", "b": "2"}]
    assert reasons(found) == [(2, "repeated_key"), (3, "repeated_key")]
    assert ["'a'" in found[1].detail, "'c'" in found[2].detail] == [True, True]


def test_json_lines_named_json_are_recognised(tmp_path):
    table, rows = read(write(tmp_path, "a.json", '{"a": "1"}\n{"a": "2"}\n'))
    assert (table.format, len(rows)) == ("jsonl", 2)


def test_latin1_is_read_when_named_and_placed_when_not(tmp_path):
    path = write(tmp_path, "a.csv", "note,summary\ncafé,x\nplain,y\n".encode("latin-1"))
    _, rows = read(path)
    assert rows[0].bad_byte("utf-8") == (16, 0xE9)
    assert path.read_bytes()[16] == 0xE9
    _, rows = read(path, encoding="latin-1")
    assert values(rows)[0]["note"] == "café"


def test_utf16_is_read_when_named(tmp_path):
    path = write(tmp_path, "a.csv", "note,summary\nä,x\n".encode("utf-16"))
    with pytest.raises(ImportFileError, match="UTF-16") as caught:
        read(path)
    assert "--encoding utf-16" in caught.value.hint
    assert values(read(path, encoding="utf-16")[1]) == [{"note": "ä", "summary": "x"}]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", b"", "is empty"),
        ("a.csv", b"\xef\xbb\xbf\n \n", "is empty"),
        ("a.jsonl", b"\n\n", "is empty"),
        ("a.zip", b"PK\x03\x04", "suffix '.zip'"),
        ("a.csv", b"PK\x03\x04aaaa", "zip archive or an Office"),
        ("a.csv", b"PAR1aaaa", "Parquet"),
        ("a.jsonl", b"\x1f\x8baaaa", "gzip"),
        ("a.jsonl", b"hello\nworld\n", "no JSON object"),
        ("a.csv", "nöte,b\n1,2\n".encode("latin-1"), "byte 0xF6 at position 1"),
        ("a.csv", b'"note,summary\n1,2\n', "header cannot be read"),
    ],
)
def test_a_file_that_is_no_table_is_one_clear_error(tmp_path, name, content, message):
    with pytest.raises(ImportFileError, match=message) as caught:
        read(write(tmp_path, name, content))
    assert str(tmp_path) in caught.value.message
    assert caught.value.hint


def test_missing_files_folders_and_unknown_encodings_are_named(tmp_path):
    with pytest.raises(ImportFileError, match="does not exist"):
        read(tmp_path / "none.csv")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(ImportFileError, match="is a folder"):
        read(tmp_path / "folder.csv")
    for name in ("klingon", "hex"):
        with pytest.raises(ImportFileError, match="no text encoding"):
            read(write(tmp_path, "a.csv", "a,b\n"), encoding=name)
