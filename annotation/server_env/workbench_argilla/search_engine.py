"""Argilla's search engine interface on our index; registered under the name `sqlite`.

It answers as Argilla's Elasticsearch engine does. Where that one fails or miscounts, this one
does not: progress counts a user's own responses only, and zero vectors keep no record out.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sqlite3
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from argilla_server.enums import MetadataPropertyType, SimilarityOrder
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

from .conditions import InvalidConditionError
from .documents import Neighbours, Query
from .index import Index
from .layout import MissingIndexError
from .neighbours import InvalidVectorError
from .text_query import QueryTooDeepError
from .times import GREATEST, microseconds
from .translation import (
    answer_of,
    conditions_of,
    document_of,
    layout_of,
    order_of,
    proposal_of,
    responses_of,
    text_of,
)

ENGINE_NAME = "sqlite"
INDEX_VARIABLE = "WORKBENCH_ARGILLA_INDEX"
_REFUSED = (InvalidConditionError, InvalidVectorError, MissingIndexError, QueryTooDeepError)
_LOGGER = logging.getLogger(__name__)
_T = TypeVar("_T")


def index_path() -> Path:
    """Return the file of the index, as the launcher said it."""
    return Path(os.environ[INDEX_VARIABLE])


@lru_cache(maxsize=1)
def open_index() -> Index:
    """Return the index of this process."""
    return Index(index_path())


@base.SearchEngine.register(engine_name=ENGINE_NAME)
class SqliteSearchEngine(base.SearchEngine):  # type: ignore[misc] # Argilla is elsewhere
    """Argilla's searches, filters, orders, counts and similarity on SQLite and numpy."""

    def __init__(self, index: Index) -> None:
        self._index = index

    @classmethod
    async def new_instance(cls) -> SqliteSearchEngine:
        return cls(open_index())

    async def close(self) -> None:
        """Do nothing: Argilla opens an engine per request, the index stays open."""

    async def ping(self) -> bool:
        await _run(self._index.datasets)
        return True

    async def info(self) -> dict[str, Any]:
        datasets = len(await _run(self._index.datasets))
        return {"name": ENGINE_NAME, "version": sqlite3.sqlite_version, "datasets": datasets}

    async def create_index(self, dataset: Dataset) -> None:
        await _run(self._index.create, layout_of(dataset))

    async def delete_index(self, dataset: Dataset) -> None:
        await _run(self._index.delete, str(dataset.id))

    async def configure_metadata_property(
        self, dataset: Dataset, metadata_property: MetadataProperty
    ) -> None:
        await _run(self._index.add_metadata, str(dataset.id), metadata_property.name)

    async def configure_index_vectors(self, vector_settings: VectorSettings) -> None:
        """Do nothing: vectors are kept by the id of their setting, whatever their length."""

    async def index_records(self, dataset: Dataset, records: Iterable[Record]) -> None:
        # what SQLAlchemy loads is read here, in its own task; only plain values go to the thread
        documents = [document_of(record) for record in records]
        await _run(self._index.put, str(dataset.id), documents)

    async def partial_record_update(self, record: Record, **update: object) -> None:
        name, dataset = str(record.id), str(record.dataset_id)
        changes: dict[str, object] = {key: str(value) for key, value in update.items()}
        changes["updated_at"] = microseconds(record.updated_at)
        _report(name, known=await _run(self._index.update, dataset, name, changes))

    async def delete_records(self, dataset: Dataset, records: Iterable[Record]) -> None:
        await _run(self._index.remove, str(dataset.id), [str(record.id) for record in records])

    async def update_record_response(self, response: Response) -> None:
        name, dataset = str(response.record_id), str(response.record.dataset_id)
        answer = answer_of(response)
        _report(name, known=await _run(self._index.put_answer, dataset, name, answer))

    async def delete_record_response(self, response: Response) -> None:
        dataset = str(response.record.dataset_id)
        await _run(self._index.remove_answer, dataset, str(response.id))

    async def update_record_suggestion(self, suggestion: Suggestion) -> None:
        name, dataset = str(suggestion.record_id), str(suggestion.record.dataset_id)
        proposal = proposal_of(suggestion)
        _report(name, known=await _run(self._index.put_proposal, dataset, name, proposal))

    async def delete_record_suggestion(self, suggestion: Suggestion) -> None:
        name, dataset = str(suggestion.record_id), str(suggestion.record.dataset_id)
        await _run(self._index.remove_proposal, dataset, name, suggestion.question.name)

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

    async def compute_metrics_for(
        self, metadata_property: MetadataProperty
    ) -> base.MetadataMetrics:
        dataset, name = str(metadata_property.dataset_id), metadata_property.name
        if metadata_property.type == MetadataPropertyType.terms:
            terms = await _run(self._index.terms, dataset, name)
            counts = [base.TermsMetrics.TermCount(term=t, count=n) for t, n in terms.items()]
            return base.TermsMetrics(total=sum(terms.values()), values=counts)
        least, greatest = await _run(self._index.extremes, dataset, name)
        if metadata_property.type == MetadataPropertyType.integer:
            return base.IntegerMetadataMetrics(min=least, max=greatest)
        return base.FloatMetadataMetrics(min=least, max=greatest)

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
        def found() -> base.SearchResponses:
            text, field = text_of(query)
            asked = Query(
                text=text,
                field=field,
                conditions=conditions_of(filter),
                order=order_of(sort),
                shuffled_for=str(user_id or ""),
                offset=min(offset, GREATEST),
                limit=limit,
            )
            return responses_of(self._index.search(str(dataset.id), asked))

        return await _answered(found)

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
        if bool(value) == bool(record):
            raise ValueError("Give either a vector or a record to compare with.")
        given = value or (record and record.vector_value_by_vector_settings(vector_settings))
        if not given:
            raise ValueError("The record has no vector of this setting.")
        sign = -1.0 if order == SimilarityOrder.least_similar else 1.0
        near = Neighbours(
            setting=str(vector_settings.id),
            value=[sign * number for number in given],
            without=str(record.id) if record else "",
            limit=max_results,
            least_score=threshold,
        )

        def found() -> base.SearchResponses:
            text, field = text_of(query)
            asked = Query(text=text, field=field, conditions=conditions_of(filter))
            return responses_of(self._index.neighbours(str(dataset.id), asked, near))

        return await _answered(found)


async def _run(work: Callable[..., _T], *arguments: object) -> _T:
    """Run blocking work off the event loop."""
    return await asyncio.to_thread(work, *arguments)


async def _answered(find: Callable[[], _T]) -> _T:
    """Run a search; what cannot be answered is told to the user, with status 422."""
    try:
        return await _run(find)
    except _REFUSED as error:
        raise UnprocessableEntityError(str(error)) from error


def _report(record: str, *, known: bool) -> None:
    if not known:
        _LOGGER.warning("Record %s is not in the search index; the next start mends it.", record)
