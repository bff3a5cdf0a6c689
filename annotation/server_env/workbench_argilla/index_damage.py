"""End the web server that finds its index damaged: the next one builds the index anew.

Nothing of it is worth repairing in place, since all of it comes from the database. Whoever asked is
told of the failure; whoever asks afterwards waits in the queue of the address until it is built.
"""

from __future__ import annotations

from collections.abc import Callable

from .index_file import DamagedIndexError
from .local_pages import App, Message, Receive, Send


def ending_on_damage(app: App, end: Callable[[], None]) -> App:
    """Return the application that calls `end` once a request has met a damaged index."""

    async def serve(scope: Message, receive: Receive, send: Send) -> None:
        try:
            await app(scope, receive, send)
        except DamagedIndexError:
            end()
            raise  # the log says why it ended

    return serve
