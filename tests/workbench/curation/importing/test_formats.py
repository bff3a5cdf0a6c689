import zipfile

import pyarrow as pa
import pyarrow.parquet as pq
import pypdf
import pytest

from tests.workbench.curation.importing.files import (
    ROWS,
    save_dataset,
    write_arrow,
    write_docx,
    write_ods,
    write_parquet,
    write_pdf,
    write_xls,
    write_xlsx,
)
from workbench.curation.importing import documents
from workbench.curation.importing.items import Item
from workbench.curation.importing.limits import MAX_COLUMNS
from workbench.curation.importing.reading import open_table
from workbench.curation.importing.rows import BadRow
from workbench.errors import ImportFileError


def read(path, **options):
    with open_table(Item.of_file(path, path.name), **options) as table:
        return table, list(table.rows)


def places(rows):
    return [(row.place, dict(row.values)) for row in rows]


def problem(path, **options):
    """Return the one bad row of a document."""
    (row,) = read(path, **options)[1]
    assert isinstance(row, BadRow)
    return row


@pytest.mark.parametrize(
    "write",
    [
        lambda folder: write_parquet(folder / "a.parquet"),
        lambda folder: write_arrow(folder / "a.arrow"),
        lambda folder: write_arrow(folder / "a.feather", stream=True),
        lambda folder: save_dataset(folder / "saved", [ROWS[:1], ROWS[1:]]),
    ],
)
def test_arrow_formats_give_their_rows_by_number(tmp_path, write):
    table, rows = read(write(tmp_path))
    assert table.columns == ("note", "summary")
    assert places(rows) == [("row 1", ROWS[0]), ("row 2", ROWS[1])]


def test_a_format_without_a_suffix_is_told_by_its_first_bytes(tmp_path):
    assert Item.of_file(write_parquet(tmp_path / "export"), "export").format == "parquet"


@pytest.mark.parametrize("write", [write_parquet, write_arrow])
def test_a_truncated_arrow_format_is_one_clear_error(tmp_path, write):
    path = write(tmp_path / ("a.parquet" if write is write_parquet else "a.arrow"))
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(ImportFileError, match="is not a whole"):
        read(path)


def test_a_parquet_cell_that_is_no_utf8_spoils_one_row(tmp_path):
    raw = pa.array([b"caf\xe9", b"fine"], pa.binary())
    strings = pa.Array.from_buffers(pa.string(), 2, raw.buffers())
    pq.write_table(pa.table({"note": strings}), tmp_path / "a.parquet")
    _, rows = read(tmp_path / "a.parquet")
    assert [row.values["note"] for row in rows] == ["caf\udce9", "fine"]


def test_a_saved_dataset_may_not_name_files_elsewhere(tmp_path):
    folder = save_dataset(tmp_path / "saved", [ROWS])
    (folder / "state.json").write_text('{"_data_files": [{"filename": "../secret.arrow"}]}')
    with pytest.raises(ImportFileError, match="names no file of its folder"):
        read(folder)
    (folder / "state.json").write_text('{"_data_files": 3}')
    with pytest.raises(ImportFileError, match="does not name the files"):
        read(folder)


def test_sheets_are_read_as_text_with_their_row_numbers(tmp_path):
    sheets = {
        "Cover": [["Notes of 2024"]],
        "Notes": [[None], ["note", "summary"], ["a", 3], [None, None], ["b", 2.5], ["c", True]],
    }
    table, rows = read(write_xlsx(tmp_path / "a.xlsx", sheets))
    assert table.columns == ("note", "summary")
    assert (rows[0].reason, rows[0].locator) == ("other_columns", "sheet Cover, row 1")
    assert places(rows[1:]) == [
        ("sheet Notes, row 3", {"note": "a", "summary": "3"}),
        ("sheet Notes, row 5", {"note": "b", "summary": "2.5"}),
        ("sheet Notes, row 6", {"note": "c", "summary": "true"}),
    ]


@pytest.mark.parametrize("write", [write_ods, write_xls])
def test_workbooks_of_other_programs_are_read_like_excels(tmp_path, write):
    notes = [["note", "summary"], ["Café,\nmore €", 3], ["two & <3>", 2.5]]
    sheets = {"Notes": notes, "Other": [["x"], ["y"]]}
    table, rows = read(write(tmp_path / f"a.{write.__name__.removeprefix('write_')}", sheets))
    assert table.columns == ("note", "summary")
    assert (rows[-1].reason, rows[-1].locator) == ("other_columns", "sheet Other, row 1")
    assert places(rows[:-1]) == [
        ("sheet Notes, row 2", {"note": "Café,\nmore €", "summary": "3"}),
        ("sheet Notes, row 3", {"note": "two & <3>", "summary": "2.5"}),
    ]


@pytest.mark.parametrize("write", [write_ods, write_xls])
def test_half_a_workbook_of_another_program_is_one_clear_error(tmp_path, write):
    path = write(tmp_path / f"a.{write.__name__.removeprefix('write_')}", {"A": [["note"], ["a"]]})
    path.write_bytes(path.read_bytes()[:700])
    with pytest.raises(ImportFileError, match="is not a whole"):
        read(path)


