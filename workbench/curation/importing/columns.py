"""Which columns of a file are the input, the output and the group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from workbench.errors import ImportFileError

ROLES = ("input", "output", "group")
JOIN = "\n\n"

# Tried in this order, without regard to case, spaces, dashes and underscores.
_INPUT_NAMES = (
    "input", "note", "notes", "dialogue", "dialog", "conversation", "transcript", "document",
    "prompt", "question", "instruction", "source text", "text", "content",
)  # fmt: skip
_OUTPUT_NAMES = (
    "output", "summary", "answer", "completion", "response", "section text", "target", "label",
    "reference", "expert summary", "result",
)  # fmt: skip
_GROUP_NAMES = ("group", "group id", "group key")


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """The columns in use. Several input columns are joined by a blank line."""

    input: tuple[str, ...]
    output: tuple[str, ...]
    group: str | None = None

    def described(self) -> dict[str, str]:
        """Return the mapping as `--map` would take it."""
        words = {"input": "+".join(self.input), "output": "+".join(self.output)}
        return words | ({"group": self.group} if self.group else {})


def parse_mapping(text: str) -> dict[str, str]:
    """Read `input=note,output=summary,group=writer`.

    Raises:
        ImportFileError: It has another form, or names another role.
    """
    mapping: dict[str, str] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        role, separator, column = (word.strip() for word in part.partition("="))
        if not separator or not column or role not in ROLES:
            raise ImportFileError(
                f"--map {part!r} is not of the form ROLE=COLUMN with one of {', '.join(ROLES)}.",
                "Example: --map input=dialogue,output=section_text",
            )
        mapping[role] = column
    return mapping


def find_columns(columns: Sequence[str], mapping: Mapping[str, str], place: str) -> ColumnMap:
    """Decide which columns are used.

    Args:
        columns: The file's columns.
        mapping: What the user said; roles that it leaves out are found by name.
        place: The file, for messages.

    Raises:
        ImportFileError: A column does not exist, stands there twice, or cannot be guessed.
    """
    found = ColumnMap(
        input=_columns_for("input", columns, mapping, place),
        output=_columns_for("output", columns, mapping, place),
        group=_group_column(columns, mapping, place),
    )
    for column in (*found.input, *found.output, *filter(None, [found.group])):
        if list(columns).count(column) > 1:
            raise ImportFileError(
                f"{place} has {list(columns).count(column)} columns named {column!r}.",
                "Rename one of them in the header, or map another with --map.",
            )
    if shared := set(found.input) & set(found.output):
        raise ImportFileError(
            f"{place}: column {min(shared)!r} would be both input and output.",
            f"Say which is which with --map input=…,output=…; {_known(columns)}",
        )
    return found


def _columns_for(
    role: str, columns: Sequence[str], mapping: Mapping[str, str], place: str
) -> tuple[str, ...]:
    if role in mapping:
        return _named(mapping[role], columns, role, place)
    by_name = {_normal(column): column for column in reversed(columns)}
    if role == "input" and {"instruction", "input"} <= by_name.keys():
        return (by_name["instruction"], by_name["input"])  # the Alpaca layout
    for alias in _INPUT_NAMES if role == "input" else _OUTPUT_NAMES:
        if alias in by_name:
            return (by_name[alias],)
    raise ImportFileError(
        f"{place}: no column is recognised as the {role}; {_known(columns)}",
        f"Name it, for example --map {role}={columns[0] if columns else 'COLUMN'}.",
    )


def _group_column(columns: Sequence[str], mapping: Mapping[str, str], place: str) -> str | None:
    if "group" in mapping:
        return _named(mapping["group"], columns, "group", place)[0]
    return next((column for column in columns if _normal(column) in _GROUP_NAMES), None)


def _named(names: str, columns: Sequence[str], role: str, place: str) -> tuple[str, ...]:
    if names in columns:
        return (names,)
    parts = tuple(name.strip() for name in names.split("+"))
    for name in parts:
        if name not in columns:
            raise ImportFileError(
                f"{place} has no column {name!r}; {_known(columns)}",
                f"Map one of those, such as --map {role}={columns[0] if columns else 'COLUMN'}.",
            )
    return parts


def _known(columns: Sequence[str]) -> str:
    return f"its columns are {', '.join(columns)}." if columns else "it has no columns."


def _normal(column: str) -> str:
    return " ".join(column.casefold().replace("_", " ").replace("-", " ").split())
