import pytest

from workbench.curation.importing.columns import ColumnMap, find_columns, parse_mapping
from workbench.curation.importing.examine import examine_row
from workbench.curation.importing.lines import Line
from workbench.curation.importing.rows import TextRow
from workbench.errors import ImportFileError


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (("ID", "section_header", "section_text", "dialogue"), ("dialogue", "section_text")),
        (("note_id", "writer", "note", "summary"), ("note", "summary")),
        (("Notes", "Expert Summary"), ("Notes", "Expert Summary")),
        (("prompt", "completion"), ("prompt", "completion")),
        (("question", "answer", "text"), ("question", "answer")),
    ],
)
def test_usual_names_are_recognised(columns, expected):
    found = find_columns(columns, {}, "f")
    assert (found.input[0], found.output[0]) == expected


def test_the_alpaca_layout_joins_instruction_and_input():
    found = find_columns(("instruction", "input", "output"), {}, "f")
    assert found == ColumnMap(("instruction", "input"), ("output",), layout="alpaca")
    row = TextRow((_line(),), {"instruction": "Translate.", "input": "Bonjour", "output": "Hello"})
    assert examine_row(row, found, "utf-8").rows[0].input == "Translate.\n\nBonjour"
    row = TextRow((_line(),), {"instruction": "Tell a joke.", "input": "", "output": "No."})
    assert examine_row(row, found, "utf-8").rows[0].input == "Tell a joke."


def test_the_users_mapping_wins_and_is_checked():
    mapping = parse_mapping("input=a+b, output=c,group=d")
    assert find_columns(("a", "b", "c", "d", "note"), mapping, "f") == ColumnMap(
        ("a", "b"), ("c",), "d"
    )
    with pytest.raises(ImportFileError, match="no column 'x'; its columns are a, b") as caught:
        find_columns(("a", "b"), {"input": "x"}, "f")
    assert "--map input=a" in caught.value.hint


@pytest.mark.parametrize("text", ["input", "input=", "inptu=a", "=a"])
def test_a_malformed_mapping_is_refused(text):
    with pytest.raises(ImportFileError, match="ROLE=COLUMN"):
        parse_mapping(text)


def test_unrecognised_doubled_and_shared_columns_are_refused():
    with pytest.raises(ImportFileError, match="no column is recognised as the output"):
        find_columns(("note", "x"), {}, "f")
    with pytest.raises(ImportFileError, match="2 columns named 'note'"):
        find_columns(("note", "note", "summary"), {}, "f")
    assert find_columns(("note", "summary", "x", "x"), {}, "f").output == ("summary",)
    with pytest.raises(ImportFileError, match="both input and output"):
        find_columns(("note", "b"), {"input": "note", "output": "note"}, "f")


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"output": "b"}, "missing_column"),
        ({"input": " \n", "output": "b"}, "empty_value"),
        ({"input": None, "output": "b"}, "empty_value"),
        ({"input": 3, "output": "b"}, "wrong_type"),
        ({"input": ["a"], "output": "b"}, "wrong_type"),
        ({"input": "a\0", "output": "b"}, "nul_character"),
        ({"input": "a\ud800", "output": "b"}, "broken_unicode"),
    ],
)
def test_unusable_values_are_named_without_their_text(values, reason):
    columns = ColumnMap(("input",), ("output",))
    (bad,) = examine_row(TextRow((_line(),), values), columns, "utf-8").rows
    assert (bad.line, bad.reason) == (7, reason)
    assert bad.raw == b"raw"


def _line():
    return Line(7, 100, b"raw", "raw")


def named(columns, values, mapping=None):
    rows = [TextRow((_line(),), {"note": "n", "summary": "s", **row}) for row in values]
    return find_columns(("note", "summary", *columns), mapping or {}, "f", sample=rows).names


def test_columns_of_names_are_recognised_by_name_and_values():
    values = [
        {"Client Name": "Jane Roe", "name": "Aspirin", "surname": "Okonkwo", "plaintiff": "7"}
    ]
    assert named(("Client Name", "name", "surname", "plaintiff"), values) == (
        "Client Name", "surname",
    )  # fmt: skip
    assert named(("name",), [{"name": "Mary Roe"}, {"name": "John Doe"}, {"name": ""}]) == ("name",)
    assert named(("client",), [{"client": None}]) == ()


def test_columns_of_names_can_be_named_and_are_checked():
    mapping = parse_mapping("names=who+client")
    assert named(("who", "client"), [], mapping) == ("who", "client")
    found = find_columns(("note", "summary", "who", "client"), mapping, "f")
    assert found.described()["names"] == "who+client"
    with pytest.raises(ImportFileError, match="no column 'x'"):
        named(("who",), [], {"names": "x"})


def test_a_group_may_be_a_column_of_names_and_a_text_may_not():
    values = [{"client": "Jane Roe"}]
    assert named(("client",), values, {"group": "client"}) == ("client",)
    rows = [TextRow((_line(),), {"name": "Jane Roe", "summary": "s"})]
    found = find_columns(("name", "summary"), {"input": "name"}, "f", sample=rows)
    assert found.names == ()


def test_names_are_taken_as_they_stand_and_a_row_need_have_none():
    columns = ColumnMap(("note",), ("summary",), names=("client", "others"))

    def names_in(**values):
        row = TextRow((_line(),), {"note": "n", "summary": "s", **values})
        [usable] = examine_row(row, columns, "utf-8").rows
        return usable

    assert names_in(client=" Roe, Jane ", others=["A B", None, ""]).names == ("Roe, Jane", "A B")
    assert names_in(client=None).names == ()
    assert names_in(client={"first": "Jane"}).reason == "wrong_type"
