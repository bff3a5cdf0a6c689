"""Make what is derived from the database agree with it: the index, and the status of records."""

from __future__ import annotations

from typing import Any

_TIME_SLACK_MILLISECONDS = 1.0


async def mend_index(db: Any, engine: Any) -> None:  # noqa: ANN401
    """Index anew every dataset whose index is not what the database says."""
    from argilla_server.models import Dataset, DatasetStatus, Record, Response
    from sqlalchemy import distinct, func, select

    from .conditions import milliseconds
    from .search_engine import open_index

    statement = (
        select(
            Dataset.id,
            func.count(distinct(Record.id)),
            func.count(Response.id),
            func.max(Response.updated_at),
        )
        .outerjoin(Record, Record.dataset_id == Dataset.id)
        .outerjoin(Response, Response.record_id == Record.id)
        .where(Dataset.status == DatasetStatus.ready)
        .group_by(Dataset.id)
    )
    indexed = open_index().digest()
    for name, records, responses, newest in (await db.execute(statement)).all():
        known = indexed.get(str(name), (-1, -1, 0.0))
        time_differs = abs(known[2] - (milliseconds(newest) if newest else 0.0))
        if known[:2] == (records, responses) and time_differs < _TIME_SLACK_MILLISECONDS:
            continue
        await _index_anew(db, engine, name)


async def _index_anew(db: Any, engine: Any, name: Any) -> None:  # noqa: ANN401
    from argilla_server.cli.search_engine.reindex import Reindexer

    dataset = await Reindexer.reindex_dataset(db, engine, name)
    async for _ in Reindexer.reindex_dataset_records(db, engine, dataset):
        pass


async def mend_record_statuses(db: Any, engine: Any) -> None:  # noqa: ANN401
    """Complete, or open again, the records whose status does not follow from their answers.

    Argilla stores an answer and the status of its record in two transactions, and leaves a changed
    number of answers a record to a background job: a crash between them leaves an old status.
    """
    from argilla_server.contexts import distribution
    from argilla_server.models import Dataset, DatasetStatus
    from sqlalchemy import select

    ready = select(Dataset).where(Dataset.status == DatasetStatus.ready)
    for dataset in (await db.execute(ready)).scalars().all():
        for record in await _records_of_wrong_status(db, dataset):
            await distribution.update_record_status(engine, record)


async def _records_of_wrong_status(db: Any, dataset: Any) -> list[Any]:  # noqa: ANN401
    from argilla_server.enums import RecordStatus, ResponseStatus
    from argilla_server.models import Record, Response
    from sqlalchemy import and_, func, or_, select

    submitted = func.count(Response.id)
    wanted = dataset.distribution["min_submitted"]
    statement = (
        select(Record.id)
        .outerjoin(
            Response,
            and_(Response.record_id == Record.id, Response.status == ResponseStatus.submitted),
        )
        .where(Record.dataset_id == dataset.id)
        .group_by(Record.id, Record.status)
        .having(
            or_(
                and_(Record.status == RecordStatus.pending, submitted >= wanted),
                and_(Record.status == RecordStatus.completed, submitted < wanted),
            )
        )
    )
    return list((await db.execute(statement)).scalars())
