"""Turn a file's row into usable ones, or say why it is not usable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from workbench.curation.importing.argilla_records import Disagreement
from workbench.curation.importing.chats import (
    USUAL_TAGS,
    ChatTags,
    Turn,
    is_chat,
    read_turns,
    split_chat,
    transcript,
)
from workbench.curation.importing.columns import CHATS, JOIN, LISTS, ColumnMap
from workbench.curation.importing.preferences import (
    best_against_worse,
    read_answers,
    read_rating,
)
from workbench.curation.importing.refusals import RowRefusedError
from workbench.curation.importing.rows import BadRow, Row, UsableRow, json_type


@dataclass(frozen=True, slots=True)
class Examined:
    """What a row of a file gave.

    Attributes:
        rows: One row, several where many answers were ranked, or the bad one.
        n_ties: Answers rated as high as the best one, which make no pair.
    """

    rows: tuple[UsableRow | BadRow, ...]
    n_ties: int = 0


@dataclass(frozen=True, slots=True)
class RatedRow:
    """A row with one answer and its rating.

    Attributes:
        row: The answer as `output`, with its input.
        rating: More is better.
        criterion: What it was rated for; empty where the file does not say.
    """

    row: UsableRow
    rating: float
    criterion: str


def examine_row(
    row: Row, columns: ColumnMap, encoding: str, tags: ChatTags = USUAL_TAGS
) -> Examined:
    """Return the row's input, output and group, checked.

    Args:
        row: A row of the file.
        columns: Which columns are used; the others may hold anything.
        encoding: Of the file, to find the place of a wrong byte.
        tags: How chat messages are written.
    """
    try:
        return _RowReader(row, columns, encoding, tags).read()
    except RowRefusedError as exc:
        return Examined((BadRow(row.line, exc.reason, exc.detail, row.raw, row.place),))


def examine_rated_row(
    row: Row, columns: ColumnMap, encoding: str, tags: ChatTags = USUAL_TAGS
) -> RatedRow | BadRow:
    """Return a row of the layout `rated-rows`, checked; the arguments are as in `examine_row`."""
    try:
        return _RowReader(row, columns, encoding, tags).read_rated()
    except RowRefusedError as exc:
        return BadRow(row.line, exc.reason, exc.detail, row.raw, row.place)


class _RowReader:
    """Reads one row."""

    __slots__ = ("_columns", "_encoding", "_row", "_tags")

    def __init__(self, row: Row, columns: ColumnMap, encoding: str, tags: ChatTags) -> None:
        self._row = row
        self._columns = columns
        self._encoding = encoding
        self._tags = tags

    def read(self) -> Examined:
        if self._columns.layout in CHATS:
            return self._read_chat(self._columns.messages or "")
        if self._columns.layout in LISTS:
            return self._read_list(self._columns.answers or "")
        if self._columns.layout == "preference":
            return self._read_preference(self._columns.rejected or "")
        return Examined((self._usable(self._input(), self._text(self._columns.output)),))

    def read_rated(self) -> RatedRow:
        """Return the row's one answer and its rating."""
        column, criterion = self._columns.ratings or "", self._columns.criterion
        usable = self._usable(self._input(), self._text(self._columns.output))
        rating = read_rating(self._value(column), column)
        said = self._row.values.get(criterion) if criterion else None
        return RatedRow(usable, rating, "" if said is None else str(said).strip())

    def _read_chat(self, column: str) -> Examined:
        before, answer = split_chat(read_turns(self._value(column), column, self._tags), column)
        text = transcript([*self._system(), *before])
        if not text:
            raise RowRefusedError("empty_value", f"Nothing goes before the answer of {column}.")
        return Examined((self._usable(text, answer),))

    def _read_list(self, column: str) -> Examined:
        rated = read_answers(
            self._value(column),
            self._value(self._columns.ratings) if self._columns.ratings else None,
            column,
            ranked=self._columns.layout == "ranked",
        )
        found = best_against_worse(rated)
        if not found.worse:
            raise RowRefusedError(
                "only_ties", f"The {len(rated)} answers of column {column} are rated the same."
            )
        text = self._input()
        rows = tuple(self._usable(text, found.best, worse) for worse in found.worse)
        return Examined(rows, found.n_ties)

    def _read_preference(self, column: str) -> Examined:
        chosen_before, chosen = self._answer(self._columns.output[0])
        rejected_before, rejected = self._answer(column)
        if chosen_before != rejected_before:
            raise RowRefusedError(
                "prompt_mismatch",
                f"Columns {self._columns.output[0]} and {column} answer different prompts.",
            )
        text = transcript([*self._system(), *chosen_before]) if chosen_before else self._input()
        return Examined((self._usable(text, chosen, rejected),))

    def _answer(self, column: str) -> tuple[list[Turn], str]:
        """Return the turns before an answer, where a chat holds it, and the answer."""
        value = self._value(column)
        chat = [value] if isinstance(value, Mapping) else value
        if is_chat(chat) and not (isinstance(chat, str) and self._columns.input):
            return split_chat(read_turns(chat, column, self._tags), column)
        return [], self._text((column,))

    def _input(self) -> str:
        columns = self._columns
        if not columns.input:
            raise RowRefusedError("missing_column", "The chats hold no prompt before the answer.")
        text = self._text(columns.input)
        if columns.system is None and columns.history is None:
            return text
        return transcript([*self._system(), *self._history(), Turn("User", text)])

    def _system(self) -> list[Turn]:
        name = self._columns.system
        if name is None or name not in self._row.values:  # not every row need have one
            return []
        text = self._part(name)
        return [Turn("System", text)] if text.strip() else []

    def _history(self) -> list[Turn]:
        name = self._columns.history
        value = self._row.values.get(name) if name else None
        if not value:
            return []
        if not isinstance(value, list):
            raise RowRefusedError("wrong_type", f"Column {name} holds {json_type(value)}.")
        turns = []
        for pair in value:
            if not (isinstance(pair, list) and len(pair) == 2 and {str} == set(map(type, pair))):
                raise RowRefusedError("wrong_type", f"Column {name} holds no pairs of texts.")
            turns += [Turn("User", pair[0]), Turn("Assistant", pair[1])]
        return turns

    def _text(self, names: tuple[str, ...]) -> str:
        parts = [self._part(name) for name in names]
        text = JOIN.join(part for part in parts if part.strip())
        if not text:
            raise RowRefusedError("empty_value", f"Column {' + '.join(names)} is empty.")
        return text

    def _part(self, name: str) -> str:
        value = self._value(name)
        if value is None:
            return ""
        if isinstance(value, str):
            return value
        if is_chat(value):
            turns = read_turns(value, name, self._tags)
            is_answer = name in self._columns.output
            return split_chat(turns, name)[1] if is_answer else transcript(turns)
        raise RowRefusedError("wrong_type", f"Column {name} holds {json_type(value)}, not text.")

    def _value(self, name: str) -> object:
        if name not in self._row.values:
            raise RowRefusedError("missing_column", f"Column {name} is missing.")
        value = self._row.values[name]
        if isinstance(value, Disagreement):
            raise RowRefusedError(
                "conflicting_responses", f"{name} has {value.n_values} different responses."
            )
        return value

    def _usable(self, text: str, output: str, rejected: str = "") -> UsableRow:
        columns = self._columns
        self._check_characters(text, " + ".join(columns.input) or columns.messages or "input")
        self._check_characters(output, " + ".join(columns.output) or columns.messages or "output")
        self._check_characters(rejected, columns.rejected or columns.answers or "rejected")
        row = self._row
        return UsableRow(row.line, text, output, self._group(), rejected, row.place, self._names())

    def _names(self) -> tuple[str, ...]:
        """Return what the columns of names hold; not every row need have them."""
        found: list[str] = []
        for column in self._columns.names:
            value = self._row.values.get(column)
            for name in value if isinstance(value, list) else [value]:
                if isinstance(name, dict | list):
                    raise RowRefusedError(
                        "wrong_type", f"Column {column} holds {json_type(name)}, not a name."
                    )
                text = "" if name is None else str(name).strip()
                self._check_characters(text, column)
                found += [text] if text else []
        return tuple(found)

    def _group(self) -> str:
        """Return the group key as text; a row without one is a group of its own."""
        name = self._columns.group
        value = self._row.values.get(name) if name else None
        if value is None or isinstance(value, dict | list):
            return ""
        if isinstance(value, str):
            self._check_characters(value, name or "")
        return str(value).strip()

    def _check_characters(self, value: str, name: str) -> None:
        if "\0" in value:
            raise RowRefusedError("nul_character", f"Column {name} holds a NUL character.")
        try:
            value.encode()
        except UnicodeEncodeError as exc:
            if bad := self._row.bad_byte(self._encoding):
                raise RowRefusedError(
                    "wrong_encoding",
                    f"Byte 0x{bad[1]:02X} at position {bad[0]} of the file is not "
                    f"{self._encoding}.",
                ) from exc
            raise RowRefusedError(
                "broken_unicode", f"Column {name} holds half of a surrogate pair."
            ) from exc