def test_an_encrypted_a_broken_and_an_empty_workbook_are_told_apart(tmp_path):
    path = tmp_path / "a.xlsx"
    for content, message in (
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "is encrypted, or an old .xls"),
        (b"PK\x03\x04aaaa", "is not a whole XLSX"),
        (b"", "is empty"),
    ):
        path.write_bytes(content)
        with pytest.raises(ImportFileError, match=message) as caught:
            read(path)
        assert caught.value.hint
    with pytest.raises(ImportFileError, match="no filled sheet"):
        read(write_xlsx(path, {"A": []}))


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path):
    path = write_xlsx(tmp_path / "a.xlsx", {"A": [["note", "summary"]]})
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/bomb.xml", b"\0" * (64 << 20))
    with pytest.raises(ImportFileError, match="would unpack to 64 MiB"):
        read(path)
    docx = write_docx(tmp_path / "a.docx")
    with zipfile.ZipFile(docx, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/media/bomb", b"\0" * (64 << 20))
    assert "zip bomb" in problem(docx).detail


def test_a_table_of_too_many_columns_is_refused(tmp_path):
    wide = tmp_path / "a.csv"
    wide.write_text("a," * MAX_COLUMNS + "\n1,2\n")
    with pytest.raises(ImportFileError, match="has 4097 columns; at most 4096"):
        read(wide)
    wide = write_parquet(tmp_path / "a.parquet", [{f"c{n}": "" for n in range(MAX_COLUMNS + 1)}])
    with pytest.raises(ImportFileError, match="has 4097 columns"):
        read(wide)


def test_docx_gives_paragraphs_and_tables_in_order(tmp_path):
    path = write_docx(tmp_path / "0012.docx", ["One.", "", "Two."], [["k", "v"], ["x", "y"]])
    table, rows = read(path)
    assert table.columns == ("name", "text")
    text = "One.\n\nTwo.\n\nk | v\nx | y"
    assert places(rows) == [("0012.docx", {"name": "0012", "text": text})]


def test_pdf_gives_its_pages_and_says_which(tmp_path):
    _, rows = read(write_pdf(tmp_path / "a.pdf", ["Hello", "", "World"]))
    assert places(rows) == [("a.pdf, pages 1-3", {"name": "a", "text": "Hello\n\nWorld"})]
    _, rows = read(write_pdf(tmp_path / "b.pdf", ["Hello"]))
    assert rows[0].place == "b.pdf, page 1"


def test_markdown_and_text_are_read_in_the_encoding_named(tmp_path):
    (tmp_path / "a.md").write_bytes("\ufeff# Café\r\nText\r\n".encode())
    assert read(tmp_path / "a.md")[1][0].values["text"] == "# Café\nText\n"
    (tmp_path / "a.txt").write_bytes("Café".encode("latin-1"))
    assert read(tmp_path / "a.txt", encoding="latin-1")[1][0].values["text"] == "Café"
    bad = problem(tmp_path / "a.txt")
    assert (bad.reason, bad.raw) == ("wrong_encoding", b"Caf\xe9")
    assert "Byte 0xE9 at position 3" in bad.detail


def encrypted_pdf(folder):
    writer = pypdf.PdfWriter(clone_from=write_pdf(folder / "plain.pdf", ["Secret"]))
    writer.encrypt("password", algorithm="RC4-128")
    writer.write(folder / "a.pdf")
    return folder / "a.pdf"


def written(name, content):
    def write(folder):
        (folder / name).write_bytes(content)
        return folder / name

    return write


@pytest.mark.parametrize(
    ("write", "reason"),
    [
        (encrypted_pdf, "encrypted"),
        (written("a.pdf", b"%PDF-1.4 broken"), "unreadable"),
        (lambda folder: write_pdf(folder / "a.pdf", ["", ""]), "no_text"),
        (lambda folder: write_docx(folder / "a.docx", ["", " "]), "no_text"),
        (written("a.docx", b"\xd0\xcf\x11\xe0" + b"\0" * 600), "encrypted"),
        (written("a.docx", b"PK\x03\x04"), "unreadable"),
        (written("a.txt", b" \n"), "no_text"),
    ],
)
def test_a_document_without_readable_text_is_a_bad_row_with_its_reason(tmp_path, write, reason):
    path = write(tmp_path)
    bad = problem(path)
    assert bad.reason == reason
    assert bad.locator.startswith(path.name)
    assert bad.detail.endswith(".")


def test_a_scanned_page_is_named(tmp_path):
    path = write_pdf(tmp_path / "a.pdf", ["Hello", ""])
    image = (
        b"/XObject << /I << /Type /XObject /Subtype /Image /Width 1 /Height 1 "
        b"/ColorSpace /DeviceGray /BitsPerComponent 8 >> >> "
    )
    head, _, tail = path.read_bytes().rpartition(b"/Resources << ")
    path.write_bytes(head + b"/Resources << " + image + tail)
    bad = problem(path)
    assert (bad.reason, bad.locator) == ("no_text", "a.pdf, page 2")
    assert "OCR" in bad.detail


def test_a_document_too_long_for_any_model_is_set_aside(tmp_path, monkeypatch):
    monkeypatch.setattr(documents, "MAX_DOCUMENT_CHARACTERS", 3)
    (tmp_path / "a.txt").write_text("four")
    assert problem(tmp_path / "a.txt").reason == "too_long"
