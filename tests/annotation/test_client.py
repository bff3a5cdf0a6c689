from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from annotation.client import ArgillaClient
from annotation.credentials import ensure_credentials, read_credentials
from annotation.label_folder import LabelFolder
from annotation.sync import pull, push
from annotation.tasks import Definition, LabelItem
from workbench.errors import AnnotationError, AnnotationServerError

Handler = Callable[[httpx.Request], httpx.Response]


def _client(handler: Handler) -> ArgillaClient:
    return ArgillaClient("http://a.test/", "secret-key", transport=httpx.MockTransport(handler))


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        (401, AnnotationServerError, "does not know the key"),
        (403, AnnotationError, "does not allow"),
        (422, AnnotationError, "refused"),
        (500, AnnotationServerError, "failed"),
    ],
)
def test_refusals_say_what_and_never_the_key(
    status: int, kind: type[AnnotationError], words: str
) -> None:
    with _client(lambda request: httpx.Response(status, json={"detail": "no"})) as client:
        with pytest.raises(kind, match=words) as caught:
            client.me()
        assert "secret-key" not in str(caught.value)
        assert caught.value.hint
        assert not client.is_ready()


def test_a_server_that_is_down_or_not_argilla_is_named() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    with _client(refuse) as client:
        assert not client.is_ready()
        with pytest.raises(AnnotationServerError, match="does not answer"):
            client.me()
    with (
        _client(lambda request: httpx.Response(200, text="<html>")) as client,
        pytest.raises(AnnotationServerError, match="is not Argilla"),
    ):
        client.me()


def test_a_refused_answer_is_an_error() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        items = [{"item": None, "error": {"detail": "label x does not exist"}}]
        return httpx.Response(200, json={"items": items})

    given = [{"record_id": "r1", "status": "submitted", "values": {}}]
    with (
        _client(answer) as client,
        pytest.raises(AnnotationError, match="r1: label x does not exist"),
    ):
        list(client.answer(given))


RESPONSE = {
    "id": "a1",
    "user_id": "u1",
    "status": "submitted",
    "values": {"choice": {"value": "a_better"}},
    "inserted_at": "2026-01-01",
    "updated_at": "2026-01-01",
}


class _Server:
    """An Argilla of one user, who submitted an answer to the first record.

    Attributes:
        records: Ids of its records.
        claims: What it counts, if that is not what it has: records, and submitted answers.
        after_page: Called with the number of each page of records after it was read.
    """

    def __init__(self, n_records: int = 1, *, claims: tuple[int, int] | None = None) -> None:
        self.records = [f"x{number}" for number in range(1, n_records + 1)]
        self.claims = claims
        self.n_submitted = 1
        self.n_pages = 0
        self.after_page: Callable[[int], None] = lambda number: None

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        total, submitted = self.claims or (len(self.records), self.n_submitted)
        if path.endswith("/users/progress"):
            answers = {"completed": {"submitted": submitted}, "pending": {}}
            return self._json({"users": [{"username": "ada", **answers}]})
        if path.endswith("/records") and request.url.params["limit"] == "1":  # only counted
            return self._json({"items": [], "total": total})
        if path.endswith("/records"):
            return self._page(request)
        if path.endswith("/questions"):
            return self._json({"items": []})
        user = {"id": "u1", "username": "ada", "role": "annotator", "api_key": "k"}
        return self._json({"items": [user]})

    def _page(self, request: httpx.Request) -> httpx.Response:
        offset, limit = (int(request.url.params[name]) for name in ("offset", "limit"))
        shown = self.records[offset : offset + limit]
        items = [
            {
                "id": name,
                "external_id": name,
                "fields": {},
                "responses": [RESPONSE] if name == "x1" else [],
            }
            for name in shown
        ]
        self.n_pages += 1
        answer = self._json({"items": items})
        self.after_page(self.n_pages)
        return answer

    @staticmethod
    def _json(content: object) -> httpx.Response:
        return httpx.Response(200, text=json.dumps(content))


def test_a_pull_keeps_answers_and_names_what_is_missing(tmp_path: Path) -> None:
    folder = LabelFolder(tmp_path)
    with _client(_Server()) as client:
        found = pull(client, "d1", folder, ["x1", "x2"])
        assert (found.n_new_revisions, found.missing, found.n_gone) == (1, ("x2",), 0)
        assert pull(client, "d1", folder, ["x1"]).n_new_revisions == 0
    assert folder.read_revisions()[0].values == {"choice": "a_better"}


@pytest.mark.parametrize(("total", "submitted"), [(2, 1), (1, 2)])
def test_counts_that_differ_fail_loudly(tmp_path: Path, total: int, submitted: int) -> None:
    with (
        _client(_Server(claims=(total, submitted))) as client,
        pytest.raises(AnnotationServerError, match="counted by the server"),
    ):
        pull(client, "d1", LabelFolder(tmp_path), [])
    assert LabelFolder(tmp_path).read_revisions() == []


