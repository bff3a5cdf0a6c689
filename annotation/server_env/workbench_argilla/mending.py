"""Make the status of records agree with their answers; `index_mending` does it for the index."""

from __future__ import annotations

from typing import Any


async def mend_record_statuses(db: Any, engine: Any) -> None:
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


async def _records_of_wrong_status(db: Any, dataset: Any) -> list[Any]:
    from argilla_server.enums import RecordStatus, ResponseStatus
    from argilla_server.models import Record, Response
    from sqlalchemy import and_, func, or_, select

    # Counted in one pass over all answers: SQLite joins answers to records one record at a time,
    # and by the index on their status, which takes minutes where people answered a lot.
    counts = (
        select(Response.record_id, func.count(Response.id).label("submitted"))
        .where(Response.status == ResponseStatus.submitted)
        .group_by(Response.record_id)
        .cte("counts")
    )
    submitted = func.coalesce(counts.c.submitted, 0)
    wanted = dataset.distribution["min_submitted"]
    statement = (
        select(Record.id)
        .outerjoin(counts, counts.c.record_id == Record.id)
        .where(Record.dataset_id == dataset.id)
        .where(
            or_(
                and_(Record.status == RecordStatus.pending, submitted >= wanted),
                and_(Record.status == RecordStatus.completed, submitted < wanted),
            )
        )
    )
    return list((await db.execute(statement)).scalars())
