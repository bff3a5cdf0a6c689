"""Small files of each format, made by the libraries that people use to write them."""

import json
import struct
import zipfile
from xml.sax.saxutils import escape

import docx
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq

ROWS = [{"note": "Café, one", "summary": "S1"}, {"note": "two", "summary": "S2"}]


def write_parquet(path, rows=ROWS):
    pq.write_table(pa.Table.from_pylist(rows), path)
    return path


def write_arrow(path, rows=ROWS, *, stream=False):
    table = pa.Table.from_pylist(rows)
    make = pa.ipc.new_stream if stream else pa.ipc.new_file
    with make(str(path), table.schema) as writer:
        writer.write_table(table)
    return path


def write_xlsx(path, sheets):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    book.close()
    return path


def write_docx(path, paragraphs=("One.", "Two."), table=()):
    document = docx.Document()
    for text in paragraphs:
        document.add_paragraph(text)
    if table:
        made = document.add_table(rows=0, cols=len(table[0]))
        for row in table:
            for cell, text in zip(made.add_row().cells, row, strict=True):
                cell.text = text
    document.save(str(path))
    return path


def write_pdf(path, pages):
    """Write a PDF with one line of Helvetica a page; an empty text gives a blank page."""
    contents = [f"BT /F1 12 Tf 72 700 Td ({text}) Tj ET" if text else "" for text in pages]
    kids = " ".join(f"{4 + 2 * n} 0 R" for n in range(len(pages)))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for number, content in enumerate(contents):
        objects.append(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] "
            f"/Resources << /Font << /F1 3 0 R >> >> /Contents {5 + 2 * number} 0 R >>"
        )
        objects.append(f"<< /Length {len(content)} >>\nstream\n{content}\nendstream")
    text, offsets = "%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(text))
        text += f"{number} 0 obj\n{body}\nendobj\n"
    start = len(text)
    text += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n"
    text += "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    text += f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n"
    path.write_bytes(text.encode("latin-1"))
    return path


def write_json_lines(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def save_dataset(folder, parts):
    """Write what `Dataset.save_to_disk` writes: Arrow streams and two descriptions."""
    folder.mkdir(parents=True)
    names = [f"data-{n:05d}-of-{len(parts):05d}.arrow" for n in range(len(parts))]
    for name, rows in zip(names, parts, strict=True):
        write_arrow(folder / name, rows, stream=True)
    state = {"_data_files": [{"filename": name} for name in names], "_split": None}
    (folder / "state.json").write_text(json.dumps(state))
    (folder / "dataset_info.json").write_text(json.dumps({"features": {}}))
    return folder


def write_ods(path, sheets):
    """Write an OpenDocument spreadsheet: XML in a zip, numbers with their value as an attribute."""
    name = "urn:oasis:names:tc:opendocument:xmlns:"
    tables = "".join(
        f'<table:table table:name="{escape(title)}">'
        + "".join(
            "<table:table-row>" + "".join(map(_ods_cell, row)) + "</table:table-row>"
            for row in rows
        )
        + "</table:table>"
        for title, rows in sheets.items()
    )
    content = (
        f'<office:document-content xmlns:office="{name}office:1.0" xmlns:text="{name}text:1.0" '
        f'xmlns:table="{name}table:1.0" office:version="1.2"><office:body><office:spreadsheet>'
        f"{tables}</office:spreadsheet></office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = f'<manifest:manifest xmlns:manifest="{name}manifest:1.0"/>'
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", kind)
        archive.writestr("META-INF/manifest.xml", manifest)
        archive.writestr("content.xml", content)
    return path


def _ods_cell(value):
    if isinstance(value, str):
        lines = "".join(f"<text:p>{escape(line)}</text:p>" for line in value.split("\n"))
        return f'<table:table-cell office:value-type="string">{lines}</table:table-cell>'
    return f'<table:table-cell office:value-type="float" office:value="{value}"/>'


def write_xls(path, sheets):
    """Write an Excel 97 workbook: BIFF8 records in the one stream of an OLE file."""
    start = _record(0x0809, struct.pack("<HHHHLL", 0x0600, 0x0005, 0, 0, 0, 0))
    end, parts = _record(0x000A, b""), [_xls_sheet(rows) for rows in sheets.values()]
    names = [struct.pack("<BB", len(name), 0) + name.encode("latin-1") for name in sheets]
    place = len(start) + sum(4 + 6 + len(name) for name in names) + len(end)
    content = start
    for name, part in zip(names, parts, strict=True):
        content += _record(0x0085, struct.pack("<LH", place, 0) + name)
        place += len(part)
    path.write_bytes(_ole_file("Workbook", content + end + b"".join(parts)))
    return path


def _xls_sheet(rows):
    records = [_record(0x0809, struct.pack("<HHHHLL", 0x0600, 0x0010, 0, 0, 0, 0))]
    for row, cells in enumerate(rows):
        for column, value in enumerate(cells):
            where = struct.pack("<HHH", row, column, 0)
            if isinstance(value, str):
                text = struct.pack("<HB", len(value), 1) + value.encode("utf-16-le")
                records.append(_record(0x0204, where + text))
            else:
                records.append(_record(0x0203, where + struct.pack("<d", value)))
    return b"".join([*records, _record(0x000A, b"")])


def _record(kind, content):
    return struct.pack("<HH", kind, len(content)) + content


def _ole_file(name, content):
    """Return a compound file: header, allocation table, directory, then the stream's sectors."""
    content += b"\0" * (max(4096, -len(content) % 512 + len(content)) - len(content))
    n_sectors, end, free = len(content) // 512, 0xFFFFFFFE, 0xFFFFFFFF
    chain = [*range(3, n_sectors + 2), end]
    table = [0xFFFFFFFD, end, *chain]
    header = bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 16
    header += struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    header += struct.pack("<LLLLLLLLL", 0, 1, 1, 0, 4096, end, 0, end, 0)
    header += struct.pack("<109L", 0, *[free] * 108)
    entries = _ole_entry("Root Entry", 5, 1, end, 0) + _ole_entry(name, 2, free, 2, len(content))
    entries += 2 * _ole_entry("", 0, free, 0, 0)
    return header + struct.pack("<128L", *table, *[free] * (128 - len(table))) + entries + content


def _ole_entry(name, kind, child, start, size):
    title = (name + "\0").encode("utf-16-le") if name else b""
    free = 0xFFFFFFFF
    head = title.ljust(64, b"\0") + struct.pack("<HBBLLL", len(title), kind, 1, free, free, child)
    return head + b"\0" * 36 + struct.pack("<LQ", start, size)
