"""Make the index agree with Argilla's database again, at the start of the server.

A killed server may have committed to its database what it had not yet written to the index; a
backup may bring back an older database or an older index. Both sides are compared record by
record, by the times at which the record, its responses, suggestions and vectors last changed, and
what differs is indexed anew.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Sequence
from uuid import UUID

from argilla_server.models import (
    Dataset,
    DatasetStatus,
    Question,
    Record,
    Response,
    Suggestion,
    Vector,
)
from sqlalchemy import literal, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from .index import Index
from .layout import MissingIndexError
from .search_engine import SqliteSearchEngine
from .times import microseconds
from .translation import layout_of

_LOGGER = logging.getLogger(__name__)
_AT_ONCE = 500
_ROWS_AT_ONCE = 5_000
# What was seen of each record: a sum over its parts, which does not depend on their order.
Fingerprints = dict[str, int]


async def mend_index(db: AsyncSession, index: Index) -> int:
    """Mend the index of every published dataset; return the number of records written."""
    published = await db.scalars(
        select(Dataset)
        .where(Dataset.status == DatasetStatus.ready)
        .order_by(Dataset.id)
        .options(
            selectinload(Dataset.fields),
            selectinload(Dataset.questions),
            selectinload(Dataset.metadata_properties),
        )
    )
    datasets = published.all()
    for name in set(await asyncio.to_thread(index.datasets)) - {str(d.id) for d in datasets}:
        await asyncio.to_thread(index.delete, name)
    return sum([await _mend(db, index, dataset) for dataset in datasets])


async def _mend(db: AsyncSession, index: Index, dataset: Dataset) -> int:
    name = str(dataset.id)
    await asyncio.to_thread(_ensure_layout, index, dataset)
    indexed: Fingerprints = {}
    await asyncio.to_thread(lambda: add_stamps(indexed, index.stamps(name)))
    true = await _true_fingerprints(db, dataset)
    gone = sorted(indexed.keys() - true.keys())
    differing = sorted(record for record, seen in true.items() if indexed.get(record) != seen)
    await asyncio.to_thread(index.remove, name, gone)
    engine = SqliteSearchEngine(index)
    for start in range(0, len(differing), _AT_ONCE):
        records = await _load(db, dataset, differing[start : start + _AT_ONCE])
        await engine.index_records(dataset, records)
        for record in records:
            db.expunge(record)  # or a large dataset stays in memory
    if gone or differing:
        _LOGGER.warning(
            "Search index: %d records of dataset %s indexed anew, %d removed.",
            len(differing),
            name,
            len(gone),
        )
    return len(differing)


def add_stamps(seen: Fingerprints, stamps: Iterable[tuple[str, str, int]]) -> None:
    """Add (record, part of it, when that changed) to what was seen of each record."""
    for record, part, changed_at in stamps:
        seen[record] = seen.get(record, 0) + hash((part, changed_at))


def _ensure_layout(index: Index, dataset: Dataset) -> None:
    """Lay the index out anew if the dataset's settings ask for columns that it lacks."""
    wanted = layout_of(dataset)
    try:
        known = index.layout(wanted.dataset)
    except MissingIndexError:
        index.create(wanted)
        return
    same_texts = known.texts == wanted.texts and known.questions == wanted.questions
    if not same_texts or not set(wanted.properties) <= set(known.properties):
        index.create(wanted)


async def _true_fingerprints(db: AsyncSession, dataset: Dataset) -> Fingerprints:
    mine = Record.dataset_id == dataset.id
    statements = (
        select(Record.id, literal(""), Record.updated_at).where(mine),
        select(Response.record_id, Response.id, Response.updated_at).join(Record).where(mine),
        select(Vector.record_id, Vector.vector_settings_id, Vector.updated_at)
        .join(Record)
        .where(mine),
        select(Suggestion.record_id, Question.name, Suggestion.updated_at)
        .join(Record)
        .join(Question)
        .where(mine),
    )
    seen: Fingerprints = {}
    for statement in statements:
        stream = await db.stream(statement)
        async for rows in stream.partitions(_ROWS_AT_ONCE):
            stamps = ((str(record), str(part), microseconds(time)) for record, part, time in rows)
            add_stamps(seen, stamps)
    return seen


async def _load(db: AsyncSession, dataset: Dataset, names: Sequence[str]) -> Sequence[Record]:
    records = await db.scalars(
        select(Record)
        .where(Record.dataset_id == dataset.id, Record.id.in_(map(UUID, names)))
        .order_by(Record.inserted_at, Record.id)
        .options(
            selectinload(Record.responses),
            selectinload(Record.suggestions).selectinload(Suggestion.question),
            selectinload(Record.vectors),
        )
    )
    return records.all()