def test_records_removed_between_two_pages_are_read_again(tmp_path: Path) -> None:
    server = _Server(1_200)

    def remove_one_and_add_one(page: int) -> None:
        if page == 1:  # the 500 that were read move up by one; the total stays
            server.records.remove("x7")
            server.records.append("new")

    server.after_page = remove_one_and_add_one
    with _client(server) as client:
        found = pull(client, "d1", LabelFolder(tmp_path), ["x7", "x501", "x502"])
    assert found.n_records == 1_200
    assert found.missing == ("x7",)


def test_a_removal_that_never_ends_is_an_error_and_keeps_nothing(tmp_path: Path) -> None:
    server = _Server(1_200)
    server.after_page = lambda page: server.records.pop(3) and None
    with (
        _client(server) as client,
        pytest.raises(AnnotationServerError, match="Records were removed"),
    ):
        pull(client, "d1", LabelFolder(tmp_path), [])
    assert LabelFolder(tmp_path).read_revisions() == []


def test_answers_given_while_we_read_do_not_stop_a_pull(tmp_path: Path) -> None:
    server = _Server(1_200)

    def somebody_answers(page: int) -> None:
        server.n_submitted += 1

    server.after_page = somebody_answers
    with _client(server) as client:
        assert len(pull(client, "d1", LabelFolder(tmp_path), []).revisions) == 1
    assert server.n_pages == 3


def test_a_pull_that_breaks_off_keeps_nothing_and_can_be_run_again(tmp_path: Path) -> None:
    server = _Server(1_200)

    def die(page: int) -> None:
        if page in (2, 3):  # the second page, and when it is asked for again
            raise httpx.ReadError("the server was killed")

    server.after_page = die
    folder = LabelFolder(tmp_path)
    with _client(server) as client:
        with pytest.raises(AnnotationServerError, match="does not answer") as caught:
            pull(client, "d1", folder, [])
        assert "workbench annotate start" in caught.value.hint
        assert folder.read_revisions() == []
        assert pull(client, "d1", folder, []).n_new_revisions == 1


def test_the_login_is_made_once_and_private(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    with pytest.raises(AnnotationError, match="never started"):
        read_credentials(folder)
    made = ensure_credentials(folder)
    assert ensure_credentials(folder) == made
    assert (folder / "argilla.json").stat().st_mode & 0o777 == 0o600
    assert made.password not in repr(made)
    assert made.api_key not in repr(made)
    (folder / "argilla.json").write_text("{}")
    with pytest.raises(AnnotationError, match="does not hold"):
        read_credentials(folder)


def test_an_over_long_turn_is_told_before_a_server_is_asked() -> None:
    chat = {"name": "chat", "required": True, "settings": {"type": "chat"}}
    definition = Definition("instructions", "set-1", {}, [chat], [])
    said = [{"role": "user", "content": "short"}, {"role": "assistant", "content": "y" * 20_001}]
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        return httpx.Response(200, json={"items": []})

    with _client(answer) as client, pytest.raises(AnnotationError) as caught:
        push(client, "work", definition, [LabelItem("row-7", {"chat": said})])
    assert "record row-7, field chat: turn 2 is longer than 20000 characters" in str(caught.value)
    assert asked == []


def test_a_connection_that_the_server_closed_is_opened_anew_to_read_and_never_to_write() -> None:
    asked: list[str] = []

    def close_first(request: httpx.Request) -> httpx.Response:
        asked.append(request.method)
        if len(asked) == 1:
            raise httpx.RemoteProtocolError("Server disconnected without sending a response.")
        return httpx.Response(200, json={"items": []})

    with _client(close_first) as client:
        assert client.dataset_ids() == set()
        assert asked == ["GET", "GET"]
        asked.clear()
        with pytest.raises(AnnotationServerError, match="RemoteProtocolError"):
            client.delete_dataset("d1")
        assert asked == ["DELETE"]


def test_a_dataset_whose_making_is_interrupted_is_removed() -> None:
    asked: list[str] = []

    def interrupt(request: httpx.Request) -> httpx.Response:
        asked.append(f"{request.method} {request.url.path.removeprefix('/api/v1/')}")
        if request.url.path.endswith("/fields"):
            raise KeyboardInterrupt
        return httpx.Response(200, json={"id": "d1"})

    definition = {"settings": {"name": "set-1"}, "fields": [{"name": "input"}], "questions": []}
    with _client(interrupt) as client, pytest.raises(KeyboardInterrupt):
        client.create_dataset("w1", definition)
    assert asked == ["POST datasets", "POST datasets/d1/fields", "DELETE datasets/d1"]
