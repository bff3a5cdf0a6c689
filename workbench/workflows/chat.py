"""Ask two served models the same thing at once and stream both answers."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Literal

from workbench.errors import ServingError, WorkbenchError
from workbench.evaluation.chat_model import CUT_SHORT, ChatModel, Sampling
from workbench.home import Home
from workbench.records import Message

START_COMMAND = "workbench serve start"
Pane = Literal["left", "right"]


@dataclass(frozen=True, slots=True)
class ChatBackend:
    """What can be asked now: a backend's name and its models by arm; none if no server runs."""

    name: str
    models: dict[str, str]


@dataclass(frozen=True, slots=True)
class Piece:
    """News of one pane: more text, its end, or what went wrong.

    At the end `cut_short` says whether the answer reached its longest length before it was whole.
    """

    pane: Pane
    text: str = ""
    ended: bool = False
    error: str = ""
    cut_short: bool = False


def chat_backend(home: Home) -> ChatBackend:
    """Return which models answer now."""
    from workbench.workflows.serve_models import serve_status

    status = serve_status(home)
    if not status.running:
        return ChatBackend("", {})
    return ChatBackend(status.backend, dict(status.models))


def chat_side_by_side(
    home: Home,
    arms: Mapping[Pane, str],
    conversations: Mapping[Pane, Sequence[Message]],
    sampling: Sampling,
) -> Iterator[Piece]:
    """Stream the answers of two arms, mixed as they come; closing the iterator stops both.

    A pane whose model fails gets one piece with the error and the way out; the other goes on.
    """
    from workbench.workflows.serve_models import open_client

    backend = chat_backend(home)
    try:
        client = open_client(home)
    except WorkbenchError as exc:
        hint = f"Start it with `{START_COMMAND} --home {home.root}`."
        yield from (Piece(pane, ended=True, error=f"{exc.message} {hint}") for pane in arms)
        return
    with client:
        yield from stream_panes(client, backend.models, arms, conversations, sampling)


def stream_panes(
    model: ChatModel,
    names: Mapping[str, str],
    arms: Mapping[Pane, str],
    conversations: Mapping[Pane, Sequence[Message]],
    sampling: Sampling,
) -> Iterator[Piece]:
    """Stream one answer a pane from one server; see `chat_side_by_side`."""
    pieces: SimpleQueue[Piece] = SimpleQueue()
    stopped = threading.Event()

    def ask(pane: Pane) -> None:
        error, reason = "", ""
        try:
            if arms[pane] not in names:
                raise ServingError(
                    f"No model {arms[pane]!r} is served now.",
                    f"Start it with `{START_COMMAND} --arm {arms[pane]}`.",
                )
            for piece in model.stream(names[arms[pane]], conversations[pane], sampling):
                if stopped.is_set():
                    break
                reason = piece.finish_reason
                pieces.put(Piece(pane, piece.text))
        except WorkbenchError as exc:
            error = str(exc)
        finally:
            pieces.put(Piece(pane, ended=True, error=error, cut_short=reason == CUT_SHORT))

    threads = [threading.Thread(target=ask, args=(pane,), daemon=True) for pane in arms]
    for thread in threads:
        thread.start()
    try:
        running = len(threads)
        while running:
            piece = pieces.get()
            running -= piece.ended
            yield piece
    finally:
        stopped.set()
        for thread in threads:
            thread.join(timeout=1.0)  # one that hangs ends when its client is closed
