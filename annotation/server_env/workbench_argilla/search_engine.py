"""Argilla's search engine interface on our index; registered under the name `sqlite`."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from argilla_server.enums import MetadataPropertyType, SimilarityOrder, SortOrder
from argilla_server.errors.future import UnprocessableEntityError
from argilla_server.models import (
    Dataset,
    MetadataProperty,
    Record,
    Response,
    Suggestion,
    User,
    VectorSettings,
)
from argilla_server.search_engine import base

from .conditions import Between, OrderBy, Scope, Terms, milliseconds
from .documents import Answer, Document, Found, Proposal, Query
from .index import Index

ENGINE_NAME = "sqlite"
INDEX_VARIABLE = "WORKBENCH_ARGILLA_INDEX"
_NO_VECTORS = "This server has no similarity search. Search by text or filter instead."
_LOGGER = logging.getLogger(__name__)
_T = TypeVar("_T")


@lru_cache(maxsize=1)
def open_index() -> Index:
    """Return the index of this process."""
    return Index(Path(os.environ[INDEX_VARIABLE]))


@base.SearchEngine.register(engine_name=ENGINE_NAME)
class SqliteSearchEngine(base.SearchEngine):  # type: ignore[misc] # Argilla is elsewhere
    """Argilla's searches, filters, orders and counts on SQLite; vectors are refused."""

    def __init__(self, index: Index) -> None:
        self._index = index

    @classmethod
    async def new_instance(cls) -> SqliteSearchEngine:
        return cls(open_index())

    async def close(self) -> None:
        """Do nothing: Argilla opens an engine per request, the index stays open."""

    async def ping(self) -> bool:
        await _run(self._index.digest)
        return True

    async def info(self) -> dict[str, Any]:
        return {"name": ENGINE_NAME, "datasets": len(await _run(self._index.digest))}

    async def create_index(self, dataset: Dataset) -> None:
        texts = [field.name for field in dataset.fields if not field.is_image]
        metadata = [item.name for item in dataset.metadata_properties]
        name = str(dataset.id)
        await _run(lambda: self._index.create(name, texts=texts, metadata=metadata))

    async def delete_index(self, dataset: Dataset) -> None:
        await _run(self._index.delete, str(dataset.id))

    async def configure_metadata_property(
        self, dataset: Dataset, metadata_property: MetadataProperty
    ) -> None:
        await _run(self._index.add_metadata, str(dataset.id), metadata_property.name)

    async def index_records(self, dataset: Dataset, records: Iterable[Record]) -> None:
        # what SQLAlchemy loads is read here, in its own task; only plain values go to the thread
        documents = [_document(record) for record in records]
        await _run(self._index.put, str(dataset.id), documents)

    async def partial_record_update(self, record: Record, **update: object) -> None:
        name = str(record.id)
        changes = {key: str(value) for key, value in update.items()}
        _report(name, known=await _run(lambda: self._index.update(name, **changes)))

    async def delete_records(self, dataset: Dataset, records: Iterable[Record]) -> None:
        await _run(self._index.remove, str(dataset.id), [str(record.id) for record in records])

    async def update_record_response(self, response: Response) -> None:
        record = str(response.record_id)
        _report(record, known=await _run(self._index.put_answer, record, _answer(response)))

    async def delete_record_response(self, response: Response) -> None:
        await _run(self._index.remove_answer, str(response.id))

    async def update_record_suggestion(self, suggestion: Suggestion) -> None:
        record = str(suggestion.record_id)
        _report(record, known=await _run(self._index.put_proposal, record, _proposal(suggestion)))

    async def delete_record_suggestion(self, suggestion: Suggestion) -> None:
        name = suggestion.question.name
        await _run(self._index.remove_proposal, str(suggestion.record_id), name)

    async def get_dataset_progress(self, dataset: Dataset) -> dict[str, int]:
        if dataset.is_draft:
            return {}
        statuses = await _run(self._index.statuses, str(dataset.id))
        return {"total": sum(statuses.values()), **statuses}

    async def get_dataset_user_progress(self, dataset: Dataset, user: User) -> dict[str, int]:
        if dataset.is_draft:
            return {}
        statuses = await _run(self._index.answer_statuses, str(dataset.id), str(user.id))
        return {"total": sum(statuses.values()), **statuses}

    async def search(
        self,
        dataset: Dataset,
        query: base.TextQuery | str | None = None,
        filter: base.Filter | None = None,  # noqa: A002 - Argilla's own name
        sort: list[base.Order] | None = None,
        offset: int = 0,
        limit: int = 100,
        user_id: object = None,
    ) -> base.SearchResponses:
        asked = Query(
            text=query.q if isinstance(query, base.TextQuery) else query or "",
            field=(query.field or "") if isinstance(query, base.TextQuery) else "",
            conditions=_conditions(filter),
            order=[
                OrderBy(_scope(item.scope), item.order == SortOrder.desc) for item in sort or ()
            ],
            shuffled_for=str(user_id or ""),
            offset=offset,
            limit=limit,
        )
        return _responses(await _run(self._index.search, str(dataset.id), asked))

    async def compute_metrics_for(
        self, metadata_property: MetadataProperty
    ) -> base.MetadataMetrics:
        dataset, name = str(metadata_property.dataset_id), metadata_property.name
        if metadata_property.type == MetadataPropertyType.terms:
            terms = await _run(self._index.terms, dataset, name)
            counts = [base.TermsMetrics.TermCount(term=t, count=n) for t, n in terms.items()]
            return base.TermsMetrics(total=sum(terms.values()), values=counts)
        least, greatest = await _run(self._index.span, dataset, name)
        if metadata_property.type == MetadataPropertyType.integer:
            return base.IntegerMetadataMetrics(min=least, max=greatest)
        return base.FloatMetadataMetrics(min=least, max=greatest)

    async def configure_index_vectors(self, vector_settings: VectorSettings) -> None:
        raise UnprocessableEntityError(_NO_VECTORS)

    async def similarity_search(
        self,
        dataset: Dataset,
        vector_settings: VectorSettings,
        value: list[float] | None = None,
        record: Record | None = None,
        query: base.TextQuery | str | None = None,
        filter: base.Filter | None = None,  # noqa: A002 - Argilla's own name
        max_results: int = 100,
        order: SimilarityOrder = SimilarityOrder.most_similar,
        threshold: float | None = None,
    ) -> base.SearchResponses:
        raise UnprocessableEntityError(_NO_VECTORS)


