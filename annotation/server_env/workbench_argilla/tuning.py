"""Two settings of the server that Argilla leaves to others; its behaviour stays as it is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

_Build = Callable[[Any, Any, Any], Awaitable[Any]]


def tune() -> None:
    """Apply both; before the first connection is made."""
    keep_the_journal_file()
    build_events_only_for_listeners()


def keep_the_journal_file() -> None:
    """Reuse SQLite's rollback journal: equally safe, without making a file per commit.

    Not WAL: SQLite before 3.51.3 can lose a commit there when two connections meet a checkpoint.
    """
    from argilla_server.settings import settings
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    if not settings.database_is_sqlite:
        return

    @event.listens_for(Engine, "connect")
    def _set_journal(connection: Any, record: Any) -> None:  # noqa: ANN401
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode = PERSIST")
        cursor.execute("PRAGMA journal_size_limit = 4194304")
        cursor.close()


def build_events_only_for_listeners() -> None:
    """Leave out the description of each changed record and answer while there is no webhook.

    Argilla reads the whole dataset anew for each one, which is most of the work of an answer.
    """
    from argilla_server.webhooks.v1 import records, responses

    records.build_record_event = _for_listeners(records.build_record_event)
    responses.build_response_event = _for_listeners(responses.build_response_event)


class _NoEvent:
    """An event that nobody waits for."""

    async def notify(self, db: Any) -> list[Any]:  # noqa: ANN401
        return []


def _for_listeners(build: _Build) -> _Build:
    async def build_if_wanted(db: Any, event: Any, subject: Any) -> Any:  # noqa: ANN401
        from argilla_server.models import Webhook
        from sqlalchemy import select

        enabled = select(Webhook.id).where(Webhook.enabled.is_(True)).limit(1)
        if (await db.execute(enabled)).first() is None:
            return _NoEvent()
        return await build(db, event, subject)

    return build_if_wanted
