"""Which columns of a file are the input, the output and the group, and how they hold them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from workbench.curation.importing.chats import is_chat
from workbench.curation.importing.column_names import (
    joined_names,
    quoted,
    split_names,
    split_unquoted,
)
from workbench.curation.importing.preferences import carries_ratings, rates_answers
from workbench.curation.importing.rows import Row
from workbench.curation.importing.usual_names import USUAL_NAMES, normal_name, usual_column
from workbench.errors import ImportFileError

Layout = Literal[
    "columns", "alpaca", "prompt-completion", "openai", "sharegpt", "preference", "ranked", "rated",
    "rated-rows",
]  # fmt: skip
LAYOUTS: tuple[Layout, ...] = (
    "columns", "alpaca", "prompt-completion", "openai", "sharegpt", "preference", "ranked", "rated",
    "rated-rows",
)  # fmt: skip
CHATS = frozenset({"openai", "sharegpt"})
LISTS = frozenset({"ranked", "rated"})
ROLES = (
    "input", "output", "rejected", "group", "names", "key",
    "messages", "answers", "ratings", "criterion", "system", "history",
)  # fmt: skip
JOIN = "\n\n"


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """The columns in use, and how they hold an example.

    Attributes:
        input: Several are joined by a blank line; none where the chosen answer holds the prompt.
        output: The answer, or the chosen one of two.
        group: Key of rows that belong together.
        names: Columns that hold names of persons, which curation replaces in the row's texts.
        rejected: The worse of two answers.
        messages: A chat, of which the last answer is the output.
        answers: Several answers to one input.
        ratings: Their ratings (higher is better) or, in the layout `ranked`, ranks (1 is best); in
            the layout `rated-rows`, the rating of the row's one answer.
        criterion: What the row's answer was rated for, where it was rated for several things.
        system: What goes before the input.
        history: Earlier turns, as pairs of what was asked and answered.
        layout: Which of these are read.
    """

    input: tuple[str, ...] = ()
    output: tuple[str, ...] = ()
    group: str | None = None
    names: tuple[str, ...] = ()
    rejected: str | None = None
    messages: str | None = None
    answers: str | None = None
    ratings: str | None = None
    criterion: str | None = None
    system: str | None = None
    history: str | None = None
    layout: Layout = "columns"

    def described(self) -> dict[str, str]:
        """Return the mapping as `--map` would take it."""
        words = {
            "input": joined_names(self.input),
            "output": joined_names(self.output),
            "names": joined_names(self.names),
            **{role: quoted(getattr(self, role)) for role in ROLES if self._single(role)},
        }
        return {role: columns for role, columns in words.items() if columns}

    def _single(self, role: str) -> bool:
        return role in _SINGLE_ROLES and getattr(self, role) is not None


_SINGLE_ROLES = frozenset(ROLES) - {"input", "output", "names", "key"}


def parse_mapping(text: str) -> dict[str, str]:
    """Read `input=note,output=summary,group="a, b"`; names stay in their quotation marks.

    Raises:
        ImportFileError: It has another form, or names another role.
    """
    mapping: dict[str, str] = {}
    for part in filter(None, (piece.strip() for piece in split_unquoted(text, ","))):
        role, separator, column = (word.strip() for word in part.partition("="))
        if not separator or not column or role not in ROLES:
            raise ImportFileError(
                f"--map {part!r} is not of the form ROLE=COLUMN with one of {', '.join(ROLES)}.",
                "Example: --map input=dialogue,output=section_text",
            )
        mapping[role] = column
    return mapping


def check_layout(name: str | None) -> Layout | None:
    """Return a layout by its name.

    Raises:
        ImportFileError: There is none of that name.
    """
    if name is not None and name not in LAYOUTS:
        raise ImportFileError(
            f"--layout {name!r} is not known.", f"Known layouts: {', '.join(LAYOUTS)}."
        )
    return name


def find_columns(
    columns: Sequence[str],
    mapping: Mapping[str, str],
    place: str,
    *,
    sample: Sequence[Row] = (),
    layout: Layout | None = None,
) -> ColumnMap:
    """Decide which columns are used, and in which layout.

    Args:
        columns: The file's columns.
        mapping: What the user said; roles that it leaves out are found by name.
        place: The file, for messages.
        sample: Some of its rows: a column of chats is told from one of text by its values.
        layout: The layout that the user named; detected for None.

    Raises:
        ImportFileError: A column does not exist, stands there twice, or cannot be guessed.
    """
    search = _Search(columns, mapping, place, sample)
    found = search.columns_of(layout or search.layout())
    single = (getattr(found, role) for role in ROLES if role in _SINGLE_ROLES)
    texts = tuple(filter(None, (*found.input, *found.output, *single)))
    read = {column for column in texts if column != found.group}  # a group may be a client
    found = replace(found, names=search.names(read))
    for column in (*texts, *found.names):
        if list(columns).count(column) > 1:
            raise ImportFileError(
                f"{place} has {list(columns).count(column)} columns named {column!r}.",
                "Rename one of them in the header, or map another with --map.",
            )
    if shared := set(found.input) & set(found.output):
        raise ImportFileError(
            f"{place}: column {min(shared)!r} would be both input and output.",
            f"Say which is which with --map input=…,output=…; {known_columns(columns)}",
        )
    return found


def known_columns(columns: Sequence[str]) -> str:
    """Return a clause that names the columns, at most thirty of them."""
    if not columns:
        return "it has no columns."
    more = f" and {len(columns) - 30} more" if len(columns) > 30 else ""
    return f"its columns are {', '.join(columns[:30])}{more}."


class _Search:
    """Looks for the columns of one file."""

    def __init__(
        self, columns: Sequence[str], mapping: Mapping[str, str], place: str, sample: Sequence[Row]
    ) -> None:
        self._columns = columns
        self._mapping = mapping
        self._place = place
        self._sample = sample
        self._by_name = {normal_name(column): column for column in reversed(columns)}

    def layout(self) -> Layout:
        """Return the layout that columns and values show."""
        said = self._mapping.keys()
        has_pair = self._by_alias("chosen") and self._by_alias("rejected")
        if "rejected" in said or (has_pair and "output" not in said):
            return "preference"
        if "output" not in said and (column := self._chat_column()):
            return "openai" if self._has_key(column, "role") else "sharegpt"
        if "output" not in said and self._list_column():
            return "rated" if self._by_alias("ratings") or self._holds_ratings() else "ranked"
        if self._rates_rows():
            return "rated-rows"
        if said & {"input", "output"}:
            return "columns"
        if {"instruction", "output"} <= self._by_name.keys():
            return "alpaca"
        if {"prompt", "completion"} <= self._by_name.keys():
            return "prompt-completion"
        return "columns"

    def columns_of(self, layout: Layout) -> ColumnMap:
        """Return the columns that a layout reads."""
        group = self._single("group")
        system = self._single("system") if layout in (*CHATS, "alpaca") else self._said("system")
        if layout in CHATS:
            messages = self._said("messages") or self._chat_column() or self._single("messages")
            return ColumnMap(
                messages=messages or self._missing("messages"),
                group=group,
                system=system,
                layout=layout,
            )
        if layout in LISTS:
            return self._list_columns(layout, group)
        if layout == "preference":
            return self._preference_columns(group, system)
        if layout == "rated-rows":
            return self._rated_columns(group, system)
        return ColumnMap(
            input=self._columns_for("input"),
            output=self._columns_for("output"),
            group=group,
            system=system,
            history=self._single("history") if layout == "alpaca" else self._said("history"),
            layout=layout,
        )

    def names(self, used: Collection[str]) -> tuple[str, ...]:
        """Return the columns of names: those named, else those of a usual name with fitting values.

        Args:
            used: Columns of texts, which are passed over unless they were named.
        """
        if "names" in self._mapping:
            return self._named(self._mapping["names"], "names")
        usual = (self._by_name[name] for name in USUAL_NAMES["names"] if name in self._by_name)
        return tuple(c for c in usual if c not in used and self._holds_names(c))

    def _holds_names(self, column: str) -> bool:
        """Tell whether most values are names; one that is called "name" may be of anything."""
        # The word lists come with a compiler, which takes half a second to load.
        from workbench.curation.personal_data.known_names import looks_like_names

        values = [str(value) for value in self._values(column) if value not in (None, "")]
        may_be_things = normal_name(column) == "name"
        n_names = sum(looks_like_names(value, with_given=may_be_things) for value in values)
        return 2 * n_names > len(values)

    def _list_columns(self, layout: Layout, group: str | None) -> ColumnMap:
        answers = self._said("answers") or self._list_column() or self._single("answers")
        alias = "ranks" if layout == "ranked" else "ratings"
        return ColumnMap(
            input=self._columns_for("input"),
            answers=answers or self._missing("answers"),
            ratings=self._said("ratings") or self._by_alias(alias),
            group=group,
            layout=layout,
        )

    def _preference_columns(self, group: str | None, system: str | None) -> ColumnMap:
        chosen = self._by_alias("chosen")
        chat = self._said("messages") or self._chat_column()
        has_input = "input" in self._mapping or self._by_alias("input")
        if chat and "input" not in self._mapping:
            inputs: tuple[str, ...] = (chat,)
        elif has_input or not self._holds_chats(chosen):
            inputs = self._columns_for("input")
        else:
            inputs = ()  # the chosen chat begins with the prompt
        return ColumnMap(
            input=inputs,
            output=(chosen,)
            if chosen and "output" not in self._mapping
            else self._columns_for("output"),
            rejected=self._single("rejected") or self._missing("rejected"),
            group=group,
            system=system,
            history=self._said("history"),
            layout="preference",
        )

    def _rated_columns(self, group: str | None, system: str | None) -> ColumnMap:
        return ColumnMap(
            input=self._columns_for("input"),
            output=self._columns_for("output"),
            ratings=self._single("ratings") or self._missing("ratings"),
            criterion=self._single("criterion"),
            group=group,
            system=system,
            history=self._said("history"),
            layout="rated-rows",
        )

    def _rates_rows(self) -> bool:
        """Say whether each row is one answer with its rating; the user's mapping goes first."""
        if "ratings" in self._mapping or "output" in self._mapping:
            return "ratings" in self._mapping
        answer, rating = self._by_alias("output"), self._by_alias("ratings")
        has_input = "input" in self._mapping or self._by_alias("input")
        if not (has_input and answer and rating):
            return False
        inputs = self._columns_for("input")
        return rates_answers(
            (
                [row.values.get(name) for name in inputs],
                row.values.get(answer),
                row.values.get(rating),
            )
            for row in self._sample
        )

    def _columns_for(self, role: str) -> tuple[str, ...]:
        if role in self._mapping:
            return self._named(self._mapping[role], role)
        if role == "input" and {"instruction", "input"} <= self._by_name.keys():
            return (self._by_name["instruction"], self._by_name["input"])  # the Alpaca layout
        if found := self._by_alias(role):
            return (found,)
        return self._missing_columns(role)

    def _single(self, role: str) -> str | None:
        return self._said(role) or self._by_alias(role)

    def _said(self, role: str) -> str | None:
        return self._named(self._mapping[role], role)[0] if role in self._mapping else None

    def _by_alias(self, role: str) -> str | None:
        return usual_column(role, self._columns)

    def _chat_column(self) -> str | None:
        if "messages" in self._mapping:
            return self._said("messages")
        named = (self._by_name.get(name) for name in USUAL_NAMES["messages"])
        return next((column for column in named if self._holds_chats(column)), None)

    def _list_column(self) -> str | None:
        if "answers" in self._mapping:
            return self._said("answers")
        named = (self._by_name.get(name) for name in USUAL_NAMES["answers"])
        return next(
            (c for c in named if c and any(isinstance(v, list) for v in self._values(c))), None
        )

    def _holds_ratings(self) -> bool:
        """Say whether the answers are objects that carry their ratings."""
        column = self._list_column() or ""
        return any(isinstance(v, list) and carries_ratings(v) for v in self._values(column))

    def _holds_chats(self, column: str | None) -> bool:
        return column is not None and any(is_chat(value) for value in self._values(column))

    def _has_key(self, column: str, key: str) -> bool:
        return any(f'"{key}"' in str(value).replace("'", '"') for value in self._values(column))

    def _values(self, column: str) -> list[object]:
        return [row.values[column] for row in self._sample if column in row.values]

    def _named(self, names: str, role: str) -> tuple[str, ...]:
        if names in self._columns:
            return (names,)
        parts = split_names(names)
        for name in parts:
            if name not in self._columns:
                raise ImportFileError(
                    f"{self._place} has no column {name!r}; {known_columns(self._columns)}",
                    f"Map one of those, such as --map {role}={self._first()}.",
                )
        return parts

    def _missing(self, role: str) -> str:
        return self._missing_columns(role)[0]

    def _missing_columns(self, role: str) -> tuple[str, ...]:
        raise ImportFileError(
            f"{self._place}: no column is recognised as the {role}; {known_columns(self._columns)}",
            f"Name it, for example --map {role}={self._first()}.",
        )

    def _first(self) -> str:
        return quoted(self._columns[0]) if self._columns else "COLUMN"