async def _run(work: Callable[..., _T], *arguments: object) -> _T:
    """Run blocking work off the event loop."""
    return await asyncio.to_thread(work, *arguments)


def _report(record: str, *, known: bool) -> None:
    if not known:
        _LOGGER.warning("Record %s is not in the search index; the next start mends it.", record)


def _document(record: Record) -> Document:
    fields = record.dataset.fields
    return Document(
        id=str(record.id),
        external_id=record.external_id,
        status=str(record.status.value),
        inserted_at=milliseconds(record.inserted_at),
        updated_at=milliseconds(record.updated_at),
        texts={f.name: _text(record.fields.get(f.name)) for f in fields if not f.is_image},
        metadata={k: v for k, v in (record.metadata_ or {}).items() if v is not None},
        answers=[_answer(response) for response in record.responses],
        proposals=[_proposal(suggestion) for suggestion in record.suggestions],
    )


def _text(value: object) -> str:
    """Return what can be searched in a field's value: text, or the turns of a chat."""
    if isinstance(value, list):
        return "\n".join(str(turn.get("content", "")) for turn in value)
    return "" if value is None else str(value)


def _answer(response: Response) -> Answer:
    return Answer(
        id=str(response.id),
        user=str(response.user_id),
        status=str(response.status.value),
        updated_at=milliseconds(response.updated_at),
        values={name: item.get("value") for name, item in (response.values or {}).items()},
    )


def _proposal(suggestion: Suggestion) -> Proposal:
    kind = suggestion.type.value if suggestion.type else None
    return Proposal(
        suggestion.question.name, suggestion.value, suggestion.score, suggestion.agent, kind
    )


def _conditions(item: base.Filter | None) -> Sequence[Terms | Between]:
    if item is None:
        return ()
    if isinstance(item, base.AndFilter):
        return [condition for part in item.filters for condition in _conditions(part)]
    if isinstance(item, base.TermsFilter):
        return [Terms(_scope(item.scope), tuple(map(str, item.values)))]
    return [Between(_scope(item.scope), item.ge, item.le)]


def _scope(scope: base.FilterScope) -> Scope:
    if isinstance(scope, base.RecordFilterScope):
        return Scope("record", str(scope.property))
    if isinstance(scope, base.MetadataFilterScope):
        return Scope("metadata", scope.metadata_property)
    if isinstance(scope, base.SuggestionFilterScope):
        return Scope("suggestion", scope.question, property=scope.property or "value")
    return Scope("response", scope.question or "", user=str(scope.user.id) if scope.user else "")


def _responses(found: Found) -> base.SearchResponses:
    items = [base.SearchResponseItem(record_id=name, score=score) for name, score in found.items]
    return base.SearchResponses(items=items, total=found.total)
