"""What people usually call the columns that hold an input, an output, ratings and so on."""

from __future__ import annotations

from collections.abc import Sequence

# Tried in this order, without regard to case, spaces, dashes and underscores.
USUAL_NAMES: dict[str, tuple[str, ...]] = {
    "input": (
        "input", "note", "notes", "dialogue", "dialog", "conversation", "transcript", "document",
        "prompt", "question", "instruction", "source text", "text", "content",
    ),
    "output": (
        "output", "summary", "answer", "completion", "response", "section text", "target", "label",
        "reference", "expert summary", "result",
    ),
    "group": ("group", "group id", "group key"),
    "names": (
        "name", "full name", "client", "client name", "patient", "patient name", "plaintiff",
        "defendant", "claimant", "petitioner", "respondent", "customer", "customer name",
        "first name", "last name", "surname", "given name", "family name",
    ),
    "chosen": ("chosen", "preferred", "chosen response"),
    "rejected": ("rejected", "dispreferred", "rejected response"),
    "messages": ("messages", "conversations", "conversation", "chat", "dialogue", "dialog"),
    "answers": ("answers", "responses", "completions", "candidates", "outputs", "ranked answers"),
    "ratings": ("ratings", "rating", "scores", "score"),
    "criterion": ("criterion", "criteria", "aspect", "dimension"),
    "ranks": ("ranks", "rank", "ranking", "rankings"),
    "system": ("system", "system prompt"),
    "history": ("history",),
}  # fmt: skip


def usual_column(role: str, columns: Sequence[str]) -> str | None:
    """Return the column whose name is a usual one for a role, or None."""
    by_name = {normal_name(column): column for column in reversed(columns)}
    return next((by_name[name] for name in USUAL_NAMES[role] if name in by_name), None)


def normal_name(column: str) -> str:
    """Return a name without regard to case, spaces, dashes and underscores."""
    return " ".join(column.casefold().replace("_", " ").replace("-", " ").split())
