"""A record's answers as people gave them: spans in characters, carried ones at their own times."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from annotation.client import RemoteRecord, Response
from annotation.span_offsets import spans_in_characters

# When each carried answer was first saved and last changed, by user id.
GivenTimes = Mapping[str, tuple[str, str]]


def given_answers(
    record: RemoteRecord, span_fields: Mapping[str, str], carried: GivenTimes
) -> Iterator[Response]:
    """Yield the answers to a record.

    Args:
        record: As the server has it, with responses.
        span_fields: Field by question, of the questions about spans.
        carried: Of the answers that a push carried over to the record.
    """
    for found in record.responses:
        inserted_at, updated_at = _times(found, carried)
        yield replace(
            found,
            values=spans_in_characters(found.values, record.fields, span_fields),
            inserted_at=inserted_at,
            updated_at=updated_at,
        )


def _times(found: Response, carried: GivenTimes) -> tuple[str, str]:
    """Return when an answer was first saved and last changed.

    Argilla dates a carried answer by the push: changed when the first one of the request was made,
    so never after it was made itself. Until its author changes it, its own times count.
    """
    if found.updated_at <= found.inserted_at and found.user_id in carried:
        return carried[found.user_id]
    return found.inserted_at, found.updated_at
