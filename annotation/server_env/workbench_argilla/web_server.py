"""Bring database and index up to date, then serve Argilla's pages and its REST interface.

Usage: `python -m workbench_argilla.web_server --listener DESCRIPTOR --data FOLDER`, started by the
launcher, which says everything else in the environment.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import socket
from pathlib import Path

from .sqlite_library import use_newest_sqlite

_END_SECONDS = 8  # for requests that are being answered when it ends


def main() -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--listener", type=int, required=True)
    parser.add_argument("--data", type=Path, required=True)
    options = parser.parse_args()
    os.umask(0o077)
    listener = socket.socket(fileno=options.listener)
    use_newest_sqlite()

    from .tuning import tune

    tune()
    from .database import naming_damage, upgrade

    with naming_damage(options.data):
        upgrade(options.data)
        asyncio.run(_prepare())
    _serve(listener)


def _serve(listener: socket.socket) -> None:
    import uvicorn
    from argilla_server._app import app

    from .index_damage import ending_on_damage
    from .local_pages import local_only
    from .turns import in_turn

    gc.collect()
    gc.freeze()  # what is imported stays for good: no collection has to look at it again

    def end() -> None:
        server.should_exit = True

    served = ending_on_damage(in_turn(local_only(app)), end)
    config = uvicorn.Config(
        served, log_level="warning", access_log=False, timeout_graceful_shutdown=_END_SECONDS
    )
    server = uvicorn.Server(config)
    server.run(sockets=[listener])


async def _prepare() -> None:
    """Make the owner, refuse what is unsafe, and mend what a crash left behind."""
    from argilla_server.database import AsyncSessionLocal, async_engine

    from .accounts import ensure_owner, refuse_default_credentials
    from .index_file import make_ready, note_built
    from .index_mending import mend_index
    from .mending import mend_record_statuses
    from .search_engine import SqliteSearchEngine, index_path, open_index

    make_ready(index_path())
    async with AsyncSessionLocal() as db:
        await ensure_owner(db)
        await refuse_default_credentials(db)
        await mend_index(db, open_index())
        note_built(index_path())
        await mend_record_statuses(db, SqliteSearchEngine(open_index()))
    await async_engine.dispose()  # the server has an event loop of its own


if __name__ == "__main__":
    main()
