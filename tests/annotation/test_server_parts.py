"""What keeps the embedded server's parts running, without Argilla."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.server_env.workbench_argilla.database import journal_mode
from annotation.server_env.workbench_argilla.index_damage import ending_on_damage
from annotation.server_env.workbench_argilla.index_file import DamagedIndexError
from annotation.server_env.workbench_argilla.local_pages import Message, Receive, Send, local_only
from annotation.server_env.workbench_argilla.parts import Part
from annotation.server_env.workbench_argilla.turns import in_turn

_FOREVER = "import time; time.sleep(600)"


def _part(code: str, **options: object) -> Part:
    return Part("part", [sys.executable, "-c", code], os.environ, **options)  # type: ignore[arg-type]


def _wait(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_part_that_ends_is_begun_anew_after_a_pause_that_grows() -> None:
    part = _part("raise SystemExit(3)")
    part.start()
    pauses = []
    for _ in range(3):
        _wait(lambda: part.exit_code == 3)
        pauses.append(part.pause_seconds)
        part._started -= part.pause_seconds  # the pause is over
        part.keep_running()
    part.end(time.monotonic() + 20)
    assert pauses == [0.0, 2.0, 4.0]


def test_a_part_that_runs_is_left_alone() -> None:
    part = _part(_FOREVER)
    part.start()
    part.keep_running()
    assert part.exit_code is None
    part.signal_all(signal.SIGTERM)
    part.end(time.monotonic() + 20)
    assert part.exit_code == -signal.SIGTERM


def test_a_part_that_does_not_want_to_end_is_ended_with_its_children(tmp_path: Path) -> None:
    child = f"subprocess.run([sys.executable, '-c', {_FOREVER!r}])"
    ready = tmp_path / "ready"
    part = _part(
        "import pathlib, signal, subprocess, sys; signal.signal(15, signal.SIG_IGN); "
        f"pathlib.Path({str(ready)!r}).touch(); {child}",
        is_ready=ready.exists,
    )
    part.start()
    part.await_ready()
    group = part._process.pid if part._process else 0
    part.signal_all(signal.SIGTERM)
    part.end(time.monotonic())
    _wait(lambda: _is_gone(group))
    assert part.exit_code == -signal.SIGKILL


def _is_gone(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.mark.parametrize(
    ("code", "seconds", "words"),
    [("raise SystemExit(4)", 20, "exit code 4"), (_FOREVER, 0, "did not start in 0 seconds")],
)
def test_a_part_that_cannot_start_ends_the_program(code: str, seconds: int, words: str) -> None:
    part = _part(code, is_ready=lambda: False, ready_seconds=seconds)
    part.start()
    with pytest.raises(SystemExit, match=words):
        part.await_ready()
    part.signal_all(signal.SIGKILL)
    part.end(time.monotonic() + 20)


def test_wal_is_used_only_where_its_bug_is_fixed() -> None:
    sound = [(3, 44, 6), (3, 44, 9), (3, 50, 7), (3, 51, 3), (3, 52, 0), (4, 0, 0)]
    unsound = [(3, 40, 1), (3, 44, 5), (3, 45, 0), (3, 49, 9), (3, 50, 6), (3, 51, 2)]
    assert {journal_mode(version) for version in sound} == {"WAL"}
    assert {journal_mode(version) for version in unsound} == {"PERSIST"}


@given(st.lists(st.sampled_from(["/api/v1/me", "/api/v1/x/records/bulk"]), max_size=20))
def test_requests_are_answered_in_the_order_in_which_they_came(paths: list[str]) -> None:
    begun: list[int] = []
    at_once: dict[str, int] = {}
    most: dict[str, int] = {}

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        path = scope["path"]
        begun.append(scope["number"])
        at_once[path] = at_once.get(path, 0) + 1
        most[path] = max(most.get(path, 0), at_once[path])
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        at_once[path] -= 1

    async def ask_all() -> None:
        served = in_turn(app)
        scopes = [{"type": "http", "path": p, "number": n} for n, p in enumerate(paths)]
        await asyncio.gather(*(served(scope, _nothing, _ignore) for scope in scopes))

    asyncio.run(ask_all())
    assert sorted(begun) == list(range(len(paths)))
    for path in set(paths):
        numbers = [number for number in begun if paths[number] == path]
        assert numbers == sorted(numbers)
    assert most.get("/api/v1/me", 0) <= 2
    assert most.get("/api/v1/x/records/bulk", 0) <= 1


def test_pages_do_not_wait_for_answers() -> None:
    order: list[str] = []

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        if scope["path"].startswith("/api/"):
            await asyncio.sleep(0.01)
        order.append(scope["path"])

    async def ask_all() -> None:
        served = in_turn(app)
        paths = ["/api/v1/me"] * 3 + ["/index.html"]
        scopes = [{"type": "http", "path": path} for path in paths]
        await asyncio.gather(*(served(scope, _nothing, _ignore) for scope in scopes))

    asyncio.run(ask_all())
    assert order[0] == "/index.html"


@pytest.mark.parametrize(("error", "ends"), [(DamagedIndexError, 1), (ValueError, 0)])
def test_only_a_damaged_index_ends_the_web_server(error: type[Exception], ends: int) -> None:
    ended: list[None] = []

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        raise error

    async def ask() -> None:
        await ending_on_damage(app, lambda: ended.append(None))({}, _nothing, _ignore)

    with pytest.raises(error):
        asyncio.run(ask())
    assert len(ended) == ends


@pytest.mark.parametrize(
    ("path", "status"),
    [("/docs", 404), ("/api/", 404), ("/api/v1/docs/oauth2-redirect", 404), ("/api/v1/me", 200)],
)
def test_every_answer_has_the_policy_except_documentation_which_is_gone(
    path: str, status: int
) -> None:
    sent: list[Message] = []

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"a", b"b")]})

    async def collect(message: Message) -> None:
        sent.append(message)

    asyncio.run(local_only(app)({"type": "http", "path": path}, _nothing, collect))
    assert sent[0]["status"] == status
    names = [name for name, _ in sent[0]["headers"]]
    assert names == ([b"a", b"content-security-policy"] if status == 200 else [])


async def _nothing() -> Message:
    return {}


async def _ignore(message: Message) -> None:
    """Drop what is sent."""
