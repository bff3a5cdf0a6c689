"""Answer requests in the order in which they came, few at once.

One process answers all. Twenty at once make each one slower, let late ones overtake early ones
while they wait for SQLite's lock, and could block each other, as each holds up to two of the 15
connections to the database. In turn, the slowest of twenty busy people waits a fifth as long
(`scripts/bench_annotation.py --section load`).
"""

from __future__ import annotations

import asyncio

from .local_pages import App, Message, Receive, Send

_AT_ONCE = 2
# What a push and a pull ask: seconds of work, which must not keep people from answering.
_LONG = ("/records", "/records/bulk")
_LONG_AT_ONCE = 1


def in_turn(app: App) -> App:
    """Return the application with first-come-first-served queues before its REST interface."""
    turns, long_turns = asyncio.Semaphore(_AT_ONCE), asyncio.Semaphore(_LONG_AT_ONCE)

    async def serve(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith("/api/"):
            await app(scope, receive, send)
            return
        async with long_turns if scope["path"].endswith(_LONG) else turns:
            await app(scope, receive, send)

    return serve
