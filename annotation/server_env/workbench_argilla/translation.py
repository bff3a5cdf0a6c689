"""Argilla's models and queries as the plain values of the index, and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from argilla_server.enums import MetadataPropertyType, QuestionType
from argilla_server.models import Dataset, Record, Response, Suggestion
from argilla_server.search_engine import base

from .conditions import Between, InvalidConditionError, OrderBy, Scope, Terms
from .documents import Answer, Document, Found, Proposal, Vector
from .layout import Layout, TextKind, make_layout
from .neighbours import as_stored
from .times import microseconds

# Elasticsearch's mappings leave the answers to all other questions out.
_FILTERED_QUESTIONS = (
    QuestionType.rating,
    QuestionType.label_selection,
    QuestionType.multi_label_selection,
)


def layout_of(dataset: Dataset) -> Layout:
    """Return how the index of a dataset is laid out."""
    texts: dict[str, TextKind] = {
        field.name: "chat" if field.is_chat else "text"
        for field in dataset.fields
        if not field.is_image
    }
    return make_layout(
        str(dataset.id),
        texts=texts,
        metadata=[item.name for item in dataset.metadata_properties],
        questions={item.name: item.type in _FILTERED_QUESTIONS for item in dataset.questions},
    )


def document_of(record: Record) -> Document:
    """Return a record, with everything that belongs to it; all of it must be loaded."""
    texts: dict[str, list[str]] = {}
    roles: dict[str, list[str]] = {}
    for field in record.dataset.fields:
        value = record.fields.get(field.name)
        if value is None or field.is_image:
            continue
        if field.is_chat:
            texts[field.name] = [str(turn["content"]) for turn in value]
            roles[field.name] = [str(turn["role"]) for turn in value]
        else:
            texts[field.name] = [str(value)]
    return Document(
        id=str(record.id),
        external_id=record.external_id,
        status=str(record.status),
        inserted_at=microseconds(record.inserted_at),
        updated_at=microseconds(record.updated_at),
        texts=texts,
        roles=roles,
        metadata=_metadata(record),
        answers=[answer_of(response) for response in record.responses],
        proposals=[proposal_of(suggestion) for suggestion in record.suggestions],
        vectors={
            str(vector.vector_settings_id): Vector(
                as_stored(vector.value), microseconds(vector.updated_at)
            )
            for vector in record.vectors
        },
    )


def answer_of(response: Response) -> Answer:
    """Return a response."""
    return Answer(
        id=str(response.id),
        user=str(response.user_id),
        status=str(response.status),
        updated_at=microseconds(response.updated_at),
        # a discarded response may hold no values at all
        values={name: item.get("value") for name, item in (response.values or {}).items()},
    )


def proposal_of(suggestion: Suggestion) -> Proposal:
    """Return a suggestion; its question must be loaded."""
    return Proposal(
        suggestion.question.name,
        suggestion.value,
        suggestion.score,
        suggestion.agent,
        str(suggestion.type) if suggestion.type else None,
        microseconds(suggestion.updated_at),
    )


def conditions_of(item: base.Filter | None) -> Sequence[Terms | Between]:
    """Return the conditions of a filter, all of which must hold.

    Raises:
        InvalidConditionError: It asks for the responses without saying what of them.
    """
    if item is None:
        return ()
    if isinstance(item, base.AndFilter):
        return [condition for part in item.filters for condition in conditions_of(part)]
    if isinstance(item, base.TermsFilter):
        return [Terms(_scope(item.scope), tuple(map(str, item.values)))]
    return [Between(_scope(item.scope), item.ge, item.le)]


def order_of(items: Sequence[base.Order] | None) -> Sequence[OrderBy]:
    """Return the orders of a search, the first one first."""
    return [OrderBy(_scope(item.scope), item.order == "desc") for item in items or ()]


def text_of(query: base.TextQuery | str | None) -> tuple[str | None, str]:
    """Return what is looked for (None: nothing in particular) and in which field."""
    if isinstance(query, base.TextQuery):
        return query.q, query.field or ""
    return query, ""


def responses_of(found: Found) -> base.SearchResponses:
    """Return what was found as Argilla hands it on."""
    items = [base.SearchResponseItem(record_id=name, score=score) for name, score in found.items]
    return base.SearchResponses(items=items, total=found.total)


def _metadata(record: Record) -> dict[str, Any]:
    """Return the values of the declared properties; those of terms as text."""
    held: dict[str, Any] = record.metadata_ or {}
    found = {}
    for item in record.dataset.metadata_properties:
        value = held.get(item.name)
        if value is not None:
            is_term = item.type == MetadataPropertyType.terms
            found[item.name] = _as_terms(value) if is_term else value
    return found


def _as_terms(value: object) -> object:
    if isinstance(value, list):
        return [_as_terms(item) for item in value if item is not None]
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _scope(scope: base.FilterScope) -> Scope:
    if isinstance(scope, base.RecordFilterScope):
        return Scope("record", str(scope.property))
    if isinstance(scope, base.MetadataFilterScope):
        return Scope("metadata", scope.metadata_property)
    if isinstance(scope, base.SuggestionFilterScope):
        return Scope("suggestion", scope.question, property=str(scope.property))
    if not scope.question and scope.property != "status":
        raise InvalidConditionError("Name a question of the responses, or their status.")
    return Scope("response", scope.question or "", user=str(scope.user.id) if scope.user else "")
