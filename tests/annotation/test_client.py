from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from annotation.client import ArgillaClient
from annotation.credentials import ensure_credentials, read_credentials
from annotation.label_folder import LabelFolder
from annotation.sync import pull
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


def _server(*, total: int, submitted: int) -> Handler:
    """Return a server with one answered record that counts as told."""
    response = {
        "id": "a1",
        "user_id": "u1",
        "status": "submitted",
        "values": {"choice": {"value": "a_better"}},
        "inserted_at": "2026-01-01",
        "updated_at": "2026-01-01",
    }
    record = {"id": "r1", "external_id": "x1", "fields": {}, "responses": [response]}
    user = {"id": "u1", "username": "ada", "role": "annotator", "api_key": "k"}
    users = [{"username": "ada", "completed": {"submitted": submitted}, "pending": {}}]
    answers: dict[str, object] = {
        "/progress": {"total": total, "completed": 1, "pending": 0},
        "/users/progress": {"users": users},
        "/records": {"items": [record]},
        "/users": {"items": [user]},
    }

    def handle(request: httpx.Request) -> httpx.Response:
        path = request.url.path
        longest = max((end for end in answers if path.endswith(end)), key=len)
        return httpx.Response(200, text=json.dumps(answers[longest]))

    return handle


def test_a_pull_keeps_answers_and_names_what_is_missing(tmp_path: Path) -> None:
    folder = LabelFolder(tmp_path)
    with _client(_server(total=1, submitted=1)) as client:
        found = pull(client, "d1", folder, ["x1", "x2"])
        assert (found.n_new_revisions, found.missing, found.n_gone) == (1, ("x2",), 0)
        assert pull(client, "d1", folder, ["x1"]).n_new_revisions == 0
    assert folder.read_revisions()[0].values == {"choice": "a_better"}


@pytest.mark.parametrize(("total", "submitted"), [(2, 1), (1, 2)])
def test_counts_that_differ_fail_loudly(tmp_path: Path, total: int, submitted: int) -> None:
    with (
        _client(_server(total=total, submitted=submitted)) as client,
        pytest.raises(AnnotationServerError, match="counted by the server"),
    ):
        pull(client, "d1", LabelFolder(tmp_path), [])
    assert LabelFolder(tmp_path).read_revisions() == []


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
