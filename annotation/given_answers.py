"""A record's answers as people gave them: spans in characters, carried ones at their own times."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from annotation.client import RemoteRecord, Response
from annotation.span_offsets import spans_in_characters


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """An answer that a push brought from elsewhere: when its author gave it.

    Attributes:
        inserted_at: When it was first saved.
        updated_at: When it was last changed.
        copied_at: How the server dates the copy, if the push changed one that was there; empty if
            it made it.
    """

    inserted_at: str
    updated_at: str
    copied_at: str = ""

    def is_copied_in(self, found: Response) -> bool:
        """Tell whether an answer is the copy still, which its author has not changed since.

        Argilla dates a copy that comes with its record by the push: changed when the first one of
        the request was made, so never after it was made itself.
        """
        if self.copied_at:
            return found.updated_at == self.copied_at
        return found.updated_at <= found.inserted_at


# By user id.
GivenAnswers = Mapping[str, GivenAnswer]


def given_answers(
    record: RemoteRecord, span_fields: Mapping[str, str], carried: GivenAnswers
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


def _times(found: Response, carried: GivenAnswers) -> tuple[str, str]:
    """Return when an answer was first saved and last changed; a copy has its own times."""
    given = carried.get(found.user_id)
    if given is not None and given.is_copied_in(found):
        return given.inserted_at, given.updated_at
    return found.inserted_at, found.updated_at
