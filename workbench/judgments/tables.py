"""The tables of judgments, for building queries; `migrations/` makes them."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Integer, MetaData, Table, Text

METADATA = MetaData()


def _text_table(name: str, *columns: str | Column[bool] | Column[int]) -> Table:
    made = [Column(item, Text) if isinstance(item, str) else item for item in columns]
    return Table(name, METADATA, *made)


schema_version = _text_table("schema_version", Column("number", Integer), "applied_at")
people = _text_table(
    "people",
    "person_id",
    "name",
    "password_hash",
    "role",
    Column("simulated", Boolean),
    "created_at",
)
invitations = _text_table(
    "invitations", "token_hash", "role", "created_at", "expires_at", "used_at"
)
logins = _text_table("logins", "token_hash", "person_id", "created_at", "last_seen_at", "ended_at")
studies = _text_table(
    "studies",
    "study_id",
    "name",
    "arms",
    "split",
    "rubric",
    Column("seed", Integer),
    "answers_digest",
    "sources",
    "status",
    "created_at",
)
answers = _text_table("answers", "answer_id", "study_id", "example_id", "arm", "text")
comparisons = _text_table(
    "comparisons",
    "comparison_id",
    "study_id",
    Column("position", Integer),
    "example_id",
    "prompt",
    "first_answer",
    "second_answer",
    Column("first_goes_left", Boolean),
    Column("identical", Boolean),
)
raters = _text_table("raters", "study_id", "person_id", Column("number", Integer))
assignments = _text_table(
    "assignments",
    "assignment_id",
    "comparison_id",
    "person_id",
    "left_answer",
    "right_answer",
    "shown_at",
    "revealed_at",
)
drafts = _text_table("drafts", "assignment_id", "scores", "saved_at")
votes = _text_table(
    "votes", "vote_id", "assignment_id", "choice", "supersedes", "idempotency_key", "cast_at"
)
scores = _text_table("scores", "vote_id", "criterion", "side", Column("score", Integer))
