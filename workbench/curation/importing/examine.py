"""Turn a file's row into a usable one, or say why it is not."""

from __future__ import annotations

from workbench.curation.importing.columns import JOIN, ColumnMap
from workbench.curation.importing.json_rows import json_type
from workbench.curation.importing.rows import BadRow, Row, UsableRow


class _RefusedError(Exception):
    """The row cannot be used."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


def examine_row(row: Row, columns: ColumnMap, encoding: str) -> UsableRow | BadRow:
    """Return the row's input, output and group, checked.

    Args:
        row: A row of the file.
        columns: Which columns are used; the others may hold anything.
        encoding: Of the file, to find the place of a wrong byte.
    """
    try:
        texts = [_text(row, names, encoding) for names in (columns.input, columns.output)]
        return UsableRow(row.line, texts[0], texts[1], _group(row, columns.group, encoding))
    except _RefusedError as exc:
        return BadRow(row.line, exc.reason, exc.detail, row.raw)


def _text(row: Row, names: tuple[str, ...], encoding: str) -> str:
    parts = [_value(row, name, encoding) for name in names]
    text = JOIN.join(part for part in parts if part.strip())
    if not text:
        raise _RefusedError("empty_value", f"Column {' + '.join(names)} is empty.")
    return text


def _value(row: Row, name: str, encoding: str) -> str:
    if name not in row.values:
        raise _RefusedError("missing_column", f"Column {name} is missing.")
    value = row.values[name]
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _RefusedError("wrong_type", f"Column {name} holds {json_type(value)}, not text.")
    _check_characters(row, value, name, encoding)
    return value


def _check_characters(row: Row, value: str, name: str, encoding: str) -> None:
    if "\0" in value:
        raise _RefusedError("nul_character", f"Column {name} holds a NUL character.")
    try:
        value.encode()
    except UnicodeEncodeError as exc:
        if bad := row.bad_byte(encoding):
            raise _RefusedError(
                "wrong_encoding",
                f"Byte 0x{bad[1]:02X} at position {bad[0]} of the file is not {encoding}.",
            ) from exc
        raise _RefusedError(
            "broken_unicode", f"Column {name} holds half of a surrogate pair."
        ) from exc


def _group(row: Row, name: str | None, encoding: str) -> str:
    """Return the group key as text; a row without one is a group of its own."""
    value = row.values.get(name) if name else None
    if value is None or isinstance(value, dict | list):
        return ""
    if isinstance(value, str):
        _check_characters(row, value, name or "", encoding)
    return str(value).strip()
