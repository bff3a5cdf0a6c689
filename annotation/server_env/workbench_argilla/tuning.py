"""What Argilla leaves to others, does at a cost that we avoid, or fails at."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Awaitable, Callable
from functools import partial
from types import ModuleType, SimpleNamespace
from typing import Any

_Build = Callable[[Any, Any, Any], Awaitable[Any]]
_HUB = "argilla_server.contexts.hub"


def tune() -> None:
    """Apply all; before anything of Argilla is imported."""
    import_hub_when_used()
    migrate_postgresql_with_pg8000()
    keep_percent_signs_of_the_address()
    set_durable_journal()
    keep_texts_out_of_errors()
    remember_type_adapters()
    build_events_only_for_listeners()
    load_vectors_with_their_names()
    measure_marks_as_pages_do()


def migrate_postgresql_with_pg8000() -> None:
    """Let `postgresql://`, which Argilla's migrations use, mean a driver that is free to ship."""
    from sqlalchemy.dialects import registry

    registry.register("postgresql", "sqlalchemy.dialects.postgresql.pg8000", "PGDialect_pg8000")


def keep_percent_signs_of_the_address() -> None:
    """Let migrations read a database's address as it is written.

    In alembic's settings a percent sign refers to another setting, so a password in which `/` is
    written as `%2F` could not be used, and the error showed it.
    """
    from argilla_server import database

    address_of = database.database_url_sync
    database.database_url_sync = lambda: address_of().replace("%", "%%")


def set_durable_journal() -> None:
    """Commit so that what was acknowledged is on the disk, in the mode that suits this SQLite."""
    import sqlite3

    from argilla_server.settings import settings
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    from .database import journal_mode

    if not settings.database_is_sqlite:
        return
    mode = journal_mode(sqlite3.sqlite_version_info)

    @event.listens_for(Engine, "connect")
    def _set_journal(connection: Any, record: Any) -> None:
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA journal_mode = {mode}")
        cursor.execute("PRAGMA journal_size_limit = 4194304")
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.close()


def keep_texts_out_of_errors() -> None:
    """Leave the values of a failed statement out of its error, which the log would show."""
    from argilla_server.database import async_engine, sync_engine

    async_engine.sync_engine.hide_parameters = True
    sync_engine.hide_parameters = True


def import_hub_when_used() -> None:
    """Import `datasets`, pandas and pyarrow (100 MB a process) with the first job that needs it."""
    stand_in = ModuleType(_HUB)
    for name in ("HubDataset", "HubDatasetExporter"):
        setattr(stand_in, name, partial(_make_of_hub, stand_in, name))
    sys.modules[_HUB] = stand_in


def _make_of_hub(stand_in: ModuleType, name: str, *arguments: Any) -> Any:
    if sys.modules[_HUB] is stand_in:
        del sys.modules[_HUB]
    return getattr(importlib.import_module(_HUB), name)(*arguments)


def remember_type_adapters() -> None:
    """Build what checks a question's settings once, not once per question and answer.

    Building takes 2 ms a question, which with ten questions is most of the work of an answer.
    """
    from argilla_server.models import database
    from pydantic import TypeAdapter

    known: dict[int, Any] = {}

    def adapter_of(kind: Any) -> Any:
        # by identity: the kinds are constants of Argilla's modules, and not all can be hashed
        if id(kind) not in known:
            known[id(kind)] = TypeAdapter(kind)
        return known[id(kind)]

    database.TypeAdapter = adapter_of


def build_events_only_for_listeners() -> None:
    """Leave out the description of each changed record and answer while there is no webhook.

    Argilla reads the whole dataset anew for each one, which is most of the work of an answer.
    """
    from argilla_server.webhooks.v1 import records, responses

    records.build_record_event = _for_listeners(records.build_record_event)
    responses.build_response_event = _for_listeners(responses.build_response_event)


class _NoEvent:
    """An event that nobody waits for."""

    async def notify(self, db: Any) -> list[Any]:
        return []


def _for_listeners(build: _Build) -> _Build:
    async def build_if_wanted(db: Any, event: Any, subject: Any) -> Any:
        from argilla_server.models import Webhook
        from sqlalchemy import select

        enabled = select(Webhook.id).where(Webhook.enabled.is_(True)).limit(1)
        if (await db.execute(enabled)).first() is None:
            return _NoEvent()
        return await build(db, event, subject)

    return build_if_wanted


def load_vectors_with_their_names() -> None:
    """Load the setting that names a vector with the vector.

    Argilla answers 500 to whoever asks for one record with vectors, since it looks their names up
    too late. Its own page asks so for a record that others are compared with.
    """
    from argilla_server.models import Vector, VectorSettings
    from sqlalchemy.orm import relationship

    Vector.vector_settings = relationship(VectorSettings, back_populates="vectors", lazy="selectin")


def measure_marks_as_pages_do() -> None:
    """Take marks up to the end of a text that holds emoji.

    Argilla's pages count UTF-16 units, and its server holds them against the number of characters:
    behind n emoji it refuses a mark that ends within the last n letters.
    """
    from argilla_server.validators.response_values import SpanQuestionResponseValueValidator

    check = SpanQuestionResponseValueValidator._validate_start_end_are_within_record_field_limits

    def check_in_units(validator: Any, settings: Any, record: Any) -> None:
        field = record.fields[settings.field]
        if isinstance(field, str):
            n_units = len(field.encode("utf-16-le", "surrogatepass")) // 2
            record = SimpleNamespace(fields={settings.field: range(n_units)})
        check(validator, settings, record)

    SpanQuestionResponseValueValidator._validate_start_end_are_within_record_field_limits = (
        check_in_units
    )
